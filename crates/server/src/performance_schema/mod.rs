//! `performance_schema`, and the tables of `mysql` that show replication's settings and positions.
//!
//! Rows are made when a query opens a table, from what the session's variables, the connections and
//! `ReplicationControl` say at that moment.

mod info_tables;
mod own;
mod replication;
mod threads;

use understudy_base::error::MysqlError;
use understudy_exec::information_schema::{Cell, VirtualTable};
use understudy_exec::system_tables::{self, SystemTable};
use understudy_sql::ast::VariableScope;

use crate::gtid::tables;
use crate::result::Table;
use crate::session::Session;
use crate::show;

/// Tables that every account may read.
const OPEN: &[&str] = &[
    "global_status",
    "global_variables",
    "persisted_variables",
    "processlist",
    "session_status",
    "session_variables",
];

/// Whether an account without a privilege may read the table.
pub fn is_open(db: &str, name: &str) -> bool {
    db.eq_ignore_ascii_case("performance_schema")
        && OPEN.iter().any(|open| open.eq_ignore_ascii_case(name))
}

/// A table of `performance_schema` or `mysql` by its name; `None` when it is not one of those that are filled.
pub fn table(session: &Session, db: &str, name: &str) -> Option<Result<VirtualTable, MysqlError>> {
    system_tables::find(db, name).map(|found| fill(session, found))
}

fn fill(session: &Session, found: &'static SystemTable) -> Result<VirtualTable, MysqlError> {
    let mut table = VirtualTable::system(found);
    match table.name {
        "global_status" | "session_status" => copy(&mut table, &show::status(session)),
        "global_variables" => {
            let shown = show::variables(session, Some(VariableScope::Global));
            copy(&mut table, &shown);
        }
        "session_variables" => copy(&mut table, &show::variables(session, None)),
        "persisted_variables" => {
            for (name, value) in session.shared.persisted.rows() {
                table.push(vec![name.into(), value.into()]);
            }
        }
        "processlist" => threads::process_list(session, &mut table),
        "threads" => threads::threads(session, &mut table),
        "log_status" => {
            session.require(&["SUPER", "BACKUP_ADMIN"])?;
            replication::log_status(session, &mut table)?;
        }
        "gtid_executed" => tables::executed(session, &mut table),
        "gtid_slave_pos" => tables::slave_pos(session, &mut table),
        "slave_master_info" => info_tables::master_info(session, &mut table)?,
        "slave_relay_log_info" => info_tables::relay_log_info(session, &mut table)?,
        "slave_worker_info" => info_tables::worker_info(session, &mut table)?,
        _ => {
            if !own::fill(session, &mut table)? {
                replication::fill(session, &mut table)?;
            }
        }
    }
    Ok(table)
}

/// The rows of a SHOW statement.
fn copy(table: &mut VirtualTable, shown: &Table) {
    for row in &shown.rows {
        let cell = |cell: &Option<Vec<u8>>| match cell {
            None => Cell::Null,
            Some(bytes) => Cell::Text(String::from_utf8_lossy(bytes).into_owned()),
        };
        table.push(row.iter().map(cell).collect());
    }
}
