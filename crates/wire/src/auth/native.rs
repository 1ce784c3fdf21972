//! `mysql_native_password`: SHA-1 challenge and response.
//!
//! Stored: `*` and the hexadecimal SHA1(SHA1(password)).
//! Sent: SHA1(password) XOR SHA1(challenge, SHA1(SHA1(password))).

use sha1::{Digest, Sha1};

use super::{equal, xor};

/// The client's answer; empty for an empty password.
pub fn scramble(password: &[u8], challenge: &[u8]) -> Vec<u8> {
    if password.is_empty() {
        return Vec::new();
    }
    let stage1 = Sha1::digest(password);
    let stage2 = Sha1::digest(stage1);
    xor(&stage1, &mask(challenge, &stage2))
}

fn mask(challenge: &[u8], stage2: &[u8]) -> Vec<u8> {
    Sha1::new()
        .chain_update(challenge)
        .chain_update(stage2)
        .finalize()
        .to_vec()
}

/// The stored form of a password; empty for an empty one.
pub fn hash(password: &[u8]) -> String {
    if password.is_empty() {
        return String::new();
    }
    let stage2 = Sha1::digest(Sha1::digest(password));
    let digits: Vec<String> = stage2.iter().map(|b| format!("{b:02X}")).collect();
    format!("*{}", digits.concat())
}

/// Reads the stored form; `None` if it is none.
pub fn parse_hash(stored: &str) -> Option<[u8; 20]> {
    let digits = stored.strip_prefix('*').filter(|d| d.len() == 40)?;
    let mut bytes = [0; 20];
    let mut pairs = digits.as_bytes().chunks_exact(2);
    for byte in &mut bytes {
        let pair = std::str::from_utf8(pairs.next()?).ok()?;
        if pair.starts_with('+') {
            return None;
        }
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(bytes)
}

/// The client knows the password whose SHA1(SHA1()) is `stage2`.
pub fn verify(stage2: &[u8; 20], challenge: &[u8], answer: &[u8]) -> bool {
    if answer.len() != stage2.len() {
        return false;
    }
    let stage1 = xor(answer, &mask(challenge, stage2));
    equal(&Sha1::digest(stage1), stage2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answer_is_verified_by_the_stored_hash() {
        let challenge = b"01234567890123456789";
        let stored = parse_hash(&hash(b"secret")).unwrap();
        assert!(verify(&stored, challenge, &scramble(b"secret", challenge)));
        assert!(!verify(&stored, challenge, &scramble(b"Secret", challenge)));
        assert!(!verify(&stored, b"x", &scramble(b"secret", challenge)));
        assert!(!verify(&stored, challenge, b""));
    }

    /// From `SELECT PASSWORD('secret')` of MySQL 5.6.
    #[test]
    fn hash_is_the_servers() {
        assert_eq!(hash(b"secret"), "*14E65567ABDB5135D0CFD9A70B3032C179A49EE7");
        for bad in ["", "*", "14E65567ABDB5135D0CFD9A70B3032C179A49EE7", "*zz"] {
            assert_eq!(parse_hash(bad), None);
        }
    }
}
