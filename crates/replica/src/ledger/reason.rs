//! Why an event ended as it did.

use super::OTHER;
use understudy_base::filter::{FILTER_KINDS, FilterKind};

/// Why an event ended as it did: what kind of reason in the upper half, which one in the lower.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reason(pub(super) u32);

/// The upper half.
const FIXED: u32 = 0;
const FILTER: u32 = 1;
const RECORDED: u32 = 2;
const IGNORED: u32 = 3;
const ERROR: u32 = 4;
const IDEMPOTENT: u32 = 5;
const SKIPPED_ERROR: u32 = 6;

/// Texts of the reasons that stand alone, by their lower half.
const TEXTS: [&str; 16] = [
    "",
    "in the relay log when the server started",
    "inside Transaction_payload",
    "executed before by its GTID",
    "sql_replica_skip_counter",
    "own server id",
    "IGNORE_SERVER_IDS",
    "DO_DOMAIN_IDS or IGNORE_DOMAIN_IDS",
    "ignorable flag",
    "kept for XA COMMIT",
    "the applier stopped or waits",
    "the connection ended inside the transaction",
    "the source ended inside the transaction",
    "the relay log was reset",
    "RELAY_LOG_FILE, RELAY_LOG_POS",
    "replicate_events_marked_for_skip",
];

impl Reason {
    /// Nothing to say.
    pub const NONE: Reason = Reason(0);
    /// In the relay log at the server's start.
    pub const FOUND: Reason = Reason(1);
    /// Inside a compressed transaction.
    pub const INSIDE: Reason = Reason(2);
    /// Its transaction's GTID was executed before.
    pub const EXECUTED: Reason = Reason(3);
    /// `sql_replica_skip_counter`
    pub const SKIP_COUNTER: Reason = Reason(4);
    /// Our own server id.
    pub const OWN_SERVER_ID: Reason = Reason(5);
    /// IGNORE_SERVER_IDS
    pub const SERVER_ID: Reason = Reason(6);
    /// DO_DOMAIN_IDS, IGNORE_DOMAIN_IDS
    pub const DOMAIN: Reason = Reason(7);
    /// The event's own flag.
    pub const IGNORABLE: Reason = Reason(8);
    /// Rows of an XA transaction before its commit.
    pub const XA: Reason = Reason(9);
    /// The applier was stopped inside the transaction, or delays it.
    pub const STOPPED: Reason = Reason(10);
    /// The rest of the transaction did not come; the source sends it again.
    pub const CUT: Reason = Reason(11);
    /// The source ended inside the transaction.
    pub const SOURCE_ENDED: Reason = Reason(12);
    /// RESET REPLICA, CHANGE REPLICATION SOURCE.
    pub const RESET: Reason = Reason(13);
    /// RELAY_LOG_FILE and RELAY_LOG_POS moved the applier over it, or back to it.
    pub const MOVED: Reason = Reason(14);
    /// The event's own flag, and `replicate_events_marked_for_skip`.
    pub const MARKED: Reason = Reason(15);

    fn of(class: u32, which: u16) -> Reason {
        Reason(class << 16 | u32::from(which))
    }

    /// A replication filter's rules of this kind.
    pub fn filter(kind: FilterKind) -> Reason {
        Reason::of(FILTER, kind as u16)
    }

    /// A statement that was kept as text, by the number of its kind.
    pub fn recorded(statement: u16) -> Reason {
        Reason::of(RECORDED, statement)
    }

    /// A statement that has no effect here, by the number of its kind.
    pub fn ignored(statement: u16) -> Reason {
        Reason::of(IGNORED, statement)
    }

    /// An error.
    pub fn error(errno: u16) -> Reason {
        Reason::of(ERROR, errno)
    }

    /// A row that `replica_exec_mode=IDEMPOTENT` passes over instead of this error.
    pub fn idempotent(errno: u16) -> Reason {
        Reason::of(IDEMPOTENT, errno)
    }

    /// An error that `replica_skip_errors` names.
    pub fn skipped_error(errno: u16) -> Reason {
        Reason::of(SKIPPED_ERROR, errno)
    }

    fn halves(self) -> (u32, usize) {
        (self.0 >> 16, (self.0 & 0xffff) as usize)
    }

    /// As the table shows it.
    pub(super) fn text(self, statements: &[&'static str]) -> String {
        let (class, which) = self.halves();
        let kind = || statements.get(which).copied().unwrap_or(OTHER);
        match class {
            FIXED => TEXTS.get(which).copied().unwrap_or(OTHER).to_owned(),
            FILTER => FILTER_KINDS
                .get(which)
                .map_or(OTHER, |kind| kind.name())
                .to_owned(),
            RECORDED => format!("recorded: {}", kind()),
            IGNORED => format!("no effect here: {}", kind()),
            ERROR => format!("error {which}"),
            IDEMPOTENT => format!("error {which}, replica_exec_mode"),
            SKIPPED_ERROR => format!("error {which}, replica_skip_errors"),
            _ => OTHER.to_owned(),
        }
    }

    /// The status variable that counts such statements.
    pub(super) fn statement_variable(self, statements: &[&'static str]) -> Option<String> {
        let (class, which) = self.halves();
        let how = match class {
            RECORDED => "recorded",
            IGNORED => "ignored",
            _ => return None,
        };
        let kind: String = statements
            .get(which)
            .unwrap_or(&"other")
            .chars()
            .map(|c| match c.is_ascii_alphanumeric() {
                true => c.to_ascii_lowercase(),
                false => '_',
            })
            .collect();
        Some(format!("Understudy_statements_{how}_{kind}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_say_what_they_are() {
        let statements = ["table maintenance"];
        for (reason, text) in [
            (Reason::NONE, ""),
            (Reason::RESET, "the relay log was reset"),
            (Reason::filter(FilterKind::IgnoreDb), "REPLICATE_IGNORE_DB"),
            (Reason::ignored(0), "no effect here: table maintenance"),
            (Reason::recorded(9), "recorded: (other)"),
            (Reason::error(1032), "error 1032"),
            (Reason::idempotent(1062), "error 1062, replica_exec_mode"),
            (
                Reason::skipped_error(1062),
                "error 1062, replica_skip_errors",
            ),
        ] {
            assert_eq!(reason.text(&statements), text);
        }
        assert_eq!(
            Reason::ignored(0)
                .statement_variable(&statements)
                .as_deref(),
            Some("Understudy_statements_ignored_table_maintenance")
        );
    }
}
