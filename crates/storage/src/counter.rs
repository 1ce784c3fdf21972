//! The AUTO_INCREMENT counter that row changes move.

use understudy_values::types::ColumnType;

use crate::table::Table;

/// The counter after a row with this value in its AUTO_INCREMENT column; `None` when the value does not move
/// it (NULL, zero, negative).
pub(crate) fn next_after(ty: &ColumnType, field: Option<&[u8]>) -> Option<u64> {
    let field = field?;
    let value = match ty {
        ColumnType::Int { unsigned, .. } => {
            let mut bytes = [0; 8];
            bytes.get_mut(..field.len())?.copy_from_slice(field);
            let negative = !unsigned && field.last().is_some_and(|b| b & 0x80 != 0);
            if negative {
                return None;
            }
            u64::from_le_bytes(bytes)
        }
        ColumnType::Float { .. } => whole(f64::from(f32::from_le_bytes(field.try_into().ok()?)))?,
        ColumnType::Double { .. } => whole(f64::from_le_bytes(field.try_into().ok()?))?,
        ColumnType::Decimal { .. }
        | ColumnType::Bit { .. }
        | ColumnType::Date
        | ColumnType::Time { .. }
        | ColumnType::DateTime { .. }
        | ColumnType::Timestamp { .. }
        | ColumnType::Year { .. }
        | ColumnType::Char { .. }
        | ColumnType::VarChar { .. }
        | ColumnType::Binary { .. }
        | ColumnType::VarBinary { .. }
        | ColumnType::Text { .. }
        | ColumnType::Blob { .. }
        | ColumnType::Enum { .. }
        | ColumnType::Set { .. }
        | ColumnType::Json
        | ColumnType::Geometry { .. }
        | ColumnType::Vector { .. }
        | ColumnType::Uuid
        | ColumnType::Inet4
        | ColumnType::Inet6 => return None,
    };
    match value {
        0 => None,
        value => Some(value.saturating_add(1)),
    }
}

/// The whole part of a positive float.
fn whole(value: f64) -> Option<u64> {
    (value >= 1.0).then_some(value as u64)
}

/// Whether an UPDATE that raises the column moves the counter too.
pub(crate) fn follows_updates(table: &Table) -> bool {
    table.flavour.mariadb || table.flavour.version >= 80000
}
