//! What every message's tests do: round trip, and clean failure at every truncation length.

use std::fmt::Debug;

use crate::error::DecodeError;

/// `bytes` decodes, encodes to the same bytes, and every prefix either fails or is a message of its own
/// that encodes to that prefix.
pub fn check_message<T: Debug>(
    bytes: &[u8],
    decode: impl Fn(&[u8]) -> Result<T, DecodeError>,
    encode: impl Fn(&T) -> Vec<u8>,
) -> T {
    let value = decode(bytes).unwrap();
    assert_eq!(encode(&value), bytes, "{value:?}");
    for cut in 0..bytes.len() {
        if let Ok(shorter) = decode(&bytes[..cut]) {
            assert_eq!(encode(&shorter), &bytes[..cut], "cut at {cut}");
        }
    }
    value
}

/// Bytes from hexadecimal digits; blanks are ignored.
pub fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
