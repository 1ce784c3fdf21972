//! The column types of a table map event: a type code and its metadata.
//!
//! Source: "Table_map event" in the MySQL internals documentation, `Field::save_field_metadata`.

use crate::charset::mbmaxlen;
use crate::error::{ValueError, le, split, take};
use crate::temporal::old_lens;
use crate::types::{BlobSize, CollationId, ColumnType, IntSize};

/// `enum_field_types` as it appears in table map events and column definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WireType(pub u8);

#[allow(missing_docs)]
impl WireType {
    pub const DECIMAL: WireType = WireType(0);
    pub const TINY: WireType = WireType(1);
    pub const SHORT: WireType = WireType(2);
    pub const LONG: WireType = WireType(3);
    pub const FLOAT: WireType = WireType(4);
    pub const DOUBLE: WireType = WireType(5);
    pub const NULL: WireType = WireType(6);
    pub const TIMESTAMP: WireType = WireType(7);
    pub const LONGLONG: WireType = WireType(8);
    pub const INT24: WireType = WireType(9);
    pub const DATE: WireType = WireType(10);
    pub const TIME: WireType = WireType(11);
    pub const DATETIME: WireType = WireType(12);
    pub const YEAR: WireType = WireType(13);
    pub const NEWDATE: WireType = WireType(14);
    pub const VARCHAR: WireType = WireType(15);
    pub const BIT: WireType = WireType(16);
    pub const TIMESTAMP2: WireType = WireType(17);
    pub const DATETIME2: WireType = WireType(18);
    pub const TIME2: WireType = WireType(19);
    /// MariaDB's compressed BLOB and VARCHAR columns.
    pub const BLOB_COMPRESSED: WireType = WireType(140);
    pub const VARCHAR_COMPRESSED: WireType = WireType(141);
    pub const VECTOR: WireType = WireType(242);
    pub const JSON: WireType = WireType(245);
    pub const NEWDECIMAL: WireType = WireType(246);
    pub const ENUM: WireType = WireType(247);
    pub const SET: WireType = WireType(248);
    pub const TINY_BLOB: WireType = WireType(249);
    pub const MEDIUM_BLOB: WireType = WireType(250);
    pub const LONG_BLOB: WireType = WireType(251);
    pub const BLOB: WireType = WireType(252);
    pub const VAR_STRING: WireType = WireType(253);
    pub const STRING: WireType = WireType(254);
    pub const GEOMETRY: WireType = WireType(255);
}

/// One column of a table map event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WireColumn {
    /// Type code as sent.
    pub wire_type: WireType,
    /// Metadata as sent: zero, one or two bytes by type. Two-byte metadata are kept as
    /// `first | second << 8`.
    pub meta: u16,
}

impl WireColumn {
    /// Reads the column list of a table map event: one type code a column, then the metadata block.
    ///
    /// `metadata` must be exactly the block that the event announces: bytes left over are an error, as is
    /// a type code whose metadata size is not known, because everything after it would be read shifted.
    pub fn parse_list(types: &[u8], metadata: &[u8]) -> Result<Vec<WireColumn>, ValueError> {
        let mut rest = metadata;
        let mut columns = Vec::with_capacity(types.len());
        for &code in types {
            let wire_type = WireType(code);
            let (own, left) = split(rest, wire_type.metadata_len()?, "table map metadata")?;
            rest = left;
            columns.push(WireColumn {
                wire_type,
                meta: le(own) as u16,
            });
        }
        if rest.is_empty() {
            Ok(columns)
        } else {
            Err(ValueError::Malformed {
                what: "table map metadata: bytes left over",
            })
        }
    }

