//! MariaDB's `parsec`: an Ed25519 signature with a key derived from the password by PBKDF2.
//!
//! After the switch request (a challenge of 32 bytes) the client sends an empty packet; the server answers
//! with `P`, an iteration factor and the account's salt; the client signs both sides' challenges.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2;
use ed25519_dalek::{Signer, SigningKey};

/// Bytes of either side's challenge.
pub const CHALLENGE: usize = 32;
/// Largest iteration factor accepted: 1024 << 15 rounds are some ten seconds of work.
const MAX_FACTOR: u8 = 15;

/// The client's answer: its challenge and the signature; `None` if the salt packet is not of a form known
/// here.
pub fn answer(
    password: &[u8],
    server_challenge: &[u8],
    salt_packet: &[u8],
    client_challenge: &[u8; CHALLENGE],
) -> Option<Vec<u8>> {
    let [kind, factor, salt @ ..] = salt_packet else {
        return None;
    };
    if *kind != b'P' || *factor > MAX_FACTOR || server_challenge.len() != CHALLENGE {
        return None;
    }
    let rounds = NonZeroU32::new(1024 << factor)?;
    let mut seed = [0; 32];
    pbkdf2::derive(
        pbkdf2::PBKDF2_HMAC_SHA512,
        rounds,
        salt,
        password,
        &mut seed,
    );
    let mut message = server_challenge.to_vec();
    message.extend_from_slice(client_challenge);
    let signature = SigningKey::from_bytes(&seed).sign(&message);
    let mut out = client_challenge.to_vec();
    out.extend_from_slice(&signature.to_bytes());
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_salts_are_refused() {
        let client = [1; CHALLENGE];
        let server = [2; CHALLENGE];
        assert!(answer(b"p", &server, b"P\x00salt", &client).is_some());
        assert!(answer(b"p", &server, b"Q\x00salt", &client).is_none());
        assert!(answer(b"p", &server, b"P\xffsalt", &client).is_none());
        assert!(answer(b"p", &server, b"P", &client).is_none());
        assert!(answer(b"p", &server[1..], b"P\x00salt", &client).is_none());
    }
}
