//! TLS for clients: certificates made at the first start, in the files that mysqld makes.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;
use understudy_base::fs::replace_file;
use understudy_wire::auth::rsa::PrivateKey;

/// Everything of the first start: CA, server and client certificates, their keys.
const FILES: [&str; 6] = [
    "ca.pem",
    "ca-key.pem",
    "server-cert.pem",
    "server-key.pem",
    "client-cert.pem",
    "client-key.pem",
];

/// The certificates of the data directory, made now if there are none, as an acceptor of TLS connections.
pub fn acceptor(datadir: &Path) -> io::Result<TlsAcceptor> {
    if !FILES.iter().any(|name| datadir.join(name).exists()) {
        generate(datadir)?;
    }
    let chain = CertificateDer::pem_file_iter(datadir.join("server-cert.pem"))
        .and_then(Iterator::collect)
        .map_err(io::Error::other)?;
    let key =
        PrivateKeyDer::from_pem_file(datadir.join("server-key.pem")).map_err(io::Error::other)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(io::Error::other)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The RSA key pair of the data directory, made now if there is none.
pub fn key_pair(datadir: &Path) -> io::Result<PrivateKey> {
    let path = datadir.join("private_key.pem");
    if path.exists() {
        let text = std::fs::read_to_string(&path)?;
        return PrivateKey::from_pem(&text).map_err(io::Error::other);
    }
    let key = PrivateKey::generate().map_err(io::Error::other)?;
    let public = key.public_pem().as_bytes();
    replace_file(&datadir.join("public_key.pem"), public)?;
    write_secret(&path, &key.to_pem())?;
    Ok(key)
}

fn named(name: &str) -> rcgen::CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn generate(datadir: &Path) -> io::Result<()> {
    let new_key = || KeyPair::generate().map_err(io::Error::other);
    let mut params = named("Understudy_Auto_Generated_CA_Certificate");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, new_key()?).map_err(io::Error::other)?;
    for (part, name) in [
        ("server", "Understudy_Auto_Generated_Server_Certificate"),
        ("client", "Understudy_Auto_Generated_Client_Certificate"),
    ] {
        let key = new_key()?;
        let certificate = named(name).signed_by(&key, &ca).map_err(io::Error::other)?;
        let pem = certificate.pem();
        replace_file(&datadir.join(format!("{part}-cert.pem")), pem.as_bytes())?;
        write_secret(
            &datadir.join(format!("{part}-key.pem")),
            &key.serialize_pem(),
        )?;
    }
    write_secret(&datadir.join("ca-key.pem"), &ca.key().serialize_pem())?;
    replace_file(&datadir.join("ca.pem"), ca.as_ref().pem().as_bytes())
}

/// Writes a file that only its owner reads, from its first byte on.
fn write_secret(path: &Path, text: &str) -> io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_made_once() {
        let dir = tempfile::tempdir().unwrap();
        acceptor(dir.path()).unwrap();
        let first = std::fs::read(dir.path().join("server-cert.pem")).unwrap();
        acceptor(dir.path()).unwrap();
        assert_eq!(
            std::fs::read(dir.path().join("server-cert.pem")).unwrap(),
            first
        );
        let key = key_pair(dir.path()).unwrap();
        let again = key_pair(dir.path()).unwrap();
        assert_eq!(key.public_pem(), again.public_pem());
        // A missing part of a set is not replaced behind the owner's back.
        std::fs::remove_file(dir.path().join("server-key.pem")).unwrap();
        assert!(acceptor(dir.path()).is_err());
    }
}
