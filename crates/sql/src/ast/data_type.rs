//! Column types as declared, synonyms resolved to the type they stand for.

pub use understudy_values::types::{BlobSize, GeometryKind, IntSize};

/// A string literal: the client's bytes after unescaping.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StringLiteral {
    /// Bytes in the client's character set, or in the introducer's.
    pub bytes: Vec<u8>,
    /// `_charset` before the literal, in lower case; `utf8mb3` for `N'...'`.
    pub introducer: Option<String>,
}

impl StringLiteral {
    /// A literal without introducer.
    pub fn plain(bytes: impl Into<Vec<u8>>) -> Self {
        StringLiteral {
            bytes: bytes.into(),
            introducer: None,
        }
    }
}

/// Character set of a character type or CAST.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CharsetSpec {
    /// `CHARACTER SET name`, `ASCII` (latin1), `UNICODE` (ucs2), `BYTE` (binary); lower case.
    pub charset: Option<String>,
    /// `BINARY` attribute: the `_bin` collation of the character set.
    pub binary: bool,
    /// `NATIONAL CHAR`, `NCHAR`, `NVARCHAR`: utf8mb3.
    pub national: bool,
}

/// A declared type. `None` for a length or precision means that none was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DataType {
    /// `TINYINT` to `BIGINT` and synonyms; `BOOL` is `TINYINT(1)`.
    Int {
        /// Size.
        size: IntSize,
        /// Display width.
        width: Option<u32>,
        /// `UNSIGNED`
        unsigned: bool,
        /// `ZEROFILL`
        zerofill: bool,
    },
    /// `SERIAL`: `BIGINT UNSIGNED NOT NULL AUTO_INCREMENT UNIQUE`
    Serial,
    /// `DECIMAL`, `NUMERIC`, `DEC`, `FIXED`
    Decimal {
        /// Precision.
        precision: Option<u32>,
        /// Scale.
        scale: Option<u32>,
        /// `UNSIGNED`
        unsigned: bool,
        /// `ZEROFILL`
        zerofill: bool,
    },
    /// `FLOAT`, `FLOAT(p)`, `FLOAT(m,d)`
    Float {
        /// `p` or `m`.
        precision: Option<u32>,
        /// `d`
        scale: Option<u32>,
        /// `UNSIGNED`
        unsigned: bool,
        /// `ZEROFILL`
        zerofill: bool,
    },
    /// `DOUBLE [PRECISION]`; `REAL` too, unless `REAL_AS_FLOAT`.
    Double {
        /// `m`
        precision: Option<u32>,
        /// `d`
        scale: Option<u32>,
        /// `UNSIGNED`
        unsigned: bool,
        /// `ZEROFILL`
        zerofill: bool,
    },
    /// `BIT(n)`
    Bit(Option<u32>),
    /// `DATE`
    Date,
    /// `TIME(fsp)`
    Time(Option<u32>),
    /// `DATETIME(fsp)`
    DateTime(Option<u32>),
    /// `TIMESTAMP(fsp)`
    Timestamp(Option<u32>),
    /// `YEAR(n)`
    Year(Option<u32>),
    /// `CHAR(n)` and synonyms.
    Char {
        /// Characters.
        length: Option<u64>,
        /// Character set.
        charset: CharsetSpec,
    },
    /// `VARCHAR(n)` and synonyms.
    VarChar {
        /// Characters.
        length: Option<u64>,
        /// Character set.
        charset: CharsetSpec,
    },
    /// `BINARY(n)`
    Binary(Option<u64>),
    /// `VARBINARY(n)`
    VarBinary(Option<u64>),
    /// `TINYTEXT` to `LONGTEXT`; `LONG VARCHAR` is `MEDIUMTEXT`.
    Text {
        /// Size.
        size: BlobSize,
        /// `TEXT(n)`: the smallest size that holds n characters.
        length: Option<u64>,
        /// Character set.
        charset: CharsetSpec,
    },
    /// `TINYBLOB` to `LONGBLOB`; `LONG VARBINARY` is `MEDIUMBLOB`.
    Blob {
        /// Size.
        size: BlobSize,
        /// `BLOB(n)`
        length: Option<u64>,
    },
    /// `ENUM(...)`
    Enum {
        /// Members.
        members: Vec<StringLiteral>,
        /// Character set.
        charset: CharsetSpec,
    },
    /// `SET(...)`
    Set {
        /// Members.
        members: Vec<StringLiteral>,
        /// Character set.
        charset: CharsetSpec,
    },
    /// `JSON`
    Json,
    /// Spatial types.
    Geometry(GeometryKind),
    /// `VECTOR(n)`
    Vector(Option<u32>),
    /// MariaDB `UUID`
    Uuid,
    /// MariaDB `INET4`
    Inet4,
    /// MariaDB `INET6`
    Inet6,
    /// MariaDB `XMLTYPE` and types of plugins that only a newer server knows: name and length.
    Named(String, Option<u64>),
}