    /// Writes type codes and metadata block as [`WireColumn::parse_list`] reads them.
    pub fn encode_list(columns: &[WireColumn]) -> Result<(Vec<u8>, Vec<u8>), ValueError> {
        let mut metadata = Vec::with_capacity(columns.len() * 2);
        for column in columns {
            let [low, high] = column.meta.to_le_bytes();
            match column.wire_type.metadata_len()? {
                0 => {}
                1 => metadata.push(low),
                _ => metadata.extend_from_slice(&[low, high]),
            }
        }
        let types = columns.iter().map(|column| column.wire_type.0).collect();
        Ok((types, metadata))
    }

    /// First metadata byte.
    #[inline]
    pub fn meta0(&self) -> u8 {
        self.meta.to_le_bytes()[0]
    }

    /// Second metadata byte.
    #[inline]
    pub fn meta1(&self) -> u8 {
        self.meta.to_le_bytes()[1]
    }

    /// For a STRING column: the real type (STRING, ENUM or SET) and the length in bytes.
    ///
    /// The first metadata byte is the real type. Lengths over 255 put their bits 8 and 9, inverted, into
    /// bits 4 and 5 of it, which are set in each of the three real types.
    pub fn string_parts(&self) -> (WireType, usize) {
        let (first, second) = (self.meta0(), usize::from(self.meta1()));
        if first & 0x30 == 0x30 {
            (WireType(first), second)
        } else {
            let high = usize::from((first & 0x30) ^ 0x30) << 4;
            (WireType(first | 0x30), high | second)
        }
    }

    /// Length of the packed field at the start of `bytes`; the field may be longer than `bytes` only if
    /// its own length prefix is whole, so callers check the result against what they have.
    #[inline]
    pub fn field_len(&self, bytes: &[u8]) -> Result<usize, ValueError> {
        match self.packing()? {
            Packing::Fixed(length) => Ok(length),
            Packing::Prefixed(size) => Ok(size + le(take(bytes, size, "field length")?) as usize),
        }
    }

    /// How fields of this column are packed.
    pub fn packing(&self) -> Result<Packing, ValueError> {
        let bad = Err(ValueError::BadMetadata {
            code: self.wire_type.0,
            meta: self.meta,
        });
        let fraction = |whole: usize| {
            if self.meta <= 6 {
                Ok(Packing::Fixed(whole + usize::from(self.meta).div_ceil(2)))
            } else {
                bad.clone()
            }
        };
        Ok(match self.wire_type {
            WireType::TINY | WireType::YEAR => Packing::Fixed(1),
            WireType::SHORT => Packing::Fixed(2),
            WireType::INT24 | WireType::DATE | WireType::NEWDATE => Packing::Fixed(3),
            WireType::LONG => Packing::Fixed(4),
            WireType::LONGLONG => Packing::Fixed(8),
            WireType::NULL => Packing::Fixed(0),
            WireType::FLOAT if self.meta == 4 => Packing::Fixed(4),
            WireType::DOUBLE if self.meta == 8 => Packing::Fixed(8),
            WireType::FLOAT | WireType::DOUBLE => return bad,
            WireType::TIMESTAMP2 => fraction(4)?,
            WireType::DATETIME2 => fraction(5)?,
            WireType::TIME2 => fraction(3)?,
            WireType::TIMESTAMP | WireType::DATETIME | WireType::TIME => {
                if self.meta > 6 {
                    return bad;
                }
                let (time, datetime, timestamp) = old_lens(self.meta0());
                Packing::Fixed(match self.wire_type {
                    WireType::TIME => time,
                    WireType::DATETIME => datetime,
                    _ => timestamp,
                })
            }
            WireType::NEWDECIMAL => {
                let (precision, scale) = (self.meta0(), self.meta1());
                if precision == 0 || precision > 65 || scale > precision {
                    return bad;
                }
                Packing::Fixed(crate::decimal::packed_len(precision, scale))
            }
            WireType::BIT => {
                let (bits, bytes) = (self.meta0(), usize::from(self.meta1()));
                if bits > 7 || bytes > 8 || (bits > 0 && bytes == 8) {
                    return bad;
                }
                Packing::Fixed(bytes + usize::from(bits > 0))
            }
            WireType::VARCHAR | WireType::VAR_STRING | WireType::VARCHAR_COMPRESSED => {
                Packing::Prefixed(if self.meta > 255 { 2 } else { 1 })
            }
            WireType::STRING => match self.string_parts() {
                (WireType::ENUM | WireType::SET, length @ 1..=8) => Packing::Fixed(length),
                (WireType::STRING, length) => Packing::Prefixed(if length > 255 { 2 } else { 1 }),
                _ => return bad,
            },
            WireType::ENUM | WireType::SET => match self.meta1() {
                length @ 1..=8 => Packing::Fixed(length.into()),
                _ => return bad,
            },
            WireType::BLOB
            | WireType::TINY_BLOB
            | WireType::MEDIUM_BLOB
            | WireType::LONG_BLOB
            | WireType::JSON
            | WireType::GEOMETRY
            | WireType::VECTOR
            | WireType::BLOB_COMPRESSED => match self.meta {
                length @ 1..=4 => Packing::Prefixed(length.into()),
                _ => return bad,
            },
            WireType(code) => return Err(ValueError::UnknownType { code }),
        })
    }
}

