//! `mysql.slave_master_info`, `mysql.slave_relay_log_info`, `mysql.slave_worker_info`: settings and positions of the
//! channels in the form in which a real server stores them. Passwords are never shown.

use understudy_base::control::ChannelStatus;
use understudy_base::error::MysqlError;
use understudy_exec::information_schema::{Cell, VirtualTable};

use crate::session::Session;

/// `Number_of_lines` of 9.7's tables.
const MASTER_INFO_LINES: u64 = 33;
const RELAY_LOG_INFO_LINES: u64 = 14;

fn flag(on: Option<bool>) -> Cell {
    Cell::Number(u64::from(on == Some(true)))
}

fn text(value: &Option<String>) -> Cell {
    value.clone().unwrap_or_default().into()
}

/// `slave_master_info`
pub fn master_info(session: &Session, table: &mut VirtualTable) -> Result<(), MysqlError> {
    for channel in session.shared.control.status(None)? {
        table.push(master_row(&channel));
    }
    Ok(())
}

fn master_row(channel: &ChannelStatus) -> Vec<Cell> {
    let source = &channel.source;
    let ignored: Vec<u32> = source.ignore_server_ids.clone().unwrap_or_default();
    let ids = ignored
        .iter()
        .map(|id| format!(" {id}"))
        .collect::<String>();
    let algorithms = source.compression_algorithms.as_deref();
    vec![
        MASTER_INFO_LINES.into(),
        channel.source_log_file.as_str().into(),
        channel.read_source_log_pos.into(),
        text(&source.host),
        text(&source.user),
        "".into(),
        u32::from(source.port.unwrap_or(3306)).into(),
        source.connect_retry_s.unwrap_or(60).into(),
        flag(source.ssl),
        text(&source.ssl_ca),
        text(&source.ssl_capath),
        text(&source.ssl_cert),
        text(&source.ssl_cipher),
        text(&source.ssl_key),
        flag(source.ssl_verify_server_cert),
        source.heartbeat_period_s.unwrap_or(30.0).to_string().into(),
        text(&source.bind),
        format!("{}{ids}", ignored.len()).into(),
        channel.source_uuid.as_str().into(),
        source.retry_count.unwrap_or(10).into(),
        text(&source.ssl_crl),
        text(&source.ssl_crlpath),
        flag(source.auto_position),
        channel.channel.as_str().into(),
        text(&source.tls_version),
        text(&source.public_key_path),
        flag(source.get_public_key),
        "".into(),
        algorithms
            .filter(|a| !a.is_empty())
            .unwrap_or("uncompressed")
            .into(),
        u32::from(source.zstd_compression_level.unwrap_or(3)).into(),
        source
            .tls_ciphersuites
            .clone()
            .filter(|s| !s.is_empty())
            .into(),
        flag(None),
        flag(None),
    ]
}

/// `slave_relay_log_info`
pub fn relay_log_info(session: &Session, table: &mut VirtualTable) -> Result<(), MysqlError> {
    for channel in session.shared.control.status(None)? {
        table.push(vec![
            RELAY_LOG_INFO_LINES.into(),
            format!("./{}", channel.relay_log_file).into(),
            channel.relay_log_pos.into(),
            channel.relay_source_log_file.as_str().into(),
            channel.exec_source_log_pos.into(),
            channel.source.delay_s.unwrap_or(0).into(),
            // An applier without workers is the one worker itself.
            u64::try_from(channel.workers.len().max(1))
                .unwrap_or(1)
                .into(),
            1u64.into(),
            channel.channel.as_str().into(),
            Cell::Null,
            Cell::Null,
            flag(None),
            "STREAM".into(),
            "OFF".into(),
            "".into(),
        ]);
    }
    Ok(())
}

/// `slave_worker_info`: positions are kept for the channel alone, with the rows of what it applied, so that no worker
/// ever has to be brought up to the others; each worker's place is the channel's.
pub fn worker_info(session: &Session, table: &mut VirtualTable) -> Result<(), MysqlError> {
    for channel in session.shared.control.status(None)? {
        for worker in &channel.workers {
            let relay_log = format!("./{}", channel.relay_log_file);
            let place = || -> [Cell; 4] {
                [
                    relay_log.as_str().into(),
                    channel.relay_log_pos.into(),
                    channel.relay_source_log_file.as_str().into(),
                    channel.exec_source_log_pos.into(),
                ]
            };
            let mut row = vec![worker.id.into()];
            row.extend(place());
            row.extend(place());
            row.extend([
                0u64.into(),
                0u64.into(),
                "".into(),
                channel.channel.as_str().into(),
            ]);
            table.push(row);
        }
    }
    Ok(())
}
