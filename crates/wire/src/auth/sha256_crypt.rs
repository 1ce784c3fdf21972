//! SHA-256 based crypt(3), in which `caching_sha2_password` stores passwords: `$A$005$`, 20 bytes of salt,
//! 43 digits; the number is thousands of rounds in hexadecimal.
//!
//! Source: "Unix crypt using SHA-256 and SHA-512" by U. Drepper; MySQL uses a longer salt.

use sha2::{Digest, Sha256};

use super::equal;

const SALT: usize = 20;
const DIGITS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Which bytes of the digest make each group of four digits.
const ORDER: [(usize, usize, usize); 10] = [
    (0, 10, 20),
    (21, 1, 11),
    (12, 22, 2),
    (3, 13, 23),
    (24, 4, 14),
    (15, 25, 5),
    (6, 16, 26),
    (27, 7, 17),
    (18, 28, 8),
    (9, 19, 29),
];
/// Rounds of a new password, thousands.
const DEFAULT_ROUNDS: u32 = 5;

/// Appends `digest` until `length` bytes are there.
fn repeat(hash: &mut Sha256, digest: &[u8], length: usize) {
    let mut left = length;
    while left > 0 {
        let part = digest.get(..left).unwrap_or(digest);
        hash.update(part);
        left -= part.len();
    }
}

fn repeated(digest: &[u8], length: usize) -> Vec<u8> {
    digest.iter().copied().cycle().take(length).collect()
}

/// The raw digest after all rounds.
fn crypt(password: &[u8], salt: &[u8], rounds: u32) -> [u8; 32] {
    let other = Sha256::new()
        .chain_update(password)
        .chain_update(salt)
        .chain_update(password)
        .finalize();
    let mut first = Sha256::new();
    first.update(password);
    first.update(salt);
    repeat(&mut first, &other, password.len());
    let mut bits = password.len();
    while bits > 0 {
        if bits & 1 == 1 {
            first.update(other);
        } else {
            first.update(password);
        }
        bits >>= 1;
    }
    let mut digest: [u8; 32] = first.finalize().into();

    let mut passwords = Sha256::new();
    for _ in 0..password.len() {
        passwords.update(password);
    }
    let password_bytes = repeated(&passwords.finalize(), password.len());
    let mut salts = Sha256::new();
    let [lowest, ..] = digest;
    for _ in 0..16 + usize::from(lowest) {
        salts.update(salt);
    }
    let salt_bytes = repeated(&salts.finalize(), salt.len());

    for round in 0..rounds {
        let mut hash = Sha256::new();
        let odd = round % 2 == 1;
        hash.update(if odd { &password_bytes[..] } else { &digest });
        if round % 3 != 0 {
            hash.update(&salt_bytes);
        }
        if round % 7 != 0 {
            hash.update(&password_bytes);
        }
        hash.update(if odd { &digest[..] } else { &password_bytes });
        digest = hash.finalize().into();
    }
    digest
}

/// The 43 digits of a digest, in crypt's order of bytes.
fn digits(digest: &[u8; 32]) -> String {
    let byte = |i: usize| u32::from(digest.get(i).copied().unwrap_or(0));
    let mut out = String::with_capacity(43);
    let mut put = |mut bits: u32, count: usize| {
        for _ in 0..count {
            let digit = DIGITS.get((bits & 63) as usize).copied().unwrap_or(b'.');
            out.push(char::from(digit));
            bits >>= 6;
        }
    };
    for (a, b, c) in ORDER {
        put(byte(a) << 16 | byte(b) << 8 | byte(c), 4);
    }
    put(byte(31) << 8 | byte(30), 3);
    out
}

/// The stored form of a password, with `salt` as made by [`super::challenge`].
pub fn hash(password: &[u8], salt: &[u8; SALT]) -> Vec<u8> {
    let mut out = format!("$A${DEFAULT_ROUNDS:03X}$").into_bytes();
    out.extend_from_slice(salt);
    let digest = crypt(password, salt, DEFAULT_ROUNDS * 1000);
    out.extend_from_slice(digits(&digest).as_bytes());
    out
}

/// `password` has this stored form. False for anything that is not of the form.
pub fn verify(password: &[u8], stored: &[u8]) -> bool {
    check(password, stored).unwrap_or(false)
}

fn check(password: &[u8], stored: &[u8]) -> Option<bool> {
    let rest = stored.strip_prefix(b"$A$")?;
    let (thousands, rest) = rest.split_at_checked(3)?;
    let thousands = u32::from_str_radix(std::str::from_utf8(thousands).ok()?, 16).ok()?;
    let (salt, expected) = rest.strip_prefix(b"$")?.split_at_checked(SALT)?;
    let digest = crypt(password, salt, thousands * 1000);
    Some(equal(digits(&digest).as_bytes(), expected))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_is_verified_by_its_stored_form() {
        let stored = hash(b"secret", b"abcdefghijklmnopqrst");
        assert_eq!(stored.len(), 70);
        assert!(verify(b"secret", &stored));
        assert!(!verify(b"Secret", &stored));
        for cut in 0..stored.len() {
            assert!(!verify(b"secret", &stored[..cut]));
        }
    }
}
