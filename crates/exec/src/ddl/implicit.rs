//! The default that a type has when none is declared: what fills a new NOT NULL column, and what MySQL 5.6
//! writes into a primary key's definition.

use understudy_storage::schema::DefaultValue;
use understudy_values::types::ColumnType;

/// The implicit default as SHOW CREATE TABLE would print it; [`DefaultValue::None`] for types without one.
pub(crate) fn default_value(ty: &ColumnType) -> DefaultValue {
    let zeros = |n: u8| "0".repeat(usize::from(n));
    let fraction = |fsp: u8| {
        if fsp == 0 {
            String::new()
        } else {
            format!(".{}", zeros(fsp))
        }
    };
    let text = match ty {
        ColumnType::Int {
            zerofill: true,
            width: Some(width),
            ..
        } => "0".repeat(usize::from(*width)),
        ColumnType::Int { .. } => "0".to_owned(),
        ColumnType::Decimal {
            precision,
            scale,
            zerofill,
            ..
        } => {
            let whole = if *zerofill {
                zeros(precision.saturating_sub(*scale).max(1))
            } else {
                "0".to_owned()
            };
            format!("{whole}{}", fraction(*scale))
        }
        ColumnType::Float { digits, .. } | ColumnType::Double { digits, .. } => {
            format!("0{}", fraction(digits.map_or(0, |(_, d)| d)))
        }
        ColumnType::Bit { .. } => return DefaultValue::BareLiteral("b'0'".to_owned()),
        ColumnType::Date => "0000-00-00".to_owned(),
        ColumnType::Time { fsp, .. } => format!("00:00:00{}", fraction(*fsp)),
        ColumnType::DateTime { fsp, .. } | ColumnType::Timestamp { fsp, .. } => {
            format!("0000-00-00 00:00:00{}", fraction(*fsp))
        }
        ColumnType::Year { width } => zeros(*width),
        ColumnType::Char { .. } | ColumnType::VarChar { .. } | ColumnType::VarBinary { .. } => {
            String::new()
        }
        ColumnType::Binary { length } => "\0".repeat(usize::try_from(*length).unwrap_or(0)),
        ColumnType::Enum { members, .. } => members.first().cloned().unwrap_or_default(),
        ColumnType::Set { .. } => String::new(),
        ColumnType::Text { .. }
        | ColumnType::Blob { .. }
        | ColumnType::Json
        | ColumnType::Geometry { .. }
        | ColumnType::Vector { .. }
        | ColumnType::Uuid
        | ColumnType::Inet4
        | ColumnType::Inet6 => return DefaultValue::None,
    };
    DefaultValue::Literal(text)
}