/// How the fields of a column are packed in a row image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Always this many bytes.
    Fixed(usize),
    /// A little-endian length of this many bytes, then as many bytes.
    Prefixed(usize),
}

impl Packing {
    /// Length of the field at the start of `bytes`, which holds it whole.
    #[inline]
    pub fn len(self, bytes: &[u8]) -> Result<usize, ValueError> {
        let length = match self {
            Packing::Fixed(length) => length,
            Packing::Prefixed(1) => match bytes {
                [a, ..] => 1 + usize::from(*a),
                [] => usize::MAX,
            },
            Packing::Prefixed(2) => match bytes {
                [a, b, ..] => 2 + usize::from(u16::from_le_bytes([*a, *b])),
                _ => usize::MAX,
            },
            Packing::Prefixed(size) => match bytes.get(..size) {
                Some(prefix) => size + le(prefix) as usize,
                None => usize::MAX,
            },
        };
        if length <= bytes.len() {
            Ok(length)
        } else {
            Err(ValueError::Short {
                what: "field",
                needed: length,
                available: bytes.len(),
            })
        }
    }
}

impl WireType {
    /// Metadata bytes that a table map carries for a type.
    pub fn metadata_len(self) -> Result<usize, ValueError> {
        Ok(match self {
            WireType::TINY
            | WireType::SHORT
            | WireType::LONG
            | WireType::NULL
            | WireType::TIMESTAMP
            | WireType::LONGLONG
            | WireType::INT24
            | WireType::DATE
            | WireType::TIME
            | WireType::DATETIME
            | WireType::YEAR
            | WireType::NEWDATE => 0,
            WireType::FLOAT
            | WireType::DOUBLE
            | WireType::TIMESTAMP2
            | WireType::DATETIME2
            | WireType::TIME2
            | WireType::JSON
            | WireType::GEOMETRY
            | WireType::VECTOR
            | WireType::BLOB_COMPRESSED
            | WireType::TINY_BLOB
            | WireType::MEDIUM_BLOB
            | WireType::LONG_BLOB
            | WireType::BLOB => 1,
            WireType::VARCHAR
            | WireType::VAR_STRING
            | WireType::VARCHAR_COMPRESSED
            | WireType::BIT
            | WireType::NEWDECIMAL
            | WireType::ENUM
            | WireType::SET
            | WireType::STRING => 2,
            WireType(code) => return Err(ValueError::UnknownType { code }),
        })
    }
}

