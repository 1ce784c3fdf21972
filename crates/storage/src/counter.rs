//! The AUTO_INCREMENT counter that row changes move.

use understudy_values::types::ColumnType;

use crate::table::Table;

/// The counter after a row with this value in the table's AUTO_INCREMENT column; `None` when the value does
/// not move it (NULL, zero, negative, past what the type counts to).
pub(crate) fn next_after(table: &Table, ty: &ColumnType, field: Option<&[u8]>) -> Option<u64> {
    let field = field?;
    let innodb = table.engine.eq_ignore_ascii_case("InnoDB");
    let (value, max) = match ty {
        ColumnType::Int { size, unsigned, .. } => {
            let mut bytes = [0; 8];
            bytes.get_mut(..field.len())?.copy_from_slice(field);
            if !unsigned && field.last().is_some_and(|b| b & 0x80 != 0) {
                return None;
            }
            let bits = 8 * size.bytes() as u32 - u32::from(!unsigned);
            (u64::from_le_bytes(bytes), u64::MAX >> (64 - bits))
        }
        ColumnType::Float { .. } => {
            let value = f64::from(f32::from_le_bytes(field.try_into().ok()?));
            (whole(value, innodb, 1 << 24)?, 1 << 24)
        }
        ColumnType::Double { .. } => {
            let value = f64::from_le_bytes(field.try_into().ok()?);
            (whole(value, innodb, 1 << 53)?, 1 << 53)
        }
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
    if value == 0 {
        return None;
    }
    let next = value.saturating_add(1);
    // InnoDB of MySQL stops at the type's largest value; MyISAM and MariaDB show the one after it.
    Some(match innodb && !table.flavour.mariadb {
        true => next.min(max),
        false => next,
    })
}

/// A positive float as a whole number: InnoDB rounds, MyISAM cuts.
fn whole(value: f64, round: bool, max: u64) -> Option<u64> {
    let value = if round { value.round() } else { value.trunc() };
    (value >= 1.0 && value <= max as f64).then_some(value as u64)
}

/// Whether an UPDATE that raises the column moves the counter too: not in InnoDB before MySQL 8.
pub(crate) fn follows_updates(table: &Table) -> bool {
    let innodb = table.engine.eq_ignore_ascii_case("InnoDB");
    table.flavour.mariadb || table.flavour.version >= 80000 || !innodb
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::*;
    use crate::table::TableRecord;
    use understudy_values::types::{CollationId, IntSize};

    fn table(mariadb: bool, version: u32, engine: &str) -> Table {
        let def = TableDef {
            id: TableId(1),
            version: DefVersion(1),
            db: "d".into(),
            name: "t".into(),
            flavour: Flavour { mariadb, version },
            columns: vec![],
            indexes: vec![],
            foreign_keys: vec![],
            checks: vec![],
            collation: CollationId::BINARY,
            explicit_collation: false,
            engine: engine.into(),
            auto_increment: 0,
            comment: String::new(),
            options: vec![],
            partitioning: None,
            next_index_number: 1,
        };
        Table::new(TableRecord {
            def,
            history: vec![],
            row_hash: None,
        })
        .unwrap()
    }

    /// What `SHOW CREATE TABLE` of the real servers prints after such an INSERT.
    #[test]
    fn the_counter_is_what_the_servers_print() {
        let int = |size, unsigned| ColumnType::Int {
            size,
            unsigned,
            zerofill: false,
            width: None,
        };
        let double = ColumnType::Double {
            digits: None,
            unsigned: false,
            zerofill: false,
        };
        let float = ColumnType::Float {
            digits: None,
            unsigned: false,
            zerofill: false,
        };
        let mysql = table(false, 90700, "InnoDB");
        let old = table(false, 50651, "InnoDB");
        let maria = table(true, 101106, "InnoDB");
        let isam = table(false, 90700, "MyISAM");
        let seven = 7.6f64.to_le_bytes().to_vec();
        let seven_float = 7.6f32.to_le_bytes().to_vec();
        let two_24 = 16_777_216f32.to_le_bytes().to_vec();
        let cases = [
            (&mysql, int(IntSize::Int, false), vec![5, 0, 0, 0], Some(6)),
            (
                &mysql,
                int(IntSize::Int, false),
                vec![0xf9, 255, 255, 255],
                None,
            ),
            (&mysql, int(IntSize::Int, false), vec![0; 4], None),
            (&mysql, int(IntSize::Tiny, false), vec![127], Some(127)),
            (&isam, int(IntSize::Tiny, false), vec![127], Some(128)),
            (&maria, int(IntSize::Tiny, false), vec![127], Some(128)),
            (&mysql, int(IntSize::Tiny, true), vec![255], Some(255)),
            (&maria, int(IntSize::Tiny, true), vec![255], Some(256)),
            (
                &mysql,
                int(IntSize::Big, true),
                vec![255; 8],
                Some(u64::MAX),
            ),
            (
                &maria,
                int(IntSize::Big, true),
                vec![255; 8],
                Some(u64::MAX),
            ),
            (&old, double.clone(), seven.clone(), Some(9)),
            (&isam, double.clone(), seven, Some(8)),
            (&old, double, 1e30f64.to_le_bytes().to_vec(), None),
            (&old, float.clone(), seven_float, Some(9)),
            (&old, float.clone(), two_24.clone(), Some(16_777_216)),
            (&maria, float, two_24, Some(16_777_217)),
        ];
        for (n, (table, ty, field, expected)) in cases.into_iter().enumerate() {
            assert_eq!(next_after(table, &ty, Some(&field)), expected, "case {n}");
        }
        assert!(follows_updates(&mysql) && follows_updates(&maria) && follows_updates(&isam));
        assert!(!follows_updates(&old));
    }
}
