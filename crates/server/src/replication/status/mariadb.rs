//! SHOW ALL SLAVES STATUS and SHOW SLAVE 'name' STATUS, as MariaDB 11.8 has them.
//!
//! The recorded columns of the answer say what is wanted and in which order; what MySQL has too is taken from its
//! answer by name.

use understudy_base::control::{ChannelStatus, Until};
use understudy_base::error::MysqlError;
use understudy_sql::ast::ReplicaStatus;
use understudy_values::temporal::DateTime;
use understudy_values::temporal::zone::TimeZone;

use super::super::Named;
use super::{Field, fields, old_name, state};
use crate::result::Table;
use crate::session::Session;

/// Runs the statement.
pub fn status(session: &Session, wanted: &ReplicaStatus) -> Result<Table, MysqlError> {
    let key = if wanted.all {
        "SHOW ALL SLAVES STATUS"
    } else {
        "SHOW SLAVE STATUS"
    };
    let mut table = Table::recorded(key);
    let names: Vec<String> = table.columns.iter().map(|c| c.name.clone()).collect();
    let named = match wanted.all {
        true => Named::of(session, None, None).all(),
        false => Named::of(session, wanted.channel.as_ref(), wanted.connection.as_ref()),
    };
    let statuses = session.shared.control.status(named.name());
    for status in statuses.map_err(|e| named.error(e))? {
        let known = fields(&status, true);
        let mut row = Vec::with_capacity(names.len());
        for name in &names {
            row.push(match own(session, &status, name)? {
                Some(cell) => cell,
                None => known_cell(&known, name),
            });
        }
        table.push(row);
    }
    Ok(table)
}

/// A column that MySQL has too, under its old name.
fn known_cell(known: &[Field], name: &str) -> Option<String> {
    let found = known.iter().find(|(new, ..)| old_name(new) == name);
    found.and_then(|(_, _, cell)| cell.clone())
}

fn ids(ids: Option<&Vec<u32>>) -> String {
    let texts: Vec<String> = ids.into_iter().flatten().map(u32::to_string).collect();
    texts.join(", ")
}

/// `(a,b),(c,d)` as `a->b,c->d`.
fn rewrites(rules: &str) -> String {
    let inner = rules.trim_start_matches('(').trim_end_matches(')');
    let pairs = inner.split("),(").map(|pair| pair.replacen(',', "->", 1));
    pairs.collect::<Vec<_>>().join(",")
}

/// A column that only MariaDB has, or fills otherwise; `None` for others.
fn own(
    session: &Session,
    status: &ChannelStatus,
    name: &str,
) -> Result<Option<Option<String>>, MysqlError> {
    let source = &status.source;
    let globals = &session.shared.globals;
    let text = match name {
        "Connection_name" => status.channel.clone(),
        "Slave_SQL_State" | "Slave_SQL_Running_State" => state(&status.applier_state, true),
        "Using_Gtid" => match source.use_gtid.as_deref() {
            Some(pos) if pos.eq_ignore_ascii_case("slave_pos") => "Slave_Pos".to_owned(),
            Some(pos) if pos.eq_ignore_ascii_case("current_pos") => "Current_Pos".to_owned(),
            Some(_) | None => "No".to_owned(),
        },
        "Until_Condition" => match status.until {
            Some(Until::MariadbGtidPos(_)) => "Gtid".to_owned(),
            Some(_) | None => return Ok(None),
        },
        "Gtid_IO_Pos" => status.gtid_io_pos.clone(),
        "Replicate_Do_Domain_Ids" => ids(source.do_domain_ids.as_ref()),
        "Replicate_Ignore_Domain_Ids" => ids(source.ignore_domain_ids.as_ref()),
        "Replicate_Rewrite_DB" => rewrites(status.filters.last().map_or("", String::as_str)),
        "Parallel_Mode" => globals.text("slave_parallel_mode"),
        "Slave_DDL_Groups" => status.groups.ddl.to_string(),
        "Slave_Non_Transactional_Groups" => status.groups.non_transactional.to_string(),
        "Slave_Transactional_Groups" => status.groups.transactional.to_string(),
        "Retried_transactions" => status.transaction_retries.to_string(),
        "Max_relay_log_size" => match globals.number("max_relay_log_size") {
            0 => globals.number("max_binlog_size").to_string(),
            bytes => bytes.to_string(),
        },
        "Executed_log_entries" => status.executed_events.to_string(),
        "Slave_received_heartbeats" => status.received_heartbeats.to_string(),
        "Slave_heartbeat_period" => format!("{:.3}", source.heartbeat_period_s.unwrap_or(30.0)),
        "Gtid_Slave_Pos" => session.shared.control.gtids().slave_pos.to_string(),
        "Master_last_event_time" => return local_time(session, status.received_event_s).map(Some),
        "Slave_last_event_time" => return local_time(session, status.applied_event_s).map(Some),
        "Master_Slave_time_diff" => {
            let known = status.received_event_s > 0 && status.applied_event_s > 0;
            let behind = status
                .received_event_s
                .saturating_sub(status.applied_event_s);
            return Ok(Some(known.then(|| behind.to_string())));
        }
        _ => return Ok(None),
    };
    Ok(Some(Some(text)))
}

/// A moment in the session's time zone; NULL for 0.
pub fn local_time(session: &Session, seconds: u64) -> Result<Option<String>, MysqlError> {
    if seconds == 0 {
        return Ok(None);
    }
    let zone = TimeZone::parse(&session.variables.text("time_zone"))
        .map_err(|e| MysqlError::new(1298, e.to_string()))?;
    let seconds = i64::try_from(seconds).unwrap_or(0);
    let local = seconds + i64::from(zone.offset_at(seconds));
    let at = DateTime::from_epoch_micros(local.saturating_mul(1_000_000));
    let date = at.date;
    Ok(Some(format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        date.year, date.month, date.day, at.hour, at.minute, at.second
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rewrite_rules_are_printed_as_mariadb_does() {
        assert_eq!(rewrites(""), "");
        assert_eq!(rewrites("(a,b)"), "a->b");
        assert_eq!(rewrites("(a,b),(c,d)"), "a->b,c->d");
    }
}
