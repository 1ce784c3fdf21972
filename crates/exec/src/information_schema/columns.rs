//! COLUMNS, and the texts that SHOW COLUMNS shares with it.

use understudy_storage::Catalog;
use understudy_storage::schema::{ColumnDef, DefaultValue, Flavour, IndexKind, TableDef};
use understudy_values::temporal::zone::TimeZone;
use understudy_values::types::{BlobSize, ColumnType, IntSize};

use super::described;
use super::virtual_table::{Cell, VirtualTable};
use crate::ddl::literal_in_zone;
use crate::show::{column_type, data_type};
use crate::{charsets, eval};

/// COLUMNS of all stored tables.
pub(super) fn columns(catalog: &Catalog, zone: &TimeZone) -> VirtualTable {
    let mut out = VirtualTable::new(
        "COLUMNS",
        vec![
            ("TABLE_CATALOG", VirtualTable::text(64)),
            ("TABLE_SCHEMA", VirtualTable::name_type()),
            ("TABLE_NAME", VirtualTable::name_type()),
            ("COLUMN_NAME", VirtualTable::text(64)),
            ("ORDINAL_POSITION", VirtualTable::number()),
            ("COLUMN_DEFAULT", VirtualTable::long_text()),
            ("IS_NULLABLE", VirtualTable::text(3)),
            ("DATA_TYPE", VirtualTable::long_text()),
            ("CHARACTER_MAXIMUM_LENGTH", VirtualTable::number()),
            ("CHARACTER_OCTET_LENGTH", VirtualTable::number()),
            ("NUMERIC_PRECISION", VirtualTable::number()),
            ("NUMERIC_SCALE", VirtualTable::number()),
            ("DATETIME_PRECISION", VirtualTable::number()),
            ("CHARACTER_SET_NAME", VirtualTable::text(64)),
            ("COLLATION_NAME", VirtualTable::text(64)),
            ("COLUMN_TYPE", VirtualTable::long_text()),
            ("COLUMN_KEY", VirtualTable::text(3)),
            ("EXTRA", VirtualTable::text(256)),
            ("PRIVILEGES", VirtualTable::text(154)),
            ("COLUMN_COMMENT", VirtualTable::long_text()),
            ("GENERATION_EXPRESSION", VirtualTable::long_text()),
            ("SRS_ID", VirtualTable::number()),
        ],
    );
    for table in described(catalog) {
        for (i, column) in table.columns.iter().enumerate() {
            let mut row: Vec<Cell> = vec![
                "def".into(),
                table.db.as_str().into(),
                table.name.as_str().into(),
                column.name.as_str().into(),
                u64::try_from(i + 1).unwrap_or(0).into(),
            ];
            row.extend(describe(table, i, column, zone));
            out.push(row);
        }
    }
    out
}

fn describe(table: &TableDef, position: usize, column: &ColumnDef, zone: &TimeZone) -> Vec<Cell> {
    let flavour = table.flavour;
    let (characters, octets) = lengths(&column.ty);
    let (precision, scale, fraction) = precisions(&column.ty);
    let collation = charsets::column_collation(&column.ty);
    let srid = match column.ty {
        ColumnType::Geometry { srid, .. } => srid,
        _ => None,
    };
    vec![
        default_text(column, flavour, true, zone).into(),
        if column.nullable { "YES" } else { "NO" }.into(),
        data_type(&column.ty, flavour).into(),
        characters.into(),
        octets.into(),
        precision.into(),
        scale.into(),
        fraction.into(),
        collation.map(|c| charsets::charset_name(c, flavour)).into(),
        collation
            .map(|c| charsets::collation_name(c, flavour))
            .into(),
        column_type(&column.ty, flavour).into(),
        key_text(table, position).into(),
        extra_text(column, flavour).into(),
        "select,insert,update,references".into(),
        column.comment.as_str().into(),
        column
            .generated
            .as_ref()
            .map_or("", |g| g.expression.as_str())
            .into(),
        srid.into(),
    ]
}

/// The Default column; MariaDB's COLUMNS quotes texts. A TIMESTAMP's default is shown in the session's zone.
pub(super) fn default_text(
    column: &ColumnDef,
    flavour: Flavour,
    quoted: bool,
    zone: &TimeZone,
) -> Option<String> {
    let now = |fsp: u8| {
        let digits = if fsp == 0 {
            String::new()
        } else {
            format!("({fsp})")
        };
        if flavour.mariadb {
            format!(
                "current_timestamp({})",
                if fsp == 0 {
                    String::new()
                } else {
                    fsp.to_string()
                }
            )
        } else {
            format!("CURRENT_TIMESTAMP{digits}")
        }
    };
    match &column.default {
        DefaultValue::None => None,
        DefaultValue::Null if flavour.mariadb && quoted => Some("NULL".to_owned()),
        DefaultValue::Null => None,
        DefaultValue::Literal(text) => {
            let shown = literal_in_zone(&column.ty, text, zone);
            if flavour.mariadb && quoted {
                Some(format!("'{}'", shown.replace('\'', "''")))
            } else {
                Some(shown.into_owned())
            }
        }
        DefaultValue::Expression(text) | DefaultValue::BareLiteral(text) => Some(text.clone()),
        DefaultValue::Now { fsp } => Some(now(*fsp)),
    }
}

