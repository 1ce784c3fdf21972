//! Client character sets whose second bytes may look like ASCII: quotes, backslashes and letters inside a
//! character of gbk, gb18030, big5, sjis or cp932 are not what they seem.

use understudy_values::types::CollationId;

/// How characters of the client's character set are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ByteClass {
    /// Bytes below 0x80 are always ASCII (utf8, latin1, euckr, ...).
    AsciiSafe,
    /// big5
    Big5,
    /// gbk
    Gbk,
    /// gb18030
    Gb18030,
    /// sjis, cp932
    Sjis,
}

impl ByteClass {
    /// The class of a collation's character set. MariaDB's `_nopad_` collations are numbered 1024 higher.
    pub(crate) fn of(collation: CollationId) -> ByteClass {
        match collation.0 & 0x3ff {
            1 | 84 => ByteClass::Big5,
            28 | 87 => ByteClass::Gbk,
            248..=250 => ByteClass::Gb18030,
            13 | 88 | 95 | 96 => ByteClass::Sjis,
            _ => ByteClass::AsciiSafe,
        }
    }

    /// Length of the multi-byte character at the start of `bytes`, 1 where none is.
    pub(crate) fn char_len(self, bytes: &[u8]) -> usize {
        let (Some(&first), Some(&second)) = (bytes.first(), bytes.get(1)) else {
            return 1;
        };
        let two = match self {
            ByteClass::AsciiSafe => false,
            ByteClass::Big5 => {
                (0xa1..=0xf9).contains(&first) && matches!(second, 0x40..=0x7e | 0xa1..=0xfe)
            }
            ByteClass::Gbk => {
                (0x81..=0xfe).contains(&first) && matches!(second, 0x40..=0x7e | 0x80..=0xfe)
            }
            ByteClass::Sjis => {
                matches!(first, 0x81..=0x9f | 0xe0..=0xfc)
                    && matches!(second, 0x40..=0x7e | 0x80..=0xfc)
            }
            ByteClass::Gb18030 => {
                if !(0x81..=0xfe).contains(&first) {
                    return 1;
                }
                if second.is_ascii_digit() {
                    let four = matches!(bytes.get(2), Some(0x81..=0xfe))
                        && matches!(bytes.get(3), Some(b'0'..=b'9'));
                    return if four { 4 } else { 1 };
                }
                matches!(second, 0x40..=0x7e | 0x80..=0xfe)
            }
        };
        if two { 2 } else { 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_bytes_that_look_like_ascii_belong_to_the_character() {
        for (id, bytes, len) in [
            (28u16, &b"\xd5\x5c'"[..], 2),
            (28, b"a\\", 1),
            (28, b"\xd5", 1),
            (28, b"\xd5'", 1),
            (1, b"\xa5\x5c", 2),
            (13, b"\x83\x5c", 2),
            (13, b"\xb1\x5c", 1),
            (95, b"\x83\x5c", 2),
            (248, b"\x81\x30\x81\x30", 4),
            (248, b"\x81\x30\x81", 1),
            (45, b"\xe4\xb8\x80", 1),
            (8, b"\xd5\x5c", 1),
        ] {
            assert_eq!(
                ByteClass::of(CollationId(id)).char_len(bytes),
                len,
                "{id} {bytes:x?}"
            );
        }
    }
}
