//! Packets: payloads behind a length of three bytes and a sequence number.
//!
//! A payload of 0xffffff bytes or more travels as several packets, the last one shorter than 0xffffff
//! (empty if need be). [`PacketCodec`] joins and splits them, checks the sequence and bounds what it
//! collects; with [`crate::compress`] switched on it does so inside compressed frames. It is fed from a
//! `BytesMut` and holds no socket, so it serves over any stream.

use bytes::{Bytes, BytesMut};

use crate::compress::{Algorithm, FrameReader, FrameWriter};
use crate::error::FrameError;

/// Largest length that one packet's header can carry.
pub const MAX_CHUNK: usize = 0xff_ffff;
const HEADER: usize = 4;

/// Joins the packets of one direction into payloads.
#[derive(Debug)]
struct Joiner {
    limit: usize,
    /// Payload collected from full chunks.
    partial: BytesMut,
    /// A full chunk came, so another follows.
    continues: bool,
    sequence: u8,
    check_sequence: bool,
}

impl Joiner {
    fn next(&mut self, input: &mut BytesMut) -> Result<Option<Bytes>, FrameError> {
        loop {
            let Some(&[a, b, c, sequence]) = input.first_chunk::<HEADER>() else {
                return Ok(None);
            };
            let length = u32::from_le_bytes([a, b, c, 0]) as usize;
            if self.check_sequence && sequence != self.sequence {
                return Err(FrameError::Sequence {
                    expected: self.sequence,
                    found: sequence,
                });
            }
            let total = self.partial.len() + length;
            if total > self.limit {
                return Err(FrameError::TooLarge {
                    length: total as u64,
                    limit: self.limit as u64,
                });
            }
            if input.len() < HEADER + length {
                return Ok(None);
            }
            let mut chunk = input.split_to(HEADER + length);
            let payload = chunk.split_off(HEADER);
            self.sequence = sequence.wrapping_add(1);
            if length == MAX_CHUNK {
                self.continues = true;
                self.partial.extend_from_slice(&payload);
                continue;
            }
            if !self.continues {
                return Ok(Some(payload.freeze()));
            }
            self.continues = false;
            self.partial.extend_from_slice(&payload);
            return Ok(Some(std::mem::take(&mut self.partial).freeze()));
        }
    }
}

/// Appends `payload` as one or more packets.
fn split(payload: &[u8], sequence: &mut u8, out: &mut BytesMut) {
    let mut rest = payload;
    loop {
        let length = rest.len().min(MAX_CHUNK);
        let (chunk, tail) = rest.split_at(length);
        let [a, b, c, ..] = length.to_le_bytes();
        out.reserve(HEADER + length);
        out.extend_from_slice(&[a, b, c, *sequence]);
        out.extend_from_slice(chunk);
        *sequence = sequence.wrapping_add(1);
        rest = tail;
        if length < MAX_CHUNK {
            return;
        }
    }
}

#[derive(Debug)]
struct Compressed {
    reader: FrameReader,
    writer: FrameWriter,
    /// Packets taken out of frames, not yet joined.
    plain: BytesMut,
    /// Packets written, not yet put into frames.
    pending: BytesMut,
}

/// Both directions of one connection.
#[derive(Debug)]
pub struct PacketCodec {
    joiner: Joiner,
    compressed: Option<Compressed>,
}

impl PacketCodec {
    /// Frames are sent once this much is pending, so that a large result is not held twice.
    const FRAME_AT: usize = 1 << 20;

    /// A codec that refuses payloads over `limit` bytes.
    pub fn new(limit: usize) -> Self {
        PacketCodec {
            joiner: Joiner {
                limit,
                partial: BytesMut::new(),
                continues: false,
                sequence: 0,
                check_sequence: true,
            },
            compressed: None,
        }
    }

    /// Changes the limit (`max_allowed_packet`), bytes.
    pub fn set_limit(&mut self, limit: usize) {
        self.joiner.limit = limit;
    }

