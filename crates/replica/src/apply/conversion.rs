//! A column whose type here is not the source's: may it be converted, and how (T30).
//!
//! The rules are those of `replica_type_conversions`: into a type that holds more needs ALL_NON_LOSSY, into
//! one that holds less ALL_LOSSY, and only types of one family are converted at all. Fields are converted as
//! ALTER TABLE converts them outside strict mode. A table map says neither the character set nor whether a
//! number is unsigned: the first is taken to be ours, the second to be as ALL_UNSIGNED says.

use crate::apply_options::TypeConversions;
use std::cmp::Ordering;
use understudy_values::cast::{CastContext, convert};
use understudy_values::charset::Server;
use understudy_values::error::ValueError;
use understudy_values::temporal::Date;
use understudy_values::temporal::zone::TimeZone;
use understudy_values::types::{BlobSize, ColumnType, IntSize};
use understudy_values::value::Value;
use understudy_values::wire_type::{WireColumn, WireType};

/// How a column's fields become ours.
#[derive(Debug)]
pub(crate) struct Conversion {
    from: From,
    to: ColumnType,
    context: CastContext,
}

/// What the source's fields are.
#[derive(Debug)]
enum From {
    Type(ColumnType),
    /// Numbers of members of our own ENUM or SET, in fields of another width.
    Members,
}

/// The conversion from the source's column to ours; `None` when it is not permitted.
pub(crate) fn conversion(
    source: &WireColumn,
    own: &ColumnType,
    permitted: TypeConversions,
) -> Option<Conversion> {
    let allowed = match relation(source, own)? {
        Relation::Always => true,
        Relation::Compared(Ordering::Less) => permitted.non_lossy,
        Relation::Compared(Ordering::Greater) => permitted.lossy,
        Relation::Compared(Ordering::Equal) => true,
        Relation::Renamed(Ordering::Greater) => permitted.lossy,
        Relation::Renamed(Ordering::Less | Ordering::Equal) => permitted.non_lossy,
    };
    let from = allowed.then(|| from(source, own, permitted.unsigned))??;
    Some(Conversion {
        from,
        to: own.clone(),
        context: CastContext {
            strict: false,
            time_zone: TimeZone::UTC,
            today: Date::default(),
            server: Server::MySql8,
        },
    })
}

/// How much of the source's column ours holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    /// Old and new formats of a temporal type without fraction.
    Always,
    /// Less: ours holds more.
    Compared(Ordering),
    /// As `Compared`, of two string types: equal lengths need permission too.
    Renamed(Ordering),
}

/// `None` for types of different families.
fn relation(source: &WireColumn, own: &ColumnType) -> Option<Relation> {
    use Relation::{Always, Compared, Renamed};
    let target = own.wire();
    let fraction = [WireType::TIME2, WireType::DATETIME2, WireType::TIMESTAMP2];
    if fraction.contains(&source.wire_type) && source.wire_type == target.wire_type {
        // The real server takes the rows for damaged whatever is permitted.
        return None;
    }
    if kind(source) == kind(&target) {
        return Some(Compared(same_type(source, &target)));
    }
    if source.meta == 0 && old_format(source.wire_type, target.wire_type) {
        return Some(Always);
    }
    let number = (number_width(source), number_width(&target));
    match (source.wire_type, own) {
        (WireType::NEWDECIMAL, ColumnType::Float { .. } | ColumnType::Double { .. }) => {
            Some(Compared(Ordering::Greater))
        }
        (WireType::FLOAT | WireType::DOUBLE, ColumnType::Decimal { .. }) => {
            Some(Compared(Ordering::Greater))
        }
        _ => match (number, string_length(source), string_length(&target)) {
            ((Some((whole, from)), Some((whole_here, to))), _, _) if whole == whole_here => {
                Some(Compared(from.cmp(&to)))
            }
            (_, Some(from), Some(to)) => Some(Renamed(from.cmp(&to))),
            _ => None,
        },
    }
}

/// The type without its measures.
fn kind(column: &WireColumn) -> WireType {
    match column.wire_type {
        WireType::STRING => column.string_parts().0,
        WireType::TINY_BLOB | WireType::MEDIUM_BLOB | WireType::LONG_BLOB => WireType::BLOB,
        WireType::VAR_STRING => WireType::VARCHAR,
        other => other,
    }
}

fn same_type(source: &WireColumn, own: &WireColumn) -> Ordering {
    match source.wire_type {
        // Digits in all decide, then those of the fraction.
        WireType::NEWDECIMAL => (source.meta0(), source.meta1()).cmp(&(own.meta0(), own.meta1())),
        WireType::BIT => bits(source).cmp(&bits(own)),
        WireType::STRING => source.string_parts().1.cmp(&own.string_parts().1),
        _ => source.meta.cmp(&own.meta),
    }
}

fn bits(column: &WireColumn) -> u32 {
    u32::from(column.meta1()) * 8 + u32::from(column.meta0())
}

fn old_format(source: WireType, own: WireType) -> bool {
    let pairs = [
        (WireType::TIME, WireType::TIME2),
        (WireType::DATETIME, WireType::DATETIME2),
        (WireType::TIMESTAMP, WireType::TIMESTAMP2),
    ];
    pairs.contains(&(source, own)) || pairs.contains(&(own, source))
}

