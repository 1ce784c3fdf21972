//! SET in all its forms.

use super::expr::Expr;

/// Scope of a system variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VariableScope {
    /// `GLOBAL`
    Global,
    /// `SESSION`, `LOCAL`
    Session,
    /// `PERSIST`
    Persist,
    /// `PERSIST_ONLY`
    PersistOnly,
}

/// One item of SET.
#[derive(Clone, Debug, PartialEq)]
pub enum SetItem {
    /// A system variable (or a local variable of a routine when no scope is written).
    Variable {
        /// Scope, if written.
        scope: Option<VariableScope>,
        /// Written with `@@`.
        at_at: bool,
        /// Part before the dot.
        component: Option<String>,
        /// Name.
        name: String,
        /// Value; `DEFAULT` is `None`. A bare word (`ON`, `utf8mb4`, `BINARY`) is a column reference.
        value: Option<Expr>,
    },
    /// `@name = expr`
    User {
        /// Name.
        name: String,
        /// Value.
        value: Expr,
    },
    /// `NAMES charset [COLLATE collation]`; `NAMES DEFAULT` has no charset.
    Names {
        /// Character set.
        charset: Option<String>,
        /// Collation.
        collation: Option<String>,
    },
    /// `CHARACTER SET charset`; `DEFAULT` is `None`.
    CharacterSet(Option<String>),
}

/// `SET [GLOBAL|SESSION] TRANSACTION ...`
#[derive(Clone, Debug, PartialEq)]
pub struct SetTransaction {
    /// Scope; none means the next transaction.
    pub scope: Option<VariableScope>,
    /// `ISOLATION LEVEL`
    pub isolation: Option<IsolationLevel>,
    /// `READ ONLY` true, `READ WRITE` false.
    pub read_only: Option<bool>,
}

/// Isolation levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IsolationLevel {
    /// `READ UNCOMMITTED`
    ReadUncommitted,
    /// `READ COMMITTED`
    ReadCommitted,
    /// `REPEATABLE READ`
    RepeatableRead,
    /// `SERIALIZABLE`
    Serializable,
}

/// `RESET PERSIST`
#[derive(Clone, Debug, PartialEq)]
pub struct ResetPersist {
    /// `IF EXISTS`
    pub if_exists: bool,
    /// Variable (with its component, dotted); all when none.
    pub name: Option<String>,
}