    /// Switches to the compressed protocol, as both sides do after the last OK of the handshake.
    pub fn compress(&mut self, algorithm: Algorithm) {
        // Inside frames the real servers neither check nor continue the numbers of plain packets.
        self.joiner.check_sequence = false;
        self.compressed = Some(Compressed {
            reader: FrameReader::new(algorithm),
            writer: FrameWriter::new(algorithm),
            plain: BytesMut::new(),
            pending: BytesMut::new(),
        });
    }

    /// A new command starts: sequence numbers begin at 0 again.
    pub fn start_command(&mut self) {
        self.joiner.sequence = 0;
        if let Some(compressed) = &mut self.compressed {
            compressed.reader.sequence = 0;
        }
    }

    /// The other side asked for an acknowledgement in the midst of its packets: it numbers what follows from
    /// 1 again, and frames from 0 (MySQL 9.7).
    pub fn restart_numbering(&mut self) {
        self.joiner.sequence = 1;
        if let Some(compressed) = &mut self.compressed {
            compressed.reader.any_number = true;
        }
    }

    /// The next packet has this number, in whichever direction it travels.
    pub fn number_from(&mut self, sequence: u8) {
        self.joiner.sequence = sequence;
        if let Some(compressed) = &mut self.compressed {
            compressed.reader.sequence = sequence;
        }
    }

    /// Takes the next whole payload from `input`, or `None` if more bytes are needed.
    pub fn decode(&mut self, input: &mut BytesMut) -> Result<Option<Bytes>, FrameError> {
        let Some(compressed) = &mut self.compressed else {
            return self.joiner.next(input);
        };
        loop {
            if let Some(payload) = self.joiner.next(&mut compressed.plain)? {
                return Ok(Some(payload));
            }
            if !compressed.reader.next(input, &mut compressed.plain)? {
                return Ok(None);
            }
            self.joiner.sequence = compressed.reader.sequence;
        }
    }

    /// Appends `payload` to `out`. Under compression bytes may stay behind until [`PacketCodec::flush`].
    pub fn encode(&mut self, payload: &[u8], out: &mut BytesMut) {
        let Some(compressed) = &mut self.compressed else {
            split(payload, &mut self.joiner.sequence, out);
            return;
        };
        split(payload, &mut self.joiner.sequence, &mut compressed.pending);
        if compressed.pending.len() >= Self::FRAME_AT {
            self.flush(out);
        }
    }

    /// Appends what compression still holds back.
    pub fn flush(&mut self, out: &mut BytesMut) {
        if let Some(compressed) = &mut self.compressed {
            let sequence = &mut compressed.reader.sequence;
            compressed.writer.write(&compressed.pending, sequence, out);
            compressed.pending.clear();
            self.joiner.sequence = *sequence;
        }
    }

