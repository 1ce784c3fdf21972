//! A server's UUID, the first half of a GTID.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Sixteen bytes, printed in lower case with dashes as MySQL does.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct Uuid([u8; 16]);

/// A text is no UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UuidError {
    /// Offset at which it stops being one, bytes.
    pub at: usize,
    /// What should stand there, in the words of MySQL's error 1772.
    pub expected: &'static str,
}

impl fmt::Display for UuidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expected {} after {} characters", self.expected, self.at)
    }
}

impl std::error::Error for UuidError {}

impl Uuid {
    /// The UUID of these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Uuid {
        Uuid(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// A version 4 UUID (RFC 9562) of random bytes.
    pub const fn from_random(mut bytes: [u8; 16]) -> Uuid {
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Uuid(bytes)
    }

    /// Reads a UUID off the front of `text` and says how many bytes it took.
    ///
    /// As the server does, it takes hexadecimal digits with dashes, the same in braces, or without dashes.
    pub fn parse_front(text: &[u8]) -> Result<(Uuid, usize), UuidError> {
        let braced = text.first() == Some(&b'{');
        let mut at = usize::from(braced);
        let mut dashed = braced;
        let mut bytes = [0; 16];
        for (index, byte) in bytes.iter_mut().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                let dash = text.get(at) == Some(&b'-');
                if index == 4 {
                    dashed |= dash;
                }
                if dashed && !dash {
                    return Err(UuidError {
                        at,
                        expected: "\"-\"",
                    });
                }
                at += usize::from(dashed);
            }
            if text.len() < at + 2 {
                return Err(UuidError {
                    at,
                    expected: "at least two hex digits",
                });
            }
            for _ in 0..2 {
                let digit = text
                    .get(at)
                    .and_then(|byte| char::from(*byte).to_digit(16))
                    .ok_or(UuidError {
                        at,
                        expected: "hex digit",
                    })?;
                *byte = (*byte << 4) | digit as u8;
                at += 1;
            }
        }
        if braced {
            if text.get(at) != Some(&b'}') {
                return Err(UuidError {
                    at,
                    expected: "\"}\"",
                });
            }
            at += 1;
        }
        Ok((Uuid(bytes), at))
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl FromStr for Uuid {
    type Err = UuidError;

    fn from_str(text: &str) -> Result<Uuid, UuidError> {
        let (uuid, length) = Uuid::parse_front(text.as_bytes())?;
        if text.len() > length {
            return Err(UuidError {
                at: length,
                expected: "end of text",
            });
        }
        Ok(uuid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

    #[test]
    fn prints_what_it_parses_in_lower_case() {
        for text in [
            TEXT.to_owned(),
            TEXT.to_uppercase(),
            TEXT.replace('-', ""),
            format!("{{{TEXT}}}"),
        ] {
            assert_eq!(
                text.parse::<Uuid>().map(|uuid| uuid.to_string()),
                Ok(TEXT.to_owned())
            );
        }
    }

    #[test]
    fn every_truncation_is_an_error_near_its_end() {
        for text in [
            TEXT.to_owned(),
            TEXT.replace('-', ""),
            format!("{{{TEXT}}}"),
        ] {
            for length in 0..text.len() {
                let error = text[..length].parse::<Uuid>().expect_err("truncated");
                assert!((error.at..error.at + 2).contains(&length), "{error}");
            }
            assert!(format!("{text}0").parse::<Uuid>().is_err());
        }
        for text in [
            TEXT.replacen('-', "", 1),
            format!("{{{}}}", TEXT.replace('-', "")),
        ] {
            assert!(text.parse::<Uuid>().is_err(), "{text}");
        }
    }

    #[test]
    fn random_ones_carry_version_and_variant() {
        let text = Uuid::from_random([0xff; 16]).to_string();
        assert_eq!(text, "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
