//! Exact decimals in MySQL's packed form.
//!
//! A packed `DECIMAL(p,s)` keeps nine digits in four big-endian bytes; the digits that do not fill a group
//! of nine take 1 to 4 bytes, at the front of the integer part and at the end of the fraction. Negative
//! values have all bits inverted, then the first bit of the whole is flipped, so packed bytes compare like
//! the numbers.

/// Bytes of a group of 0 to 9 digits.
const GROUP_BYTES: [usize; 10] = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4];

/// Bytes of a packed `DECIMAL(precision, scale)`.
pub fn packed_len(precision: u8, scale: u8) -> usize {
    let part = |digits: usize| digits / 9 * 4 + GROUP_BYTES.get(digits % 9).copied().unwrap_or(0);
    part(usize::from(precision.saturating_sub(scale))) + part(scale.into())
}
