//! Account statements: recognised with their kind and the accounts they name; the rest is kept as text.

/// An account statement.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountStatement {
    /// Which.
    pub kind: AccountKind,
    /// Accounts and roles named where the statement says whom it concerns.
    pub names: Vec<super::name::UserName>,
    /// The whole statement as written.
    pub text: String,
}

/// Kinds of account statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountKind {
    /// `CREATE USER`
    CreateUser,
    /// `ALTER USER`
    AlterUser,
    /// `DROP USER`
    DropUser,
    /// `RENAME USER`
    RenameUser,
    /// `CREATE ROLE`
    CreateRole,
    /// `DROP ROLE`
    DropRole,
    /// `GRANT`
    Grant,
    /// `REVOKE`
    Revoke,
    /// `SET PASSWORD`
    SetPassword,
    /// `SET ROLE`
    SetRole,
    /// `SET DEFAULT ROLE`
    SetDefaultRole,
    /// `SET RESOURCE GROUP`
    SetResourceGroup,
}
