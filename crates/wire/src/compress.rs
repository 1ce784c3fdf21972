//! Compressed protocol: frames around the byte stream of packets.
//!
//! Header of a frame: length of the body (3), sequence number (1), length before compression (3). The
//! latter is 0 where the body is not compressed, as for anything under 50 bytes.
//! Source: "Compression" in MySQL's client/server protocol documentation.

use std::io::{Read, Write};

use bytes::{Buf, BytesMut};
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use crate::error::FrameError;
use crate::packet::MAX_CHUNK;

const HEADER: usize = 7;
/// Shorter bodies are sent as they are.
const MIN_LENGTH: usize = 50;

/// How frames are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// zlib at its default level.
    Zlib,
    /// zstd.
    Zstd {
        /// Level, 1 to 22.
        level: u8,
    },
}

/// Takes frames apart.
#[derive(Debug)]
pub struct FrameReader {
    algorithm: Algorithm,
    /// Number of the next frame, shared by both directions.
    pub sequence: u8,
    /// The next frame may have any number; `sequence` goes on from it.
    pub any_number: bool,
}

impl FrameReader {
    /// A reader that expects frame 0.
    pub fn new(algorithm: Algorithm) -> Self {
        FrameReader {
            algorithm,
            sequence: 0,
            any_number: false,
        }
    }

    /// Moves the contents of one frame from `input` to `plain`; false if more bytes are needed.
    pub fn next(&mut self, input: &mut BytesMut, plain: &mut BytesMut) -> Result<bool, FrameError> {
        let Some(&[a, b, c, sequence, d, e, f]) = input.first_chunk::<HEADER>() else {
            return Ok(false);
        };
        if sequence != self.sequence && !self.any_number {
            return Err(FrameError::Sequence {
                expected: self.sequence,
                found: sequence,
            });
        }
        let length = u32::from_le_bytes([a, b, c, 0]) as usize;
        let inflated_length = u32::from_le_bytes([d, e, f, 0]) as usize;
        if input.len() < HEADER + length {
            return Ok(false);
        }
        input.advance(HEADER);
        let body = input.split_to(length);
        if inflated_length == 0 {
            plain.extend_from_slice(&body);
        } else {
            let inflated = self.inflate(&body, inflated_length)?;
            plain.extend_from_slice(&inflated);
        }
        self.sequence = sequence.wrapping_add(1);
        self.any_number = false;
        Ok(true)
    }

    /// Inflates `body`, which must give exactly `length` bytes (at most 16 MiB, by the header's width).
    fn inflate(&self, body: &[u8], length: usize) -> Result<Vec<u8>, FrameError> {
        let mut inflated = Vec::new();
        // One byte more than announced tells a body that is too long from one that fits.
        let bound = length as u64 + 1;
        let result = match self.algorithm {
            Algorithm::Zlib => ZlibDecoder::new(body)
                .take(bound)
                .read_to_end(&mut inflated),
            Algorithm::Zstd { .. } => zstd::stream::read::Decoder::with_buffer(body)
                .and_then(|decoder| decoder.take(bound).read_to_end(&mut inflated)),
        };
        match result {
            Ok(found) if found == length => Ok(inflated),
            Ok(_) | Err(_) => Err(FrameError::Inflate),
        }
    }
}

/// Puts bytes into frames.
#[derive(Debug)]
pub struct FrameWriter {
    algorithm: Algorithm,
}

impl FrameWriter {
    /// A writer.
    pub fn new(algorithm: Algorithm) -> Self {
        FrameWriter { algorithm }
    }

    /// Appends `plain` to `out` as one or more frames, numbered from `sequence`.
    pub fn write(&self, plain: &[u8], sequence: &mut u8, out: &mut BytesMut) {
        for body in plain.chunks(MAX_CHUNK) {
            let compressed = self
                .deflate(body)
                .filter(|compressed| compressed.len() < body.len());
            let (bytes, inflated_length) = match &compressed {
                Some(compressed) => (compressed.as_slice(), body.len()),
                None => (body, 0),
            };
            let [a, b, c, ..] = bytes.len().to_le_bytes();
            let [d, e, f, ..] = inflated_length.to_le_bytes();
            out.extend_from_slice(&[a, b, c, *sequence, d, e, f]);
            out.extend_from_slice(bytes);
            *sequence = sequence.wrapping_add(1);
        }
    }

    /// `None` where the body goes out as it is: short, or the compressor failed.
    fn deflate(&self, body: &[u8]) -> Option<Vec<u8>> {
        if body.len() < MIN_LENGTH {
            return None;
        }
        match self.algorithm {
            Algorithm::Zlib => {
                let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(body).ok()?;
                encoder.finish().ok()
            }
            Algorithm::Zstd { level } => zstd::stream::encode_all(body, i32::from(level)).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(algorithm: Algorithm, plain: &[u8]) -> BytesMut {
        let mut out = BytesMut::new();
        FrameWriter::new(algorithm).write(plain, &mut 0, &mut out);
        out
    }

    #[test]
    fn small_and_incompressible_bodies_stay_plain() {
        let small = frame(Algorithm::Zlib, b"0123456789");
        assert_eq!(&small[..HEADER], &[10, 0, 0, 0, 0, 0, 0]);
        let mut noise = Vec::new();
        let mut state = 1u32;
        for _ in 0..100 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            noise.push((state >> 24) as u8);
        }
        assert_eq!(frame(Algorithm::Zlib, &noise)[4..HEADER], [0, 0, 0]);
    }

    #[test]
    fn wrong_lengths_and_damage_are_errors() {
        for algorithm in [Algorithm::Zlib, Algorithm::Zstd { level: 3 }] {
            let good = frame(algorithm, &[b'x'; 1000]);
            for change in [-1i32, 1] {
                let mut bad = good.clone();
                let length = i32::from(bad[4]) + i32::from(bad[5]) * 256 + change;
                bad[4] = (length & 0xff) as u8;
                bad[5] = (length >> 8) as u8;
                let mut reader = FrameReader::new(algorithm);
                let result = reader.next(&mut bad, &mut BytesMut::new());
                assert_eq!(result, Err(FrameError::Inflate));
            }
            for cut in 0..good.len() {
                let mut short = BytesMut::from(&good[..cut]);
                let mut reader = FrameReader::new(algorithm);
                assert_eq!(reader.next(&mut short, &mut BytesMut::new()), Ok(false));
            }
            let mut torn = good.clone();
            let last = torn.len() - HEADER - 4;
            torn[0] = (last & 0xff) as u8;
            let mut reader = FrameReader::new(algorithm);
            assert!(reader.next(&mut torn, &mut BytesMut::new()).is_err());
        }
    }

    #[test]
    fn frames_are_numbered() {
        let mut reader = FrameReader::new(Algorithm::Zlib);
        reader.sequence = 3;
        let mut input = frame(Algorithm::Zlib, b"abc");
        assert_eq!(
            reader.next(&mut input, &mut BytesMut::new()),
            Err(FrameError::Sequence {
                expected: 3,
                found: 0
            })
        );
    }
}
