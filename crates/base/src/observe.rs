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

/// One row of `performance_schema.understudy_row_audit`: a column of a stored row that is not what the source's
/// before-image says. Values are text as MySQL prints it, TIMESTAMP in UTC, bytes in hexadecimal; `None` is NULL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowAuditRow {
    /// The channel.
    pub channel: String,
    /// Database and table, as they are named here.
    pub table: (String, String),
    /// The event's type, as SHOW BINLOG EVENTS names it.
    pub event_type: &'static str,
    /// The row's key: `a=1, b='x'`.
    pub key: String,
    /// The column.
    pub column: String,
    /// What the source's row had.
    pub source_value: Option<String>,
    /// What the row here had.
    pub replica_value: Option<String>,
    /// The source's binary log.
    pub file: String,
    /// Where the event ends in it, bytes.
    pub end_log_pos: u64,
    /// The transaction; empty for one without.
    pub gtid: String,
    /// When it was seen, microseconds since the epoch.
    pub seen_us: u64,
}

/// One row of `performance_schema.understudy_transaction_waterfall`: a bucket of a stage's times, microseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaterfallBucket {
    /// The channel.
    pub channel: String,
    /// The stage, named after the moment that ends it.
    pub stage: &'static str,
    /// The bucket's number.
    pub number: u64,
    /// Its least time.
    pub low_us: u64,
    /// Times are below this.
    pub high_us: u64,
    /// Transactions in it.
    pub count: u64,
    /// Transactions in it and in those below.
    pub count_and_lower: u64,
    /// Transactions in all.
    pub known: u64,
}

/// One row of `performance_schema.understudy_transaction_waterfall_summary`; times in microseconds, `None` when no
/// transaction's time is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaterfallStage {
    /// The channel.
    pub channel: String,
    /// The stage, named after the moment that ends it.
    pub stage: &'static str,
    /// Transactions whose time is known.
    pub known: u64,
    /// Transactions whose time is not known.
    pub not_known: u64,
    /// All times together.
    pub sum_us: u64,
    /// The largest.
    pub max_us: Option<u64>,
    /// 50, 95 and 99 of 100 transactions took no longer.
    pub quantiles_us: [Option<u64>; 3],
}
