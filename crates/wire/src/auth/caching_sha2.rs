//! `caching_sha2_password`: SHA-256 challenge and response against a cache, full exchange otherwise.
//!
//! Cached: SHA256(SHA256(password)).
//! Sent: SHA256(password) XOR SHA256(SHA256(SHA256(password)), challenge).

use sha2::{Digest, Sha256};

use super::{equal, xor};

/// From the client: "send the public key".
pub const REQUEST_PUBLIC_KEY: u8 = 2;
/// From the server: the fast exchange was enough.
pub const FAST_AUTH_SUCCESS: u8 = 3;
/// From the server: send the password itself, over a channel that protects it.
pub const PERFORM_FULL_AUTHENTICATION: u8 = 4;

/// SHA256(SHA256(password)), what the server caches.
pub fn digest(password: &[u8]) -> [u8; 32] {
    Sha256::digest(Sha256::digest(password)).into()
}

fn mask(digest: &[u8; 32], challenge: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(digest)
        .chain_update(challenge)
        .finalize()
        .into()
}

/// The client's first answer; empty for an empty password.
pub fn scramble(password: &[u8], challenge: &[u8]) -> Vec<u8> {
    if password.is_empty() {
        return Vec::new();
    }
    let stage1 = Sha256::digest(password);
    xor(&stage1, &mask(&digest(password), challenge))
}

/// The client knows the password with this cached digest.
pub fn verify(digest: &[u8; 32], challenge: &[u8], answer: &[u8]) -> bool {
    if answer.len() != digest.len() {
        return false;
    }
    let stage1 = xor(answer, &mask(digest, challenge));
    equal(&Sha256::digest(stage1), digest)
}

/// What the full exchange encrypts: the password and a NUL, masked with the challenge.
pub fn masked_password(password: &[u8], challenge: &[u8]) -> Vec<u8> {
    let mut bytes = password.to_vec();
    bytes.push(0);
    bytes
        .iter()
        .zip(challenge.iter().cycle())
        .map(|(a, b)| a ^ b)
        .collect()
}

/// Undoes [`masked_password`]; `None` without the NUL at the end.
pub fn unmask_password(masked: &[u8], challenge: &[u8]) -> Option<Vec<u8>> {
    let bytes: Vec<u8> = masked
        .iter()
        .zip(challenge.iter().cycle())
        .map(|(a, b)| a ^ b)
        .collect();
    bytes.strip_suffix(&[0]).map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answer_is_verified_by_the_cached_digest() {
        let challenge = b"01234567890123456789";
        let answer = scramble(b"secret", challenge);
        assert!(verify(&digest(b"secret"), challenge, &answer));
        assert!(!verify(&digest(b"other"), challenge, &answer));
        assert!(!verify(&digest(b"secret"), challenge, &answer[1..]));
        assert!(scramble(b"", challenge).is_empty());
    }

    #[test]
    fn masked_password_comes_back() {
        let challenge = b"01234567890123456789";
        let long = [b'p'; 50];
        let masked = masked_password(&long, challenge);
        assert_eq!(unmask_password(&masked, challenge).unwrap(), long);
        assert_eq!(unmask_password(&masked[..10], challenge), None);
    }
}
