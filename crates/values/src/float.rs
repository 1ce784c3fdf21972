//! FLOAT and DOUBLE as text, as MySQL prints them.
//!
//! A number without a declared `(M,D)` is printed with the fewest digits that read back to it, a FLOAT with
//! at most six; up to 15 places beside the point are written out, beyond that an exponent is used (without
//! `+` and leading zeros: `1e20`, `1.5e-16`) unless digits after the point remain (`1234567890123456.8`). `(M,D)` fixes the digits after the point.

use std::fmt::Write as _;

/// Longest exact text: sign, 309 digits, point, 31 digits.
const BUFFER: usize = 400;
/// Digits written out on either side of the point before an exponent is used.
const MAX_PLACES: i32 = 15;
/// Significant digits of a FLOAT.
const FLOAT_DIGITS: usize = 6;

/// A text of bounded length on the stack.
struct Scratch {
    bytes: [u8; BUFFER],
    len: usize,
}

impl Scratch {
    fn new() -> Scratch {
        Scratch {
            bytes: [0; BUFFER],
            len: 0,
        }
    }

    fn text(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl std::fmt::Write for Scratch {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.len + text.len();
        let slot = self.bytes.get_mut(self.len..end).ok_or(std::fmt::Error)?;
        slot.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

/// Appends a DOUBLE without `(M,D)`.
pub fn write_double(value: f64, out: &mut Vec<u8>) {
    let mut scratch = Scratch::new();
    // The longest is -1.2345678901234567e-308: it always fits.
    let _ = write!(scratch, "{value:e}");
    let digits = scratch.text().iter().take_while(|&&byte| byte != b'e');
    let digits = digits.filter(|byte| byte.is_ascii_digit()).count();
    if digits >= TIE_DIGITS {
        let mut even = Scratch::new();
        let _ = write!(even, "{value:.*e}", digits - 1);
        if reads_back(even.text(), value) {
            scratch = even;
        }
    }
    write_scientific(value, scratch.text(), out);
}

/// Where two texts of this many digits are equally near to a number and both read back to it, MySQL takes the
/// even one and Rust's shortest form the greater. Shorter texts are never so near to each other.
const TIE_DIGITS: usize = 15;

fn reads_back(text: &[u8], value: f64) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| text.parse() == Ok(value))
}

/// Appends a FLOAT without `(M,D)`: six digits.
pub fn write_float(value: f32, out: &mut Vec<u8>) {
    let value = f64::from(value);
    let mut scratch = Scratch::new();
    let _ = write!(scratch, "{value:e}");
    let digits = scratch.text().iter().take_while(|&&byte| byte != b'e');
    if digits.filter(|byte| byte.is_ascii_digit()).count() > FLOAT_DIGITS {
        scratch.len = 0;
        let _ = write!(scratch, "{value:.*e}", FLOAT_DIGITS - 1);
    }
    write_scientific(value, scratch.text(), out);
}

/// Appends a number with a fixed count of digits after the point.
///
/// The shortest digits that read back to the number are filled up with zeros; only where they are too many
/// is the exact value rounded. (So 1e23 prints as 1 and zeros, not as the digits of its nearest double.)
pub fn write_fixed(value: f64, decimals: u8, out: &mut Vec<u8>) {
    let decimals = usize::from(decimals);
    let mut scratch = Scratch::new();
    let _ = write!(scratch, "{value}");
    let point = scratch.text().iter().position(|&byte| byte == b'.');
    let have = point.map_or(0, |at| scratch.len - at - 1);
    if have > decimals {
        scratch.len = 0;
        let _ = write!(scratch, "{value:.decimals$}");
        out.extend_from_slice(scratch.text());
        return;
    }
    if scratch.len > TIE_DIGITS && have > 0 {
        let mut even = Scratch::new();
        let _ = write!(even, "{value:.have$}");
        if reads_back(even.text(), value) {
            scratch = even;
        }
    }
    out.extend_from_slice(scratch.text());
    if point.is_none() && decimals > 0 {
        out.push(b'.');
    }
    out.extend(std::iter::repeat_n(b'0', decimals - have));
}

/// Turns Rust's `d.ddde-x` into MySQL's form.
fn write_scientific(value: f64, text: &[u8], out: &mut Vec<u8>) {
    if value == 0.0 {
        out.extend_from_slice(if value.is_sign_negative() {
            b"-0"
        } else {
            b"0"
        });
        return;
    }
    let at = text
        .iter()
        .position(|&byte| byte == b'e')
        .unwrap_or(text.len());
    let (mantissa, exponent) = text.split_at(at);
    let exponent: i32 = exponent
        .get(1..)
        .and_then(|digits| std::str::from_utf8(digits).ok())
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0);
    let mut digits = [0u8; 20];
    let mut count = 0;
    for &byte in mantissa.iter().filter(|byte| byte.is_ascii_digit()) {
        if let Some(slot) = digits.get_mut(count) {
            *slot = byte;
            count += 1;
        }
    }
    let mut digits = digits.get(..count).unwrap_or_default();
    while let [head @ .., b'0'] = digits {
        digits = head;
    }
    if value < 0.0 {
        out.push(b'-');
    }
    write_digits(digits, exponent + 1, out);
}

/// Writes `0.digits * 10^point`.
fn write_digits(digits: &[u8], point: i32, out: &mut Vec<u8>) {
    let all_shown = point > MAX_PLACES && digits.len() > point as usize;
    if !(1 - MAX_PLACES..=MAX_PLACES).contains(&point) && !all_shown {
        let (first, rest) = digits.split_at(digits.len().min(1));
        out.extend_from_slice(first);
        if !rest.is_empty() {
            out.push(b'.');
            out.extend_from_slice(rest);
        }
        let mut exponent = Scratch::new();
        let _ = write!(exponent, "e{}", point - 1);
        out.extend_from_slice(exponent.text());
        return;
    }
    if point <= 0 {
        out.extend_from_slice(b"0.");
        out.extend(std::iter::repeat_n(b'0', point.unsigned_abs() as usize));
        out.extend_from_slice(digits);
        return;
    }
    let whole = point as usize;
    if digits.len() <= whole {
        out.extend_from_slice(digits);
        out.extend(std::iter::repeat_n(b'0', whole - digits.len()));
    } else {
        let (whole, rest) = digits.split_at(whole);
        out.extend_from_slice(whole);
        out.push(b'.');
        out.extend_from_slice(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    // The literals are the exact values, halfway between two texts.
    #[allow(clippy::excessive_precision)]
    fn the_even_one_of_two_equally_near_texts() {
        for (value, text) in [
            (2_218_717_544_285_714.25, "2218717544285714.2"),
            (-202_179_029_142_857.125, "-202179029142857.12"),
            (786_655_087_142_857.25, "786655087142857.2"),
            (2_218_717_544_285_714.75, "2218717544285714.8"),
        ] {
            let mut out = Vec::new();
            write_double(value, &mut out);
            assert_eq!(String::from_utf8_lossy(&out), text);
        }
    }
}
