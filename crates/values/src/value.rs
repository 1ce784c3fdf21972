//! Values taken out of their columns, and put back.

use crate::decimal::Decimal;
use crate::error::{ValueError, le, take};
use crate::key::content;
use crate::temporal::{Date, DateTime, Time, Timestamp};
use crate::text;
use crate::types::{ColumnType, IntSize};
use crate::wire_type::Packing;

/// A value of any column type.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// NULL
    Null,
    /// A signed integer.
    Int(i64),
    /// An unsigned integer.
    UInt(u64),
    /// DECIMAL
    Decimal(Decimal),
    /// FLOAT
    Float(f32),
    /// DOUBLE
    Double(f64),
    /// BIT
    Bit(u64),
    /// DATE
    Date(Date),
    /// TIME
    Time(Time),
    /// DATETIME
    DateTime(DateTime),
    /// TIMESTAMP
    Timestamp(Timestamp),
    /// YEAR: 0 or 1901 to 2155.
    Year(u16),
    /// CHAR, VARCHAR, TEXT: bytes in the column's character set.
    Text(Vec<u8>),
    /// BINARY, VARBINARY, BLOB, GEOMETRY, VECTOR.
    Bytes(Vec<u8>),
    /// ENUM: index of the member, from 1; 0 is the empty error value.
    Enum(u16),
    /// SET: bit n stands for the n-th member.
    Set(u64),
    /// JSON: the binary document.
    Json(Vec<u8>),
    /// UUID
    Uuid([u8; 16]),
    /// INET4
    Inet4([u8; 4]),
    /// INET6
    Inet6([u8; 16]),
}

impl ColumnType {
    /// Reads a packed field.
    pub fn decode(&self, field: &[u8]) -> Result<Value, ValueError> {
        Ok(match self {
            ColumnType::Int { size, unsigned, .. } => {
                let value = text::read_int(field, *size, *unsigned)?;
                if *unsigned {
                    Value::UInt(value as u64)
                } else {
                    Value::Int(value as i64)
                }
            }
            ColumnType::Decimal {
                precision, scale, ..
            } => Value::Decimal(Decimal::unpack(field, *precision, *scale)?),
            ColumnType::Float { .. } => {
                Value::Float(f32::from_bits(le(take(field, 4, "FLOAT")?) as u32))
            }
            ColumnType::Double { .. } => {
                Value::Double(f64::from_bits(le(take(field, 8, "DOUBLE")?)))
            }
            ColumnType::Bit { bits } => Value::Bit(text::read_bit(field, *bits)?),
            ColumnType::Date => Value::Date(Date::unpack(field)?),
            ColumnType::Time { fsp, old } => Value::Time(text::read_time(field, *fsp, *old)?),
            ColumnType::DateTime { fsp, old } => {
                Value::DateTime(text::read_datetime(field, *fsp, *old)?)
            }
            ColumnType::Timestamp { fsp, old } => {
                Value::Timestamp(text::read_timestamp(field, *fsp, *old)?)
            }
            ColumnType::Year { .. } => Value::Year(text::read_year(field)?),
            ColumnType::Char { .. } | ColumnType::VarChar { .. } | ColumnType::Text { .. } => {
                Value::Text(content(self, field)?.to_vec())
            }
            ColumnType::Binary { length } => {
                let mut bytes = content(self, field)?.to_vec();
                bytes.resize(*length as usize, 0);
                Value::Bytes(bytes)
            }
            ColumnType::VarBinary { .. }
            | ColumnType::Blob { .. }
            | ColumnType::Geometry { .. }
            | ColumnType::Vector { .. } => Value::Bytes(content(self, field)?.to_vec()),
            ColumnType::Enum { .. } => Value::Enum(text::read_members(self, field)? as u16),
            ColumnType::Set { .. } => Value::Set(text::read_members(self, field)?),
            ColumnType::Json => Value::Json(content(self, field)?.to_vec()),
            ColumnType::Uuid => Value::Uuid(text::padded(content(self, field)?)?),
            ColumnType::Inet4 => Value::Inet4(text::padded(content(self, field)?)?),
            ColumnType::Inet6 => Value::Inet6(text::padded(content(self, field)?)?),
        })
    }

    /// Packs a value of this type (not NULL); one of another type is [`ValueError::NoConversion`]: convert
    /// it first with [`crate::cast::convert`].
    pub fn encode(&self, value: &Value) -> Result<Vec<u8>, ValueError> {
        let mut out = Vec::new();
        self.encode_into(value, &mut out)?;
        Ok(out)
    }

