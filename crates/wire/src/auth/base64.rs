//! Base64 for PEM files.

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Decodes, skipping white space; `None` on any other character.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    let mut ended = false;
    for byte in text.bytes().filter(|b| !b.is_ascii_whitespace()) {
        if byte == b'=' {
            ended = true;
            continue;
        }
        if ended {
            return None;
        }
        let digit = DIGITS.iter().position(|&d| d == byte)?;
        bits = bits << 6 | u32::try_from(digit).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            let [_, _, _, low] = (bits >> count).to_be_bytes();
            out.push(low);
            bits &= (1 << count) - 1;
        }
    }
    Some(out)
}

/// Encodes in lines of 64 characters.
pub fn encode_lines(bytes: &[u8]) -> String {
    let mut out = String::new();
    let mut column = 0;
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (i, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let digit = DIGITS.get((bits >> shift & 63) as usize);
            match digit {
                Some(&digit) if i <= chunk.len() => out.push(char::from(digit)),
                _ => out.push('='),
            }
        }
        column += 4;
        if column == 64 {
            out.push('\n');
            column = 0;
        }
    }
    if column != 0 {
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_every_length() {
        for length in 0..200usize {
            let bytes: Vec<u8> = (0..length).map(|i| (i * 37 % 256) as u8).collect();
            assert_eq!(decode(&encode_lines(&bytes)).unwrap(), bytes);
        }
        assert_eq!(encode_lines(b"Man"), "TWFu\n");
        assert_eq!(encode_lines(b"M"), "TQ==\n");
        assert_eq!(decode("T*=="), None);
        assert_eq!(decode("TQ==TQ=="), None);
    }
}
