//! TLS towards the source: how far its certificate is checked, and with which files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{
    WebPkiServerVerifier, verify_server_cert_signed_by_trust_anchor, verify_server_name,
};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{
    CertificateDer, CertificateRevocationListDer, PrivateKeyDer, ServerName, UnixTime,
};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, CipherSuite, ClientConfig, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme, SupportedCipherSuite, SupportedProtocolVersion,
};
use tokio_rustls::TlsConnector;

use super::{ConnectError, certificate, stream::Stream};

/// How much TLS is wanted (`--ssl-mode` of the clients; MASTER_SSL and MASTER_SSL_VERIFY_SERVER_CERT).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsMode {
    /// None.
    #[default]
    Disabled,
    /// If the source offers it.
    Preferred,
    /// Always, without a look at the certificate.
    Required,
    /// The certificate must come from our CA.
    VerifyCa,
    /// The certificate must come from our CA and name the host.
    VerifyIdentity,
}

/// TLS settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// How much.
    pub mode: TlsMode,
    /// CA certificates, PEM (MASTER_SSL_CA).
    pub ca: Option<PathBuf>,
    /// Folder of CA certificates, PEM (MASTER_SSL_CAPATH).
    pub capath: Option<PathBuf>,
    /// Certificates that were revoked, PEM (MASTER_SSL_CRL).
    pub crl: Option<PathBuf>,
    /// Folder of such lists (MASTER_SSL_CRLPATH).
    pub crlpath: Option<PathBuf>,
    /// Client certificate, PEM (MASTER_SSL_CERT).
    pub cert: Option<PathBuf>,
    /// Its key, PEM (MASTER_SSL_KEY).
    pub key: Option<PathBuf>,
    /// Cipher suites of TLS 1.2 allowed, by OpenSSL's names (MASTER_SSL_CIPHER); empty: all.
    pub ciphers: String,
    /// Those of TLS 1.3 (MASTER_TLS_CIPHERSUITES); empty: all.
    pub ciphersuites: String,
    /// Versions allowed, as in MASTER_TLS_VERSION (`TLSv1.2,TLSv1.3`); `None` for both.
    pub versions: Option<String>,
}

/// Does the TLS handshake on a TCP stream.
pub async fn handshake(
    stream: Stream,
    options: &TlsOptions,
    host: &str,
) -> Result<Stream, ConnectError> {
    let Stream::Tcp(tcp) = stream else {
        return Err(ConnectError::tls("TLS needs a TCP connection"));
    };
    let config = client_config(options)?;
    let name = ServerName::try_from(host.to_owned()).map_err(ConnectError::tls)?;
    let connector = TlsConnector::from(Arc::new(config));
    let tls = connector
        .connect(name, tcp)
        .await
        .map_err(ConnectError::tls)?;
    Ok(Stream::Tls(Box::new(tls)))
}

fn client_config(options: &TlsOptions) -> Result<ClientConfig, ConnectError> {
    let provider = Arc::new(provider(options)?);
    let versions = versions(options.versions.as_deref())?;
    let roots = roots(options)?;
    let verifier = Arc::new(Verifier {
        revocation: revocation(options, &roots, &provider)?,
        roots,
        mode: options.mode,
        provider: provider.clone(),
    });
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions)
        .map_err(ConnectError::tls)?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    match (&options.cert, &options.key) {
        (None, None) => Ok(builder.with_no_client_auth()),
        (Some(cert), Some(key)) => {
            let chain = certificates(cert)?;
            let key = PrivateKeyDer::from_pem_file(key).map_err(|e| unreadable(key, e))?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(ConnectError::tls)
        }
        (Some(_), None) => Err(ConnectError::tls("Unable to get private key")),
        (None, Some(_)) => Err(ConnectError::tls("Unable to get certificate")),
    }
}

