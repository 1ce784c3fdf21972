//! Exact decimals in MySQL's packed form.
//!
//! A packed `DECIMAL(p,s)` keeps nine digits in four big-endian bytes; the digits that do not fill a group
//! of nine take 1 to 4 bytes, at the front of the integer part and at the end of the fraction. Negative
//! values have all bits inverted, then the first bit of the whole is flipped, so packed bytes compare like
//! the numbers.
//!
//! [`Decimal`] keeps the same groups as numbers below 10^9 on both sides of the point, so reading and
//! writing the packed form is copying, and comparison is comparison of arrays.

use crate::error::{ValueError, split, take};
use std::cmp::Ordering;
use std::fmt;

/// Bytes of a group of 0 to 9 digits.
const GROUP_BYTES: [usize; 10] = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4];
const POWERS: [u32; 10] = [
    1,
    10,
    100,
    1000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
];
const BASE: u32 = 1_000_000_000;
const INT_WORDS: usize = 9;
const FRAC_WORDS: usize = 5;
/// Most digits before the point that a [`Decimal`] holds.
pub const MAX_INT_DIGITS: usize = INT_WORDS * 9;
/// Most digits after the point that a [`Decimal`] holds.
pub const MAX_SCALE: u8 = (FRAC_WORDS * 9) as u8;

fn group_bytes(digits: usize) -> usize {
    GROUP_BYTES.get(digits).copied().unwrap_or(4)
}

fn power(digits: usize) -> u32 {
    POWERS.get(digits).copied().unwrap_or(BASE)
}

/// Bytes of a packed `DECIMAL(precision, scale)`.
pub fn packed_len(precision: u8, scale: u8) -> usize {
    let part = |digits: usize| digits / 9 * 4 + group_bytes(digits % 9);
    part(usize::from(precision.saturating_sub(scale))) + part(scale.into())
}

/// An exact decimal number of up to 81 digits before and 45 after the point.
#[derive(Clone, Copy, Debug, Default)]
pub struct Decimal {
    /// Never set for zero.
    negative: bool,
    /// Digits after the point that are printed.
    scale: u8,
    /// Groups of nine digits before the point, most significant first.
    int: [u32; INT_WORDS],
    /// Groups of nine digits after the point.
    frac: [u32; FRAC_WORDS],
}

impl Decimal {
    /// Zero with no digits after the point.
    pub const ZERO: Decimal = Decimal {
        negative: false,
        scale: 0,
        int: [0; INT_WORDS],
        frac: [0; FRAC_WORDS],
    };

    /// Reads a packed `DECIMAL(precision, scale)` at the start of `bytes`.
    pub fn unpack(bytes: &[u8], precision: u8, scale: u8) -> Result<Decimal, ValueError> {
        let bytes = take(bytes, packed_len(precision, scale), "DECIMAL")?;
        let first = bytes.first().copied().unwrap_or(0x80);
        let invert = if first & 0x80 == 0 { 0xFF } else { 0 };
        let mut flip = 0x80;
        let mut rest = bytes;
        let mut word = |digits: usize| -> Result<u32, ValueError> {
            let (group, left) = split(rest, group_bytes(digits), "DECIMAL")?;
            rest = left;
            let value = group.iter().fold(0u32, |value, &byte| {
                let byte = byte ^ flip ^ invert;
                flip = 0;
                value << 8 | u32::from(byte)
            });
            if value < power(digits) {
                Ok(value)
            } else {
                Err(ValueError::Malformed {
                    what: "DECIMAL: group of digits out of range",
                })
            }
        };
        let mut decimal = Decimal {
            scale,
            ..Decimal::ZERO
        };
        let int_digits = usize::from(precision.saturating_sub(scale));
        let used = int_digits.div_ceil(9);
        for (index, slot) in decimal.int.iter_mut().skip(INT_WORDS - used).enumerate() {
            let digits = if index == 0 {
                (int_digits - 1) % 9 + 1
            } else {
                9
            };
            *slot = word(digits)?;
        }
        let mut left = usize::from(scale);
        for slot in decimal.frac.iter_mut() {
            let digits = left.min(9);
            if digits > 0 {
                *slot = word(digits)? * power(9 - digits);
            }
            left -= digits;
        }
        decimal.negative = invert != 0 && !decimal.is_zero();
        Ok(decimal)
    }