impl ColumnType {
    /// The type code and metadata that this type's column has in a table map event.
    ///
    /// One exception: MariaDB's old TIME, DATETIME and TIMESTAMP with a fraction travel without metadata;
    /// here the metadata then holds the fractional digits, without which the field cannot be measured.
    pub fn wire(&self) -> WireColumn {
        let column = |wire_type, meta0: u8, meta1: u8| WireColumn {
            wire_type,
            meta: u16::from_le_bytes([meta0, meta1]),
        };
        let string = |length: usize| {
            let [low, high] = (length.min(1023) as u16).to_le_bytes();
            column(WireType::STRING, WireType::STRING.0 ^ (high & 3) << 4, low)
        };
        let varchar = |length: usize| WireColumn {
            wire_type: WireType::VARCHAR,
            meta: length.min(65535) as u16,
        };
        let bytes = |length: u32, collation: CollationId| length as usize * mbmaxlen(collation);
        match self {
            ColumnType::Int { size, .. } => column(
                match size {
                    IntSize::Tiny => WireType::TINY,
                    IntSize::Small => WireType::SHORT,
                    IntSize::Medium => WireType::INT24,
                    IntSize::Int => WireType::LONG,
                    IntSize::Big => WireType::LONGLONG,
                },
                0,
                0,
            ),
            ColumnType::Decimal {
                precision, scale, ..
            } => column(WireType::NEWDECIMAL, *precision, *scale),
            ColumnType::Float { .. } => column(WireType::FLOAT, 4, 0),
            ColumnType::Double { .. } => column(WireType::DOUBLE, 8, 0),
            ColumnType::Bit { bits } => column(WireType::BIT, bits % 8, bits / 8),
            ColumnType::Date => column(WireType::DATE, 0, 0),
            ColumnType::Time { fsp, old: false } => column(WireType::TIME2, *fsp, 0),
            ColumnType::Time { fsp, old: true } => column(WireType::TIME, *fsp, 0),
            ColumnType::DateTime { fsp, old: false } => column(WireType::DATETIME2, *fsp, 0),
            ColumnType::DateTime { fsp, old: true } => column(WireType::DATETIME, *fsp, 0),
            ColumnType::Timestamp { fsp, old: false } => column(WireType::TIMESTAMP2, *fsp, 0),
            ColumnType::Timestamp { fsp, old: true } => column(WireType::TIMESTAMP, *fsp, 0),
            ColumnType::Year { .. } => column(WireType::YEAR, 0, 0),
            ColumnType::Char { length, collation } => string(bytes(*length, *collation)),
            ColumnType::Binary { length } => string(*length as usize),
            ColumnType::VarChar { length, collation } => varchar(bytes(*length, *collation)),
            ColumnType::VarBinary { length } => varchar(*length as usize),
            ColumnType::Text { size, .. } | ColumnType::Blob { size } => {
                column(WireType::BLOB, size.prefix_len(), 0)
            }
            ColumnType::Enum { members, .. } => {
                let length = if members.len() > 255 { 2 } else { 1 };
                column(WireType::STRING, WireType::ENUM.0, length)
            }
            ColumnType::Set { members, .. } => {
                column(WireType::STRING, WireType::SET.0, set_len(members.len()))
            }
            ColumnType::Json => column(WireType::JSON, 4, 0),
            ColumnType::Geometry { .. } => column(WireType::GEOMETRY, 4, 0),
            ColumnType::Vector { mariadb: false, .. } => column(WireType::VECTOR, 4, 0),
            ColumnType::Vector {
                mariadb: true,
                dimensions,
            } => varchar(*dimensions as usize * 4),
            ColumnType::Uuid | ColumnType::Inet6 => string(16),
            ColumnType::Inet4 => string(4),
        }
    }
}

impl BlobSize {
    /// Bytes of the length prefix.
    pub fn prefix_len(self) -> u8 {
        match self {
            BlobSize::Tiny => 1,
            BlobSize::Normal => 2,
            BlobSize::Medium => 3,
            BlobSize::Long => 4,
        }
    }
}

/// Bytes of a SET of that many members.
pub fn set_len(members: usize) -> u8 {
    match members.div_ceil(8) {
        0 | 1 => 1,
        bytes @ 2..=4 => bytes as u8,
        _ => 8,
    }
}
