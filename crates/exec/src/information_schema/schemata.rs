//! SCHEMATA, CHARACTER_SETS, COLLATIONS.

use understudy_storage::Catalog;
use understudy_storage::schema::Flavour;
use understudy_values::charset::{Charset, Collation};
use understudy_values::types::CollationId;

use super::virtual_table::{Cell, VirtualTable};
use crate::charsets;

/// SCHEMATA, with `information_schema` itself.
pub(super) fn schemata(catalog: &Catalog) -> VirtualTable {
    let mut table = VirtualTable::new(
        "SCHEMATA",
        vec![
            ("CATALOG_NAME", VirtualTable::text(64)),
            ("SCHEMA_NAME", VirtualTable::name_type()),
            ("DEFAULT_CHARACTER_SET_NAME", VirtualTable::text(64)),
            ("DEFAULT_COLLATION_NAME", VirtualTable::text(64)),
            ("SQL_PATH", VirtualTable::text(0)),
            ("DEFAULT_ENCRYPTION", VirtualTable::text(3)),
        ],
    );
    table.push(vec![
        "def".into(),
        "information_schema".into(),
        "utf8mb3".into(),
        "utf8mb3_general_ci".into(),
        Cell::Null,
        "NO".into(),
    ]);
    for database in catalog.databases() {
        let encrypted = database
            .options
            .iter()
            .any(|(name, value)| name == "ENCRYPTION" && value == "Y");
        table.push(vec![
            "def".into(),
            database.name.as_str().into(),
            charsets::charset_name(database.collation, database.flavour).into(),
            charsets::collation_name(database.collation, database.flavour).into(),
            Cell::Null,
            if encrypted { "YES" } else { "NO" }.into(),
        ]);
    }
    table
}

/// CHARACTER_SETS of the flavour that the server presents itself as.
pub(super) fn character_sets(flavour: Flavour) -> VirtualTable {
    let mut table = VirtualTable::new(
        "CHARACTER_SETS",
        vec![
            ("CHARACTER_SET_NAME", VirtualTable::text(64)),
            ("DEFAULT_COLLATE_NAME", VirtualTable::text(64)),
            ("DESCRIPTION", VirtualTable::text(2048)),
            ("MAXLEN", VirtualTable::number()),
        ],
    );
    let server = charsets::server(flavour);
    for charset in Charset::all(server) {
        let default = charset.default_collation(server);
        table.push(vec![
            charset.name_for(server).into(),
            charsets::collation_name(default, flavour).into(),
            charset.description.into(),
            u64::from(charset.mbmaxlen).into(),
        ]);
    }
    table
}

/// COLLATIONS of the flavour that the server presents itself as.
pub(super) fn collations(flavour: Flavour) -> VirtualTable {
    let mut table = VirtualTable::new(
        "COLLATIONS",
        vec![
            ("COLLATION_NAME", VirtualTable::text(64)),
            ("CHARACTER_SET_NAME", VirtualTable::text(64)),
            ("ID", VirtualTable::number()),
            ("IS_DEFAULT", VirtualTable::text(3)),
            ("IS_COMPILED", VirtualTable::text(3)),
            ("SORTLEN", VirtualTable::number()),
            ("PAD_ATTRIBUTE", VirtualTable::text(9)),
        ],
    );
    let server = charsets::server(flavour);
    for collation in Collation::all(server) {
        let default = charsets::is_charset_default(CollationId(collation.id), flavour);
        table.push(vec![
            collation.name_for(server).into(),
            collation.charset().name_for(server).into(),
            u64::from(collation.number()).into(),
            if default { "Yes" } else { "" }.into(),
            "Yes".into(),
            u64::from(collation.sortlen).into(),
            if collation.pad_space {
                "PAD SPACE"
            } else {
                "NO PAD"
            }
            .into(),
        ]);
    }
    table
}

/// COLLATION_CHARACTER_SET_APPLICABILITY
pub(super) fn collation_applicability(flavour: Flavour) -> VirtualTable {
    let mut table = VirtualTable::recorded("COLLATION_CHARACTER_SET_APPLICABILITY");
    let server = charsets::server(flavour);
    for collation in Collation::all(server) {
        table.push(vec![
            collation.name_for(server).into(),
            collation.charset().name_for(server).into(),
        ]);
    }
    table
}
