"""Writes a list of revoked certificates: revoke.py CA CA_KEY SERIAL_OF OFFSET OUT

The list is signed by the CA and names the serial number of the certificate SERIAL_OF plus OFFSET.
"""
import datetime
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

ca_path, key_path, of_path, offset, out_path = sys.argv[1:]
ca = x509.load_pem_x509_certificate(open(ca_path, "rb").read())
key = serialization.load_pem_private_key(open(key_path, "rb").read(), password=None)
of = x509.load_pem_x509_certificate(open(of_path, "rb").read())
now = datetime.datetime.now(datetime.timezone.utc)
day = datetime.timedelta(days=1)
revoked = (
    x509.RevokedCertificateBuilder()
    .serial_number(of.serial_number + int(offset))
    .revocation_date(now - day)
    .build()
)
crl = (
    x509.CertificateRevocationListBuilder()
    .issuer_name(ca.subject)
    .last_update(now - day)
    .next_update(now + day)
    .add_revoked_certificate(revoked)
    .add_extension(x509.CRLNumber(1), critical=False)
    .sign(key, hashes.SHA256())
)
open(out_path, "wb").write(crl.public_bytes(serialization.Encoding.PEM))
