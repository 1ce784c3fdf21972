//! MariaDB's `client_ed25519`: an Ed25519 signature of the challenge, where the secret scalar comes from
//! SHA512(password) without a salt.

use ed25519_dalek::VerifyingKey;
use ed25519_dalek::hazmat::{ExpandedSecretKey, raw_sign};
use sha2::{Digest, Sha512};

/// Bytes of the server's challenge.
pub const CHALLENGE: usize = 32;

/// The client's answer: 64 bytes.
pub fn sign(password: &[u8], challenge: &[u8]) -> Vec<u8> {
    let hash: [u8; 64] = Sha512::digest(password).into();
    let key = ExpandedSecretKey::from_bytes(&hash);
    let public = VerifyingKey::from(&key);
    raw_sign::<Sha512>(&key, challenge, &public)
        .to_bytes()
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signature, Verifier};

    /// `ed25519_password('secret')` of MariaDB gives this public key in base64.
    #[test]
    fn signature_verifies_with_the_servers_public_key() {
        let stored = "ZIgUREUg5PVgQ6LskhXmO+eZLS0nC8be6HPjYWR4YJY=";
        let public = super::super::base64::decode(stored).unwrap();
        let public = VerifyingKey::from_bytes(&public.try_into().unwrap()).unwrap();
        let signature = sign(b"secret", &[7; CHALLENGE]);
        let signature = Signature::from_slice(&signature).unwrap();
        public.verify(&[7; CHALLENGE], &signature).unwrap();
    }
}
