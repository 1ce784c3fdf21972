//! SHOW RELAYLOG EVENTS: one row an event, as the real server describes it.

use std::fmt::Write as _;
use understudy_base::control::LogEventRow;
use understudy_base::error::MysqlError;
use understudy_binlog::events::MariadbGtidFlags;
use understudy_binlog::{Event, EventBody, EventContext, EventHeader, EventType, Flavour, MAGIC};
use understudy_event_log::RelayLog;

/// How much of a statement is shown, bytes.
const SHOWN: usize = 8 << 10;

/// Bound on an inflated statement, bytes.
const INFLATE_LIMIT: u64 = 1 << 30;

/// The events of one file of the relay log; of the first when none is named.
pub(crate) fn relaylog_events(
    relay: &RelayLog,
    file: Option<&str>,
    from: Option<u64>,
    offset: u64,
    count: Option<u64>,
) -> Result<Vec<LogEventRow>, MysqlError> {
    let failed = |why: String| {
        MysqlError::new(
            1220,
            format!("Error when executing command SHOW RELAYLOG EVENTS: {why}"),
        )
    };
    let segment = match file {
        None => relay.first_position().segment,
        Some(name) => relay
            .segment_number(name)
            .filter(|number| relay.segments().iter().any(|(known, _)| known == number))
            .ok_or_else(|| failed("Could not find target log".into()))?,
    };
    let from = from.unwrap_or(0).max(MAGIC.len() as u64);
    let events = relay
        .segment_events(segment)
        .map_err(|e| failed(e.to_string()))?;
    let mut context =
        EventContext::initial(Flavour::Mysql, understudy_binlog::ChecksumAlgorithm::Crc32);
    let mut rows = Vec::new();
    let mut skip = offset;
    for event in events {
        if count.is_some_and(|count| rows.len() as u64 >= count) {
            break;
        }
        let event = event.map_err(|e| failed(e.to_string()))?;
        let decoded = Event::decode_verified(&event.bytes, &context)
            .map_err(|e| failed(format!("Wrong offset or I/O error ({e})")))?;
        if let EventBody::FormatDescription(description) = &decoded.body {
            context = description.context();
        }
        if event.pos < from {
            continue;
        }
        if skip > 0 {
            skip -= 1;
            continue;
        }
        rows.push(LogEventRow {
            log_name: relay.file_name(segment),
            pos: event.pos,
            event_type: decoded.header.event_type.name(context.flavour).to_owned(),
            server_id: decoded.header.server_id,
            end_log_pos: u64::from(decoded.header.log_pos),
            info: info(&decoded.body, &decoded.header),
        });
    }
    Ok(rows)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.get(..SHOWN).unwrap_or(bytes)).into_owned()
}

/// The Info column.
fn info(body: &EventBody, header: &EventHeader) -> String {
    match body {
        EventBody::FormatDescription(e) => {
            format!(
                "Server ver: {}, Binlog ver: {}",
                e.server_version(),
                e.binlog_version
            )
        }
        EventBody::Rotate(e) => format!("{};pos={}", text(&e.file), e.position),
        EventBody::Query(e) => {
            let mut info = String::new();
            if !e.schema.is_empty() && !e.is("BEGIN") && !e.is("COMMIT") {
                // Writing to a String cannot fail.
                let _ = write!(info, "use `{}`; ", text(&e.schema));
            }
            match e.statement(INFLATE_LIMIT) {
                Ok(statement) => info.push_str(&text(&statement)),
                Err(error) => info.push_str(&error.to_string()),
            }
            info
        }
        EventBody::TableMap(e) => format!(
            "table_id: {} ({}.{})",
            e.table_id,
            text(&e.schema),
            text(&e.table)
        ),
        EventBody::Rows(e) => {
            let end = e
                .flags
                .contains(understudy_binlog::events::RowsFlags::STATEMENT_END);
            format!(
                "table_id: {}{}",
                e.table_id,
                if end { " flags: STMT_END_F" } else { "" }
            )
        }
        EventBody::Xid(e) => format!("COMMIT /* xid={} */", e.xid),
        EventBody::RowsQuery(e) => format!("# {}", text(&e.statement)),
        EventBody::AnnotateRows(e) => text(&e.statement),
        EventBody::BinlogCheckpoint(e) => text(&e.file),
        EventBody::Incident(e) => format!("#{} ({})", e.kind, text(&e.message)),
        EventBody::Gtid(_) if header.event_type == EventType::ANONYMOUS_GTID => {
            "SET @@SESSION.GTID_NEXT= 'ANONYMOUS'".to_owned()
        }
        EventBody::Gtid(e) => format!("SET @@SESSION.GTID_NEXT= '{}'", e.gtid()),
        EventBody::GtidTagged(e) => format!("SET @@SESSION.GTID_NEXT= '{}'", e.gtid),
        EventBody::MariadbGtid(e) => {
            let standalone = e.flags.intersects(MariadbGtidFlags::STANDALONE);
            format!(
                "{}GTID {}-{}-{}",
                if standalone { "" } else { "BEGIN " },
                e.domain,
                header.server_id,
                e.sequence
            )
        }
        EventBody::PreviousGtids(_)
        | EventBody::GtidList(_)
        | EventBody::Stop(_)
        | EventBody::Intvar(_)
        | EventBody::Rand(_)
        | EventBody::UserVar(_)
        | EventBody::AppendBlock(_)
        | EventBody::DeleteFile(_)
        | EventBody::ExecuteLoadQuery(_)
        | EventBody::Heartbeat(_)
        | EventBody::HeartbeatV2(_)
        | EventBody::Ignorable(_)
        | EventBody::TransactionContext(_)
        | EventBody::ViewChange(_)
        | EventBody::XaPrepare(_)
        | EventBody::TransactionPayload(_)
        | EventBody::StartEncryption(_)
        | EventBody::Unknown(_) => String::new(),
    }
}
