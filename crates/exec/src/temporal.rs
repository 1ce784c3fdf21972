//! Dates and times in texts of expressions.

use understudy_values::temporal::{DateTime, Time, parse};

/// A date (and time) that a text says in full; `None` when something in it is not understood.
pub(crate) fn parse_datetime(text: &str) -> Option<DateTime> {
    let parsed = parse::datetime(text.as_bytes())?;
    (!parsed.garbage).then_some(parsed.value)
}

/// A time that a text says in full.
pub(crate) fn parse_time(text: &str) -> Option<Time> {
    let (parsed, _) = parse::time(text.as_bytes())?;
    (!parsed.garbage).then_some(parsed.value)
}
