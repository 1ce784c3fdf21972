//! Column types as MySQL and MariaDB declare them.
//!
//! A [`ColumnType`] is the logical type of a column: everything that decides how its bytes are read,
//! compared, printed and shown by `SHOW CREATE TABLE`. What travels in a table map event is the
//! [`crate::wire_type::WireColumn`] derived from it.

use serde::{Deserialize, Serialize};

/// Number of a collation as in `information_schema.COLLATIONS.ID`. MySQL and MariaDB share the
/// numbers below 256; above it they differ, see [`crate::charset`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CollationId(pub u16);

impl CollationId {
    /// `binary`: bytes without a character set.
    pub const BINARY: CollationId = CollationId(63);
    /// `utf8mb4_general_ci`.
    pub const UTF8MB4_GENERAL_CI: CollationId = CollationId(45);
    /// `utf8mb4_0900_ai_ci`, MySQL 8's default.
    pub const UTF8MB4_0900_AI_CI: CollationId = CollationId(255);
    /// `latin1_swedish_ci`, MySQL 5's default.
    pub const LATIN1_SWEDISH_CI: CollationId = CollationId(8);
}

/// Width of an integer type in stored bytes: 1, 2, 3, 4 or 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum IntSize {
    /// `TINYINT`, 1 byte.
    Tiny,
    /// `SMALLINT`, 2 bytes.
    Small,
    /// `MEDIUMINT`, 3 bytes.
    Medium,
    /// `INT`, 4 bytes.
    Int,
    /// `BIGINT`, 8 bytes.
    Big,
}

/// Width of the length prefix of a BLOB or TEXT type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BlobSize {
    /// `TINYBLOB`, `TINYTEXT`: 1 byte of length.
    Tiny,
    /// `BLOB`, `TEXT`: 2 bytes of length.
    Normal,
    /// `MEDIUMBLOB`, `MEDIUMTEXT`: 3 bytes of length.
    Medium,
    /// `LONGBLOB`, `LONGTEXT`: 4 bytes of length.
    Long,
}

/// The spatial type named in a column's declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum GeometryKind {
    /// `GEOMETRY`
    Geometry,
    /// `POINT`
    Point,
    /// `LINESTRING`
    LineString,
    /// `POLYGON`
    Polygon,
    /// `MULTIPOINT`
    MultiPoint,
    /// `MULTILINESTRING`
    MultiLineString,
    /// `MULTIPOLYGON`
    MultiPolygon,
    /// `GEOMETRYCOLLECTION` (`GEOMCOLLECTION` as MySQL 8 shows it)
    GeometryCollection,
}

/// The logical type of a column.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ColumnType {
    /// `TINYINT` to `BIGINT`, little-endian two's complement.
    Int {
        /// Stored width.
        size: IntSize,
        /// `UNSIGNED` (implied by `ZEROFILL`).
        unsigned: bool,
        /// `ZEROFILL`: text output is padded to `width` with zeros.
        zerofill: bool,
        /// Display width, declared or defaulted; `None` where the flavour does not keep one
        /// (MySQL 8.0.19 and later except `TINYINT(1)` and ZEROFILL).
        width: Option<u16>,
    },
    /// `DECIMAL(precision, scale)` in MySQL's packed base-10^9 form.
    Decimal {
        /// Digits in all, 1 to 65.
        precision: u8,
        /// Digits after the point, 0 to 38 (30 in MySQL).
        scale: u8,
        /// `UNSIGNED`
        unsigned: bool,
        /// `ZEROFILL`
        zerofill: bool,
    },
    /// `FLOAT`, IEEE single, little-endian.
    Float {
        /// `(M,D)` if declared.
        digits: Option<(u8, u8)>,
        /// `UNSIGNED`
        unsigned: bool,
        /// `ZEROFILL`
        zerofill: bool,
    },
    /// `DOUBLE`, IEEE double, little-endian.
    Double {
        /// `(M,D)` if declared.
        digits: Option<(u8, u8)>,
        /// `UNSIGNED`
        unsigned: bool,
        /// `ZEROFILL`
        zerofill: bool,
    },
    /// `BIT(bits)`, big-endian, `(bits + 7) / 8` bytes.
    Bit {
        /// 1 to 64.
        bits: u8,
    },
    /// `DATE`, 3 bytes (NEWDATE).
    Date,
    /// `TIME(fsp)`.
    Time {
        /// Fractional digits, 0 to 6.
        fsp: u8,
        /// The storage format before MySQL 5.6.4 (3 bytes), or MariaDB's own with
        /// `mysql56_temporal_format=OFF`.
        old: bool,
    },
    /// `DATETIME(fsp)`.
    DateTime {
        /// Fractional digits, 0 to 6.
        fsp: u8,
        /// As for `Time`; 8 bytes when `fsp` is 0.
        old: bool,
    },
    /// `TIMESTAMP(fsp)`: stored in UTC.
    Timestamp {
        /// Fractional digits, 0 to 6.
        fsp: u8,
        /// As for `Time`; 4 bytes when `fsp` is 0.
        old: bool,
    },
    /// `YEAR`, one byte, 0 or year - 1900.
    Year {
        /// `YEAR(4)` or the `YEAR(2)` of MySQL 5.6.
        width: u8,
    },
    /// `CHAR(length)`: stored without trailing spaces.
    Char {
        /// Characters, 0 to 255.
        length: u32,
        /// Character set and collation.
        collation: CollationId,
    },
    /// `VARCHAR(length)`.
    VarChar {
        /// Characters, 0 to 65535.
        length: u32,
        /// Character set and collation.
        collation: CollationId,
    },
    /// `BINARY(length)`: the stored image drops trailing zero bytes.
    Binary {
        /// Bytes, 0 to 255.
        length: u32,
    },
    /// `VARBINARY(length)`.
    VarBinary {
        /// Bytes, 0 to 65535.
        length: u32,
    },
    /// `TINYTEXT` to `LONGTEXT`.
    Text {
        /// Width of the length prefix.
        size: BlobSize,
        /// Character set and collation.
        collation: CollationId,
    },
    /// `TINYBLOB` to `LONGBLOB`.
    Blob {
        /// Width of the length prefix.
        size: BlobSize,
    },
    /// `ENUM(...)`, 1 byte up to 255 members, else 2.
    Enum {
        /// Members, in UTF-8 (as MySQL's data dictionary keeps them).
        members: Vec<String>,
        /// Character set and collation.
        collation: CollationId,
    },
    /// `SET(...)`: 1, 2, 3, 4 or 8 bytes.
    Set {
        /// Members, in UTF-8.
        members: Vec<String>,
        /// Character set and collation.
        collation: CollationId,
    },
    /// MySQL's binary JSON. (MariaDB's `JSON` is `LONGTEXT` with a CHECK.)
    Json,
    /// A spatial type: 4 bytes SRID, then WKB.
    Geometry {
        /// Declared type.
        kind: GeometryKind,
        /// `SRID` attribute (MySQL 8) or `REF_SYSTEM_ID` (MariaDB).
        srid: Option<u32>,
    },
    /// `VECTOR(dimensions)` of 4-byte floats (MySQL 9, MariaDB 11.7).
    Vector {
        /// Number of floats.
        dimensions: u32,
        /// MariaDB sends it as a VARBINARY of its own, MySQL as type 242.
        mariadb: bool,
    },
    /// MariaDB `UUID`, 16 bytes in MariaDB's storage order.
    Uuid,
    /// MariaDB `INET4`, 4 bytes.
    Inet4,
    /// MariaDB `INET6`, 16 bytes.
    Inet6,
}
