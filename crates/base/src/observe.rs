//! What only this server tells of replication: the rows of `performance_schema.understudy_*`.

/// One row of `performance_schema.understudy_event_ledger`: how often events ended so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerRow {
    /// The channel.
    pub channel: String,
    /// The event's type, as SHOW BINLOG EVENTS names it.
    pub event_type: String,
    /// Database and table of a row event, as the source names them; `None` for other events.
    pub table: Option<(String, String)>,
    /// How it ended.
    pub outcome: &'static str,
    /// Why; empty when there is nothing to say.
    pub reason: String,
    /// Events.
    pub events: u64,
    /// Their rows, of those whose rows were looked at.
    pub rows: u64,
    /// When the last of them was counted, microseconds since the epoch.
    pub last_seen_us: u64,
}
