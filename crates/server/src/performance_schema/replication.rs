//! `performance_schema.replication_*` and `log_status`.

use understudy_base::control::{
    ChannelStatus, ReceiverState, ThreadError, ThreadProgress, TransactionProgress, WorkerStatus,
};
use understudy_base::error::MysqlError;
use understudy_exec::information_schema::{Cell, VirtualTable};

use super::threads::thread_id;
use crate::replication::filter_rows;
use crate::session::Session;

/// Fills one of the tables, a row a channel or a worker.
pub fn fill(session: &Session, table: &mut VirtualTable) -> Result<(), MysqlError> {
    let channels = session.shared.control.status(None)?;
    match table.name {
        "replication_applier_filters" => filter_rows(session, table, true),
        "replication_applier_global_filters" => filter_rows(session, table, false),
        "replication_applier_status_by_worker" => {
            for channel in &channels {
                workers(channel).for_each(|row| table.push(row));
            }
        }
        "replication_applier_status_by_coordinator" => {
            let started = channels.iter().filter(|c| has_started(c));
            started.for_each(|c| table.push(coordinator(c)));
        }
        "replication_applier_configuration" => {
            channels
                .iter()
                .for_each(|c| table.push(applier_configuration(c)));
        }
        "replication_applier_status" => {
            channels.iter().for_each(|c| table.push(applier_status(c)));
        }
        "replication_connection_configuration" => {
            channels
                .iter()
                .for_each(|c| table.push(connection_configuration(c)));
        }
        "replication_connection_status" => {
            channels
                .iter()
                .for_each(|c| table.push(connection_status(c)));
        }
        // Group Replication and lists of sources to fail over to: no server here is in a group, and no list is kept.
        "replication_asynchronous_connection_failover"
        | "replication_asynchronous_connection_failover_managed"
        | "replication_group_member_stats"
        | "replication_group_members" => {}
        other => {
            return Err(MysqlError::new(
                1235,
                format!("This version of MySQL doesn't yet support 'performance_schema.{other}'"),
            ));
        }
    }
    Ok(())
}

fn on_off(on: bool) -> Cell {
    if on { "ON" } else { "OFF" }.into()
}

fn yes_no(on: Option<bool>) -> Cell {
    if on == Some(true) { "YES" } else { "NO" }.into()
}

fn one_zero(on: Option<bool>) -> Cell {
    if on == Some(true) { "1" } else { "0" }.into()
}

fn text(value: &Option<String>) -> Cell {
    value.clone().unwrap_or_default().into()
}

fn error(error: &ThreadError) -> [Cell; 3] {
    [
        error.errno.into(),
        error.message.as_str().into(),
        Cell::Time(error.timestamp_s.saturating_mul(1_000_000)),
    ]
}

/// A finished transaction: its name, when it committed, when the thread began and ended.
fn last(progress: &ThreadProgress) -> [Cell; 5] {
    let last = &progress.last;
    [
        last.gtid.as_str().into(),
        Cell::Time(last.original_commit_us),
        Cell::Time(last.immediate_commit_us),
        Cell::Time(last.start_us),
        Cell::Time(last.end_us),
    ]
}

/// A transaction at work.
fn current(progress: &ThreadProgress) -> [Cell; 4] {
    let current = &progress.current;
    [
        current.gtid.as_str().into(),
        Cell::Time(current.original_commit_us),
        Cell::Time(current.immediate_commit_us),
        Cell::Time(current.start_us),
    ]
}

fn retries(transaction: &TransactionProgress) -> [Cell; 4] {
    let error = &transaction.transient_error;
    [
        transaction.retries.into(),
        error.errno.into(),
        error.message.as_str().into(),
        Cell::Time(error.timestamp_s.saturating_mul(1_000_000)),
    ]
}

fn connection_configuration(channel: &ChannelStatus) -> Vec<Cell> {
    let source = &channel.source;
    let period = source.heartbeat_period_s.unwrap_or(30.0);
    let algorithms = source.compression_algorithms.as_deref();
    vec![
        channel.channel.as_str().into(),
        text(&source.host),
        u32::from(source.port.unwrap_or(3306)).into(),
        text(&source.user),
        text(&source.bind),
        one_zero(source.auto_position),
        yes_no(source.ssl),
        text(&source.ssl_ca),
        text(&source.ssl_capath),
        text(&source.ssl_cert),
        text(&source.ssl_cipher),
        text(&source.ssl_key),
        yes_no(source.ssl_verify_server_cert),
        text(&source.ssl_crl),
        text(&source.ssl_crlpath),
        source.connect_retry_s.unwrap_or(60).into(),
        source.retry_count.unwrap_or(10).into(),
        format!("{period:.3}").into(),
        text(&source.tls_version),
        text(&source.public_key_path),
        yes_no(source.get_public_key),
        "".into(),
        algorithms
            .filter(|a| !a.is_empty())
            .unwrap_or("uncompressed")
            .into(),
        u32::from(source.zstd_compression_level.unwrap_or(3)).into(),
        // NULL lets the TLS library choose.
        source
            .tls_ciphersuites
            .clone()
            .filter(|s| !s.is_empty())
            .into(),
        "0".into(),
        "0".into(),
    ]
}

