//! Which changes of a column's type leave stored bytes as they are.

use understudy_values::types::ColumnType;
use understudy_values::wire_type::WireColumn;

/// Whether a row image of the old type is one of the new type, value for value.
///
/// True for a longer VARCHAR within the same width of its length, ENUM and SET members added at the end
/// within the same width, another display width, another collation of the same character set (the caller
/// judges the character set), a comment of a name.
pub fn same_image(old: &ColumnType, new: &ColumnType) -> bool {
    old == new || form(old) == form(new) && extends(old, new)
}

/// Whether keys over the column keep their bytes too.
pub fn same_key(old: &ColumnType, new: &ColumnType) -> bool {
    old == new || same_image(old, new) && collation(old) == collation(new)
}

/// The packed form: wire type, bytes of the length or number of bytes, and what changes the meaning.
#[derive(PartialEq, Eq)]
struct Form {
    wire: WireColumn,
    unsigned: bool,
}

fn form(ty: &ColumnType) -> Form {
    let mut wire = ty.wire();
    let unsigned = match ty {
        // The metadata is the greatest length in bytes; what counts is the width of the length itself.
        ColumnType::VarChar { .. } | ColumnType::VarBinary { .. } => {
            wire.meta = u16::from(wire.meta > 255);
            false
        }
        ColumnType::Int { unsigned, .. }
        | ColumnType::Decimal { unsigned, .. }
        | ColumnType::Float { unsigned, .. }
        | ColumnType::Double { unsigned, .. } => *unsigned,
        ColumnType::Bit { .. }
        | ColumnType::Date
        | ColumnType::Time { .. }
        | ColumnType::DateTime { .. }
        | ColumnType::Timestamp { .. }
        | ColumnType::Year { .. }
        | ColumnType::Char { .. }
        | ColumnType::Binary { .. }
        | ColumnType::Text { .. }
        | ColumnType::Blob { .. }
        | ColumnType::Enum { .. }
        | ColumnType::Set { .. }
        | ColumnType::Json
        | ColumnType::Geometry { .. }
        | ColumnType::Vector { .. }
        | ColumnType::Uuid
        | ColumnType::Inet4
        | ColumnType::Inet6 => false,
    };
    Form { wire, unsigned }
}

/// Every value of the old type is one of the new.
fn extends(old: &ColumnType, new: &ColumnType) -> bool {
    match (old, new) {
        (ColumnType::VarChar { length: a, .. }, ColumnType::VarChar { length: b, .. })
        | (ColumnType::VarBinary { length: a }, ColumnType::VarBinary { length: b }) => a <= b,
        (ColumnType::Enum { members: a, .. }, ColumnType::Enum { members: b, .. })
        | (ColumnType::Set { members: a, .. }, ColumnType::Set { members: b, .. }) => {
            b.starts_with(a)
        }
        (ColumnType::Float { digits: a, .. }, ColumnType::Float { digits: b, .. })
        | (ColumnType::Double { digits: a, .. }, ColumnType::Double { digits: b, .. }) => a == b,
        (ColumnType::Year { .. }, ColumnType::Year { .. }) => true,
        _ => std::mem::discriminant(old) == std::mem::discriminant(new),
    }
}

fn collation(ty: &ColumnType) -> Option<understudy_values::types::CollationId> {
    match ty {
        ColumnType::Char { collation, .. }
        | ColumnType::VarChar { collation, .. }
        | ColumnType::Text { collation, .. } => Some(*collation),
        // Members are compared by number.
        ColumnType::Enum { .. } | ColumnType::Set { .. } => None,
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
        | ColumnType::Binary { .. }
        | ColumnType::VarBinary { .. }
        | ColumnType::Blob { .. }
        | ColumnType::Json
        | ColumnType::Geometry { .. }
        | ColumnType::Vector { .. }
        | ColumnType::Uuid
        | ColumnType::Inet4
        | ColumnType::Inet6 => None,
    }
}
