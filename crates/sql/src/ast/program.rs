//! Views and stored programs: recognised with their names; bodies are kept as text.

use super::name::{ObjectName, UserName};

/// `CREATE VIEW`, `ALTER VIEW`
#[derive(Clone, Debug, PartialEq)]
pub struct CreateView {
    /// `ALTER` rather than `CREATE`.
    pub alter: bool,
    /// `OR REPLACE`
    pub or_replace: bool,
    /// `IF NOT EXISTS`
    pub if_not_exists: bool,
    /// `ALGORITHM=`, upper case.
    pub algorithm: Option<String>,
    /// `DEFINER=`
    pub definer: Option<UserName>,
    /// `SQL SECURITY`: `DEFINER` true, `INVOKER` false.
    pub security_definer: Option<bool>,
    /// Name.
    pub name: ObjectName,
    /// Column names.
    pub columns: Vec<String>,
    /// Query.
    pub query: super::query::Query,
    /// `WITH [CASCADED|LOCAL] CHECK OPTION`
    pub check_option: Option<CheckOption>,
    /// The whole statement as written.
    pub text: String,
}

/// `WITH CHECK OPTION`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CheckOption {
    /// `CASCADED` or nothing.
    Cascaded,
    /// `LOCAL`
    Local,
}

/// `DROP VIEW`
#[derive(Clone, Debug, PartialEq)]
pub struct DropView {
    /// `IF EXISTS`
    pub if_exists: bool,
    /// Views.
    pub views: Vec<ObjectName>,
    /// `CASCADE` true, `RESTRICT` false.
    pub cascade: Option<bool>,
}

/// Kinds of stored programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProgramKind {
    /// `PROCEDURE`
    Procedure,
    /// `FUNCTION`
    Function,
    /// `FUNCTION ... SONAME`: a loadable function.
    LoadableFunction,
    /// `TRIGGER`
    Trigger,
    /// `EVENT`
    Event,
    /// `LIBRARY` (MySQL 9.2)
    Library,
    /// `PACKAGE` (MariaDB)
    Package,
    /// `PACKAGE BODY` (MariaDB)
    PackageBody,
}

/// `CREATE` or `ALTER` of a stored program.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// Kind.
    pub kind: ProgramKind,
    /// `ALTER` rather than `CREATE`.
    pub alter: bool,
    /// `OR REPLACE` (MariaDB)
    pub or_replace: bool,
    /// `IF NOT EXISTS`
    pub if_not_exists: bool,
    /// `DEFINER=`
    pub definer: Option<UserName>,
    /// Name.
    pub name: ObjectName,
    /// Table of a trigger.
    pub table: Option<ObjectName>,
    /// Everything after the name, as written: parameters, characteristics, body.
    pub body: String,
    /// The whole statement as written.
    pub text: String,
}

/// `DROP` of a stored program.
#[derive(Clone, Debug, PartialEq)]
pub struct DropProgram {
    /// Kind; a loadable function is dropped as `FUNCTION`.
    pub kind: ProgramKind,
    /// `IF EXISTS`
    pub if_exists: bool,
    /// Name.
    pub name: ObjectName,
}

/// `CREATE|ALTER|DROP SEQUENCE` (MariaDB)
#[derive(Clone, Debug, PartialEq)]
pub struct Sequence {
    /// `CREATE`, `ALTER` or `DROP`.
    pub action: SequenceAction,
    /// Names; only `DROP` has several.
    pub names: Vec<ObjectName>,
    /// The whole statement as written.
    pub text: String,
}

/// What happens to a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SequenceAction {
    /// `CREATE`
    Create,
    /// `ALTER`
    Alter,
    /// `DROP`
    Drop,
}