/// A rank among the integer types, or among the floating ones.
fn number_width(column: &WireColumn) -> Option<(bool, u8)> {
    let rank = |width| Some((true, width));
    match column.wire_type {
        WireType::TINY => rank(1),
        WireType::SHORT => rank(2),
        WireType::INT24 => rank(3),
        WireType::LONG => rank(4),
        WireType::LONGLONG => rank(8),
        WireType::FLOAT => Some((false, 4)),
        WireType::DOUBLE => Some((false, 8)),
        _ => None,
    }
}

/// Most bytes of a string.
fn string_length(column: &WireColumn) -> Option<u64> {
    match kind(column) {
        WireType::STRING => Some(column.string_parts().1 as u64),
        WireType::VARCHAR => Some(column.meta.into()),
        WireType::BLOB => match column.meta {
            prefix @ 1..=4 => Some((1 << (8 * u32::from(prefix))) - 1),
            _ => None,
        },
        _ => None,
    }
}

/// The source's type, with what its map does not say taken from ours.
fn from(source: &WireColumn, own: &ColumnType, unsigned: bool) -> Option<From> {
    let zerofill = false;
    let integer = |size| ColumnType::Int {
        size,
        unsigned,
        zerofill,
        width: None,
    };
    let fsp = source.meta0();
    Some(From::Type(match kind(source) {
        WireType::TINY => integer(IntSize::Tiny),
        WireType::SHORT => integer(IntSize::Small),
        WireType::INT24 => integer(IntSize::Medium),
        WireType::LONG => integer(IntSize::Int),
        WireType::LONGLONG => integer(IntSize::Big),
        WireType::NEWDECIMAL => ColumnType::Decimal {
            precision: source.meta0(),
            scale: source.meta1(),
            unsigned,
            zerofill,
        },
        WireType::FLOAT => ColumnType::Float {
            digits: None,
            unsigned,
            zerofill,
        },
        WireType::DOUBLE => ColumnType::Double {
            digits: None,
            unsigned,
            zerofill,
        },
        WireType::BIT => ColumnType::Bit {
            bits: u8::try_from(bits(source)).ok()?,
        },
        WireType::TIME2 => ColumnType::Time { fsp, old: false },
        WireType::TIME => ColumnType::Time { fsp, old: true },
        WireType::DATETIME2 => ColumnType::DateTime { fsp, old: false },
        WireType::DATETIME => ColumnType::DateTime { fsp, old: true },
        WireType::TIMESTAMP2 => ColumnType::Timestamp { fsp, old: false },
        WireType::TIMESTAMP => ColumnType::Timestamp { fsp, old: true },
        WireType::STRING | WireType::VARCHAR | WireType::BLOB => string(source, own)?,
        WireType::ENUM | WireType::SET => return Some(From::Members),
        _ => return None,
    }))
}

/// A string type of the source, in the character set of ours.
fn string(source: &WireColumn, own: &ColumnType) -> Option<ColumnType> {
    let collation = match own {
        ColumnType::Char { collation, .. }
        | ColumnType::VarChar { collation, .. }
        | ColumnType::Text { collation, .. } => Some(*collation),
        _ => None,
    };
    let bytes = u32::try_from(string_length(source)?).unwrap_or(u32::MAX);
    // Its length in characters is not known; it need only be longer than any value.
    Some(match (kind(source), collation) {
        (WireType::STRING, Some(collation)) => ColumnType::Char {
            length: bytes,
            collation,
        },
        (WireType::STRING, None) => ColumnType::Binary { length: bytes },
        (WireType::VARCHAR, Some(collation)) => ColumnType::VarChar {
            length: bytes,
            collation,
        },
        (WireType::VARCHAR, None) => ColumnType::VarBinary { length: bytes },
        (_, collation) => {
            let size = match source.meta {
                1 => BlobSize::Tiny,
                2 => BlobSize::Normal,
                3 => BlobSize::Medium,
                _ => BlobSize::Long,
            };
            match collation {
                Some(collation) => ColumnType::Text { size, collation },
                None => ColumnType::Blob { size },
            }
        }
    })
}

impl Conversion {
    /// A field of the source's column as ours; `None` is NULL.
    pub fn field(&self, field: &[u8]) -> Result<Option<Vec<u8>>, ValueError> {
        let value = match &self.from {
            From::Type(from) => {
                let value = from.decode(field)?;
                convert(&value, from, &self.to, &self.context)?.value
            }
            From::Members => members(field, &self.to),
        };
        match value {
            Value::Null => Ok(None),
            value => self.to.encode(&value).map(Some),
        }
    }
}

/// Members by number; those that we do not have are left out.
fn members(field: &[u8], own: &ColumnType) -> Value {
    let number = field
        .iter()
        .rev()
        .fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    match own {
        ColumnType::Set { members, .. } => {
            let known = u32::try_from(members.len()).unwrap_or(64).min(64);
            let mask = u64::MAX.checked_shr(64 - known).unwrap_or(0);
            Value::Set(number & mask)
        }
        ColumnType::Enum { members, .. } if number <= members.len() as u64 => {
            Value::Enum(u16::try_from(number).unwrap_or(0))
        }
        _ => Value::Enum(0),
    }
}
