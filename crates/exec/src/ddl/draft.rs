//! A table definition in the making.
//!
//! CREATE TABLE fills a draft from its elements, ALTER TABLE from the present definition and its actions;
//! [`super::prepare`] then applies the server's rules once for both: names, implied NOT NULL, prefix
//! lengths, keys made for foreign keys, the order of keys.

use understudy_storage::schema::{CheckDef, ColumnDef, IndexDef, IndexKind, ReferentialAction};

/// A column with what only preparation needs to know.
#[derive(Clone, Debug)]
pub(crate) struct DraftColumn {
    pub def: ColumnDef,
    /// NULL was written.
    pub explicit_null: bool,
    /// A DEFAULT clause was written.
    pub explicit_default: bool,
    /// Name in the present definition (ALTER), for foreign keys and rows.
    pub old_name: Option<String>,
}

/// A part of a key by column name.
#[derive(Clone, Debug)]
pub(crate) struct DraftPart {
    pub column: Option<String>,
    pub prefix: Option<u32>,
    pub descending: bool,
    pub expression: Option<String>,
}

/// A key, named or not yet.
#[derive(Clone, Debug)]
pub(crate) struct DraftKey {
    pub name: Option<String>,
    pub kind: IndexKind,
    pub parts: Vec<DraftPart>,
    pub using: Option<String>,
    pub comment: String,
    pub options: Vec<String>,
    pub invisible: bool,
    /// Made by the server for a foreign key: gives way to any key that covers it.
    pub generated: bool,
    /// Number of the stored index when this is an existing one.
    pub number: Option<u32>,
}

/// A foreign key, named or not yet.
#[derive(Clone, Debug)]
pub(crate) struct DraftForeignKey {
    pub name: Option<String>,
    pub columns: Vec<String>,
    pub parent_db: String,
    pub parent_table: String,
    pub parent_columns: Vec<String>,
    pub on_delete: ReferentialAction,
    pub on_update: ReferentialAction,
}

/// A CHECK constraint, named or not yet.
#[derive(Clone, Debug)]
pub(crate) struct DraftCheck {
    pub name: Option<String>,
    pub expression: String,
    pub enforced: bool,
}

impl From<CheckDef> for DraftCheck {
    fn from(def: CheckDef) -> Self {
        DraftCheck {
            name: Some(def.name),
            expression: def.expression,
            enforced: def.enforced,
        }
    }
}

/// Columns, keys and constraints of a table in the making.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    pub columns: Vec<DraftColumn>,
    pub keys: Vec<DraftKey>,
    pub foreign_keys: Vec<DraftForeignKey>,
    pub checks: Vec<DraftCheck>,
}

impl DraftKey {
    /// An existing index as a draft.
    pub fn existing(index: &IndexDef, columns: &[ColumnDef]) -> DraftKey {
        let parts = index
            .parts
            .iter()
            .map(|part| DraftPart {
                column: part
                    .column
                    .and_then(|c| columns.get(usize::from(c)))
                    .map(|c| c.name.clone()),
                prefix: part.prefix,
                descending: part.descending,
                expression: part.expression.clone(),
            })
            .collect();
        DraftKey {
            name: Some(index.name.clone()),
            kind: index.kind,
            parts,
            using: index.using.clone(),
            comment: index.comment.clone(),
            options: index.options.clone(),
            invisible: index.invisible,
            generated: index.generated_for_foreign_key,
            number: Some(index.number),
        }
    }
}

/// Column, key and constraint names are compared without case.
pub(crate) fn same_name(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || a.to_lowercase() == b.to_lowercase()
}