    /// Appends what [`ColumnType::encode`] makes.
    pub fn encode_into(&self, value: &Value, out: &mut Vec<u8>) -> Result<(), ValueError> {
        match (self, value) {
            (_, Value::Null) => return Err(ValueError::Null),
            (ColumnType::Int { size, unsigned, .. }, Value::Int(value)) => {
                push_int((*value).into(), *size, *unsigned, out)?;
            }
            (ColumnType::Int { size, unsigned, .. }, Value::UInt(value)) => {
                push_int((*value).into(), *size, *unsigned, out)?;
            }
            (
                ColumnType::Decimal {
                    precision, scale, ..
                },
                Value::Decimal(value),
            ) => value.pack(*precision, *scale, out)?,
            (ColumnType::Float { .. }, Value::Float(value)) => {
                out.extend_from_slice(&value.to_bits().to_le_bytes());
            }
            (ColumnType::Double { .. }, Value::Double(value)) => {
                out.extend_from_slice(&value.to_bits().to_le_bytes());
            }
            (ColumnType::Bit { bits }, Value::Bit(value)) => {
                if *bits < 64 && value >> bits != 0 {
                    return Err(ValueError::OutOfRange);
                }
                let unused = 8 - usize::from(bits.div_ceil(8));
                out.extend(value.to_be_bytes().iter().skip(unused));
            }
            (ColumnType::Date, Value::Date(value)) => value.pack(out),
            (ColumnType::Time { fsp, old: false }, Value::Time(value)) => value.pack(*fsp, out),
            (ColumnType::Time { fsp, old: true }, Value::Time(value)) => value.pack_old(*fsp, out),
            (ColumnType::DateTime { fsp, old: false }, Value::DateTime(value)) => {
                value.pack(*fsp, out);
            }
            (ColumnType::DateTime { fsp, old: true }, Value::DateTime(value)) => {
                value.pack_old(*fsp, out);
            }
            (ColumnType::Timestamp { fsp, old: false }, Value::Timestamp(value)) => {
                value.pack(*fsp, out);
            }
            (ColumnType::Timestamp { fsp, old: true }, Value::Timestamp(value)) => {
                value.pack_old(*fsp, out);
            }
            (ColumnType::Year { .. }, Value::Year(value)) => match value {
                0 => out.push(0),
                1901..=2155 => out.push((value - 1900) as u8),
                _ => return Err(ValueError::OutOfRange),
            },
            (ColumnType::Enum { members, .. }, Value::Enum(index)) => {
                if usize::from(*index) > members.len() {
                    return Err(ValueError::Truncated);
                }
                push_le(
                    (*index).into(),
                    if members.len() > 255 { 2 } else { 1 },
                    out,
                );
            }
            (ColumnType::Set { members, .. }, Value::Set(bits)) => {
                if members.len() < 64 && bits >> members.len() != 0 {
                    return Err(ValueError::Truncated);
                }
                push_le(*bits, crate::wire_type::set_len(members.len()).into(), out);
            }
            (ColumnType::Char { .. }, Value::Text(bytes)) => {
                self.push_content(trim_char(self, bytes), out)?;
            }
            (ColumnType::VarChar { .. } | ColumnType::Text { .. }, Value::Text(bytes)) => {
                self.push_content(bytes, out)?;
            }
            (ColumnType::Binary { .. }, Value::Bytes(bytes)) => {
                self.push_content(trim_end(bytes, 0), out)?;
            }
            (
                ColumnType::VarBinary { .. }
                | ColumnType::Blob { .. }
                | ColumnType::Geometry { .. }
                | ColumnType::Vector { .. },
                Value::Bytes(bytes),
            ) => self.push_content(bytes, out)?,
            (ColumnType::Json, Value::Json(bytes)) => self.push_content(bytes, out)?,
            (ColumnType::Uuid, Value::Uuid(bytes)) | (ColumnType::Inet6, Value::Inet6(bytes)) => {
                self.push_content(trim_end(bytes, 0), out)?;
            }
            (ColumnType::Inet4, Value::Inet4(bytes)) => {
                self.push_content(trim_end(bytes, 0), out)?
            }
            (_, other) => {
                return Err(ValueError::NoConversion {
                    from: other.kind(),
                    to: self.kind(),
                });
            }
        }
        Ok(())
    }

    /// Appends length prefix and bytes; too many bytes are [`ValueError::TooLong`].
    fn push_content(&self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
        if bytes.len() as u64 > self.max_bytes() {
            return Err(ValueError::TooLong);
        }
        if let Packing::Prefixed(size) = self.wire().packing()? {
            push_le(bytes.len() as u64, size, out);
        }
        out.extend_from_slice(bytes);
        Ok(())
    }

