//! SHOW STATUS: this server's counters and replication's.

use std::sync::atomic::Ordering;

use super::replica_status;
use crate::plugins;
use crate::result::{Column, Kind, Table};
use crate::session::Session;

/// SHOW STATUS, global and session alike: counters are the server's.
pub fn status(session: &Session) -> Table {
    let mut table = Table::new(vec![
        Column::new("Variable_name", Kind::Text(64)),
        Column::new("Value", Kind::Text(1024)),
    ]);
    for (name, value) in values(session) {
        table.push([Some(name), Some(value)]);
    }
    table
}

/// Names and values in order of names.
fn values(session: &Session) -> Vec<(String, String)> {
    let shared = &session.shared;
    let counters = &shared.counters;
    let read = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    let (connections, most) = shared.processes.totals();
    let uptime = shared.started.elapsed().as_secs();
    let running = shared.processes.all();
    let active = running.iter().filter(|p| p.activity().command != "Sleep");
    let on_off = |on: bool| if on { "ON" } else { "OFF" }.to_owned();
    let mut values: Vec<(String, String)> = [
        ("Aborted_clients", read(&counters.aborted_clients)),
        ("Aborted_connects", read(&counters.aborted_connects)),
        ("Bytes_received", read(&counters.bytes_received)),
        ("Bytes_sent", read(&counters.bytes_sent)),
        ("Com_select", read(&counters.com_select)),
        ("Connection_errors_max_connections", read(&counters.refused)),
        ("Connections", connections),
        ("Max_used_connections", most),
        (
            "Ongoing_anonymous_transaction_count",
            shared.gtids.anonymous() as u64,
        ),
        ("Queries", read(&counters.questions)),
        ("Questions", read(&counters.questions)),
        ("Threads_connected", running.len() as u64),
        ("Threads_running", active.count() as u64),
        ("Uptime", uptime),
        ("Uptime_since_flush_status", uptime),
        ("Prepared_stmt_count", session.prepared.len() as u64),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_string()))
    .collect();
    let cipher = session.tls_cipher.clone().unwrap_or_default();
    values.push(("Ssl_cipher".to_owned(), cipher));
    values.push(("Compression".to_owned(), on_off(false)));
    values.extend(replica_status::values(session));
    let replication = shared.control.status_variables();
    values.extend(plugins::named_status(&shared.plugins, replication));
    values.sort();
    values
}
