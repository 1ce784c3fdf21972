//! `threads` and `processlist`.

use understudy_base::control::ThreadKind;
use understudy_exec::information_schema::{Cell, VirtualTable};

use crate::session::Session;
use crate::show::{Row, processes};

/// Threads that a real server has started before its first connection and that have no connection id: thread ids are
/// that far ahead of connection ids.
const WITHOUT_CONNECTION: u64 = 31;

/// The thread id of a connection id.
pub fn thread_id(process_id: u64) -> u64 {
    process_id + WITHOUT_CONNECTION
}

/// `processlist`
pub fn process_list(session: &Session, table: &mut VirtualTable) {
    for row in processes(session) {
        // The receiver's "connecting host" is SHOW PROCESSLIST's alone.
        let host = if row.kind.is_some() {
            String::new()
        } else {
            row.host
        };
        table.push(vec![
            row.id.into(),
            row.user.into(),
            host.into(),
            row.database.into(),
            row.command.into(),
            row.time_s.to_string().into(),
            row.state.into(),
            row.info.into(),
            "PRIMARY".into(),
        ]);
    }
}

/// `threads`: those that have a connection id.
pub fn threads(session: &Session, table: &mut VirtualTable) {
    for row in processes(session) {
        table.push(thread(session, row));
    }
}

fn thread(session: &Session, row: Row) -> Vec<Cell> {
    let name = match row.kind {
        None => "thread/sql/one_connection",
        Some(ThreadKind::Receiver) => "thread/sql/replica_io",
        Some(ThreadKind::Applier) => "thread/sql/replica_sql",
        Some(ThreadKind::Worker) => "thread/sql/replica_worker",
    };
    let connection = match (row.kind, row.tls, row.id == session.process.id) {
        (Some(_), ..) => Cell::Null,
        (None, true, _) => "SSL/TLS".into(),
        (None, false, _) if row.host == "localhost" => "Socket".into(),
        (None, false, _) => "TCP/IP".into(),
    };
    let group = if row.kind.is_some() {
        "SYS_default"
    } else {
        "USR_default"
    };
    // Without the port.
    let host = row.host.split(':').next().unwrap_or_default().to_owned();
    let (user, host) = match row.kind {
        None => (Cell::from(row.user), Cell::from(host)),
        Some(_) => (Cell::Null, Cell::Null),
    };
    let zero = || Cell::Number(0);
    vec![
        thread_id(row.id).into(),
        name.into(),
        "FOREGROUND".into(),
        row.id.into(),
        user,
        host,
        row.database.into(),
        row.command.into(),
        row.time_s.to_string().into(),
        row.state.into(),
        row.info.into(),
        row.parent.map(thread_id).into(),
        Cell::Null,
        "NO".into(),
        "NO".into(),
        connection,
        Cell::Null,
        group.into(),
        "PRIMARY".into(),
        zero(),
        zero(),
        zero(),
        zero(),
        "NO".into(),
    ]
}
