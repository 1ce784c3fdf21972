//! SHOW SLAVE STATUS, SHOW REPLICA STATUS, SHOW ALL SLAVES STATUS.
//!
//! SHOW REPLICA STATUS has the columns and words of MySQL 9.7; SHOW SLAVE STATUS has the names and words of MySQL
//! 8.0, whose list begins with that of 5.6. What only MariaDB has, SHOW ALL SLAVES STATUS and SHOW SLAVE 'name'
//! STATUS, has MariaDB 11.8's columns.

mod mariadb;

pub use mariadb::local_time;

use understudy_base::control::{ChannelStatus, ReceiverState, ThreadError, Until};
use understudy_base::error::MysqlError;
use understudy_sql::ast::{ReplicaStatus, Vocabulary};

use super::Named;
use crate::result::{Column, Kind, Table};
use crate::session::Session;

/// Name in the new vocabulary, type, value.
type Field = (&'static str, Kind, Option<String>);

/// Runs the statement; no row where no source is configured.
pub fn status(session: &Session, wanted: &ReplicaStatus) -> Result<Table, MysqlError> {
    session.require(&["SUPER", "REPLICATION CLIENT"])?;
    if wanted.all || wanted.connection.is_some() {
        return mariadb::status(session, wanted);
    }
    let old = wanted.vocabulary == Vocabulary::Old;
    let named = Named::of(session, wanted.channel.as_ref(), None);
    let shape = fields(&ChannelStatus::default(), old);
    let columns = shape.iter().map(|(name, kind, _)| {
        let name = if old {
            old_name(name)
        } else {
            (*name).to_owned()
        };
        Column::nullable(name, *kind)
    });
    let mut table = Table::new(columns.collect());
    let statuses = session.shared.control.status(named.name());
    for status in statuses.map_err(|e| named.error(e))? {
        let fields = fields(&status, old);
        table.push(fields.into_iter().map(|(_, _, cell)| cell));
    }
    Ok(table.shown_as("SHOW REPLICA STATUS"))
}

/// The name of a column before 8.0.22.
fn old_name(name: &str) -> String {
    match name {
        "Get_Source_public_key" => "Get_master_public_key".to_owned(),
        name => name
            .replace("Source", "Master")
            .replace("Replica_", "Slave_"),
    }
}

/// `YYMMDD hh:mm:ss` in UTC; empty for 0.
fn timestamp(seconds: u64) -> String {
    if seconds == 0 {
        return String::new();
    }
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Days since 0000-03-01, so that a leap day ends its year.
    let z = days + 719_468;
    let doe = z % 146_097;
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + z / 146_097 * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    let year = year % 100;
    format!("{year:02}{month:02}{day:02} {hour:02}:{minute:02}:{second:02}")
}

const TEXT: Kind = Kind::Text(255);
const NUMBER: Kind = Kind::BigInt {
    width: 21,
    unsigned: true,
};
const SMALL: Kind = Kind::Int {
    width: 7,
    unsigned: false,
};

fn text(name: &'static str, value: impl Into<String>) -> Field {
    (name, TEXT, Some(value.into()))
}

fn given(name: &'static str, value: Option<&String>) -> Field {
    (name, TEXT, Some(value.cloned().unwrap_or_default()))
}

fn yes_no(name: &'static str, on: bool) -> Field {
    text(name, if on { "Yes" } else { "No" })
}

fn number(name: &'static str, value: impl ToString) -> Field {
    (name, NUMBER, Some(value.to_string()))
}

fn small(name: &'static str, value: impl ToString) -> Field {
    (name, SMALL, Some(value.to_string()))
}

/// Number and text of a thread's error as the vocabulary has them.
fn error_of(error: &ThreadError, old: bool) -> (u32, &str) {
    if old {
        (error.slave_errno, &error.slave_message)
    } else {
        (error.errno, &error.message)
    }
}

/// Every column of one row.
fn fields(status: &ChannelStatus, old: bool) -> Vec<Field> {
    let mut fields = Vec::with_capacity(60);
    fields.extend(positions(status, old));
    fields.extend(filters_and_until(status, old));
    fields.extend(security_and_errors(status, old));
    fields.extend(identity(status, old));
    fields
}

/// A thread's state in the words of the vocabulary.
fn state(text: &str, old: bool) -> String {
    if !old {
        return text.to_owned();
    }
    if text == "Waiting for the replica SQL thread to free relay log space" {
        return "Waiting for the slave SQL thread to free enough relay log space".to_owned();
    }
    [
        ("source", "master"),
        ("SOURCE_", "MASTER_"),
        ("replica", "slave"),
        ("Replica", "Slave"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (new, old)| text.replace(new, old))
}

fn positions(status: &ChannelStatus, old: bool) -> [Field; 12] {
    let source = &status.source;
    let receiver = match status.receiver {
        ReceiverState::Stopped => "No",
        ReceiverState::Connecting => "Connecting",
        ReceiverState::Running => "Yes",
    };
    [
        text("Replica_IO_State", state(&status.receiver_state, old)),
        given("Source_Host", source.host.as_ref()),
        given("Source_User", source.user.as_ref()),
        small("Source_Port", source.port.unwrap_or(3306)),
        small("Connect_Retry", source.connect_retry_s.unwrap_or(60)),
        text("Source_Log_File", status.source_log_file.as_str()),
        number("Read_Source_Log_Pos", status.read_source_log_pos),
        text("Relay_Log_File", status.relay_log_file.as_str()),
        number("Relay_Log_Pos", status.relay_log_pos),
        text(
            "Relay_Source_Log_File",
            status.relay_source_log_file.as_str(),
        ),
        text("Replica_IO_Running", receiver),
        yes_no("Replica_SQL_Running", status.applier_running),
    ]
}

fn filters_and_until(status: &ChannelStatus, old: bool) -> [Field; 14] {
    let (condition, file, position) = match &status.until {
        Some(Until::Incomplete) | None => ("None", "", 0),
        Some(Until::SourcePosition(file, pos)) if old => ("Master", file.as_str(), *pos),
        Some(Until::SourcePosition(file, pos)) => ("Source", file.as_str(), *pos),
        Some(Until::RelayPosition(file, pos)) => ("Relay", file.as_str(), *pos),
        Some(Until::BeforeGtids(_)) => ("SQL_BEFORE_GTIDS", "", 0),
        Some(Until::AfterGtids(_)) => ("SQL_AFTER_GTIDS", "", 0),
        Some(Until::AfterGaps) => ("SQL_AFTER_MTS_GAPS", "", 0),
        Some(Until::MariadbGtidPos(_)) => ("Gtid", "", 0),
    };
    let (errno, message) = error_of(&status.applier_error, old);
    let [
        do_db,
        ignore_db,
        do_table,
        ignore_table,
        wild_do,
        wild_ignore,
        _,
    ] = &status.filters;
    [
        text("Replicate_Do_DB", do_db.as_str()),
        text("Replicate_Ignore_DB", ignore_db.as_str()),
        text("Replicate_Do_Table", do_table.as_str()),
        text("Replicate_Ignore_Table", ignore_table.as_str()),
        text("Replicate_Wild_Do_Table", wild_do.as_str()),
        text("Replicate_Wild_Ignore_Table", wild_ignore.as_str()),
        small("Last_Errno", errno),
        text("Last_Error", message),
        number("Skip_Counter", status.skip_counter),
        number("Exec_Source_Log_Pos", status.exec_source_log_pos),
        number("Relay_Log_Space", status.relay_log_space),
        text("Until_Condition", condition),
        text("Until_Log_File", file),
        number("Until_Log_Pos", position),
    ]
}

fn security_and_errors(status: &ChannelStatus, old: bool) -> [Field; 15] {
    let source = &status.source;
    let ignored = source.ignore_server_ids.iter().flatten();
    let ids: Vec<String> = ignored.map(u32::to_string).collect();
    let behind = status.seconds_behind.map(|s| s.to_string());
    let verify = source.ssl_verify_server_cert.unwrap_or(false);
    let (io_errno, io_message) = error_of(&status.receiver_error, old);
    let (sql_errno, sql_message) = error_of(&status.applier_error, old);
    [
        yes_no("Source_SSL_Allowed", source.ssl.unwrap_or(false)),
        given("Source_SSL_CA_File", source.ssl_ca.as_ref()),
        given("Source_SSL_CA_Path", source.ssl_capath.as_ref()),
        given("Source_SSL_Cert", source.ssl_cert.as_ref()),
        given("Source_SSL_Cipher", source.ssl_cipher.as_ref()),
        given("Source_SSL_Key", source.ssl_key.as_ref()),
        ("Seconds_Behind_Source", NUMBER, behind),
        yes_no("Source_SSL_Verify_Server_Cert", verify),
        small("Last_IO_Errno", io_errno),
        text("Last_IO_Error", io_message),
        small("Last_SQL_Errno", sql_errno),
        text("Last_SQL_Error", sql_message),
        text("Replicate_Ignore_Server_Ids", ids.join(", ")),
        number("Source_Server_Id", status.source_server_id),
        text("Source_UUID", status.source_uuid.as_str()),
    ]
}

fn identity(status: &ChannelStatus, old: bool) -> [Field; 19] {
    let source = &status.source;
    let flag = |on: Option<bool>| u8::from(on.unwrap_or(false));
    let io_time = timestamp(status.receiver_error.timestamp_s);
    let sql_time = timestamp(status.applier_error.timestamp_s);
    let [.., rewrite_db] = &status.filters;
    [
        text("Source_Info_File", "mysql.slave_master_info"),
        number("SQL_Delay", source.delay_s.unwrap_or(0)),
        (
            "SQL_Remaining_Delay",
            NUMBER,
            status.remaining_delay_s.map(|seconds| seconds.to_string()),
        ),
        text(
            "Replica_SQL_Running_State",
            state(&status.applier_state, old),
        ),
        number("Source_Retry_Count", source.retry_count.unwrap_or(10)),
        given("Source_Bind", source.bind.as_ref()),
        text("Last_IO_Error_Timestamp", io_time),
        text("Last_SQL_Error_Timestamp", sql_time),
        given("Source_SSL_Crl", source.ssl_crl.as_ref()),
        given("Source_SSL_Crlpath", source.ssl_crlpath.as_ref()),
        text("Retrieved_Gtid_Set", status.retrieved_gtid_set.as_str()),
        text("Executed_Gtid_Set", status.executed_gtid_set.as_str()),
        small("Auto_Position", flag(source.auto_position)),
        text("Replicate_Rewrite_DB", rewrite_db.as_str()),
        text("Channel_Name", status.channel.as_str()),
        given("Source_TLS_Version", source.tls_version.as_ref()),
        given("Source_public_key_path", source.public_key_path.as_ref()),
        small("Get_Source_public_key", flag(source.get_public_key)),
        text("Network_Namespace", ""),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `SHOW REPLICA STATUS` of MySQL 9.7 and `SHOW SLAVE STATUS` of 5.6 name them.
    #[test]
    fn columns_are_the_real_servers() {
        let fields = fields(&ChannelStatus::default(), false);
        assert_eq!(fields.len(), 60);
        let old: Vec<String> = fields.iter().map(|(name, ..)| old_name(name)).collect();
        let of_5_6 = "Slave_IO_State Master_Host Master_User Master_Port Connect_Retry \
            Master_Log_File Read_Master_Log_Pos Relay_Log_File Relay_Log_Pos \
            Relay_Master_Log_File Slave_IO_Running Slave_SQL_Running Replicate_Do_DB \
            Replicate_Ignore_DB Replicate_Do_Table Replicate_Ignore_Table \
            Replicate_Wild_Do_Table Replicate_Wild_Ignore_Table Last_Errno Last_Error \
            Skip_Counter Exec_Master_Log_Pos Relay_Log_Space Until_Condition Until_Log_File \
            Until_Log_Pos Master_SSL_Allowed Master_SSL_CA_File Master_SSL_CA_Path \
            Master_SSL_Cert Master_SSL_Cipher Master_SSL_Key Seconds_Behind_Master \
            Master_SSL_Verify_Server_Cert Last_IO_Errno Last_IO_Error Last_SQL_Errno \
            Last_SQL_Error Replicate_Ignore_Server_Ids Master_Server_Id Master_UUID \
            Master_Info_File SQL_Delay SQL_Remaining_Delay Slave_SQL_Running_State \
            Master_Retry_Count Master_Bind Last_IO_Error_Timestamp Last_SQL_Error_Timestamp \
            Master_SSL_Crl Master_SSL_Crlpath Retrieved_Gtid_Set Executed_Gtid_Set \
            Auto_Position";
        let of_5_6: Vec<&str> = of_5_6.split_whitespace().collect();
        assert_eq!(&old[..of_5_6.len()], &of_5_6[..]);
    }

    #[test]
    fn timestamps_are_printed_as_the_server_does() {
        assert_eq!(timestamp(0), "");
        assert_eq!(timestamp(951_782_400), "000229 00:00:00");
        assert_eq!(timestamp(1_795_251_740), "261121 09:02:20");
    }
}
