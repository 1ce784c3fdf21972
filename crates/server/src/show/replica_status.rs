//! Status variables of a replica: those of MySQL 9.7, of 5.6 and of MariaDB.
//!
//! What 5.6 and MariaDB show of one connection is the default channel's.

use std::sync::atomic::{AtomicU64, Ordering};

use understudy_base::control::{ChannelStatus, ReceiverState};

use crate::replication::local_time;
use crate::session::Session;

/// Names and values.
pub fn values(session: &Session) -> Vec<(String, String)> {
    let channels = session.shared.control.status(None).unwrap_or_default();
    let mut values = counts(session);
    values.extend(of_all(&channels));
    values.extend(of_default(
        session,
        channels.iter().find(|c| c.channel.is_empty()),
    ));
    let pairs = values.into_iter();
    pairs
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// How often statements were run, under each of their names.
fn counts(session: &Session) -> Vec<(&'static str, String)> {
    let counters = &session.shared.counters;
    let of = |counter: &AtomicU64, names: &[&'static str]| -> Vec<(&'static str, String)> {
        let count = counter.load(Ordering::Relaxed).to_string();
        names.iter().map(|name| (*name, count.clone())).collect()
    };
    [
        of(
            &counters.com_change_source,
            &["Com_change_master", "Com_change_replication_source"],
        ),
        of(&counters.com_change_filter, &["Com_change_repl_filter"]),
        of(
            &counters.com_replica_start,
            &["Com_replica_start", "Com_slave_start", "Com_start_slave"],
        ),
        of(
            &counters.com_replica_stop,
            &["Com_replica_stop", "Com_slave_stop", "Com_stop_slave"],
        ),
        of(
            &counters.com_replica_status,
            &["Com_show_replica_status", "Com_show_slave_status"],
        ),
        of(
            &counters.com_replicas,
            &["Com_show_replicas", "Com_show_slave_hosts"],
        ),
    ]
    .concat()
}

/// Sums over all channels. Temporary tables exist only where statements are applied, and replicas of our own only
/// where a binary log is served: there are none of either.
fn of_all(channels: &[ChannelStatus]) -> [(&'static str, String); 8] {
    let sum =
        |value: fn(&ChannelStatus) -> u64| channels.iter().map(value).sum::<u64>().to_string();
    let none = || "0".to_owned();
    [
        ("Replica_open_temp_tables", none()),
        ("Slave_open_temp_tables", none()),
        ("Slave_connections", none()),
        ("Slaves_connected", none()),
        ("Slaves_running", sum(|c| u64::from(c.applier_running))),
        ("Slave_retried_transactions", sum(|c| c.transaction_retries)),
        ("Slave_skipped_errors", sum(|c| c.skipped_errors)),
        ("Slave_received_heartbeats", sum(|c| c.received_heartbeats)),
    ]
}

fn of_default(session: &Session, channel: Option<&ChannelStatus>) -> [(&'static str, String); 3] {
    let running =
        channel.is_some_and(|c| c.applier_running && c.receiver == ReceiverState::Running);
    let period = channel
        .and_then(|c| c.source.heartbeat_period_s)
        .unwrap_or(0.0);
    let last = channel.map_or(0, |c| c.last_heartbeat_us / 1_000_000);
    // A time zone that cannot be read leaves the column empty; SET has refused it.
    let last = local_time(session, last).ok().flatten().unwrap_or_default();
    [
        (
            "Slave_running",
            if running { "ON" } else { "OFF" }.to_owned(),
        ),
        ("Slave_heartbeat_period", format!("{period:.3}")),
        ("Slave_last_heartbeat", last),
    ]
}