/// PRI, UNI, MUL or nothing.
pub(super) fn key_text(table: &TableDef, position: usize) -> &'static str {
    let position = u16::try_from(position).ok();
    let mut best = "";
    for index in &table.indexes {
        let Some(at) = index.parts.iter().position(|p| p.column == position) else {
            continue;
        };
        match index.kind {
            IndexKind::Primary => return "PRI",
            IndexKind::Unique if at == 0 && index.parts.len() == 1 => {
                let nullable = table
                    .columns
                    .get(usize::from(position.unwrap_or(0)))
                    .is_some_and(|c| c.nullable);
                let has_primary = table.indexes.iter().any(|i| i.kind == IndexKind::Primary);
                let promoted = !nullable && !has_primary && best.is_empty();
                best = if promoted { "PRI" } else { "UNI" };
            }
            IndexKind::Unique
            | IndexKind::Plain
            | IndexKind::Fulltext
            | IndexKind::Spatial
            | IndexKind::Vector
                if at == 0 && best.is_empty() =>
            {
                best = "MUL";
            }
            IndexKind::Unique
            | IndexKind::Plain
            | IndexKind::Fulltext
            | IndexKind::Spatial
            | IndexKind::Vector => {}
        }
    }
    best
}

/// The Extra column.
pub(super) fn extra_text(column: &ColumnDef, flavour: Flavour) -> String {
    let mut words: Vec<String> = Vec::new();
    let modern = !flavour.mariadb && flavour.version >= 80000;
    if column.auto_increment {
        words.push("auto_increment".to_owned());
    }
    let computed = matches!(
        column.default,
        DefaultValue::Now { .. } | DefaultValue::Expression(_)
    );
    if modern && computed {
        words.push("DEFAULT_GENERATED".to_owned());
    }
    if let Some(fsp) = column.on_update_now {
        let digits = if fsp == 0 {
            String::new()
        } else {
            format!("({fsp})")
        };
        words.push(if flavour.mariadb {
            let digits = if fsp == 0 { "()".to_owned() } else { digits };
            format!("on update current_timestamp{digits}")
        } else {
            format!("on update CURRENT_TIMESTAMP{digits}")
        });
    }
    if let Some(generated) = &column.generated {
        words.push(if generated.stored {
            "STORED GENERATED".to_owned()
        } else {
            "VIRTUAL GENERATED".to_owned()
        });
    }
    if column.invisible {
        words.push("INVISIBLE".to_owned());
    }
    words.join(if flavour.mariadb { ", " } else { " " })
}

/// Characters and bytes of text and binary types.
fn lengths(ty: &ColumnType) -> (Option<u64>, Option<u64>) {
    let characters = u64::from(eval::display_length(ty));
    match ty {
        ColumnType::Char { collation, .. }
        | ColumnType::VarChar { collation, .. }
        | ColumnType::Enum { collation, .. }
        | ColumnType::Set { collation, .. } => {
            let width = u64::from(charsets::mbmaxlen(*collation));
            (Some(characters), Some(characters * width))
        }
        ColumnType::Binary { .. } | ColumnType::VarBinary { .. } => {
            (Some(characters), Some(characters))
        }
        ColumnType::Text { size, .. } | ColumnType::Blob { size } => {
            let bytes = match size {
                BlobSize::Tiny => 255,
                BlobSize::Normal => 65535,
                BlobSize::Medium => 16_777_215,
                BlobSize::Long => 4_294_967_295,
            };
            (Some(bytes), Some(bytes))
        }
        _ => (None, None),
    }
}

/// Numeric precision and scale, fractional digits of seconds.
fn precisions(ty: &ColumnType) -> (Option<u64>, Option<u64>, Option<u64>) {
    match ty {
        ColumnType::Int { size, unsigned, .. } => {
            let digits = match (size, unsigned) {
                (IntSize::Tiny, _) => 3,
                (IntSize::Small, _) => 5,
                (IntSize::Medium, _) => 7,
                (IntSize::Int, _) => 10,
                (IntSize::Big, false) => 19,
                (IntSize::Big, true) => 20,
            };
            (Some(digits), Some(0), None)
        }
        ColumnType::Decimal {
            precision, scale, ..
        } => (Some((*precision).into()), Some((*scale).into()), None),
        ColumnType::Float { digits, .. } => match digits {
            Some((m, d)) => (Some((*m).into()), Some((*d).into()), None),
            None => (Some(12), None, None),
        },
        ColumnType::Double { digits, .. } => match digits {
            Some((m, d)) => (Some((*m).into()), Some((*d).into()), None),
            None => (Some(22), None, None),
        },
        ColumnType::Bit { bits } => (Some((*bits).into()), None, None),
        ColumnType::Time { fsp, .. }
        | ColumnType::DateTime { fsp, .. }
        | ColumnType::Timestamp { fsp, .. } => (None, None, Some((*fsp).into())),
        _ => (None, None, None),
    }
}
