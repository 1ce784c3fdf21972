//! Result sets: what answers a query or an execution.
//!
//! The client's side is [`ResponseReader`]: packets in, [`ResponseEvent`]s out, over several results if need
//! be. The server's side are the functions that write the packets of a result.

use bytes::Bytes;

use crate::binary::BinaryValue;
use crate::capabilities::{Capabilities, StatusFlags};
use crate::column::{ColumnDefinition, ColumnFlags};
use crate::error::{DecodeError, Reason};
use crate::packet::MAX_CHUNK;
use crate::put::Put;
use crate::reader::Reader;
use crate::response::{EofPacket, ErrPacket, OkPacket};

/// First byte of a request for a local file.
const LOCAL_INFILE: u8 = 0xfb;
/// With MARIADB_CACHE_METADATA, after the number of columns: their definitions come.
const METADATA_FOLLOWS: u8 = 1;
/// Most columns of a result; the server's own limit is 4096.
const MAX_COLUMNS: u64 = 65_535;

/// One step of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum ResponseEvent {
    /// A statement without rows is done.
    Ok(OkPacket),
    /// The statement failed; nothing follows.
    Err(ErrPacket),
    /// The server asks for the contents of this file.
    LocalInfile(Vec<u8>),
    /// The columns of a result are known.
    Columns(Vec<ColumnDefinition>),
    /// A row, still packed.
    Row(Bytes),
    /// The rows of a result are complete.
    RowsEnd(OkPacket),
}

#[derive(Clone, Debug, PartialEq)]
enum Phase {
    Head,
    Definitions(u64),
    DefinitionsEnd,
    Rows,
    Done,
}

/// Follows the packets that answer one command.
#[derive(Clone, Debug)]
pub struct ResponseReader {
    capabilities: Capabilities,
    phase: Phase,
    columns: Vec<ColumnDefinition>,
}

impl ResponseReader {
    /// Starts at the first packet after the command.
    pub fn new(capabilities: Capabilities) -> Self {
        ResponseReader {
            capabilities,
            phase: Phase::Head,
            columns: Vec::new(),
        }
    }

    /// The answer is complete.
    pub fn is_done(&self) -> bool {
        self.phase == Phase::Done
    }

    fn deprecate_eof(&self) -> bool {
        self.capabilities.contains(Capabilities::DEPRECATE_EOF)
    }

    /// Takes the next packet; `None` where it completes nothing yet.
    pub fn receive(&mut self, packet: &Bytes) -> Result<Option<ResponseEvent>, DecodeError> {
        if packet.first() == Some(&ErrPacket::TAG) {
            self.phase = Phase::Done;
            return ErrPacket::decode(packet).map(|err| Some(ResponseEvent::Err(err)));
        }
        match self.phase {
            Phase::Head => self.head(packet).map(Some),
            Phase::Definitions(left) => {
                let column = ColumnDefinition::decode(packet, self.capabilities)?;
                self.columns.push(column);
                if left > 1 {
                    self.phase = Phase::Definitions(left - 1);
                    return Ok(None);
                }
                if !self.deprecate_eof() {
                    self.phase = Phase::DefinitionsEnd;
                    return Ok(None);
                }
                Ok(Some(self.start_rows()))
            }
            Phase::DefinitionsEnd => {
                EofPacket::decode(packet)?;
                Ok(Some(self.start_rows()))
            }
            Phase::Rows => self.row(packet).map(Some),
            Phase::Done => Err(Reader::new("packet after the answer", packet)
                .error(Reason::Trailing(packet.len() as u64))),
        }
    }

    fn start_rows(&mut self) -> ResponseEvent {
        self.phase = Phase::Rows;
        ResponseEvent::Columns(std::mem::take(&mut self.columns))
    }

    fn head(&mut self, packet: &Bytes) -> Result<ResponseEvent, DecodeError> {
        let mut r = Reader::new("answer", packet);
        match packet.first() {
            Some(&OkPacket::TAG) => {
                let ok = OkPacket::decode(packet, self.capabilities)?;
                self.after(ok.status);
                Ok(ResponseEvent::Ok(ok))
            }
            Some(&LOCAL_INFILE) => {
                r.u8()?;
                Ok(ResponseEvent::LocalInfile(r.rest().to_vec()))
            }
            Some(_) | None => {
                let count = r.lenenc()?;
                if self
                    .capabilities
                    .contains(Capabilities::MARIADB_CACHE_METADATA)
                {
                    let mark = r.clone();
                    if r.u8()? != METADATA_FOLLOWS {
                        return Err(mark.error(Reason::Unsupported("column metadata")));
                    }
                }
                if count > MAX_COLUMNS {
                    return Err(r.error(Reason::OverLimit {
                        length: count,
                        limit: MAX_COLUMNS,
                    }));
                }
                r.finish()?;
                self.phase = Phase::Definitions(count);
                Ok(ResponseEvent::Columns(Vec::new()))
            }
        }
    }

