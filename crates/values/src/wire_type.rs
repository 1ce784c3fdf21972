//! The column types of a table map event: a type code and its metadata.
//!
//! Source: "Table_map event" in the MySQL internals documentation, `Field::save_field_metadata`.

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
