//! Which names belong to the replication chapters.

/// Parts of names that mean replication.
const PARTS: [&str; 22] = [
    "slave",
    "replica",
    "master",
    "_source",
    "binlog",
    "relay",
    "gtid",
    "semi_sync",
    "log_bin",
    "server_id",
    "server_uuid",
    "report_",
    "sync_",
    "replicate",
    "auto_increment_",
    "read_only",
    "init_slave",
    "original_commit",
    "immediate_server_version",
    "transaction_write_set",
    "expire_logs_days",
    "rpl_",
];

/// Engines, clusters and group replication have chapters of their own; keys and certificates too.
const ELSEWHERE: [&str; 21] = [
    "innodb",
    "wsrep",
    "group_replication",
    "performance_schema",
    "aria",
    "spider",
    "ndb",
    "rocksdb",
    "tokudb",
    "partition",
    "transaction_read_only",
    "tx_read_only",
    "master_key",
    "tls_",
    "resource",
    "mysqlx",
    "ssl",
    "keyring",
    "audit",
    "clone",
    "sync_frm",
];

/// Whether an option or variable does.
pub fn of_replication(name: &str) -> bool {
    let name = name.to_lowercase().replace('-', "_");
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    (has(&PARTS) || name.starts_with("source_")) && !has(&ELSEWHERE)
}

/// Whether a status variable does.
pub fn status_of_replication(name: &str) -> bool {
    let name = name.to_lowercase();
    let statement = name.strip_prefix("com_").is_some_and(|statement| {
        [
            "slave", "replica", "master", "source", "binlog", "binary", "relaylog", "gtid",
        ]
        .iter()
        .any(|part| statement.contains(part))
    });
    let starts = ["slave", "replica", "rpl_", "binlog_", "master_"];
    statement || (starts.iter().any(|start| name.starts_with(start)) && !name.starts_with("com_"))
}

/// Whether the name of an error does.
pub fn error_of_replication(name: &str) -> bool {
    [
        "SLAVE",
        "REPLICA",
        "MASTER",
        "_SOURCE",
        "BINLOG",
        "BINARY_LOG",
        "GTID",
        "RELAY",
        "_RPL",
        "CHANNEL",
        "MTS",
        "MTA",
        "SEMISYNC",
        "SEMI_SYNC",
    ]
    .iter()
    .any(|part| name.contains(part))
        && ![
            "GROUP_REPLICATION",
            "WSREP",
            "GRP_RPL",
            "MASTER_KEY",
            "RESOURCE",
            "NDB",
            "CLONE",
        ]
        .iter()
        .any(|part| name.contains(part))
}
