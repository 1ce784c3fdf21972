//! KEY_COLUMN_USAGE, TABLE_CONSTRAINTS, REFERENTIAL_CONSTRAINTS.

use understudy_storage::Catalog;
use understudy_storage::schema::{IndexKind, ReferentialAction, TableDef};

use super::described;
use super::virtual_table::{Cell, VirtualTable};

/// KEY_COLUMN_USAGE: columns of primary, unique and foreign keys.
pub(super) fn key_column_usage(catalog: &Catalog) -> VirtualTable {
    let mut out = VirtualTable::new(
        "KEY_COLUMN_USAGE",
        vec![
            ("CONSTRAINT_CATALOG", VirtualTable::text(64)),
            ("CONSTRAINT_SCHEMA", VirtualTable::name_type()),
            ("CONSTRAINT_NAME", VirtualTable::text(64)),
            ("TABLE_CATALOG", VirtualTable::text(64)),
            ("TABLE_SCHEMA", VirtualTable::name_type()),
            ("TABLE_NAME", VirtualTable::name_type()),
            ("COLUMN_NAME", VirtualTable::text(64)),
            ("ORDINAL_POSITION", VirtualTable::number()),
            ("POSITION_IN_UNIQUE_CONSTRAINT", VirtualTable::number()),
            ("REFERENCED_TABLE_SCHEMA", VirtualTable::name_type()),
            ("REFERENCED_TABLE_NAME", VirtualTable::name_type()),
            ("REFERENCED_COLUMN_NAME", VirtualTable::text(64)),
        ],
    );
    for table in described(catalog) {
        let head = |name: &str| -> Vec<Cell> {
            vec![
                "def".into(),
                table.db.as_str().into(),
                name.into(),
                "def".into(),
                table.db.as_str().into(),
                table.name.as_str().into(),
            ]
        };
        let column_name = |position: u16| -> Cell {
            table
                .columns
                .get(usize::from(position))
                .map(|c| c.name.as_str())
                .into()
        };
        for index in &table.indexes {
            if !matches!(index.kind, IndexKind::Primary | IndexKind::Unique) {
                continue;
            }
            for (i, part) in index.parts.iter().enumerate() {
                let mut row = head(&index.name);
                row.push(part.column.map_or(Cell::Null, column_name));
                row.push(u64::try_from(i + 1).unwrap_or(0).into());
                out.push(row);
            }
        }
        for fk in &table.foreign_keys {
            for (i, column) in fk.columns.iter().enumerate() {
                let number = Cell::Number(u64::try_from(i + 1).unwrap_or(0));
                let mut row = head(&fk.name);
                row.extend([
                    column_name(*column),
                    number.clone(),
                    number,
                    fk.parent_db.as_str().into(),
                    fk.parent_table.as_str().into(),
                    fk.parent_columns.get(i).map(String::as_str).into(),
                ]);
                out.push(row);
            }
        }
    }
    out
}

/// TABLE_CONSTRAINTS
pub(super) fn table_constraints(catalog: &Catalog) -> VirtualTable {
    let mut out = VirtualTable::new(
        "TABLE_CONSTRAINTS",
        vec![
            ("CONSTRAINT_CATALOG", VirtualTable::text(64)),
            ("CONSTRAINT_SCHEMA", VirtualTable::name_type()),
            ("CONSTRAINT_NAME", VirtualTable::text(64)),
            ("TABLE_SCHEMA", VirtualTable::name_type()),
            ("TABLE_NAME", VirtualTable::name_type()),
            ("CONSTRAINT_TYPE", VirtualTable::text(11)),
            ("ENFORCED", VirtualTable::text(3)),
        ],
    );
    for table in described(catalog) {
        let mut add = |name: &str, kind: &str, enforced: bool| {
            out.push(vec![
                "def".into(),
                table.db.as_str().into(),
                name.into(),
                table.db.as_str().into(),
                table.name.as_str().into(),
                kind.into(),
                if enforced { "YES" } else { "NO" }.into(),
            ]);
        };
        for index in &table.indexes {
            match index.kind {
                IndexKind::Primary => add(&index.name, "PRIMARY KEY", true),
                IndexKind::Unique => add(&index.name, "UNIQUE", true),
                IndexKind::Plain | IndexKind::Fulltext | IndexKind::Spatial | IndexKind::Vector => {
                }
            }
        }
        for fk in &table.foreign_keys {
            add(&fk.name, "FOREIGN KEY", true);
        }
        for check in &table.checks {
            add(&check.name, "CHECK", check.enforced);
        }
    }
    out
}

