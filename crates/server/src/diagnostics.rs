//! The diagnostics area of a session: what SHOW WARNINGS and SHOW ERRORS show.

use understudy_base::error::MysqlError;

/// How bad a condition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// `Note`
    Note,
    /// `Warning`
    Warning,
    /// `Error`
    Error,
}

impl Level {
    /// As SHOW WARNINGS prints it.
    pub fn text(self) -> &'static str {
        match self {
            Level::Note => "Note",
            Level::Warning => "Warning",
            Level::Error => "Error",
        }
    }
}

/// One condition.
#[derive(Clone, Debug)]
pub struct Condition {
    /// How bad.
    pub level: Level,
    /// Number and text.
    pub error: MysqlError,
}

/// The conditions of the last statement, bounded by `max_error_count`.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    conditions: Vec<Condition>,
    total: u64,
}

impl Diagnostics {
    /// Conditions kept, the default of `max_error_count`.
    const LIMIT: usize = 1024;

    /// A statement starts.
    pub fn clear(&mut self) {
        self.conditions.clear();
        self.total = 0;
    }

    /// Adds a condition.
    pub fn push(&mut self, level: Level, error: MysqlError) {
        self.total += 1;
        if self.conditions.len() < Self::LIMIT {
            self.conditions.push(Condition { level, error });
        }
    }

    /// The conditions kept.
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// How many there were, as OK and EOF packets say it.
    pub fn count(&self) -> u16 {
        u16::try_from(self.total).unwrap_or(u16::MAX)
    }

    /// How many of them were errors.
    pub fn error_count(&self) -> u64 {
        let errors = self.conditions.iter();
        errors.filter(|c| c.level == Level::Error).count() as u64
    }
}