    /// Appends the packed `DECIMAL(precision, scale)`; digits past `scale` must have been rounded away.
    /// A number with too many digits is [`ValueError::OutOfRange`].
    pub fn pack(&self, precision: u8, scale: u8, out: &mut Vec<u8>) -> Result<(), ValueError> {
        if self.int_digits() > usize::from(precision.saturating_sub(scale)) {
            return Err(ValueError::OutOfRange);
        }
        let start = out.len();
        let invert = if self.negative { 0xFF } else { 0 };
        let mut word = |value: u32, digits: usize| {
            let size = group_bytes(digits);
            let bytes = value.to_be_bytes();
            out.extend(bytes.iter().skip(4 - size).map(|byte| byte ^ invert));
        };
        let int_digits = usize::from(precision.saturating_sub(scale));
        let used = int_digits.div_ceil(9);
        for (index, value) in self.int.iter().skip(INT_WORDS - used).enumerate() {
            let digits = if index == 0 {
                (int_digits - 1) % 9 + 1
            } else {
                9
            };
            word(*value, digits);
        }
        let mut left = usize::from(scale);
        for value in self.frac {
            let digits = left.min(9);
            if digits > 0 {
                word(value / power(9 - digits), digits);
            }
            left -= digits;
        }
        if let Some(first) = out.get_mut(start) {
            *first ^= 0x80;
        }
        Ok(())
    }

    /// Largest magnitude of a `DECIMAL(precision, scale)`.
    pub fn max(precision: u8, scale: u8, negative: bool) -> Decimal {
        let mut decimal = Decimal {
            negative,
            scale,
            ..Decimal::ZERO
        };
        let mut left = usize::from(precision.saturating_sub(scale));
        for slot in decimal.int.iter_mut().rev() {
            *slot = power(left.min(9)) - 1;
            left -= left.min(9);
        }
        let mut left = usize::from(scale);
        for slot in decimal.frac.iter_mut() {
            *slot = (power(left.min(9)) - 1) * power(9 - left.min(9));
            left -= left.min(9);
        }
        decimal
    }

    /// Is it zero?
    pub fn is_zero(&self) -> bool {
        self.int.iter().chain(&self.frac).all(|&word| word == 0)
    }

    /// Is it below zero?
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// Digits after the point.
    pub fn scale(&self) -> u8 {
        self.scale
    }

    /// Significant digits before the point; 0 for numbers below one.
    pub fn int_digits(&self) -> usize {
        let leading = self.int.iter().take_while(|&&word| word == 0).count();
        match self.int.get(leading) {
            Some(word) => (INT_WORDS - leading - 1) * 9 + word.ilog10() as usize + 1,
            None => 0,
        }
    }

    /// The same number with the sign turned.
    pub fn negate(mut self) -> Decimal {
        self.negative = !self.negative && !self.is_zero();
        self
    }

    /// Rounds to `scale` digits, halves away from zero as MySQL does; a smaller scale than the number has
    /// is extended with zeros. The boolean says whether digits other than zero were lost.
    pub fn round(mut self, scale: u8) -> (Decimal, bool) {
        let scale = scale.min(MAX_SCALE);
        let (word, digit) = (usize::from(scale) / 9, usize::from(scale) % 9);
        let mut lost = false;
        let mut up = false;
        for (index, slot) in self.frac.iter_mut().enumerate() {
            if index < word {
                continue;
            }
            let unit = if index == word {
                power(9 - digit)
            } else {
                BASE
            };
            let rest = *slot % unit;
            lost |= rest != 0;
            if index == word {
                up = rest >= unit / 2;
            }
            *slot -= rest;
        }
        self.scale = scale;
        if up {
            self.add_unit(scale);
        }
        self.negative &= !self.is_zero();
        (self, lost)
    }

    /// Adds one unit of the last of `scale` digits to the magnitude.
    fn add_unit(&mut self, scale: u8) {
        let digits = usize::from(scale);
        let mut carry = if digits % 9 == 0 {
            1
        } else {
            power(9 - digits % 9)
        };
        let words = digits.div_ceil(9);
        let frac = self.frac.iter_mut().take(words).rev();
        for slot in frac.chain(self.int.iter_mut().rev()) {
            *slot += carry;
            if *slot < BASE {
                return;
            }
            *slot -= BASE;
            carry = 1;
        }
    }

    /// Cuts to `scale` digits without rounding.
    pub fn truncate(mut self, scale: u8) -> Decimal {
        let mut left = usize::from(scale);
        for slot in self.frac.iter_mut() {
            *slot -= *slot % power(9 - left.min(9));
            left -= left.min(9);
        }
        self.scale = scale.min(MAX_SCALE);
        self.negative &= !self.is_zero();
        self
    }