/// The cipher suites allowed. As with OpenSSL a name that is not known is passed over, but one must be left.
fn provider(options: &TlsOptions) -> Result<CryptoProvider, ConnectError> {
    let mut provider = aws_lc_rs::default_provider();
    for (wanted, tls13) in [(&options.ciphers, false), (&options.ciphersuites, true)] {
        if wanted.is_empty() {
            continue;
        }
        let names: Vec<&str> = wanted.split([':', ',', ' ']).collect();
        let is_13 = |suite: &SupportedCipherSuite| suite.tls13().is_some();
        let suites = &mut provider.cipher_suites;
        suites.retain(|suite| is_13(suite) != tls13 || names.contains(&openssl_name(suite)));
        if !suites.iter().any(|suite| is_13(suite) == tls13) {
            return Err(ConnectError::tls(format!(
                "Failed to set ciphers to use ({wanted})"
            )));
        }
    }
    Ok(provider)
}

/// OpenSSL's name of a cipher suite.
fn openssl_name(suite: &SupportedCipherSuite) -> &'static str {
    match suite.suite() {
        CipherSuite::TLS13_AES_128_GCM_SHA256 => "TLS_AES_128_GCM_SHA256",
        CipherSuite::TLS13_AES_256_GCM_SHA384 => "TLS_AES_256_GCM_SHA384",
        CipherSuite::TLS13_CHACHA20_POLY1305_SHA256 => "TLS_CHACHA20_POLY1305_SHA256",
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 => "ECDHE-ECDSA-AES128-GCM-SHA256",
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 => "ECDHE-ECDSA-AES256-GCM-SHA384",
        CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 => {
            "ECDHE-ECDSA-CHACHA20-POLY1305"
        }
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => "ECDHE-RSA-AES128-GCM-SHA256",
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 => "ECDHE-RSA-AES256-GCM-SHA384",
        CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 => "ECDHE-RSA-CHACHA20-POLY1305",
        _ => "",
    }
}

fn versions(wanted: Option<&str>) -> Result<Vec<&'static SupportedProtocolVersion>, ConnectError> {
    let Some(wanted) = wanted.filter(|text| !text.is_empty()) else {
        return Ok(rustls::ALL_VERSIONS.to_vec());
    };
    let mut versions = Vec::new();
    for name in wanted.split(',').map(str::trim) {
        match name {
            "TLSv1.2" => versions.push(&rustls::version::TLS12),
            "TLSv1.3" => versions.push(&rustls::version::TLS13),
            other => {
                let text = format!("TLS version '{other}' is not supported");
                return Err(ConnectError::tls(text));
            }
        }
    }
    Ok(versions)
}

fn unreadable(path: &Path, error: impl std::fmt::Display) -> ConnectError {
    ConnectError::tls(format!("{}: {error}", path.display()))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ConnectError> {
    CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|e| unreadable(path, e))
}

fn roots(options: &TlsOptions) -> Result<RootCertStore, ConnectError> {
    let mut store = RootCertStore::empty();
    let mut files: Vec<PathBuf> = options.ca.iter().cloned().collect();
    if let Some(folder) = &options.capath {
        let entries = std::fs::read_dir(folder).map_err(|e| unreadable(folder, e))?;
        files.extend(entries.flatten().map(|entry| entry.path()));
    }
    for file in &files {
        for certificate in certificates(file)? {
            // What is no CA certificate of version 3 cannot be a root; the check then fails by name.
            store.add_parsable_certificates([certificate]);
        }
    }
    let verifies = matches!(options.mode, TlsMode::VerifyCa | TlsMode::VerifyIdentity);
    if verifies && store.is_empty() {
        return Err(ConnectError::tls(
            "CA certificate is required if ssl-mode is VERIFY_CA or VERIFY_IDENTITY",
        ));
    }
    Ok(store)
}

