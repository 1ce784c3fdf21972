//! SHOW RELAYLOG EVENTS: one row an event, as the real server describes it.

use std::fmt::Write as _;
use understudy_base::control::LogEventRow;
use understudy_base::error::MysqlError;
use understudy_binlog::error::DecodeError;
use understudy_binlog::events::{MariadbGtidFlags, PayloadCompression, RowsFlags};
use understudy_binlog::header::EventFlags;
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
    let mut rows = Rows {
        rows: Vec::new(),
        log_name: relay.file_name(segment),
        skip: offset,
        count,
    };
    for event in events {
        if rows.is_full() {
            break;
        }
        let event = event.map_err(|e| failed(e.to_string()))?;
        let undecodable = |e: DecodeError| failed(format!("Wrong offset or I/O error ({e})"));
        let decoded = Event::decode_verified(&event.bytes, &context).map_err(undecodable)?;
        if let EventBody::FormatDescription(description) = &decoded.body {
            context = description.context();
        }
        if event.pos < from {
            continue;
        }
        let end = u64::from(decoded.header.log_pos);
        rows.push(&decoded, event.pos, end, context.flavour);
        if let EventBody::TransactionPayload(payload) = &decoded.body {
            // What is inside is listed behind it, at the same place.
            let inside = context.inside_payload();
            for bytes in payload.events(INFLATE_LIMIT).map_err(undecodable)? {
                if rows.is_full() {
                    break;
                }
                let bytes = bytes.map_err(undecodable)?;
                let inner = Event::decode_verified(&bytes, &inside).map_err(undecodable)?;
                rows.push(&inner, event.pos, end, context.flavour);
            }
        }
    }
    Ok(rows.rows)
}

/// Rows as LIMIT lets them through.
struct Rows {
    rows: Vec<LogEventRow>,
    log_name: String,
    skip: u64,
    count: Option<u64>,
}

impl Rows {
    fn is_full(&self) -> bool {
        self.count
            .is_some_and(|count| self.rows.len() as u64 >= count)
    }

    fn push(&mut self, event: &Event, pos: u64, end_log_pos: u64, flavour: Flavour) {
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        self.rows.push(LogEventRow {
            log_name: self.log_name.clone(),
            pos,
            event_type: event.header.event_type.name(flavour).to_owned(),
            server_id: event.header.server_id,
            end_log_pos,
            info: info(&event.body, &event.header, flavour),
        });
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.get(..SHOWN).unwrap_or(bytes)).into_owned()
}

/// Flags of a row event; MariaDB shows the first alone.
fn row_flags(flags: RowsFlags, mysql: bool) -> String {
    let names = [
        (RowsFlags::STATEMENT_END, "STMT_END_F"),
        (RowsFlags::NO_FOREIGN_KEY_CHECKS, "NO_FOREIGN_KEY_CHECKS_F"),
        (RowsFlags::RELAXED_UNIQUE_CHECKS, "RELAXED_UNIQUE_CHECKS_F"),
        (RowsFlags::COMPLETE_ROWS, "COMPLETE_ROWS_F"),
        (RowsFlags::USE_SQL_FOREIGN_KEY, "USE_SQL_FOREIGN_KEY_F"),
    ];
    let shown = if mysql { names.len() } else { 1 };
    let set: Vec<&str> = names
        .iter()
        .take(shown)
        .filter(|(flag, _)| flags.contains(*flag))
        .map(|(_, name)| *name)
        .collect();
    if set.is_empty() {
        String::new()
    } else {
        format!(" flags: {}", set.join(" "))
    }
}

/// The Info column.
fn info(body: &EventBody, header: &EventHeader, flavour: Flavour) -> String {
    let mysql = flavour == Flavour::Mysql;
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
            let without_use = header.flags.contains(EventFlags::SUPPRESS_USE);
            if !e.schema.is_empty() && !without_use && !e.is("BEGIN") && !e.is("COMMIT") {
                // Writing to a String cannot fail.
                let _ = write!(info, "use `{}`; ", text(&e.schema));
            }
            match e.statement(INFLATE_LIMIT) {
                Ok(statement) => info.push_str(&text(&statement)),
                Err(error) => info.push_str(&error.to_string()),
            }
            let ddl_xid = e.status.session().ok().and_then(|s| s.ddl_xid);
            if let Some(xid) = ddl_xid.filter(|_| mysql) {
                let _ = write!(info, " /* xid={xid} */");
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
            format!("table_id: {}{}", e.table_id, row_flags(e.flags, mysql))
        }
        EventBody::Xid(e) => format!("COMMIT /* xid={} */", e.xid),
        EventBody::XaPrepare(e) => {
            let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
            let (gtrid, bqual) = (hex(&e.gtrid), hex(&e.bqual));
            let id = format!("X'{gtrid}',X'{bqual}',{}", e.format_id);
            match e.one_phase {
                true => format!("XA COMMIT {id} ONE PHASE"),
                false => format!("XA PREPARE {id}"),
            }
        }
        EventBody::TransactionPayload(e) => {
            let compression = match e.compression {
                PayloadCompression::Zstd => "ZSTD",
                PayloadCompression::None => "NONE",
            };
            let size = e.inflated_size;
            format!("compression='{compression}', decompressed_size={size} bytes")
        }
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
        | EventBody::StartEncryption(_)
        | EventBody::Unknown(_) => String::new(),
    }
}
