//! Rows of `mysql.gtid_executed` and MariaDB's `mysql.gtid_slave_pos`, made from what replication holds.

use understudy_exec::information_schema::VirtualTable;

use super::variables::sorted;
use crate::session::Session;

/// An interval a row, as if it were always compressed.
pub fn executed(session: &Session, table: &mut VirtualTable) {
    for (tsid, intervals) in session.shared.control.gtids().executed.iter() {
        for (start, end) in intervals.iter() {
            table.push(vec![
                tsid.uuid.to_string().into(),
                start.into(),
                end.saturating_sub(1).into(),
                tsid.tag.as_str().into(),
            ]);
        }
    }
}

/// A domain a row, so that any number tells them apart.
pub fn slave_pos(session: &Session, table: &mut VirtualTable) {
    let position = sorted(&session.shared.control.gtids().slave_pos);
    for (number, gtid) in (1u64..).zip(position.iter()) {
        table.push(vec![
            gtid.domain.into(),
            number.into(),
            gtid.server_id.into(),
            gtid.sequence.into(),
        ]);
    }
}
