//! SHOW PROCESSLIST: connections and replication's threads in the order of their ids.

use understudy_base::control::ThreadKind;

use crate::result::{Column, Kind, Table};
use crate::session::Session;

/// Characters of a statement that SHOW PROCESSLIST without FULL shows.
const INFO_WIDTH: usize = 100;

/// A connection or a replication thread.
pub struct Row {
    /// Connection id.
    pub id: u64,
    /// Which replication thread it is; `None` for a connection.
    pub kind: Option<ThreadKind>,
    /// The thread that started it.
    pub parent: Option<u64>,
    /// Account name.
    pub user: String,
    /// Host, with the port on TCP.
    pub host: String,
    /// Current database.
    pub database: Option<String>,
    /// `Query`, `Sleep`, `Connect`, ...
    pub command: &'static str,
    /// Seconds.
    pub time_s: i64,
    /// What it is doing.
    pub state: String,
    /// The statement.
    pub info: Option<String>,
    /// The connection is encrypted.
    pub tls: bool,
}

/// Everything that the account may see: all with the PROCESS privilege, else its own connections.
pub fn processes(session: &Session) -> Vec<Row> {
    let all = session.account.has_global("PROCESS");
    let mut rows = Vec::new();
    if all {
        for thread in session.shared.control.processes() {
            let host = match thread.kind {
                ThreadKind::Receiver => "connecting host",
                ThreadKind::Applier | ThreadKind::Worker => "",
            };
            rows.push(Row {
                id: thread.id,
                kind: Some(thread.kind),
                parent: thread.parent,
                user: "system user".to_owned(),
                host: host.to_owned(),
                database: None,
                command: thread.command,
                time_s: thread.time_s,
                state: thread.state,
                info: thread.info,
                tls: false,
            });
        }
    }
    for process in session.shared.processes.all() {
        let activity = process.activity();
        if !all && activity.user != session.user {
            continue;
        }
        let busy = activity.command == "Query" || activity.command == "Execute";
        let seconds = activity.since.elapsed().as_secs();
        rows.push(Row {
            id: process.id,
            kind: None,
            parent: None,
            user: activity.user,
            host: activity.host,
            database: activity.database,
            command: activity.command,
            time_s: i64::try_from(seconds).unwrap_or(i64::MAX),
            state: if busy { "executing" } else { "" }.to_owned(),
            info: activity.info,
            tls: process.id == session.process.id && session.tls_cipher.is_some(),
        });
    }
    rows.sort_by_key(|row| row.id);
    rows
}

/// SHOW PROCESSLIST
pub fn process_list(session: &Session, full: bool) -> Table {
    let key = if full {
        "SHOW FULL PROCESSLIST"
    } else {
        "SHOW PROCESSLIST"
    };
    let number = Kind::BigInt {
        width: 22,
        unsigned: true,
    };
    let seconds = Kind::Int {
        width: 8,
        unsigned: false,
    };
    let mut table = Table::new(vec![
        Column::new("Id", number),
        Column::new("User", Kind::Text(32)),
        Column::new("Host", Kind::Text(255)),
        Column::nullable("db", Kind::Text(64)),
        Column::new("Command", Kind::Text(16)),
        Column::new("Time", seconds),
        Column::nullable("State", Kind::Text(30)),
        Column::nullable("Info", Kind::Text(100)),
    ]);
    for row in processes(session) {
        let state = match row.id == session.process.id {
            true => "init".to_owned(),
            false => row.state,
        };
        let cut = |info: String| match full {
            true => info,
            false => info.chars().take(INFO_WIDTH).collect(),
        };
        table.push([
            Some(row.id.to_string()),
            Some(row.user),
            Some(row.host),
            row.database,
            Some(row.command.to_owned()),
            Some(row.time_s.to_string()),
            Some(state),
            row.info.map(cut),
        ]);
    }
    table.shown_as(key)
}
