//! Column definitions (protocol 4.1).

use understudy_values::wire_type::WireType;

use crate::capabilities::Capabilities;
use crate::error::{DecodeError, Reason};
use crate::put::Put;
use crate::reader::Reader;

/// Column flags; unknown bits survive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ColumnFlags(pub u16);

impl ColumnFlags {
    /// NOT NULL
    pub const NOT_NULL: ColumnFlags = ColumnFlags(1);
    /// Part of the primary key.
    pub const PRI_KEY: ColumnFlags = ColumnFlags(2);
    /// Part of a unique key.
    pub const UNIQUE_KEY: ColumnFlags = ColumnFlags(4);
    /// First part of a key that is not unique.
    pub const MULTIPLE_KEY: ColumnFlags = ColumnFlags(8);
    /// A BLOB or TEXT.
    pub const BLOB: ColumnFlags = ColumnFlags(16);
    /// UNSIGNED
    pub const UNSIGNED: ColumnFlags = ColumnFlags(32);
    /// ZEROFILL
    pub const ZEROFILL: ColumnFlags = ColumnFlags(64);
    /// Collation is binary.
    pub const BINARY: ColumnFlags = ColumnFlags(128);
    /// ENUM
    pub const ENUM: ColumnFlags = ColumnFlags(256);
    /// AUTO_INCREMENT
    pub const AUTO_INCREMENT: ColumnFlags = ColumnFlags(512);
    /// TIMESTAMP
    pub const TIMESTAMP: ColumnFlags = ColumnFlags(1024);
    /// SET
    pub const SET: ColumnFlags = ColumnFlags(2048);
    /// No default although NOT NULL.
    pub const NO_DEFAULT_VALUE: ColumnFlags = ColumnFlags(4096);
    /// ON UPDATE CURRENT_TIMESTAMP.
    pub const ON_UPDATE_NOW: ColumnFlags = ColumnFlags(8192);
    /// A number (`NUM_FLAG`), as old servers mark it.
    pub const NUM: ColumnFlags = ColumnFlags(32768);

    /// All flags of `other` are set.
    pub fn contains(self, other: ColumnFlags) -> bool {
        self.0 & other.0 == other.0
    }
}

impl std::ops::BitOr for ColumnFlags {
    type Output = ColumnFlags;
    fn bitor(self, other: ColumnFlags) -> ColumnFlags {
        ColumnFlags(self.0 | other.0)
    }
}

/// One column of a result, or one parameter of a prepared statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnDefinition {
    /// Database.
    pub schema: Vec<u8>,
    /// Table, or its alias.
    pub table: Vec<u8>,
    /// Table as created.
    pub org_table: Vec<u8>,
    /// Column, or its alias.
    pub name: Vec<u8>,
    /// Column as created.
    pub org_name: Vec<u8>,
    /// MariaDB's extended type information, with MARIADB_EXTENDED_METADATA.
    pub extended: Vec<u8>,
    /// Collation of the values as sent; 63 for what is not text.
    pub collation: u16,
    /// Largest width as text, bytes.
    pub length: u32,
    /// Type.
    pub column_type: WireType,
    /// Flags.
    pub flags: ColumnFlags,
    /// Digits after the point; 31 where that says nothing.
    pub decimals: u8,
    /// Default value, in answers to COM_FIELD_LIST only: `Some(None)` is NULL.
    pub default: Option<Option<Vec<u8>>>,
}

/// Bytes of the fixed fields.
const FIXED: u64 = 0x0c;

impl ColumnDefinition {
    /// Reads it.
    pub fn decode(bytes: &[u8], capabilities: Capabilities) -> Result<Self, DecodeError> {
        let mut r = Reader::new("column definition", bytes);
        let mark = r.clone();
        if r.lenenc_bytes()? != b"def" {
            return Err(mark.error(Reason::BadTag(0)));
        }
        let mut next = || r.lenenc_bytes().map(<[u8]>::to_vec);
        let (schema, table, org_table) = (next()?, next()?, next()?);
        let (name, org_name) = (next()?, next()?);
        let mut extended = Vec::new();
        if capabilities.contains(Capabilities::MARIADB_EXTENDED_METADATA) {
            extended = next()?;
        }
        let mark = r.clone();
        let fixed = r.lenenc()?;
        if fixed != FIXED {
            return Err(mark.error(Reason::BadTag(fixed)));
        }
        let mut column = ColumnDefinition {
            schema,
            table,
            org_table,
            name,
            org_name,
            extended,
            collation: r.u16()?,
            length: r.u32()?,
            column_type: WireType(r.u8()?),
            flags: ColumnFlags(r.u16()?),
            decimals: r.u8()?,
            default: None,
        };
        r.take(2)?;
        if !r.is_empty() {
            let default = r.lenenc_bytes_or_null()?;
            column.default = Some(default.map(<[u8]>::to_vec));
        }
        r.finish()?;
        Ok(column)
    }

    /// Writes it.
    pub fn encode(&self, capabilities: Capabilities) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        out.put_lenenc_bytes(b"def");
        out.put_lenenc_bytes(&self.schema);
        out.put_lenenc_bytes(&self.table);
        out.put_lenenc_bytes(&self.org_table);
        out.put_lenenc_bytes(&self.name);
        out.put_lenenc_bytes(&self.org_name);
        if capabilities.contains(Capabilities::MARIADB_EXTENDED_METADATA) {
            out.put_lenenc_bytes(&self.extended);
        }
        out.put_lenenc(FIXED);
        out.put_u16(self.collation);
        out.put_u32(self.length);
        out.put_u8(self.column_type.0);
        out.put_u16(self.flags.0);
        out.put_u8(self.decimals);
        out.put_bytes(&[0, 0]);
        match &self.default {
            None => {}
            Some(None) => out.put_u8(0xfb),
            Some(Some(default)) => out.put_lenenc_bytes(default),
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_util::check_message;

    #[test]
    fn definitions_round_trip() {
        for capabilities in [Capabilities::NONE, Capabilities::MARIADB_EXTENDED_METADATA] {
            for default in [None, Some(None), Some(Some(b"7".to_vec()))] {
                let mut extended = Vec::new();
                if capabilities != Capabilities::NONE {
                    extended = b"\x00\x04json".to_vec();
                }
                let column = ColumnDefinition {
                    schema: b"db".to_vec(),
                    table: b"t".to_vec(),
                    org_table: b"table".to_vec(),
                    name: b"c".to_vec(),
                    org_name: b"column".to_vec(),
                    extended,
                    collation: 255,
                    length: 1020,
                    column_type: WireType::VAR_STRING,
                    flags: ColumnFlags::NOT_NULL | ColumnFlags::PRI_KEY,
                    decimals: 31,
                    default,
                };
                let bytes = column.encode(capabilities);
                let decoded = check_message(
                    &bytes,
                    |bytes| ColumnDefinition::decode(bytes, capabilities),
                    |column| column.encode(capabilities),
                );
                assert_eq!(decoded, column);
            }
        }
    }
}
