//! Little-endian writers, the mirror of [`crate::reader`].
//!
//! Writing cannot fail. A length that its field cannot hold is a mistake of the caller, never of the data
//! (what was decoded fits), so it is asserted.

/// Appends fields to a buffer.
pub(crate) trait Put {
    fn u8(&mut self, value: u8);
    fn u16(&mut self, value: u16);
    fn u24(&mut self, value: u32);
    fn u32(&mut self, value: u32);
    fn u48(&mut self, value: u64);
    fn u56(&mut self, value: u64);
    fn u64(&mut self, value: u64);
    fn slice(&mut self, bytes: &[u8]);
    fn lenenc(&mut self, value: u64);
    fn short_string(&mut self, bytes: &[u8]);
}

impl Put for Vec<u8> {
    fn u8(&mut self, value: u8) {
        self.push(value);
    }

    fn u16(&mut self, value: u16) {
        self.extend_from_slice(&value.to_le_bytes());
    }

    fn u24(&mut self, value: u32) {
        low_bytes(self, u64::from(value), 3);
    }

    fn u32(&mut self, value: u32) {
        self.extend_from_slice(&value.to_le_bytes());
    }

    fn u48(&mut self, value: u64) {
        low_bytes(self, value, 6);
    }

    fn u56(&mut self, value: u64) {
        low_bytes(self, value, 7);
    }

    fn u64(&mut self, value: u64) {
        self.extend_from_slice(&value.to_le_bytes());
    }

    fn slice(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }

    fn lenenc(&mut self, value: u64) {
        match value {
            0..=0xfa => low_bytes(self, value, 1),
            0xfb..=0xffff => {
                self.push(0xfc);
                low_bytes(self, value, 2);
            }
            0x1_0000..=0xff_ffff => {
                self.push(0xfd);
                low_bytes(self, value, 3);
            }
            0x100_0000.. => {
                self.push(0xfe);
                low_bytes(self, value, 8);
            }
        }
    }

    fn short_string(&mut self, bytes: &[u8]) {
        self.push(len_u8(bytes.len()));
        self.extend_from_slice(bytes);
    }
}

fn low_bytes(out: &mut Vec<u8>, value: u64, count: usize) {
    assert!(
        count == 8 || value >> (8 * count) == 0,
        "{value} does not fit {count} bytes"
    );
    out.extend(value.to_le_bytes().iter().take(count));
}

/// A length as one byte.
pub(crate) fn len_u8(length: usize) -> u8 {
    assert!(u8::try_from(length).is_ok(), "length {length} over a byte");
    u8::try_from(length).unwrap_or(u8::MAX)
}

/// A length as two bytes.
pub(crate) fn len_u16(length: usize) -> u16 {
    assert!(
        u16::try_from(length).is_ok(),
        "length {length} over 16 bits"
    );
    u16::try_from(length).unwrap_or(u16::MAX)
}

/// A length as four bytes.
pub(crate) fn len_u32(length: usize) -> u32 {
    assert!(
        u32::try_from(length).is_ok(),
        "length {length} over 32 bits"
    );
    u32::try_from(length).unwrap_or(u32::MAX)
}
