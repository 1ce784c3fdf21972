//! `binlog-do-db` and `binlog-ignore-db`: what our own binary log takes.
//!
//! Manual: "Evaluation of Database-Level Replication and Binary Logging Options". Row events are judged by the
//! database of their table, statements by the default database; a statement without one is logged unless
//! there are do rules.

use super::wildcard::Folding;

/// The rules of the binary log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BinlogFilter {
    /// `binlog_do_db`
    pub do_db: Vec<String>,
    /// `binlog_ignore_db`
    pub ignore_db: Vec<String>,
}

impl BinlogFilter {
    /// Whether a change in this database is logged; `None` is a statement without default database.
    pub fn logs(&self, db: Option<&str>, lower_case: bool) -> bool {
        let folding = if lower_case {
            Folding::Lower
        } else {
            Folding::None
        };
        let named = |list: &[String]| db.is_some_and(|db| list.iter().any(|n| folding.same(n, db)));
        if self.do_db.is_empty() {
            !named(&self.ignore_db)
        } else {
            named(&self.do_db)
        }
    }

    /// The columns `Binlog_Do_DB` and `Binlog_Ignore_DB`.
    pub fn shown(&self) -> (String, String) {
        (self.do_db.join(","), self.ignore_db.join(","))
    }
}
