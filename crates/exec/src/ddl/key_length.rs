//! How much of a column a key part holds, and what each server does when that is too much.

use understudy_base::error::MysqlError;
use understudy_storage::schema::{ColumnDef, Flavour, IndexKind};
use understudy_values::types::{BlobSize, ColumnType, GeometryKind};

use crate::charsets;
use crate::errors;

/// A stored POINT: SRID, byte order, type and two coordinates.
const POINT_BYTES: u32 = 25;

/// Limits of an engine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyLimits {
    flavour: Flavour,
    /// Longest part, bytes.
    part: u32,
    /// Longest key, bytes.
    total: u32,
}

/// The outcome for one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PartLength {
    /// Prefix to store: characters or bytes, as written.
    pub prefix: Option<u32>,
    /// Bytes that it counts for the key's length.
    pub bytes: u32,
    /// Too long for a unique key of MariaDB, which then keeps a hash.
    pub hashed: bool,
}

impl KeyLimits {
    pub fn new(flavour: Flavour, engine: &str, row_format: Option<&str>) -> KeyLimits {
        let (part, total) = if engine.eq_ignore_ascii_case("MyISAM") {
            (1000, 1000)
        } else if engine.eq_ignore_ascii_case("Aria") {
            (2000, 2000)
        } else if !engine.eq_ignore_ascii_case("InnoDB") {
            (3072, 3072)
        } else if !flavour.mariadb && flavour.version < 50700
            || matches!(row_format, Some("COMPACT" | "REDUNDANT"))
        {
            (767, 3072)
        } else {
            (3072, 3072)
        };
        KeyLimits {
            flavour,
            part,
            total,
        }
    }

    /// Checks a whole key; true when MariaDB turns it into a hash.
    pub fn check_total(&self, bytes: u32, kind: IndexKind) -> Result<bool, MysqlError> {
        let counted = !matches!(
            kind,
            IndexKind::Fulltext | IndexKind::Spatial | IndexKind::Vector
        );
        if !counted || bytes <= self.total {
            return Ok(false);
        }
        if self.flavour.mariadb && kind == IndexKind::Unique {
            return Ok(true);
        }
        Err(errors::key_too_long(self.total))
    }
}

/// Length of one part over `column` with the prefix that was written.
pub(crate) fn part_length(
    column: &ColumnDef,
    written: Option<u32>,
    kind: IndexKind,
    limits: &KeyLimits,
    strict: bool,
) -> Result<PartLength, MysqlError> {
    let whole = |bytes| PartLength {
        prefix: None,
        bytes,
        hashed: false,
    };
    if matches!(
        kind,
        IndexKind::Fulltext | IndexKind::Spatial | IndexKind::Vector
    ) {
        if kind == IndexKind::Spatial && column.nullable {
            return Err(MysqlError::new(
                1252,
                "All parts of a SPATIAL index must be NOT NULL",
            ));
        }
        return Ok(whole(0));
    }
    if written == Some(0) {
        return Err(MysqlError::new(
            1391,
            format!("Key part '{}' length cannot be 0", column.name),
        ));
    }
    match &column.ty {
        ColumnType::Char { length, collation } | ColumnType::VarChar { length, collation } => {
            let width = charsets::mbmaxlen(*collation);
            characters(*length, width, written, kind, limits, strict)
        }
        ColumnType::Binary { length } | ColumnType::VarBinary { length } => {
            characters(*length, 1, written, kind, limits, strict)
        }
        ColumnType::Text { size, collation } => {
            let width = charsets::mbmaxlen(*collation);
            blob(column, *size, width, written, kind, limits, strict)
        }
        ColumnType::Blob { size } => blob(column, *size, 1, written, kind, limits, strict),
        // A point has one size; any prefix written is overruled (up to MySQL 5.7, and MariaDB).
        ColumnType::Geometry {
            kind: GeometryKind::Point,
            ..
        } if limits.flavour.mariadb || limits.flavour.version < 80000 => Ok(PartLength {
            prefix: Some(POINT_BYTES),
            bytes: POINT_BYTES,
            hashed: false,
        }),
        ColumnType::Geometry { .. } => {
            blob(column, BlobSize::Long, 1, written, kind, limits, strict)
        }
        ColumnType::Json => Err(MysqlError::new(
            3152,
            format!(
                "JSON column '{}' supports indexing only via generated columns on a specified JSON path.",
                column.name
            ),
        )),
        ColumnType::Vector { .. } if !limits.flavour.mariadb => Err(MysqlError::new(
            6137,
            format!(
                "Column '{}' of type VECTOR cannot be a part of an index.",
                column.name
            ),
        )),
        ColumnType::Vector { dimensions, .. } => Ok(whole(dimensions.saturating_mul(4))),
        ColumnType::Int { .. }
        | ColumnType::Decimal { .. }
        | ColumnType::Float { .. }
        | ColumnType::Double { .. }
        | ColumnType::Bit { .. }
        | ColumnType::Date
        | ColumnType::Time { .. }
        | ColumnType::DateTime { .. }
        | ColumnType::Timestamp { .. }
        | ColumnType::Year { .. }
        | ColumnType::Enum { .. }
        | ColumnType::Set { .. }
        | ColumnType::Uuid
        | ColumnType::Inet4
        | ColumnType::Inet6 => {
            if written.is_some() {
                return Err(errors::wrong_prefix());
            }
            Ok(whole(8))
        }
    }
}

