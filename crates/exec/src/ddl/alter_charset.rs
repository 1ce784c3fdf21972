//! ALTER TABLE ... CONVERT TO CHARACTER SET: what becomes of a column's type.

use understudy_storage::schema::{ColumnDef, DefaultValue, Flavour};
use understudy_values::types::{BlobSize, CollationId, ColumnType};

use super::defaults::binary_default;
use crate::charsets;

/// Gives a character column another collation; TEXT types grow so that every text still fits.
pub(crate) fn convert_column(column: &mut ColumnDef, to: CollationId, flavour: Flavour) {
    let binary = to == CollationId::BINARY;
    column.ty = match column.ty.clone() {
        ColumnType::Char { length, .. } if binary => ColumnType::Binary { length },
        ColumnType::Char { length, .. } => ColumnType::Char {
            length,
            collation: to,
        },
        ColumnType::VarChar { length, .. } if binary => ColumnType::VarBinary { length },
        ColumnType::VarChar { length, .. } => ColumnType::VarChar {
            length,
            collation: to,
        },
        ColumnType::Text { size, .. } if binary => ColumnType::Blob { size },
        ColumnType::Text { size, collation } => ColumnType::Text {
            size: grown(size, collation, to),
            collation: to,
        },
        ColumnType::Enum { members, .. } => ColumnType::Enum {
            members,
            collation: to,
        },
        ColumnType::Set { members, .. } => ColumnType::Set {
            members,
            collation: to,
        },
        other => other,
    };
    if binary
        && matches!(
            column.ty,
            ColumnType::Binary { .. } | ColumnType::VarBinary { .. }
        )
        && let DefaultValue::Literal(text) = &column.default
    {
        column.default = binary_default(text.as_bytes(), flavour);
    }
}

/// The size that holds as many characters in the new character set.
fn grown(size: BlobSize, from: CollationId, to: CollationId) -> BlobSize {
    if charsets::mbmaxlen(to) <= charsets::mbmaxlen(from) {
        return size;
    }
    match size {
        BlobSize::Tiny => BlobSize::Normal,
        BlobSize::Normal => BlobSize::Medium,
        BlobSize::Medium | BlobSize::Long => BlobSize::Long,
    }
}
