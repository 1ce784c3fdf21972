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
        "understudy_transaction_waterfall" => {
            for row in control.waterfall_buckets() {
                let quantile = row.count_and_lower as f64 / row.known.max(1) as f64;
                table.push(vec![
                    row.channel.into(),
                    row.stage.into(),
                    row.number.into(),
                    row.low_us.into(),
                    row.high_us.into(),
                    row.count.into(),
                    row.count_and_lower.into(),
                    format!("{quantile:.6}").into(),
                ]);
            }
        }
        "understudy_transaction_waterfall_summary" => {
            for row in control.waterfall_stages() {
                let [half, most, nearly_all] = row.quantiles_us;
                table.push(vec![
                    row.channel.into(),
                    row.stage.into(),
                    row.known.into(),
                    row.not_known.into(),
                    row.sum_us.into(),
                    row.max_us.into(),
                    half.into(),
                    most.into(),
                    nearly_all.into(),
                ]);
            }
        }
        _ => return Ok(false),
    }
    Ok(true)
}
