//! `performance_schema.understudy_*`: what only this server tells of replication.

use understudy_base::error::MysqlError;
use understudy_exec::information_schema::{Cell, VirtualTable};

use crate::session::Session;

/// Fills one of the tables; false when it is none of them.
pub fn fill(session: &Session, table: &mut VirtualTable) -> Result<bool, MysqlError> {
    let control = &session.shared.control;
    match table.name {
        "understudy_event_ledger" => {
            for row in control.event_ledger() {
                let (schema, name) = row.table.unzip();
                table.push(vec![
                    row.channel.into(),
                    row.event_type.into(),
                    schema.into(),
                    name.into(),
                    row.outcome.into(),
                    row.reason.into(),
                    row.events.into(),
                    row.rows.into(),
                    Cell::Time(row.last_seen_us),
                ]);
            }
        }
        "understudy_row_audit" => {
            for row in control.row_audit() {
                table.push(vec![
                    row.channel.into(),
                    row.table.0.into(),
                    row.table.1.into(),
                    row.event_type.into(),
                    row.key.into(),
                    row.column.into(),
                    row.source_value.into(),
                    row.replica_value.into(),
                    row.file.into(),
                    row.end_log_pos.into(),
                    row.gtid.into(),
                    Cell::Time(row.seen_us),
                ]);
            }
        }
        _ => return Ok(false),
    }
    Ok(true)
}