    /// Parses a number as MySQL reads it from text: sign, digits, point, exponent.
    ///
    /// Returns the number and the bytes used; `None` where no number begins. Digits past what a
    /// [`Decimal`] holds are cut; an integer part too long gives [`ValueError::OutOfRange`].
    pub fn parse(text: &[u8]) -> Result<Option<(Decimal, usize)>, ValueError> {
        let number = NumberText::scan(text);
        if number.end == 0 {
            return Ok(None);
        }
        let digit = |position: i64| -> u32 {
            // Position 0 is the first digit before the shifted point.
            let int_len = number.int.len() as i64;
            let index = int_len + number.exponent - 1 - position;
            let byte = if index < 0 {
                None
            } else if index < int_len {
                number.int.get(index as usize)
            } else {
                number.frac.get((index - int_len) as usize)
            };
            byte.map_or(0, |byte| u32::from(byte - b'0'))
        };
        let mut decimal = Decimal::ZERO;
        let highest = number.int.len() as i64 + number.exponent - 1;
        for position in MAX_INT_DIGITS as i64..=highest.min(MAX_INT_DIGITS as i64 + 2000) {
            if digit(position) != 0 {
                return Err(ValueError::OutOfRange);
            }
        }
        for (word, slot) in decimal.int.iter_mut().rev().enumerate() {
            for place in (0..9).rev() {
                *slot = *slot * 10 + digit((word * 9 + place) as i64);
            }
        }
        for (word, slot) in decimal.frac.iter_mut().enumerate() {
            for place in 0..9 {
                *slot = *slot * 10 + digit(-((word * 9 + place) as i64) - 1);
            }
        }
        let scale = (number.frac.len() as i64 - number.exponent).clamp(0, MAX_SCALE.into());
        decimal.scale = scale as u8;
        decimal.negative = number.negative && !decimal.is_zero();
        Ok(Some((decimal, number.end)))
    }

    /// From an integer.
    pub fn from_i128(value: i128) -> Decimal {
        let mut decimal = Decimal {
            negative: value < 0,
            ..Decimal::ZERO
        };
        let mut left = value.unsigned_abs();
        for slot in decimal.int.iter_mut().rev() {
            *slot = (left % u128::from(BASE)) as u32;
            left /= u128::from(BASE);
        }
        decimal
    }

    /// The integer part, cut; `None` if it passes an `i128`.
    pub fn to_i128(&self) -> Option<i128> {
        let mut value: i128 = 0;
        for &word in &self.int {
            value = value
                .checked_mul(i128::from(BASE))?
                .checked_add(i128::from(word))?;
        }
        Some(if self.negative { -value } else { value })
    }

    /// The nearest double.
    pub fn to_f64(&self) -> f64 {
        let mut text = Vec::with_capacity(96);
        self.write(&mut text);
        std::str::from_utf8(&text)
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(0.0)
    }

    /// Appends the number with all digits of its scale.
    pub fn write(&self, out: &mut Vec<u8>) {
        if self.negative {
            out.push(b'-');
        }
        let leading = self.int.iter().take_while(|&&word| word == 0).count();
        match self.int.get(leading) {
            None => out.push(b'0'),
            Some(&word) => {
                push_digits(word, word.ilog10() as usize + 1, out);
                for &word in self.int.iter().skip(leading + 1) {
                    push_digits(word, 9, out);
                }
            }
        }
        let mut left = usize::from(self.scale);
        if left > 0 {
            out.push(b'.');
        }
        for &word in &self.frac {
            let digits = left.min(9);
            push_digits(word / power(9 - digits), digits, out);
            left -= digits;
        }
    }

    /// Appends the number as a ZEROFILL column of that precision and scale prints it.
    pub fn write_zerofill(&self, precision: u8, out: &mut Vec<u8>) {
        let start = out.len();
        self.write(out);
        let int_len = usize::from(precision.saturating_sub(self.scale)).max(1);
        let width = int_len + usize::from(self.scale) + usize::from(self.scale > 0);
        let have = out.len() - start;
        if have < width {
            out.splice(start..start, std::iter::repeat_n(b'0', width - have));
        }
    }
}

/// Appends `value` in exactly `digits` digits (at most 9).
fn push_digits(value: u32, digits: usize, out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + digits, b'0');
    let mut value = value;
    for slot in out.iter_mut().skip(start).rev() {
        *slot = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

/// The parts of a number in text.
struct NumberText<'a> {
    negative: bool,
    int: &'a [u8],
    frac: &'a [u8],
    exponent: i64,
    /// Bytes used; 0 if there is no digit.
    end: usize,
}