    fn row(&mut self, packet: &Bytes) -> Result<ResponseEvent, DecodeError> {
        if packet.first() == Some(&EofPacket::TAG) {
            // A row may start with 0xfe only where its first value has 2^24 bytes or more.
            if self.deprecate_eof() && packet.len() < MAX_CHUNK {
                let ok = OkPacket::decode(packet, self.capabilities)?;
                self.after(ok.status);
                return Ok(ResponseEvent::RowsEnd(ok));
            }
            if !self.deprecate_eof() && packet.len() < 9 {
                let eof = EofPacket::decode(packet)?;
                self.after(eof.status);
                return Ok(ResponseEvent::RowsEnd(OkPacket {
                    status: eof.status,
                    warnings: eof.warnings,
                    ..OkPacket::default()
                }));
            }
        }
        Ok(ResponseEvent::Row(packet.clone()))
    }

    fn after(&mut self, status: StatusFlags) {
        self.phase = if status.contains(StatusFlags::MORE_RESULTS) {
            Phase::Head
        } else {
            Phase::Done
        };
    }
}

/// Splits a row of the text protocol into `count` values.
pub fn text_row(bytes: &[u8], count: usize) -> Result<Vec<Option<&[u8]>>, DecodeError> {
    let mut r = Reader::new("text row", bytes);
    let mut values = Vec::new();
    for _ in 0..count {
        values.push(r.lenenc_bytes_or_null()?);
    }
    r.finish()?;
    Ok(values)
}

/// Appends one value of a text row.
pub fn put_text_value(value: Option<&[u8]>, out: &mut Vec<u8>) {
    match value {
        None => out.put_u8(0xfb),
        Some(bytes) => out.put_lenenc_bytes(bytes),
    }
}

/// Splits a row of the binary protocol by its columns.
pub fn binary_row(
    bytes: &[u8],
    columns: &[ColumnDefinition],
) -> Result<Vec<BinaryValue>, DecodeError> {
    let mut r = Reader::new("binary row", bytes);
    let mark = r.clone();
    let tag = r.u8()?;
    if tag != 0 {
        return Err(mark.error(Reason::BadTag(u64::from(tag))));
    }
    let nulls = r.take((columns.len() + 2).div_ceil(8))?;
    let mut values = Vec::with_capacity(columns.len());
    for (index, column) in columns.iter().enumerate() {
        let bit = index + 2;
        if nulls.get(bit / 8).is_some_and(|b| b >> (bit % 8) & 1 == 1) {
            values.push(BinaryValue::Null);
            continue;
        }
        let unsigned = column.flags.contains(ColumnFlags::UNSIGNED);
        let value = BinaryValue::read(&mut r, column.column_type, unsigned)?;
        values.push(value);
    }
    r.finish()?;
    Ok(values)
}

/// Writes a row of the binary protocol.
pub fn encode_binary_row(values: &[BinaryValue], columns: &[ColumnDefinition]) -> Vec<u8> {
    let mut nulls = vec![0u8; (columns.len() + 2).div_ceil(8)];
    for (index, value) in values.iter().enumerate() {
        let bit = index + 2;
        if *value == BinaryValue::Null
            && let Some(byte) = nulls.get_mut(bit / 8)
        {
            *byte |= 1 << (bit % 8);
        }
    }
    let mut out = vec![0];
    out.put_bytes(&nulls);
    for (value, column) in values.iter().zip(columns) {
        value.write(column.column_type, &mut out);
    }
    out
}

/// First packet of a result: the number of its columns, whose definitions follow.
pub fn encode_column_count(count: u64, capabilities: Capabilities) -> Vec<u8> {
    let mut out = Vec::new();
    out.put_lenenc(count);
    if capabilities.contains(Capabilities::MARIADB_CACHE_METADATA) {
        out.put_u8(METADATA_FOLLOWS);
    }
    out
}

