//! Definitions of databases, tables, columns and indexes as the catalog keeps them.
//!
//! A definition holds what `SHOW CREATE TABLE` of the *source's* flavour and version needs to be printed
//! exactly, next to what decides the row image. Definitions are immutable once published: a change makes a
//! new `version` (same `id`: stored rows stay readable) or a new `id` (rows rebuilt).

use serde::{Deserialize, Serialize};
use understudy_values::types::{CollationId, ColumnType};

/// Number of a table, never used twice in a data directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TableId(pub u64);

/// Version of a table's definition; stamped on every stored row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DefVersion(pub u32);

/// Which server's rules and spelling a definition follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Flavour {
    /// MariaDB rather than MySQL.
    pub mariadb: bool,
    /// Version as in versioned comments: 5.6.51 is 50651, 10.11.6 is 101106, 9.7.0 is 90700.
    pub version: u32,
}

/// A database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseDef {
    /// Name as created.
    pub name: String,
    /// Default collation of tables made in it.
    pub collation: CollationId,
    /// Rules it was created under.
    pub flavour: Flavour,
    /// `COMMENT` (MariaDB).
    pub comment: String,
    /// `ENCRYPTION='Y'`, `READ ONLY=1`: options kept as printed by SHOW CREATE DATABASE, name to value.
    pub options: Vec<(String, String)>,
}

/// Default value of a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DefaultValue {
    /// No DEFAULT clause (a nullable column then has NULL).
    None,
    /// `DEFAULT NULL` written out or implied, printed by SHOW CREATE TABLE.
    Null,
    /// A constant, as the text the server shows between quotes (UTF-8).
    Literal(String),
    /// A constant that SHOW CREATE TABLE prints without quotes (`b'101'`, MariaDB numbers, `_binary ...`).
    BareLiteral(String),
    /// `CURRENT_TIMESTAMP(fsp)`.
    Now {
        /// Fractional digits.
        fsp: u8,
    },
    /// An expression default, in the server's normalised text.
    Expression(String),
}

/// A generated column's clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generated {
    /// Normalised expression text as SHOW CREATE TABLE prints it, without the outer parentheses.
    pub expression: String,
    /// `STORED`/`PERSISTENT` rather than `VIRTUAL`.
    pub stored: bool,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnDef {
    /// Name as written.
    pub name: String,
    /// Type.
    pub ty: ColumnType,
    /// NULL allowed.
    pub nullable: bool,
    /// Default.
    pub default: DefaultValue,
    /// `ON UPDATE CURRENT_TIMESTAMP(fsp)`.
    pub on_update_now: Option<u8>,
    /// AUTO_INCREMENT
    pub auto_increment: bool,
    /// Generated column.
    pub generated: Option<Generated>,
    /// INVISIBLE
    pub invisible: bool,
    /// CHARACTER SET or COLLATE was written on the column (decides what is printed).
    pub explicit_charset: bool,
    /// COLLATE was written on the column.
    pub explicit_collation: bool,
    /// MariaDB `COMPRESSED` columns and other attributes printed verbatim after the type.
    pub attributes: Vec<String>,
    /// Column CHECK (MariaDB prints it in place), normalised text.
    pub check: Option<String>,
    /// COMMENT
    pub comment: String,
}

/// Kind of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum IndexKind {
    /// PRIMARY KEY
    Primary,
    /// UNIQUE KEY
    Unique,
    /// KEY
    Plain,
    /// FULLTEXT KEY
    Fulltext,
    /// SPATIAL KEY
    Spatial,
    /// VECTOR KEY (MariaDB 11.7)
    Vector,
}

/// One part of an index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPart {
    /// Index of the column in `TableDef::columns`; `None` for a functional key part.
    pub column: Option<u16>,
    /// Prefix length: characters for character types, bytes for binary ones.
    pub prefix: Option<u32>,
    /// DESC
    pub descending: bool,
    /// Normalised expression of a functional key part.
    pub expression: Option<String>,
}

/// An index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexDef {
    /// Number within the table, never reused; part of the stored key.
    pub number: u32,
    /// Name; `PRIMARY` for the primary key.
    pub name: String,
    /// Kind.
    pub kind: IndexKind,
    /// Parts in order.
    pub parts: Vec<KeyPart>,
    /// INVISIBLE (MySQL) or IGNORED (MariaDB)
    pub invisible: bool,
    /// `USING BTREE|HASH` if written.
    pub using: Option<String>,
    /// COMMENT
    pub comment: String,
    /// KEY_BLOCK_SIZE, WITH PARSER and other options printed verbatim, in printing order.
    pub options: Vec<String>,
    /// The server made it for a foreign key.
    pub generated_for_foreign_key: bool,
}

/// What a foreign key does when the parent row goes or changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReferentialAction {
    /// Not written (acts as NO ACTION, and is not printed).
    Unspecified,
    /// RESTRICT
    Restrict,
    /// NO ACTION
    NoAction,
    /// CASCADE
    Cascade,
    /// SET NULL
    SetNull,
    /// SET DEFAULT
    SetDefault,
}

/// A foreign key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKeyDef {
    /// Constraint name, given or made (`t_ibfk_1`).
    pub name: String,
    /// Child columns.
    pub columns: Vec<u16>,
    /// Parent database (printed only when it differs from the table's own).
    pub parent_db: String,
    /// Parent table.
    pub parent_table: String,
    /// Parent column names.
    pub parent_columns: Vec<String>,
    /// ON DELETE
    pub on_delete: ReferentialAction,
    /// ON UPDATE
    pub on_update: ReferentialAction,
}

/// A CHECK constraint of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckDef {
    /// Name, given or made (`t_chk_1`).
    pub name: String,
    /// Normalised text.
    pub expression: String,
    /// ENFORCED
    pub enforced: bool,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableDef {
    /// Number.
    pub id: TableId,
    /// Version of this definition.
    pub version: DefVersion,
    /// Database name.
    pub db: String,
    /// Table name.
    pub name: String,
    /// Rules it was created under.
    pub flavour: Flavour,
    /// Columns in order.
    pub columns: Vec<ColumnDef>,
    /// Indexes in the order SHOW CREATE TABLE prints them.
    pub indexes: Vec<IndexDef>,
    /// Foreign keys in printing order.
    pub foreign_keys: Vec<ForeignKeyDef>,
    /// CHECK constraints in printing order.
    pub checks: Vec<CheckDef>,
    /// Default collation.
    pub collation: CollationId,
    /// COLLATE was written (or inherited in a way that is printed).
    pub explicit_collation: bool,
    /// ENGINE as the source prints it (`InnoDB`, `MyISAM`, ...): kept, all are stored alike here.
    pub engine: String,
    /// AUTO_INCREMENT= counter: the next value, as the source would print it; 0 and 1 are not printed.
    pub auto_increment: u64,
    /// COMMENT
    pub comment: String,
    /// Other options (`ROW_FORMAT=DYNAMIC`, `STATS_PERSISTENT=0`...) printed verbatim in printing order.
    pub options: Vec<String>,
    /// PARTITION BY clause as SHOW CREATE TABLE prints it (with its versioned comment), if any.
    pub partitioning: Option<String>,
    /// Next free `IndexDef::number`.
    pub next_index_number: u32,
}