impl<'a> NumberText<'a> {
    fn scan(text: &'a [u8]) -> NumberText<'a> {
        let digits = |from: usize| {
            let rest = text.get(from..).unwrap_or_default();
            let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            rest.get(..count).unwrap_or_default()
        };
        let mut at = text.iter().take_while(|b| b.is_ascii_whitespace()).count();
        let negative = text.get(at) == Some(&b'-');
        at += usize::from(matches!(text.get(at), Some(b'-' | b'+')));
        let int = digits(at);
        at += int.len();
        let mut frac: &[u8] = &[];
        if text.get(at) == Some(&b'.') {
            frac = digits(at + 1);
            at += 1 + frac.len();
        }
        if int.is_empty() && frac.is_empty() {
            at = 0;
        }
        let mut exponent = 0;
        if at > 0 && matches!(text.get(at), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(text.get(at + 1), Some(b'-' | b'+')));
            let power = digits(at + 1 + sign);
            if !power.is_empty() {
                let value = power
                    .iter()
                    .take(6)
                    .fold(0i64, |value, &byte| value * 10 + i64::from(byte - b'0'));
                exponent = if text.get(at + 1) == Some(&b'-') {
                    -value
                } else {
                    value
                };
                at += 1 + sign + power.len();
            }
        }
        NumberText {
            negative,
            int,
            frac,
            exponent,
            end: at,
        }
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Decimal) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Decimal) -> Ordering {
        let magnitude = || (self.int, self.frac).cmp(&(other.int, other.frac));
        match (self.negative, other.negative) {
            (false, false) => magnitude(),
            (true, true) => magnitude().reverse(),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::new();
        self.write(&mut text);
        f.write_str(&String::from_utf8_lossy(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        let (value, used) = Decimal::parse(text.as_bytes()).unwrap().unwrap();
        assert_eq!(used, text.len(), "{text}");
        value
    }

    #[test]
    fn parse_and_print() {
        for (text, expected) in [
            ("0", "0"),
            ("-0", "0"),
            ("-0.00", "0.00"),
            ("007.50", "7.50"),
            (".5", "0.5"),
            ("5.", "5"),
            ("+1e3", "1000"),
            ("1.5e-3", "0.0015"),
            ("1.5e1", "15"),
            ("-12.345e2", "-1234.5"),
            (
                "123456789012345678901234567890.123456789012",
                "123456789012345678901234567890.123456789012",
            ),
            ("0e99", "0"),
            ("1e-46", "0.000000000000000000000000000000000000000000000"),
        ] {
            assert_eq!(decimal(text).to_string(), expected, "{text}");
        }
        assert!(Decimal::parse(b"abc").unwrap().is_none());
        assert!(Decimal::parse(b"-.e5").unwrap().is_none());
        assert_eq!(Decimal::parse(b"1e").unwrap().unwrap().1, 1);
        assert_eq!(Decimal::parse(b"1e81"), Err(ValueError::OutOfRange));
        assert_eq!(Decimal::parse(b"12x").unwrap().unwrap().1, 2);
    }

    #[test]
    fn rounding_is_half_away_from_zero() {
        for (text, scale, expected, lost) in [
            ("1.25", 1, "1.3", true),
            ("-1.25", 1, "-1.3", true),
            ("1.24", 1, "1.2", true),
            ("0.05", 1, "0.1", true),
            ("0.04", 1, "0.0", true),
            ("-0.04", 1, "0.0", true),
            ("9.995", 2, "10.00", true),
            ("999999999.5", 0, "1000000000", true),
            ("0.9999999995", 9, "1.000000000", true),
            ("0.4999999999", 0, "0", true),
            ("1.5", 3, "1.500", false),
            ("1.500", 1, "1.5", false),
            ("0.1234567895", 9, "0.123456790", true),
        ] {
            let (rounded, was_lost) = decimal(text).round(scale);
            assert_eq!(
                (rounded.to_string().as_str(), was_lost),
                (expected, lost),
                "{text}"
            );
        }
    }

    #[test]
    fn t29_packed_round_trip_and_order() {
        let texts = [
            "-99999999999999999999.999999999999",
            "-1000000000.5",
            "-1.000000000001",
            "-1",
            "-0.000000000001",
            "0",
            "0.000000000001",
            "0.1",
            "1",
            "999999999",
            "1000000000",
            "99999999999999999999.999999999999",
        ];
        let mut last: Vec<u8> = Vec::new();
        for text in texts {
            let value = decimal(text).round(12).0;
            let mut packed = Vec::new();
            value.pack(32, 12, &mut packed).unwrap();
            assert!(packed > last, "{text} sorts after the one before");
            assert_eq!(Decimal::unpack(&packed, 32, 12).unwrap(), value);
            for length in 0..packed.len() {
                assert!(Decimal::unpack(&packed[..length], 32, 12).is_err());
            }
            last = packed;
        }
        let mut out = Vec::new();
        assert_eq!(
            decimal("1000").pack(5, 2, &mut out),
            Err(ValueError::OutOfRange)
        );
        assert_eq!(Decimal::max(5, 2, true).to_string(), "-999.99");
        assert_eq!(
            Decimal::max(30, 30, false).to_string(),
            format!("0.{}", "9".repeat(30))
        );
        assert!(
            Decimal::unpack(&[0xFF; 5], 10, 0).is_err(),
            "digits out of range"
        );
    }
}
