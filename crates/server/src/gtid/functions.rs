//! Functions that wait for GTIDs.

use std::time::{Duration, Instant};

use understudy_base::error::MysqlError;
use understudy_base::gtid::{GtidSet, MariadbGtidList};
use understudy_exec::datum::Datum;

use super::Next;
use super::variables::parse_list;
use crate::session::Session;

/// How often a wait for an applier looks whether it is to end.
const STEP_MS: u64 = 200;
/// Longest wait, milliseconds: what is longer is for ever.
const LONGEST_MS: f64 = 1e15;

/// The function of that lower-case name.
pub fn call(
    session: &Session,
    name: &str,
    arguments: &[Datum],
) -> Option<Result<Datum, MysqlError>> {
    let (least, most) = match name {
        "wait_for_executed_gtid_set" | "master_gtid_wait" => (1, 2),
        "wait_until_sql_thread_after_gtids" | "sql_thread_wait_after_gtids" => (1, 3),
        "binlog_gtid_pos" => (2, 2),
        _ => return None,
    };
    if !(least..=most).contains(&arguments.len()) {
        let message = format!("Incorrect parameter count in the call to native function '{name}'");
        return Some(Err(MysqlError::new(1582, message)));
    }
    Some(match name {
        "wait_for_executed_gtid_set" => wait_for_executed(session, arguments),
        "master_gtid_wait" => wait_for_slave_pos(session, arguments),
        "binlog_gtid_pos" => Err(MysqlError::new(1381, "You are not using binary logging")),
        _ => wait_for_applier(session, name, arguments),
    })
}

fn malformed(text: &str) -> MysqlError {
    MysqlError::new(1772, format!("Malformed GTID set specification '{text}'."))
}

fn milliseconds(seconds: f64) -> u64 {
    // Rounded up: the shortest wait is one look.
    (seconds * 1000.0).ceil().clamp(1.0, LONGEST_MS) as u64
}

/// The error that ends a wait, if there is one.
pub fn interrupted(session: &Session) -> Option<MysqlError> {
    if session.process.is_killed() {
        return Some(MysqlError::new(1317, "Query execution was interrupted"));
    }
    let over = session.deadline.is_some_and(|at| Instant::now() >= at);
    over.then(|| {
        MysqlError::new(
            3024,
            "Query execution was interrupted, maximum statement execution time exceeded",
        )
    })
}

/// WAIT_FOR_EXECUTED_GTID_SET(set [, seconds])
fn wait_for_executed(session: &Session, arguments: &[Datum]) -> Result<Datum, MysqlError> {
    let [set, rest @ ..] = arguments else {
        return Ok(Datum::Null);
    };
    if session.shared.globals.text("gtid_mode") == "OFF" {
        let message = "Cannot use WAIT_FOR_EXECUTED_GTID_SET when GTID_MODE = OFF.";
        return Err(MysqlError::new(3062, message));
    }
    if set.is_null() {
        return Err(malformed("NULL"));
    }
    let text = set.to_utf8()?;
    let set: GtidSet = text.parse().map_err(|_| malformed(&text))?;
    let timeout = match rest.first() {
        None => None,
        Some(seconds) if !seconds.is_null() && seconds.to_f64() >= 0.0 => Some(seconds.to_f64()),
        Some(_) => {
            let message = "Incorrect arguments to WAIT_FOR_EXECUTED_GTID_SET.";
            return Err(MysqlError::new(1210, message));
        }
    };
    if let Next::Assigned(own) = &session.gtid.next
        && session.gtid.owns
        && set.contains(own)
    {
        let message = format!(
            "The client holds ownership of the GTID {own}. Therefore, WAIT_FOR_EXECUTED_GTID_SET cannot \
             wait for this GTID."
        );
        return Err(MysqlError::new(3173, message));
    }
    let timeout_ms = timeout.filter(|s| *s > 0.0).map(milliseconds);
    let _wait = session.shared.gtids.wait();
    let cancelled = || interrupted(session).is_some();
    let control = &session.shared.control;
    if control.wait_for_gtids(&set, timeout_ms, &cancelled) {
        return Ok(Datum::Int(0));
    }
    interrupted(session).map_or(Ok(Datum::Int(1)), Err)
}

/// MASTER_GTID_WAIT(position [, seconds]): for ever without a limit, or with NULL or a negative one.
fn wait_for_slave_pos(session: &Session, arguments: &[Datum]) -> Result<Datum, MysqlError> {
    let [position, rest @ ..] = arguments else {
        return Ok(Datum::Null);
    };
    if position.is_null() {
        return Ok(Datum::Null);
    }
    let position: MariadbGtidList = parse_list(&position.to_utf8()?)?.into_iter().collect();
    let seconds = rest.first().filter(|s| !s.is_null()).map(Datum::to_f64);
    let limit_ms = match seconds {
        Some(seconds) if seconds > 0.0 => Some(milliseconds(seconds)),
        Some(0.0) => Some(0),
        Some(_) | None => None,
    };
    let cancelled = || interrupted(session).is_some();
    let control = &session.shared.control;
    if control.wait_for_slave_pos(&position, limit_ms, &cancelled) {
        return Ok(Datum::Int(0));
    }
    interrupted(session).map_or(Ok(Datum::Int(-1)), Err)
}

/// WAIT_UNTIL_SQL_THREAD_AFTER_GTIDS(set [, seconds [, channel]]) of 5.6 to 8.0.
fn wait_for_applier(
    session: &Session,
    name: &str,
    arguments: &[Datum],
) -> Result<Datum, MysqlError> {
    let [set, rest @ ..] = arguments else {
        return Ok(Datum::Null);
    };
    if set.is_null() || session.shared.globals.text("gtid_mode") == "OFF" {
        return Ok(Datum::Null);
    }
    let text = set.to_utf8()?;
    let set: GtidSet = text.parse().map_err(|_| malformed(&text))?;
    let seconds = rest.first().map_or(0.0, Datum::to_f64);
    let channel = rest.get(1).map(Datum::to_utf8).transpose()?;
    if seconds < 0.0 {
        let message = format!("Incorrect arguments to {}.", name.to_uppercase());
        return Err(MysqlError::new(1210, message));
    }
    let started = Instant::now();
    let limit = (seconds > 0.0).then(|| Duration::from_millis(milliseconds(seconds)));
    loop {
        let left = limit.map(|limit| limit.saturating_sub(started.elapsed()));
        let step = left.map_or(STEP_MS, |left| {
            u64::try_from(left.as_millis()).map_or(STEP_MS, |left| left.clamp(1, STEP_MS))
        });
        let control = &session.shared.control;
        match control.wait_for_applier_gtids(channel.as_deref(), &set, Some(step))? {
            None => return Ok(Datum::Null),
            Some(-1) => {}
            Some(waited) => return Ok(Datum::Int(waited)),
        }
        if let Some(error) = interrupted(session) {
            return Err(error);
        }
        if limit.is_some_and(|limit| started.elapsed() >= limit) {
            return Ok(Datum::Int(-1));
        }
    }
}