fn characters(
    length: u32,
    width: u32,
    written: Option<u32>,
    kind: IndexKind,
    limits: &KeyLimits,
    strict: bool,
) -> Result<PartLength, MysqlError> {
    let wanted = written.unwrap_or(length);
    if wanted > length {
        return Err(errors::wrong_prefix());
    }
    let (kept, hashed) = cut(wanted, width, kind, limits, strict)?;
    Ok(PartLength {
        prefix: (kept < length && !hashed).then_some(kept),
        bytes: if hashed {
            8
        } else {
            kept.saturating_mul(width)
        },
        hashed,
    })
}

fn blob(
    column: &ColumnDef,
    size: BlobSize,
    width: u32,
    written: Option<u32>,
    kind: IndexKind,
    limits: &KeyLimits,
    strict: bool,
) -> Result<PartLength, MysqlError> {
    let wanted = match written {
        Some(wanted) => wanted,
        None if !limits.flavour.mariadb => {
            return Err(errors::blob_key_without_length(&column.name));
        }
        None if matches!(kind, IndexKind::Unique) => {
            return Ok(PartLength {
                prefix: None,
                bytes: 8,
                hashed: true,
            });
        }
        None if matches!(kind, IndexKind::Primary) => {
            return Err(errors::blob_key_without_length(&column.name));
        }
        None => match size {
            BlobSize::Tiny => 255 / width.max(1),
            BlobSize::Normal | BlobSize::Medium | BlobSize::Long => limits.part / width.max(1),
        },
    };
    let (kept, hashed) = cut(wanted, width, kind, limits, strict)?;
    Ok(PartLength {
        prefix: Some(kept),
        bytes: if hashed {
            8
        } else {
            kept.saturating_mul(width)
        },
        hashed,
    })
}

/// Cuts a part that is too long where the server does; true when a unique key becomes a hash.
fn cut(
    wanted: u32,
    width: u32,
    kind: IndexKind,
    limits: &KeyLimits,
    strict: bool,
) -> Result<(u32, bool), MysqlError> {
    if wanted.saturating_mul(width) <= limits.part {
        return Ok((wanted, false));
    }
    let unique = matches!(kind, IndexKind::Primary | IndexKind::Unique);
    let mysql8 = !limits.flavour.mariadb && limits.flavour.version >= 50700;
    if kind == IndexKind::Unique && limits.flavour.mariadb {
        return Ok((wanted, true));
    }
    if unique || mysql8 && strict {
        return Err(errors::key_too_long(limits.part));
    }
    Ok((limits.part / width.max(1), false))
}
