//! A cursor over one message; every step is checked.

use nom::bytes::complete::take;
use nom::number::complete::{le_u8, le_u16, le_u24, le_u32, le_u64};
use nom::{IResult, Parser};

use crate::error::{DecodeError, Reason};

/// Reads the fields of one message in order.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    message: &'static str,
    length: usize,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the beginning of `bytes`; `message` names it in errors.
    pub fn new(message: &'static str, bytes: &'a [u8]) -> Self {
        Reader {
            message,
            length: bytes.len(),
            rest: bytes,
        }
    }

    /// An error at the present offset.
    pub fn error(&self, reason: Reason) -> DecodeError {
        DecodeError {
            message: self.message,
            offset: (self.length - self.rest.len()) as u64,
            reason,
        }
    }

    /// Bytes not yet read.
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// All bytes are read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The bytes not yet read, without reading them.
    pub fn peek(&self) -> &'a [u8] {
        self.rest
    }

    /// The message ends here.
    pub fn finish(self) -> Result<(), DecodeError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(self.error(Reason::Trailing(self.rest.len() as u64)))
        }
    }

    fn run<O>(
        &mut self,
        width: usize,
        mut parser: impl Parser<&'a [u8], Output = O, Error = nom::error::Error<&'a [u8]>>,
    ) -> Result<O, DecodeError> {
        let result: IResult<&'a [u8], O> = parser.parse(self.rest);
        match result {
            Ok((rest, value)) => {
                self.rest = rest;
                Ok(value)
            }
            Err(_) => {
                let missing = width.saturating_sub(self.rest.len());
                Err(self.error(Reason::Missing(missing as u64)))
            }
        }
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8, DecodeError> {
        self.run(1, le_u8)
    }

    /// Two bytes, little-endian.
    pub fn u16(&mut self) -> Result<u16, DecodeError> {
        self.run(2, le_u16)
    }

    /// Three bytes, little-endian.
    pub fn u24(&mut self) -> Result<u32, DecodeError> {
        self.run(3, le_u24)
    }

    /// Four bytes, little-endian.
    pub fn u32(&mut self) -> Result<u32, DecodeError> {
        self.run(4, le_u32)
    }

    /// Eight bytes, little-endian.
    pub fn u64(&mut self) -> Result<u64, DecodeError> {
        self.run(8, le_u64)
    }

    /// `count` bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        self.run(count, take(count))
    }

    /// `count` bytes, where the count came off the wire.
    pub fn take_u64(&mut self, count: u64) -> Result<&'a [u8], DecodeError> {
        match usize::try_from(count) {
            Ok(count) => self.take(count),
            Err(_) => Err(self.error(Reason::Missing(count - self.rest.len() as u64))),
        }
    }

    /// `N` bytes as an array.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let bytes = self.take(N)?;
        <[u8; N]>::try_from(bytes).map_err(|_| self.error(Reason::Missing(N as u64)))
    }

    /// A length-encoded integer; NULL (0xfb) is `None`.
    pub fn lenenc_or_null(&mut self) -> Result<Option<u64>, DecodeError> {
        let mark = self.clone();
        match self.u8()? {
            0xfb => Ok(None),
            0xfc => Ok(Some(u64::from(self.u16()?))),
            0xfd => Ok(Some(u64::from(self.u24()?))),
            0xfe => Ok(Some(self.u64()?)),
            0xff => Err(mark.error(Reason::BadTag(0xff))),
            small => Ok(Some(u64::from(small))),
        }
    }

    /// A length-encoded integer.
    pub fn lenenc(&mut self) -> Result<u64, DecodeError> {
        let mark = self.clone();
        self.lenenc_or_null()?
            .ok_or_else(|| mark.error(Reason::BadTag(0xfb)))
    }

    /// A length-encoded string.
    pub fn lenenc_bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = self.lenenc()?;
        self.take_u64(length)
    }

    /// A length-encoded string; NULL is `None`.
    pub fn lenenc_bytes_or_null(&mut self) -> Result<Option<&'a [u8]>, DecodeError> {
        match self.lenenc_or_null()? {
            None => Ok(None),
            Some(length) => self.take_u64(length).map(Some),
        }
    }

    /// A string ended by NUL, which is not part of it.
    pub fn nul_bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        match self.rest.iter().position(|&b| b == 0) {
            Some(end) => {
                let bytes = self.take(end)?;
                self.u8()?;
                Ok(bytes)
            }
            None => Err(self.error(Reason::Unterminated)),
        }
    }

    /// All that remains.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.rest)
    }

    /// `bytes` as a UTF-8 name.
    pub fn utf8(&self, bytes: &[u8]) -> Result<String, DecodeError> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(self.error(Reason::NotUtf8)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lenenc_of_every_width() {
        let cases: [(&[u8], u64); 5] = [
            (&[0xfa], 250),
            (&[0xfc, 0xfb, 0x00], 251),
            (&[0xfc, 0xff, 0xff], 65_535),
            (&[0xfd, 0x00, 0x00, 0x01], 65_536),
            (&[0xfe, 0, 0, 0, 1, 0, 0, 0, 0], 16_777_216),
        ];
        for (bytes, expected) in cases {
            let mut reader = Reader::new("test", bytes);
            assert_eq!(reader.lenenc(), Ok(expected));
            assert!(reader.is_empty());
            for cut in 0..bytes.len() {
                assert!(Reader::new("test", &bytes[..cut]).lenenc().is_err());
            }
        }
    }

    #[test]
    fn errors_name_place_and_reason() {
        let mut reader = Reader::new("test", &[1, 0xfe, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 9]);
        reader.u8().unwrap();
        let error = reader.lenenc_bytes().unwrap_err();
        assert_eq!(error.offset, 10);
        assert_eq!(error.reason, Reason::Missing(0xffff_ffff - 1));
        let mut reader = Reader::new("test", &[0xff]);
        let error = reader.lenenc().unwrap_err();
        assert_eq!((error.offset, error.reason), (0, Reason::BadTag(0xff)));
        let mut reader = Reader::new("test", b"abc");
        assert_eq!(reader.nul_bytes().unwrap_err().reason, Reason::Unterminated);
        let mut reader = Reader::new("test", b"a\0c");
        assert_eq!(reader.nul_bytes(), Ok(&b"a"[..]));
        assert_eq!(reader.finish().unwrap_err().reason, Reason::Trailing(1));
    }
}