/// What looks for the source's certificate in the lists of revoked ones; `None` without lists, or where certificates
/// are not checked.
fn revocation(
    options: &TlsOptions,
    roots: &RootCertStore,
    provider: &Arc<CryptoProvider>,
) -> Result<Option<Arc<WebPkiServerVerifier>>, ConnectError> {
    let mut files: Vec<PathBuf> = options.crl.iter().cloned().collect();
    if let Some(folder) = &options.crlpath {
        let entries = std::fs::read_dir(folder).map_err(|e| unreadable(folder, e))?;
        files.extend(entries.flatten().map(|entry| entry.path()));
    }
    let mut lists = Vec::new();
    for file in &files {
        let found: Result<Vec<_>, _> =
            CertificateRevocationListDer::pem_file_iter(file).and_then(Iterator::collect);
        lists.extend(found.map_err(|e| unreadable(file, e))?);
    }
    if lists.is_empty() || roots.is_empty() {
        return Ok(None);
    }
    let roots = Arc::new(roots.clone());
    WebPkiServerVerifier::builder_with_provider(roots, provider.clone())
        .with_crls(lists)
        .build()
        .map(Some)
        .map_err(ConnectError::tls)
}

/// Checks the source's certificate as far as the mode says.
#[derive(Debug)]
struct Verifier {
    revocation: Option<Arc<WebPkiServerVerifier>>,
    roots: RootCertStore,
    mode: TlsMode,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn is_strict(&self) -> bool {
        match self.mode {
            TlsMode::VerifyCa | TlsMode::VerifyIdentity => true,
            TlsMode::Disabled | TlsMode::Preferred | TlsMode::Required => false,
        }
    }
}

/// By subject alternative names, and where there are none by the common name, as OpenSSL does: certificates
/// made by MySQL's manual have only that.
fn verify_name(
    parsed: &ParsedCertificate<'_>,
    der: &CertificateDer<'_>,
    name: &ServerName<'_>,
) -> Result<(), Error> {
    let by_name = verify_server_name(parsed, name);
    if by_name.is_ok() || certificate::has_alternative_names(der) {
        return by_name;
    }
    let matches = certificate::common_name(der)
        .is_some_and(|common| certificate::host_matches(&common, &name.to_str()));
    if matches {
        return Ok(());
    }
    Err(Error::InvalidCertificate(CertificateError::NotValidForName))
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.is_strict()
            && let Some(revocation) = &self.revocation
        {
            let checked = revocation.verify_server_cert(
                end_entity,
                intermediates,
                server_name,
                ocsp_response,
                now,
            );
            match checked {
                // The name is the last that it looks at; it is our own affair.
                Ok(_)
                | Err(Error::InvalidCertificate(
                    CertificateError::NotValidForName
                    | CertificateError::NotValidForNameContext { .. },
                )) => {}
                Err(error) => return Err(error),
            }
        }
        if self.is_strict() {
            let parsed = ParsedCertificate::try_from(end_entity)?;
            verify_server_cert_signed_by_trust_anchor(
                &parsed,
                &self.roots,
                intermediates,
                now,
                self.provider.signature_verification_algorithms.all,
            )?;
            if self.mode == TlsMode::VerifyIdentity {
                verify_name(&parsed, end_entity, server_name)?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if !self.is_strict() {
            // Nothing says whose key it is, and certificates of version 1 could not be read.
            return Ok(HandshakeSignatureValid::assertion());
        }
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if !self.is_strict() {
            return Ok(HandshakeSignatureValid::assertion());
        }
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unusable_settings_are_named() {
        let check = |options: TlsOptions, expected: &str| {
            let error = client_config(&options).unwrap_err();
            assert_eq!(error.errno, 2026);
            assert!(error.message.contains(expected), "{}", error.message);
        };
        let base = TlsOptions {
            mode: TlsMode::Required,
            ..TlsOptions::default()
        };
        check(
            TlsOptions {
                mode: TlsMode::VerifyCa,
                ..base.clone()
            },
            "CA certificate is required",
        );
        check(
            TlsOptions {
                versions: Some("TLSv1.1".to_owned()),
                ..base.clone()
            },
            "TLSv1.1",
        );
        check(
            TlsOptions {
                ciphers: "AES128-SHA:nonsense".to_owned(),
                ..base.clone()
            },
            "AES128-SHA:nonsense",
        );
        check(
            TlsOptions {
                ca: Some("/no/such/ca.pem".into()),
                ..base.clone()
            },
            "/no/such/ca.pem",
        );
        check(
            TlsOptions {
                cert: Some("/no/such/cert.pem".into()),
                ..base
            },
            "private key",
        );
    }
}
