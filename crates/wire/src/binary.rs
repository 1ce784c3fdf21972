//! Values in the binary protocol: parameters and rows of prepared statements.
//!
//! Source: "Binary Protocol Value" in MySQL's client/server protocol documentation.

use understudy_values::wire_type::WireType;

use crate::error::{DecodeError, Reason};
use crate::put::Put;
use crate::reader::Reader;

/// A date with time of day, as sent: parts may be zero or out of the calendar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BinaryDateTime {
    /// Year.
    pub year: u16,
    /// Month.
    pub month: u8,
    /// Day.
    pub day: u8,
    /// Hour.
    pub hour: u8,
    /// Minute.
    pub minute: u8,
    /// Second.
    pub second: u8,
    /// Microseconds.
    pub micros: u32,
}

/// A time span as sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BinaryTime {
    /// Below zero.
    pub negative: bool,
    /// Days.
    pub days: u32,
    /// Hour of the day.
    pub hour: u8,
    /// Minute.
    pub minute: u8,
    /// Second.
    pub second: u8,
    /// Microseconds.
    pub micros: u32,
}

/// A value of the binary protocol.
#[derive(Clone, Debug, PartialEq)]
pub enum BinaryValue {
    /// NULL, which the null bits carry.
    Null,
    /// Signed integer.
    Int(i64),
    /// Unsigned integer.
    UInt(u64),
    /// FLOAT
    Float(f32),
    /// DOUBLE
    Double(f64),
    /// Text, decimals, bits, blobs, JSON: a length-encoded string.
    Bytes(Vec<u8>),
    /// DATE, DATETIME, TIMESTAMP
    DateTime(BinaryDateTime),
    /// TIME
    Time(BinaryTime),
}

impl BinaryValue {
    /// Reads a value of type `column_type`.
    pub fn read(
        r: &mut Reader<'_>,
        column_type: WireType,
        unsigned: bool,
    ) -> Result<Self, DecodeError> {
        let value = match column_type {
            WireType::NULL => BinaryValue::Null,
            WireType::TINY => integer(u64::from(r.u8()?), 8, unsigned),
            WireType::SHORT | WireType::YEAR => integer(u64::from(r.u16()?), 16, unsigned),
            WireType::LONG | WireType::INT24 => integer(u64::from(r.u32()?), 32, unsigned),
            WireType::LONGLONG => integer(r.u64()?, 64, unsigned),
            WireType::FLOAT => BinaryValue::Float(f32::from_bits(r.u32()?)),
            WireType::DOUBLE => BinaryValue::Double(f64::from_bits(r.u64()?)),
            WireType::DATE
            | WireType::NEWDATE
            | WireType::DATETIME
            | WireType::DATETIME2
            | WireType::TIMESTAMP
            | WireType::TIMESTAMP2 => BinaryValue::DateTime(read_datetime(r)?),
            WireType::TIME | WireType::TIME2 => BinaryValue::Time(read_time(r)?),
            WireType::DECIMAL
            | WireType::NEWDECIMAL
            | WireType::VARCHAR
            | WireType::VAR_STRING
            | WireType::STRING
            | WireType::BIT
            | WireType::ENUM
            | WireType::SET
            | WireType::TINY_BLOB
            | WireType::MEDIUM_BLOB
            | WireType::LONG_BLOB
            | WireType::BLOB
            | WireType::JSON
            | WireType::VECTOR
            | WireType::GEOMETRY => BinaryValue::Bytes(r.lenenc_bytes()?.to_vec()),
            WireType(other) => return Err(r.error(Reason::BadTag(u64::from(other)))),
        };
        Ok(value)
    }

    /// Writes the value as `column_type` (integers take that type's width).
    pub fn write(&self, column_type: WireType, out: &mut Vec<u8>) {
        match self {
            BinaryValue::Null => {}
            BinaryValue::Int(value) => write_integer(value.cast_unsigned(), column_type, out),
            BinaryValue::UInt(value) => write_integer(*value, column_type, out),
            BinaryValue::Float(value) => out.put_u32(value.to_bits()),
            BinaryValue::Double(value) => out.put_u64(value.to_bits()),
            BinaryValue::Bytes(bytes) => out.put_lenenc_bytes(bytes),
            BinaryValue::DateTime(value) => write_datetime(value, out),
            BinaryValue::Time(value) => write_time(value, out),
        }
    }
}

fn integer(bits: u64, width: u32, unsigned: bool) -> BinaryValue {
    if unsigned {
        return BinaryValue::UInt(bits);
    }
    let shift = 64 - width;
    BinaryValue::Int((bits << shift).cast_signed() >> shift)
}

fn write_integer(value: u64, column_type: WireType, out: &mut Vec<u8>) {
    let bytes = value.to_le_bytes();
    let [a, b, c, d, ..] = bytes;
    match column_type {
        WireType::TINY => out.put_u8(a),
        WireType::SHORT | WireType::YEAR => out.put_bytes(&[a, b]),
        WireType::LONG | WireType::INT24 => out.put_bytes(&[a, b, c, d]),
        WireType(_) => out.put_bytes(&bytes),
    }
}