    /// Most bytes that a field of a type with a length prefix holds.
    pub fn max_bytes(&self) -> u64 {
        let wire = self.wire();
        match wire.packing() {
            Ok(Packing::Prefixed(size)) => match self {
                ColumnType::Text { .. }
                | ColumnType::Blob { .. }
                | ColumnType::Json
                | ColumnType::Geometry { .. }
                | ColumnType::Vector { mariadb: false, .. } => (1 << (8 * size)) - 1,
                ColumnType::VarChar { .. }
                | ColumnType::VarBinary { .. }
                | ColumnType::Vector { .. } => wire.meta.into(),
                _ => wire.string_parts().1 as u64,
            },
            Ok(Packing::Fixed(length)) => length as u64,
            Err(_) => 0,
        }
    }

    /// Name of the kind of type, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            ColumnType::Int { size, .. } => match size {
                IntSize::Tiny => "tinyint",
                IntSize::Small => "smallint",
                IntSize::Medium => "mediumint",
                IntSize::Int => "int",
                IntSize::Big => "bigint",
            },
            ColumnType::Decimal { .. } => "decimal",
            ColumnType::Float { .. } => "float",
            ColumnType::Double { .. } => "double",
            ColumnType::Bit { .. } => "bit",
            ColumnType::Date => "date",
            ColumnType::Time { .. } => "time",
            ColumnType::DateTime { .. } => "datetime",
            ColumnType::Timestamp { .. } => "timestamp",
            ColumnType::Year { .. } => "year",
            ColumnType::Char { .. } => "char",
            ColumnType::VarChar { .. } => "varchar",
            ColumnType::Binary { .. } => "binary",
            ColumnType::VarBinary { .. } => "varbinary",
            ColumnType::Text { .. } => "text",
            ColumnType::Blob { .. } => "blob",
            ColumnType::Enum { .. } => "enum",
            ColumnType::Set { .. } => "set",
            ColumnType::Json => "json",
            ColumnType::Geometry { .. } => "geometry",
            ColumnType::Vector { .. } => "vector",
            ColumnType::Uuid => "uuid",
            ColumnType::Inet4 => "inet4",
            ColumnType::Inet6 => "inet6",
        }
    }
}

impl Value {
    /// Name of the kind of value, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "NULL",
            Value::Int(_) => "integer",
            Value::UInt(_) => "unsigned integer",
            Value::Decimal(_) => "decimal",
            Value::Float(_) => "float",
            Value::Double(_) => "double",
            Value::Bit(_) => "bit",
            Value::Date(_) => "date",
            Value::Time(_) => "time",
            Value::DateTime(_) => "datetime",
            Value::Timestamp(_) => "timestamp",
            Value::Year(_) => "year",
            Value::Text(_) => "text",
            Value::Bytes(_) => "bytes",
            Value::Enum(_) => "enum",
            Value::Set(_) => "set",
            Value::Json(_) => "json",
            Value::Uuid(_) => "uuid",
            Value::Inet4(_) => "inet4",
            Value::Inet6(_) => "inet6",
        }
    }
}

fn push_le(value: u64, size: usize, out: &mut Vec<u8>) {
    out.extend(value.to_le_bytes().iter().take(size));
}

/// Smallest and largest value of an integer type.
pub fn int_range(size: IntSize, unsigned: bool) -> (i128, i128) {
    let bits = 8 * size.bytes() as u32;
    if unsigned {
        (0, (1 << bits) - 1)
    } else {
        (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
    }
}

fn push_int(
    value: i128,
    size: IntSize,
    unsigned: bool,
    out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    let (low, high) = int_range(size, unsigned);
    if !(low..=high).contains(&value) {
        return Err(ValueError::OutOfRange);
    }
    out.extend(value.to_le_bytes().iter().take(size.bytes()));
    Ok(())
}

fn trim_end(bytes: &[u8], byte: u8) -> &[u8] {
    let mut bytes = bytes;
    while let [head @ .., last] = bytes {
        if *last != byte {
            break;
        }
        bytes = head;
    }
    bytes
}

/// CHAR images drop trailing spaces: the space of the column's character set.
fn trim_char<'a>(ty: &ColumnType, bytes: &'a [u8]) -> &'a [u8] {
    let ColumnType::Char { collation, .. } = ty else {
        return bytes;
    };
    let space: &[u8] = match crate::charset::Collation::by_id(*collation) {
        Ok(collation) => match collation.charset().name {
            "ucs2" | "utf16" => &[0, 0x20],
            "utf16le" => &[0x20, 0],
            "utf32" => &[0, 0, 0, 0x20],
            _ => &[0x20],
        },
        Err(_) => &[0x20],
    };
    let mut bytes = bytes;
    while let Some(head) = bytes.strip_suffix(space) {
        bytes = head;
    }
    bytes
}
