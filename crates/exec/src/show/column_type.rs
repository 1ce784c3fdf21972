//! The text of a column's type, as SHOW CREATE TABLE, SHOW COLUMNS and `COLUMNS.COLUMN_TYPE` show it.

use understudy_storage::schema::Flavour;
use understudy_values::types::{BlobSize, ColumnType, GeometryKind, IntSize};

use super::quote_string;

/// The whole type text: `int(10) unsigned zerofill`, `enum('a','b')`, `datetime(3)`.
pub fn column_type(ty: &ColumnType, flavour: Flavour) -> String {
    let name = data_type(ty, flavour);
    match ty {
        ColumnType::Int {
            unsigned,
            zerofill,
            width,
            ..
        } => {
            let width = width.map(|w| format!("({w})")).unwrap_or_default();
            format!("{name}{width}{}", sign_text(*unsigned, *zerofill))
        }
        ColumnType::Decimal {
            precision,
            scale,
            unsigned,
            zerofill,
        } => format!(
            "{name}({precision},{scale}){}",
            sign_text(*unsigned, *zerofill)
        ),
        ColumnType::Float {
            digits,
            unsigned,
            zerofill,
        }
        | ColumnType::Double {
            digits,
            unsigned,
            zerofill,
        } => {
            let digits = digits
                .map(|(m, d)| format!("({m},{d})"))
                .unwrap_or_default();
            format!("{name}{digits}{}", sign_text(*unsigned, *zerofill))
        }
        ColumnType::Bit { bits } => format!("{name}({bits})"),
        ColumnType::Time { fsp, old }
        | ColumnType::DateTime { fsp, old }
        | ColumnType::Timestamp { fsp, old } => {
            let fraction = if *fsp == 0 {
                String::new()
            } else {
                format!("({fsp})")
            };
            // MySQL says so only with show_old_temporals=ON.
            let format = if *old && flavour.mariadb {
                " /* mariadb-5.3 */"
            } else {
                ""
            };
            format!("{name}{fraction}{format}")
        }
        ColumnType::Year { width } => {
            if !flavour.mariadb && flavour.version >= 80019 {
                name.to_owned()
            } else {
                format!("{name}({width})")
            }
        }
        ColumnType::Char { length, .. }
        | ColumnType::VarChar { length, .. }
        | ColumnType::Binary { length }
        | ColumnType::VarBinary { length } => format!("{name}({length})"),
        ColumnType::Enum { members, .. } | ColumnType::Set { members, .. } => {
            format!("{name}({})", member_list(members))
        }
        ColumnType::Vector { dimensions, .. } => format!("{name}({dimensions})"),
        ColumnType::Date
        | ColumnType::Text { .. }
        | ColumnType::Blob { .. }
        | ColumnType::Json
        | ColumnType::Geometry { .. }
        | ColumnType::Uuid
        | ColumnType::Inet4
        | ColumnType::Inet6 => name.to_owned(),
    }
}

/// The bare type name (`COLUMNS.DATA_TYPE`).
pub fn data_type(ty: &ColumnType, flavour: Flavour) -> &'static str {
    match ty {
        ColumnType::Int { size, .. } => match size {
            IntSize::Tiny => "tinyint",
            IntSize::Small => "smallint",
            IntSize::Medium => "mediumint",
            IntSize::Int => "int",
            IntSize::Big => "bigint",
        },
        ColumnType::Decimal { .. } => "decimal",
        ColumnType::Float { .. } => "float",
        ColumnType::Double { .. } => "double",
        ColumnType::Bit { .. } => "bit",
        ColumnType::Date => "date",
        ColumnType::Time { .. } => "time",
        ColumnType::DateTime { .. } => "datetime",
        ColumnType::Timestamp { .. } => "timestamp",
        ColumnType::Year { .. } => "year",
        ColumnType::Char { .. } => "char",
        ColumnType::VarChar { .. } => "varchar",
        ColumnType::Binary { .. } => "binary",
        ColumnType::VarBinary { .. } => "varbinary",
        ColumnType::Text { size, .. } => match size {
            BlobSize::Tiny => "tinytext",
            BlobSize::Normal => "text",
            BlobSize::Medium => "mediumtext",
            BlobSize::Long => "longtext",
        },
        ColumnType::Blob { size } => match size {
            BlobSize::Tiny => "tinyblob",
            BlobSize::Normal => "blob",
            BlobSize::Medium => "mediumblob",
            BlobSize::Long => "longblob",
        },
        ColumnType::Enum { .. } => "enum",
        ColumnType::Set { .. } => "set",
        ColumnType::Json => "json",
        ColumnType::Geometry { kind, .. } => geometry_name(*kind, flavour),
        ColumnType::Vector { .. } => "vector",
        ColumnType::Uuid => "uuid",
        ColumnType::Inet4 => "inet4",
        ColumnType::Inet6 => "inet6",
    }
}

fn geometry_name(kind: GeometryKind, flavour: Flavour) -> &'static str {
    match kind {
        GeometryKind::Geometry => "geometry",
        GeometryKind::Point => "point",
        GeometryKind::LineString => "linestring",
        GeometryKind::Polygon => "polygon",
        GeometryKind::MultiPoint => "multipoint",
        GeometryKind::MultiLineString => "multilinestring",
        GeometryKind::MultiPolygon => "multipolygon",
        GeometryKind::GeometryCollection => {
            if !flavour.mariadb && flavour.version >= 80011 {
                "geomcollection"
            } else {
                "geometrycollection"
            }
        }
    }
}

fn sign_text(unsigned: bool, zerofill: bool) -> &'static str {
    match (unsigned, zerofill) {
        (_, true) => " unsigned zerofill",
        (true, false) => " unsigned",
        (false, false) => "",
    }
}

fn member_list(members: &[String]) -> String {
    let mut out = Vec::new();
    for (i, member) in members.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        quote_string(&mut out, member.as_bytes());
    }
    String::from_utf8_lossy(&out).into_owned()
}
