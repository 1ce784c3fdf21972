//! Writing the primitive fields of messages; infallible.

/// Appends protocol fields to a message.
pub trait Put {
    /// One byte.
    fn put_u8(&mut self, value: u8);
    /// Raw bytes.
    fn put_bytes(&mut self, bytes: &[u8]);

    /// Two bytes, little-endian.
    fn put_u16(&mut self, value: u16) {
        self.put_bytes(&value.to_le_bytes());
    }

    /// The low three bytes of `value`, little-endian.
    fn put_u24(&mut self, value: u32) {
        let [a, b, c, _] = value.to_le_bytes();
        self.put_bytes(&[a, b, c]);
    }

    /// Four bytes, little-endian.
    fn put_u32(&mut self, value: u32) {
        self.put_bytes(&value.to_le_bytes());
    }

    /// Eight bytes, little-endian.
    fn put_u64(&mut self, value: u64) {
        self.put_bytes(&value.to_le_bytes());
    }

    /// A length-encoded integer.
    fn put_lenenc(&mut self, value: u64) {
        let bytes = value.to_le_bytes();
        let [a, b, c, ..] = bytes;
        match value {
            0..=0xfa => self.put_u8(a),
            0xfb..=0xffff => self.put_bytes(&[0xfc, a, b]),
            0x1_0000..=0xff_ffff => self.put_bytes(&[0xfd, a, b, c]),
            0x100_0000.. => {
                self.put_u8(0xfe);
                self.put_bytes(&bytes);
            }
        }
    }

    /// A length-encoded string.
    fn put_lenenc_bytes(&mut self, bytes: &[u8]) {
        self.put_lenenc(bytes.len() as u64);
        self.put_bytes(bytes);
    }

    /// A string and its final NUL. Bytes from an inner NUL on are dropped: the form cannot carry them.
    fn put_nul_bytes(&mut self, bytes: &[u8]) {
        let text = bytes.split(|&b| b == 0).next().unwrap_or(bytes);
        self.put_bytes(text);
        self.put_u8(0);
    }

    /// A string behind one byte of length; what does not fit is cut.
    fn put_short_bytes(&mut self, bytes: &[u8]) {
        let length = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
        self.put_u8(length);
        self.put_bytes(bytes.get(..usize::from(length)).unwrap_or(bytes));
    }
}

impl Put for Vec<u8> {
    fn put_u8(&mut self, value: u8) {
        self.push(value);
    }

    fn put_bytes(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::Reader;

    #[test]
    fn lenenc_round_trips_at_its_edges() {
        for value in [
            0,
            0xfa,
            0xfb,
            0xff,
            0xffff,
            0x1_0000,
            0xff_ffff,
            0x100_0000,
            u64::MAX,
        ] {
            let mut out = Vec::new();
            out.put_lenenc(value);
            let mut reader = Reader::new("test", &out);
            assert_eq!(reader.lenenc(), Ok(value));
            assert!(reader.is_empty());
        }
    }
}
