//! The RSA exchange that protects a password on a channel without TLS (OAEP with SHA-1, as OpenSSL's
//! `RSA_PKCS1_OAEP_PADDING`).

use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    PrivateDecryptingKey, PublicEncryptingKey,
};

use super::base64;

/// A server's public key.
#[derive(Clone, Debug)]
pub struct PublicKey(Arc<OaepPublicEncryptingKey>);

/// A key could not be read, made or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyError;

impl std::fmt::Display for KeyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RSA key cannot be used")
    }
}

impl std::error::Error for KeyError {}

fn pem_body<'a>(pem: &'a str, label: &str) -> Option<&'a str> {
    let (_, rest) = pem.split_once(&format!("-----BEGIN {label}-----"))?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
    Some(body)
}

fn pem(label: &str, der: &[u8]) -> String {
    let body = base64::encode_lines(der);
    format!("-----BEGIN {label}-----\n{body}-----END {label}-----\n")
}

impl PublicKey {
    /// Reads `-----BEGIN PUBLIC KEY-----`.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let der = pem_body(text, "PUBLIC KEY")
            .and_then(base64::decode)
            .ok_or(KeyError)?;
        let key = PublicEncryptingKey::from_der(&der).map_err(|_| KeyError)?;
        OaepPublicEncryptingKey::new(key)
            .map(|key| PublicKey(Arc::new(key)))
            .map_err(|_| KeyError)
    }

    /// Encrypts; fails if `plain` is too long for the key.
    pub fn encrypt(&self, plain: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut out = vec![0; self.0.ciphertext_size()];
        let length = self
            .0
            .encrypt(&OAEP_SHA1_MGF1SHA1, plain, &mut out, None)
            .map_err(|_| KeyError)?
            .len();
        out.truncate(length);
        Ok(out)
    }
}

/// A server's key pair.
#[derive(Debug)]
pub struct PrivateKey {
    key: OaepPrivateDecryptingKey,
    pkcs8: Vec<u8>,
    public_pem: String,
}

impl PrivateKey {
    /// Makes a key pair of 2048 bits. Takes a noticeable part of a second.
    pub fn generate() -> Result<Self, KeyError> {
        PrivateDecryptingKey::generate(KeySize::Rsa2048)
            .map_err(|_| KeyError)
            .and_then(Self::from_key)
    }

    /// Reads `-----BEGIN PRIVATE KEY-----` (PKCS #8).
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let der = pem_body(text, "PRIVATE KEY")
            .and_then(base64::decode)
            .ok_or(KeyError)?;
        PrivateDecryptingKey::from_pkcs8(&der)
            .map_err(|_| KeyError)
            .and_then(Self::from_key)
    }

    fn from_key(key: PrivateDecryptingKey) -> Result<Self, KeyError> {
        let public: PublicKeyX509Der<'_> = key.public_key().as_der().map_err(|_| KeyError)?;
        let private: Pkcs8V1Der<'_> = key.as_der().map_err(|_| KeyError)?;
        Ok(PrivateKey {
            pkcs8: private.as_ref().to_vec(),
            public_pem: pem("PUBLIC KEY", public.as_ref()),
            key: OaepPrivateDecryptingKey::new(key).map_err(|_| KeyError)?,
        })
    }

    /// The private key as PEM.
    pub fn to_pem(&self) -> String {
        pem("PRIVATE KEY", &self.pkcs8)
    }

    /// The public key as PEM, as clients get it.
    pub fn public_pem(&self) -> &str {
        &self.public_pem
    }

    /// Decrypts.
    pub fn decrypt(&self, cipher: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut out = vec![0; self.key.min_output_size()];
        let length = self
            .key
            .decrypt(&OAEP_SHA1_MGF1SHA1, cipher, &mut out, None)
            .map_err(|_| KeyError)?
            .len();
        out.truncate(length);
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encrypted_password_is_decrypted_by_the_reread_key() {
        let pair = PrivateKey::generate().unwrap();
        let pair = PrivateKey::from_pem(&pair.to_pem()).unwrap();
        let public = PublicKey::from_pem(pair.public_pem()).unwrap();
        let cipher = public.encrypt(b"secret").unwrap();
        assert_eq!(pair.decrypt(&cipher).unwrap(), b"secret");
        assert!(pair.decrypt(&cipher[1..]).is_err());
        assert!(public.encrypt(&[1; 300]).is_err());
        assert!(PublicKey::from_pem("no key").is_err());
    }
}