/// CHECK_CONSTRAINTS; the clause is escaped as the data dictionary escapes it.
pub(super) fn check_constraints(catalog: &Catalog) -> VirtualTable {
    let mut out = VirtualTable::recorded("CHECK_CONSTRAINTS");
    for table in described(catalog) {
        for check in &table.checks {
            let clause = check.expression.replace('\\', "\\\\").replace('\'', "\\'");
            out.push(vec![
                "def".into(),
                table.db.as_str().into(),
                check.name.as_str().into(),
                clause.into(),
            ]);
        }
    }
    out
}

/// REFERENTIAL_CONSTRAINTS
pub(super) fn referential_constraints(catalog: &Catalog) -> VirtualTable {
    let mut out = VirtualTable::new(
        "REFERENTIAL_CONSTRAINTS",
        vec![
            ("CONSTRAINT_CATALOG", VirtualTable::text(64)),
            ("CONSTRAINT_SCHEMA", VirtualTable::name_type()),
            ("CONSTRAINT_NAME", VirtualTable::text(64)),
            ("UNIQUE_CONSTRAINT_CATALOG", VirtualTable::text(64)),
            ("UNIQUE_CONSTRAINT_SCHEMA", VirtualTable::name_type()),
            ("UNIQUE_CONSTRAINT_NAME", VirtualTable::text(64)),
            ("MATCH_OPTION", VirtualTable::text(7)),
            ("UPDATE_RULE", VirtualTable::text(11)),
            ("DELETE_RULE", VirtualTable::text(11)),
            ("TABLE_NAME", VirtualTable::name_type()),
            ("REFERENCED_TABLE_NAME", VirtualTable::name_type()),
        ],
    );
    for table in described(catalog) {
        for fk in &table.foreign_keys {
            let parent = catalog.table(&fk.parent_db, &fk.parent_table);
            let unique = parent.and_then(|p| parent_key(p, &fk.parent_columns));
            out.push(vec![
                "def".into(),
                table.db.as_str().into(),
                fk.name.as_str().into(),
                "def".into(),
                fk.parent_db.as_str().into(),
                unique.into(),
                "NONE".into(),
                rule(fk.on_update).into(),
                rule(fk.on_delete).into(),
                table.name.as_str().into(),
                fk.parent_table.as_str().into(),
            ]);
        }
    }
    out
}

fn parent_key(parent: &TableDef, columns: &[String]) -> Option<String> {
    let index = parent.indexes.iter().find(|index| {
        matches!(index.kind, IndexKind::Primary | IndexKind::Unique)
            && index.parts.len() == columns.len()
            && index.parts.iter().zip(columns).all(|(part, name)| {
                part.column
                    .and_then(|c| parent.columns.get(usize::from(c)))
                    .is_some_and(|c| c.name.eq_ignore_ascii_case(name))
            })
    });
    index.map(|i| i.name.clone())
}

fn rule(action: ReferentialAction) -> &'static str {
    match action {
        ReferentialAction::Unspecified | ReferentialAction::NoAction => "NO ACTION",
        ReferentialAction::Restrict => "RESTRICT",
        ReferentialAction::Cascade => "CASCADE",
        ReferentialAction::SetNull => "SET NULL",
        ReferentialAction::SetDefault => "SET DEFAULT",
    }
}