fn read_datetime(r: &mut Reader<'_>) -> Result<BinaryDateTime, DecodeError> {
    let mark = r.clone();
    let length = r.u8()?;
    let mut value = BinaryDateTime::default();
    if !matches!(length, 0 | 4 | 7 | 11) {
        return Err(mark.error(Reason::BadTag(u64::from(length))));
    }
    if length >= 4 {
        value.year = r.u16()?;
        value.month = r.u8()?;
        value.day = r.u8()?;
    }
    if length >= 7 {
        value.hour = r.u8()?;
        value.minute = r.u8()?;
        value.second = r.u8()?;
    }
    if length >= 11 {
        value.micros = r.u32()?;
    }
    Ok(value)
}

fn write_datetime(value: &BinaryDateTime, out: &mut Vec<u8>) {
    let time = (value.hour, value.minute, value.second) != (0, 0, 0);
    let date = (value.year, value.month, value.day) != (0, 0, 0);
    let length = match (date, time, value.micros != 0) {
        (_, _, true) => 11,
        (_, true, false) => 7,
        (true, false, false) => 4,
        (false, false, false) => 0,
    };
    out.put_u8(length);
    if length >= 4 {
        out.put_u16(value.year);
        out.put_bytes(&[value.month, value.day]);
    }
    if length >= 7 {
        out.put_bytes(&[value.hour, value.minute, value.second]);
    }
    if length >= 11 {
        out.put_u32(value.micros);
    }
}

fn read_time(r: &mut Reader<'_>) -> Result<BinaryTime, DecodeError> {
    let mark = r.clone();
    let length = r.u8()?;
    let mut value = BinaryTime::default();
    if !matches!(length, 0 | 8 | 12) {
        return Err(mark.error(Reason::BadTag(u64::from(length))));
    }
    if length >= 8 {
        let mark = r.clone();
        let sign = r.u8()?;
        if sign > 1 {
            return Err(mark.error(Reason::BadTag(u64::from(sign))));
        }
        value.negative = sign == 1;
        value.days = r.u32()?;
        value.hour = r.u8()?;
        value.minute = r.u8()?;
        value.second = r.u8()?;
    }
    if length >= 12 {
        value.micros = r.u32()?;
    }
    Ok(value)
}

fn write_time(value: &BinaryTime, out: &mut Vec<u8>) {
    let span = (value.days, value.hour, value.minute, value.second) != (0, 0, 0, 0);
    let length = match (span, value.micros != 0) {
        (_, true) => 12,
        (true, false) => 8,
        (false, false) => 0,
    };
    out.put_u8(length);
    if length >= 8 {
        out.put_u8(u8::from(value.negative));
        out.put_u32(value.days);
        out.put_bytes(&[value.hour, value.minute, value.second]);
    }
    if length >= 12 {
        out.put_u32(value.micros);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_util::{check_message, hex};

    /// Bytes as in MySQL's protocol documentation.
    #[test]
    fn values_of_every_type_round_trip() {
        let cases = [
            (WireType::TINY, false, "ff", BinaryValue::Int(-1)),
            (WireType::TINY, true, "ff", BinaryValue::UInt(255)),
            (WireType::SHORT, false, "0080", BinaryValue::Int(-32768)),
            (WireType::YEAR, true, "e807", BinaryValue::UInt(2024)),
            (WireType::INT24, false, "ffffffff", BinaryValue::Int(-1)),
            (
                WireType::LONGLONG,
                true,
                "ffffffffffffffff",
                BinaryValue::UInt(u64::MAX),
            ),
            (WireType::FLOAT, false, "33332341", BinaryValue::Float(10.2)),
            (
                WireType::DOUBLE,
                false,
                "6666666666662440",
                BinaryValue::Double(10.2),
            ),
            (
                WireType::STRING,
                false,
                "03666f6f",
                BinaryValue::Bytes(b"foo".to_vec()),
            ),
            (
                WireType::DATETIME,
                false,
                "0bda070a111313 1b01000000",
                BinaryValue::DateTime(BinaryDateTime {
                    year: 2010,
                    month: 10,
                    day: 17,
                    hour: 19,
                    minute: 19,
                    second: 27,
                    micros: 1,
                }),
            ),
            (
                WireType::DATE,
                false,
                "00",
                BinaryValue::DateTime(BinaryDateTime::default()),
            ),
            (
                WireType::TIME,
                false,
                "0c01780000001313 1b01000000",
                BinaryValue::Time(BinaryTime {
                    negative: true,
                    days: 120,
                    hour: 19,
                    minute: 19,
                    second: 27,
                    micros: 1,
                }),
            ),
        ];
        for (column_type, unsigned, bytes, expected) in cases {
            let value = check_message(
                &hex(bytes),
                |bytes| {
                    let mut r = Reader::new("value", bytes);
                    let value = BinaryValue::read(&mut r, column_type, unsigned)?;
                    r.finish()?;
                    Ok(value)
                },
                |value| {
                    let mut out = Vec::new();
                    value.write(column_type, &mut out);
                    out
                },
            );
            assert_eq!(value, expected);
        }
    }

    #[test]
    fn unknown_types_and_lengths_are_errors() {
        let read = |column_type, bytes: &[u8]| {
            BinaryValue::read(&mut Reader::new("value", bytes), column_type, false)
        };
        assert!(read(WireType(200), &[0; 20]).is_err());
        assert!(read(WireType::DATETIME, &[5; 20]).is_err());
        assert!(read(WireType::TIME, &[9; 20]).is_err());
        assert!(read(WireType::TIME, &[8, 2, 0, 0, 0, 0, 0, 0, 0]).is_err());
    }
}
