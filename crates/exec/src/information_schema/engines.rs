//! ENGINES: every table is stored alike here; the names are those that definitions may carry.

use super::virtual_table::VirtualTable;

/// ENGINES
pub(super) fn engines() -> VirtualTable {
    let mut table = VirtualTable::new(
        "ENGINES",
        vec![
            ("ENGINE", VirtualTable::text(64)),
            ("SUPPORT", VirtualTable::text(8)),
            ("COMMENT", VirtualTable::text(80)),
            ("TRANSACTIONS", VirtualTable::text(3)),
            ("XA", VirtualTable::text(3)),
            ("SAVEPOINTS", VirtualTable::text(3)),
        ],
    );
    table.push(vec![
        "InnoDB".into(),
        "DEFAULT".into(),
        "Supports transactions, row-level locking, and foreign keys".into(),
        "YES".into(),
        "YES".into(),
        "YES".into(),
    ]);
    for (name, comment) in [
        ("MyISAM", "MyISAM storage engine"),
        (
            "MEMORY",
            "Hash based, stored in memory, useful for temporary tables",
        ),
        ("Aria", "Crash-safe tables with MyISAM heritage"),
    ] {
        table.push(vec![
            name.into(),
            "YES".into(),
            comment.into(),
            "YES".into(),
            "YES".into(),
            "YES".into(),
        ]);
    }
    table
}