    /// Number that the next packet has, in either direction.
    pub fn sequence(&self) -> u8 {
        match &self.compressed {
            None => self.joiner.sequence,
            Some(compressed) => compressed.reader.sequence,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(payload: &[u8]) -> BytesMut {
        let mut out = BytesMut::new();
        PacketCodec::new(usize::MAX).encode(payload, &mut out);
        out
    }

    #[test]
    fn t10_payloads_around_16_mib_are_split_and_joined() {
        for (length, packets) in [
            (0, 1),
            (1, 1),
            (MAX_CHUNK - 1, 1),
            (MAX_CHUNK, 2),
            (MAX_CHUNK + 1, 2),
            (2 * MAX_CHUNK, 3),
            (2 * MAX_CHUNK + 5, 3),
        ] {
            let payload: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
            let mut bytes = framed(&payload);
            assert_eq!(bytes.len(), length + packets * HEADER);
            let mut codec = PacketCodec::new(length);
            assert_eq!(codec.decode(&mut bytes).unwrap().unwrap(), payload);
            assert!(bytes.is_empty());
            assert_eq!(usize::from(codec.sequence()), packets);
        }
    }

    #[test]
    fn t10_payload_over_the_limit_is_refused_at_its_header() {
        let mut codec = PacketCodec::new(1000);
        let mut header = BytesMut::from(&[0xe9, 0x03, 0, 0][..]);
        assert_eq!(
            codec.decode(&mut header),
            Err(FrameError::TooLarge {
                length: 1001,
                limit: 1000
            })
        );
        // The second chunk passes the limit: refused before its bytes come.
        let mut codec = PacketCodec::new(MAX_CHUNK + 10);
        let mut bytes = framed(&vec![7; MAX_CHUNK + 11]);
        bytes.truncate(HEADER + MAX_CHUNK + HEADER);
        assert!(matches!(
            codec.decode(&mut bytes),
            Err(FrameError::TooLarge { .. })
        ));
    }

    #[test]
    fn bytes_may_come_one_at_a_time() {
        let mut codec = PacketCodec::new(100);
        let bytes = framed(b"hello");
        let mut input = BytesMut::new();
        for (i, byte) in bytes.iter().enumerate() {
            input.extend_from_slice(&[*byte]);
            let got = codec.decode(&mut input).unwrap();
            assert_eq!(got.is_some(), i + 1 == bytes.len());
        }
    }

    #[test]
    fn sequence_is_checked_and_wraps() {
        let mut codec = PacketCodec::new(100);
        let mut bytes = BytesMut::from(&[1, 0, 0, 1, 9][..]);
        assert_eq!(
            codec.decode(&mut bytes),
            Err(FrameError::Sequence {
                expected: 0,
                found: 1
            })
        );
        let mut codec = PacketCodec::new(100);
        for i in 0..=256u32 {
            let mut bytes = BytesMut::from(&[1, 0, 0, (i & 0xff) as u8, 9][..]);
            assert!(codec.decode(&mut bytes).unwrap().is_some());
        }
        codec.start_command();
        assert_eq!(codec.sequence(), 0);
    }

    #[test]
    fn numbers_begin_anew_behind_an_event_to_acknowledge() {
        for compressed in [false, true] {
            for first in if compressed { 0..=1 } else { 1..=1 } {
                let (mut source, mut replica) = (PacketCodec::new(100), PacketCodec::new(100));
                if compressed {
                    source.compress(Algorithm::Zlib);
                    replica.compress(Algorithm::Zlib);
                }
                let mut wire = BytesMut::new();
                for payload in [&b"one"[..], b"two, to be acknowledged"] {
                    source.encode(payload, &mut wire);
                    source.flush(&mut wire);
                }
                source.number_from(first);
                source.encode(b"three", &mut wire);
                source.flush(&mut wire);
                assert!(replica.decode(&mut wire).unwrap().is_some());
                assert!(replica.decode(&mut wire).unwrap().is_some());
                replica.restart_numbering();
                let incoming = replica.sequence();
                replica.start_command();
                let mut acknowledgement = BytesMut::new();
                replica.encode(b"ack", &mut acknowledgement);
                replica.flush(&mut acknowledgement);
                assert_eq!(acknowledgement[3], 0);
                replica.number_from(incoming);
                assert_eq!(replica.decode(&mut wire).unwrap().unwrap(), &b"three"[..]);
            }
        }
    }

    #[test]
    fn compressed_connections_exchange_payloads_of_all_sizes() {
        for algorithm in [Algorithm::Zlib, Algorithm::Zstd { level: 3 }] {
            let (mut one, mut two) = (PacketCodec::new(1 << 26), PacketCodec::new(1 << 26));
            one.compress(algorithm);
            two.compress(algorithm);
            for length in [0, 1, 49, 50, 51, 4000, MAX_CHUNK, MAX_CHUNK + 100] {
                one.start_command();
                two.start_command();
                let payload: Vec<u8> = (0..length).map(|i| (i % 7 * (i % 5)) as u8).collect();
                let mut wire = BytesMut::new();
                one.encode(&payload, &mut wire);
                one.encode(b"next", &mut wire);
                one.flush(&mut wire);
                assert_eq!(two.decode(&mut wire).unwrap().unwrap(), payload);
                assert_eq!(two.decode(&mut wire).unwrap().unwrap(), &b"next"[..]);
                assert_eq!(two.decode(&mut wire).unwrap(), None);
                assert_eq!(one.sequence(), two.sequence());
            }
        }
    }
}
