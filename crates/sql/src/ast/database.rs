//! CREATE, ALTER and DROP DATABASE.

use super::table::Ternary;

/// `CREATE DATABASE`
#[derive(Clone, Debug, PartialEq)]
pub struct CreateDatabase {
    /// `OR REPLACE` (MariaDB)
    pub or_replace: bool,
    /// `IF NOT EXISTS`
    pub if_not_exists: bool,
    /// Name.
    pub name: String,
    /// Options.
    pub options: Vec<DatabaseOption>,
}

/// `ALTER DATABASE`
#[derive(Clone, Debug, PartialEq)]
pub struct AlterDatabase {
    /// Name; the default database when not written.
    pub name: Option<String>,
    /// Options.
    pub options: Vec<DatabaseOption>,
    /// `UPGRADE DATA DIRECTORY NAME`
    pub upgrade: bool,
}

/// Option of a database.
#[derive(Clone, Debug, PartialEq)]
pub enum DatabaseOption {
    /// `[DEFAULT] CHARACTER SET`; `DEFAULT` as the name is `None`.
    Charset(Option<String>),
    /// `[DEFAULT] COLLATE`; `DEFAULT` as the name (MariaDB) is `None`.
    Collate(Option<String>),
    /// `ENCRYPTION 'Y'`
    Encryption(String),
    /// `READ ONLY = 1`
    ReadOnly(Ternary),
    /// `COMMENT` (MariaDB)
    Comment(String),
}

/// `DROP DATABASE`
#[derive(Clone, Debug, PartialEq)]
pub struct DropDatabase {
    /// `IF EXISTS`
    pub if_exists: bool,
    /// Name.
    pub name: String,
}
