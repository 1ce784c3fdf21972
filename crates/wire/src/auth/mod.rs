//! What the authentication plugins compute, for both sides of a connection.
//!
//! The exchange of packets lives in [`crate::client`] and [`crate::server`].

pub mod base64;
pub mod caching_sha2;
pub mod ed25519;
pub mod native;
pub mod parsec;
pub mod rsa;
pub mod sha256_crypt;

/// `mysql_native_password`
pub const NATIVE: &str = "mysql_native_password";
/// `caching_sha2_password`
pub const CACHING_SHA2: &str = "caching_sha2_password";
/// `sha256_password`
pub const SHA256: &str = "sha256_password";
/// `mysql_clear_password`
pub const CLEAR: &str = "mysql_clear_password";
/// MariaDB's `client_ed25519`
pub const ED25519: &str = "client_ed25519";
/// MariaDB's `parsec`
pub const PARSEC: &str = "parsec";

/// Equal, in time that does not depend on where they differ.
pub(crate) fn equal(a: &[u8], b: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(a, b).is_ok()
}

/// Byte-wise exclusive or; as long as the shorter one.
pub(crate) fn xor(a: &[u8], b: &[u8]) -> Vec<u8> {
    a.iter().zip(b).map(|(a, b)| a ^ b).collect()
}

/// A challenge of 20 bytes without NUL and without `$`, as the server makes them.
///
/// # Errors
/// When the system has no randomness to give.
pub fn challenge() -> Result<[u8; 20], aws_lc_rs::error::Unspecified> {
    let mut bytes = [0; 20];
    aws_lc_rs::rand::fill(&mut bytes)?;
    for byte in &mut bytes {
        *byte &= 0x7f;
        if *byte == 0 || *byte == b'$' {
            *byte += 1;
        }
    }
    Ok(bytes)
}
