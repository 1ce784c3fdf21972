//! Names and pieces of source text.

/// Text as written. Two sources are always equal: it never decides whether two trees mean the same.
#[derive(Clone, Debug, Default)]
pub struct Source(pub String);

impl PartialEq for Source {
    fn eq(&self, _: &Source) -> bool {
        true
    }
}

impl Source {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `[db.]name` of a table, view, routine, trigger, ...
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ObjectName {
    /// Database, if written.
    pub db: Option<String>,
    /// Name.
    pub name: String,
}

/// `user[@host]`, or a role.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum UserName {
    /// `'user'@'host'`; `host` is `None` when not written (it then means `%`).
    Account {
        /// User part.
        user: String,
        /// Host part.
        host: Option<String>,
    },
    /// `CURRENT_USER[()]`
    CurrentUser,
    /// `CURRENT_ROLE` (MariaDB)
    CurrentRole,
}