fn connection_status(channel: &ChannelStatus) -> Vec<Cell> {
    let state = match channel.receiver {
        ReceiverState::Running => "ON",
        ReceiverState::Connecting => "CONNECTING",
        ReceiverState::Stopped => "OFF",
    };
    let mut row = vec![
        channel.channel.as_str().into(),
        "".into(),
        channel.source_uuid.as_str().into(),
        channel.receiver_id.map(thread_id).into(),
        state.into(),
        channel.received_heartbeats.into(),
        Cell::Time(channel.last_heartbeat_us),
        channel.retrieved_gtid_set.as_str().into(),
    ];
    row.extend(error(&channel.receiver_error));
    row.extend(last(&channel.queueing));
    row.extend(current(&channel.queueing));
    row
}

fn applier_configuration(channel: &ChannelStatus) -> Vec<Cell> {
    vec![
        channel.channel.as_str().into(),
        channel.source.delay_s.unwrap_or(0).into(),
        Cell::Null,
        "NO".into(),
        "STREAM".into(),
        "OFF".into(),
        Cell::Null,
    ]
}

fn applier_status(channel: &ChannelStatus) -> Vec<Cell> {
    vec![
        channel.channel.as_str().into(),
        on_off(channel.applier_running),
        channel.remaining_delay_s.into(),
        channel.transaction_retries.into(),
    ]
}

fn coordinator(channel: &ChannelStatus) -> Vec<Cell> {
    let mut row = vec![
        channel.channel.as_str().into(),
        channel.applier_id.map(thread_id).into(),
        on_off(channel.applier_running),
    ];
    row.extend(error(&channel.applier_error));
    row.extend(last(&channel.applying));
    row.extend(current(&channel.applying));
    row
}

/// The applier runs or has run: then the real server has a coordinator and at least one worker.
fn has_started(channel: &ChannelStatus) -> bool {
    channel.applier_running
        || !channel.workers.is_empty()
        || channel.applier_error.errno != 0
        || !channel.applying.last.gtid.is_empty()
}

/// A row a worker; an applier that applies by itself is coordinator and worker in one thread. Before the first start
/// there is a row of number 0.
fn workers(channel: &ChannelStatus) -> impl Iterator<Item = Vec<Cell>> {
    let alone = channel.workers.is_empty().then(|| WorkerStatus {
        id: u64::from(has_started(channel)),
        process_id: channel.applier_id.unwrap_or(0),
        running: channel.applier_running,
        error: channel.applier_error.clone(),
        progress: channel.applying.clone(),
        ..WorkerStatus::default()
    });
    let name = channel.channel.clone();
    let all = alone.into_iter().chain(channel.workers.iter().cloned());
    all.map(move |worker| {
        let id = worker.running.then(|| thread_id(worker.process_id));
        let mut row = vec![
            name.as_str().into(),
            worker.id.into(),
            id.into(),
            on_off(worker.running),
        ];
        row.extend(error(&worker.error));
        row.extend(last(&worker.progress));
        row.extend(current(&worker.progress));
        row.extend(retries(&worker.progress.last));
        row.extend(retries(&worker.progress.current));
        row
    })
}

/// `log_status`: what a backup tool copies belongs to these positions.
pub fn log_status(session: &Session, table: &mut VirtualTable) -> Result<(), MysqlError> {
    let executed = session.shared.control.gtids().executed.to_string();
    let channels = session.shared.control.status(None)?;
    let channels: Vec<String> = channels
        .iter()
        .map(|c| {
            format!(
                "{{\"channel_name\": {}, \"relay_log_file\": {}, \"relay_log_position\": {}}}",
                json_text(&c.channel),
                json_text(&c.relay_log_file),
                c.relay_log_pos
            )
        })
        .collect();
    let uuid = session.shared.globals.text("server_uuid");
    table.push(vec![
        uuid.into(),
        // Without a binary log there is no file to name.
        format!("{{\"gtid_executed\": {}}}", json_text(&executed)).into(),
        format!("{{\"channels\": [{}]}}", channels.join(", ")).into(),
        "{}".into(),
    ]);
    Ok(())
}

fn json_text(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
