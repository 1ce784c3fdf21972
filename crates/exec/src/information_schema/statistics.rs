//! STATISTICS, and the rows that SHOW INDEX shares with it.

use understudy_storage::Catalog;
use understudy_storage::schema::{IndexDef, IndexKind, KeyPart, TableDef};

use super::described;
use super::virtual_table::{Cell, VirtualTable};

/// STATISTICS: one row a key part.
pub(super) fn statistics(catalog: &Catalog) -> VirtualTable {
    let mut out = VirtualTable::new(
        "STATISTICS",
        vec![
            ("TABLE_CATALOG", VirtualTable::text(64)),
            ("TABLE_SCHEMA", VirtualTable::name_type()),
            ("TABLE_NAME", VirtualTable::name_type()),
            ("NON_UNIQUE", VirtualTable::number()),
            ("INDEX_SCHEMA", VirtualTable::name_type()),
            ("INDEX_NAME", VirtualTable::text(64)),
            ("SEQ_IN_INDEX", VirtualTable::number()),
            ("COLUMN_NAME", VirtualTable::text(64)),
            ("COLLATION", VirtualTable::text(1)),
            ("CARDINALITY", VirtualTable::number()),
            ("SUB_PART", VirtualTable::number()),
            ("PACKED", VirtualTable::text(0)),
            ("NULLABLE", VirtualTable::text(3)),
            ("INDEX_TYPE", VirtualTable::text(11)),
            ("COMMENT", VirtualTable::text(8)),
            ("INDEX_COMMENT", VirtualTable::text(2048)),
            ("IS_VISIBLE", VirtualTable::text(3)),
            ("EXPRESSION", VirtualTable::long_text()),
        ],
    );
    for table in described(catalog) {
        for index in &table.indexes {
            for (i, part) in index.parts.iter().enumerate() {
                let mut row: Vec<Cell> = vec![
                    "def".into(),
                    table.db.as_str().into(),
                    table.name.as_str().into(),
                    u64::from(!is_unique(index)).into(),
                    table.db.as_str().into(),
                ];
                row.extend(part_cells(table, index, i, part));
                out.push(row);
            }
        }
    }
    out
}

pub(super) fn is_unique(index: &IndexDef) -> bool {
    matches!(index.kind, IndexKind::Primary | IndexKind::Unique)
}

/// The columns from INDEX_NAME to EXPRESSION.
pub(super) fn part_cells(
    table: &TableDef,
    index: &IndexDef,
    position: usize,
    part: &KeyPart,
) -> Vec<Cell> {
    let column = part.column.and_then(|c| table.columns.get(usize::from(c)));
    let ordered = !matches!(index.kind, IndexKind::Fulltext);
    let direction = if part.descending { "D" } else { "A" };
    let nullable = column.is_none_or(|c| c.nullable);
    let kind = match index.kind {
        IndexKind::Fulltext => "FULLTEXT",
        IndexKind::Spatial => "SPATIAL",
        IndexKind::Vector => "VECTOR",
        IndexKind::Primary | IndexKind::Unique | IndexKind::Plain => match index.using.as_deref() {
            Some("HASH") if table.engine.eq_ignore_ascii_case("MEMORY") => "HASH",
            Some("HASH") if table.flavour.mariadb && part.prefix.is_none() => "HASH",
            Some(_) => "BTREE",
            None if table.engine.eq_ignore_ascii_case("MEMORY") => "HASH",
            None => "BTREE",
        },
    };
    let spatial_prefix = (index.kind == IndexKind::Spatial).then_some(32u32);
    vec![
        index.name.as_str().into(),
        u64::try_from(position + 1).unwrap_or(0).into(),
        column.map(|c| c.name.as_str()).into(),
        ordered.then_some(direction).into(),
        Cell::Number(0),
        part.prefix.or(spatial_prefix).into(),
        Cell::Null,
        if nullable { "YES" } else { "" }.into(),
        kind.into(),
        "".into(),
        index.comment.as_str().into(),
        if index.invisible { "NO" } else { "YES" }.into(),
        part.expression.as_deref().into(),
    ]
}