/// The packet between column definitions and rows; none with DEPRECATE_EOF.
pub fn encode_columns_end(status: StatusFlags, capabilities: Capabilities) -> Option<Vec<u8>> {
    let eof = EofPacket {
        warnings: 0,
        status,
    };
    (!capabilities.contains(Capabilities::DEPRECATE_EOF)).then(|| eof.encode())
}

/// The packet after the last row.
pub fn encode_rows_end(end: &OkPacket, capabilities: Capabilities) -> Vec<u8> {
    if capabilities.contains(Capabilities::DEPRECATE_EOF) {
        return end.encode(EofPacket::TAG, capabilities);
    }
    EofPacket {
        warnings: end.warnings,
        status: end.status,
    }
    .encode()
}

#[cfg(test)]
mod tests {
    use understudy_values::wire_type::WireType;

    use super::*;
    use crate::test_util::check_message;

    fn column(name: &str, column_type: WireType) -> ColumnDefinition {
        ColumnDefinition {
            schema: Vec::new(),
            table: Vec::new(),
            org_table: Vec::new(),
            name: name.as_bytes().to_vec(),
            org_name: Vec::new(),
            extended: Vec::new(),
            collation: 63,
            length: 20,
            column_type,
            flags: ColumnFlags::default(),
            decimals: 0,
            default: None,
        }
    }

    fn answer(capabilities: Capabilities, more: bool) -> Vec<Bytes> {
        let columns = [column("a", WireType::LONG), column("b", WireType::STRING)];
        let mut packets = vec![encode_column_count(2, capabilities)];
        packets.extend(columns.iter().map(|c| c.encode(capabilities)));
        packets.extend(encode_columns_end(StatusFlags::default(), capabilities));
        let mut row = Vec::new();
        put_text_value(Some(b"1"), &mut row);
        put_text_value(None, &mut row);
        packets.push(row);
        let mut end = OkPacket {
            warnings: 3,
            ..OkPacket::default()
        };
        if more {
            end.status = StatusFlags::MORE_RESULTS;
        }
        packets.push(encode_rows_end(&end, capabilities));
        packets.into_iter().map(Bytes::from).collect()
    }

    #[test]
    fn several_results_are_followed_in_both_forms() {
        for capabilities in [
            Capabilities::NONE,
            Capabilities::DEPRECATE_EOF,
            Capabilities::MARIADB_CACHE_METADATA,
        ] {
            let mut reader = ResponseReader::new(capabilities);
            let mut rows = 0;
            let mut ends = 0;
            let mut packets = answer(capabilities, true);
            packets.extend(answer(capabilities, false));
            for packet in &packets {
                assert!(!reader.is_done());
                match reader.receive(packet).unwrap() {
                    Some(ResponseEvent::Row(row)) => {
                        assert_eq!(text_row(&row, 2).unwrap(), [Some(&b"1"[..]), None]);
                        rows += 1;
                    }
                    Some(ResponseEvent::RowsEnd(end)) => {
                        assert_eq!(end.warnings, 3);
                        ends += 1;
                    }
                    Some(ResponseEvent::Columns(columns)) => {
                        assert!(columns.is_empty() || columns.len() == 2);
                    }
                    None => {}
                    other => panic!("{other:?}"),
                }
            }
            assert!(reader.is_done());
            assert_eq!((rows, ends), (2, 2));
            assert!(reader.receive(&packets[0]).is_err());
        }
    }

    #[test]
    fn text_rows_fail_at_every_cut() {
        let mut row = Vec::new();
        put_text_value(Some(b"abc"), &mut row);
        put_text_value(None, &mut row);
        put_text_value(Some(b""), &mut row);
        check_message(
            &row,
            |bytes| {
                text_row(bytes, 3).map(|values| {
                    let owned: Vec<_> = values.iter().map(|v| v.map(<[u8]>::to_vec)).collect();
                    owned
                })
            },
            |values| {
                let mut out = Vec::new();
                for value in values {
                    put_text_value(value.as_deref(), &mut out);
                }
                out
            },
        );
    }

    #[test]
    fn binary_rows_round_trip_with_nulls_past_the_first_byte() {
        let columns: Vec<_> = (0..9).map(|_| column("c", WireType::SHORT)).collect();
        let values: Vec<_> = (0..9)
            .map(|i| match i % 2 {
                0 => BinaryValue::Int(i),
                _ => BinaryValue::Null,
            })
            .collect();
        let decoded = check_message(
            &encode_binary_row(&values, &columns),
            |bytes| binary_row(bytes, &columns),
            |values| encode_binary_row(values, &columns),
        );
        assert_eq!(decoded, values);
    }
}
