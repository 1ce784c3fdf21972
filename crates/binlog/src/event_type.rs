//! Type codes of events: code, constant, the servers' names for them, and who writes them.
//!
//! This table and [`crate::event`]'s (constant to body) are the two places that a new type is added to.

use crate::context::Flavour;
use std::fmt;

/// An event's type code. Unknown codes survive and print.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventType(pub u8);

/// Who writes a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writer {
    Both,
    Mysql,
    Mariadb,
}

struct Row {
    code: u8,
    constant: &'static str,
    mysql: &'static str,
    mariadb: &'static str,
    writer: Writer,
}

macro_rules! event_types {
    ($($constant:ident = $code:literal, $writer:ident, $mysql:literal, $mariadb:literal, $doc:literal;)*) => {
        impl EventType {
            $(#[doc = $doc] pub const $constant: EventType = EventType($code);)*
        }

        const TABLE: &[Row] = &[$(Row {
            code: $code,
            constant: stringify!($constant),
            mysql: $mysql,
            mariadb: $mariadb,
            writer: Writer::$writer,
        }),*];
    };
}

event_types! {
    START_V3 = 1, Both, "Start_v3", "Start_v3", "Before MySQL 5.0; kept raw.";
    QUERY = 2, Both, "Query", "Query", "A statement.";
    STOP = 3, Both, "Stop", "Stop", "The server was shut down.";
    ROTATE = 4, Both, "Rotate", "Rotate", "The log goes on in another file.";
    INTVAR = 5, Both, "Intvar", "Intvar", "`LAST_INSERT_ID` or `INSERT_ID` of the next statement.";
    LOAD = 6, Both, "Load", "Load", "Before MySQL 5.0; kept raw.";
    SLAVE = 7, Both, "Slave", "Slave", "Never written; kept raw.";
    CREATE_FILE = 8, Both, "Create_file", "Create_file", "Before MySQL 5.0; kept raw.";
    APPEND_BLOCK = 9, Both, "Append_block", "Append_block", "More of a file that LOAD DATA reads.";
    EXEC_LOAD = 10, Both, "Exec_load", "Exec_load", "Before MySQL 5.0; kept raw.";
    DELETE_FILE = 11, Both, "Delete_file", "Delete_file", "The file of a failed LOAD DATA is to go.";
    NEW_LOAD = 12, Both, "New_load", "New_load", "Before MySQL 5.0; kept raw.";
    RAND = 13, Both, "RAND", "RAND", "Seeds of `RAND()` of the next statement.";
    USER_VAR = 14, Both, "User var", "User var", "A user variable that the next statement reads.";
    FORMAT_DESCRIPTION = 15, Both, "Format_desc", "Format_desc", "First of a file: version and layout.";
    XID = 16, Both, "Xid", "Xid", "Commit.";
    BEGIN_LOAD_QUERY = 17, Both, "Begin_load_query", "Begin_load_query", "First part of LOAD DATA's file.";
    EXECUTE_LOAD_QUERY = 18, Both, "Execute_load_query", "Execute_load_query", "LOAD DATA itself.";
    TABLE_MAP = 19, Both, "Table_map", "Table_map", "A table's number and column types.";
    PRE_GA_WRITE_ROWS = 20, Both, "Write_rows_event_old", "Write_rows_event_old", "MySQL 5.1 before GA; kept raw.";
    PRE_GA_UPDATE_ROWS = 21, Both, "Update_rows_event_old", "Update_rows_event_old", "MySQL 5.1 before GA; kept raw.";
    PRE_GA_DELETE_ROWS = 22, Both, "Delete_rows_event_old", "Delete_rows_event_old", "MySQL 5.1 before GA; kept raw.";
    WRITE_ROWS_V1 = 23, Both, "Write_rows_v1", "Write_rows_v1", "Rows inserted.";
    UPDATE_ROWS_V1 = 24, Both, "Update_rows_v1", "Update_rows_v1", "Rows changed.";
    DELETE_ROWS_V1 = 25, Both, "Delete_rows_v1", "Delete_rows_v1", "Rows deleted.";
    INCIDENT = 26, Both, "Incident", "Incident", "The log may lack something.";
    HEARTBEAT = 27, Both, "Heartbeat", "Heartbeat", "Sent when there is nothing to send.";
    IGNORABLE = 28, Both, "Ignorable", "Ignorable log event", "Nothing that matters.";
    ROWS_QUERY = 29, Both, "Rows_query", "MySQL Rows_query", "The statement behind the rows that follow.";
    WRITE_ROWS = 30, Both, "Write_rows", "Write_rows", "Rows inserted, with extra info.";
    UPDATE_ROWS = 31, Both, "Update_rows", "Update_rows", "Rows changed, with extra info.";
    DELETE_ROWS = 32, Both, "Delete_rows", "Delete_rows", "Rows deleted, with extra info.";
    GTID = 33, Both, "Gtid", "MySQL Gtid", "Begins a transaction.";
    ANONYMOUS_GTID = 34, Both, "Anonymous_Gtid", "MySQL Anonymous_Gtid", "Begins a transaction without GTID.";
    PREVIOUS_GTIDS = 35, Both, "Previous_gtids", "MySQL Previous_gtids", "GTIDs of all earlier files.";
    TRANSACTION_CONTEXT = 36, Both, "Transaction_context", "MySQL Transaction_context", "Group Replication's write set.";
    VIEW_CHANGE = 37, Both, "View_change", "MySQL View_change", "Group Replication's new view.";
    XA_PREPARE = 38, Both, "XA_prepare", "XA_prepare", "Ends a prepared XA transaction.";
    PARTIAL_UPDATE_ROWS = 39, Both, "Update_rows_partial", "MySQL Update_rows_partial", "Rows changed, JSON as differences.";
    TRANSACTION_PAYLOAD = 40, Both, "Transaction_payload", "MySQL Transaction_payload", "A transaction's events, compressed.";
    HEARTBEAT_V2 = 41, Both, "Heartbeat", "MySQL Heartbeat_v2", "Heartbeat with a 64-bit position.";
    GTID_TAGGED = 42, Mysql, "Gtid_tagged_log_event", "Unknown", "Begins a transaction whose GTID has a tag.";
    ANNOTATE_ROWS = 160, Mariadb, "Annotate_rows", "Annotate_rows", "The statement behind the rows that follow.";
    BINLOG_CHECKPOINT = 161, Mariadb, "Binlog_checkpoint", "Binlog_checkpoint", "Oldest file that crash recovery needs.";
    MARIADB_GTID = 162, Mariadb, "Gtid", "Gtid", "Begins a transaction.";
    GTID_LIST = 163, Mariadb, "Gtid_list", "Gtid_list", "GTID position at the file's start.";
    START_ENCRYPTION = 164, Mariadb, "Start_encryption", "Start_encryption", "What follows in the file is encrypted.";
    QUERY_COMPRESSED = 165, Mariadb, "Query_compressed", "Query_compressed", "A statement, compressed.";
    WRITE_ROWS_COMPRESSED_V1 = 166, Mariadb, "Write_rows_compressed_v1", "Write_rows_compressed_v1", "Rows inserted, compressed.";
    UPDATE_ROWS_COMPRESSED_V1 = 167, Mariadb, "Update_rows_compressed_v1", "Update_rows_compressed_v1", "Rows changed, compressed.";
    DELETE_ROWS_COMPRESSED_V1 = 168, Mariadb, "Delete_rows_compressed_v1", "Delete_rows_compressed_v1", "Rows deleted, compressed.";
    WRITE_ROWS_COMPRESSED = 169, Mariadb, "Write_rows_compressed", "Write_rows_compressed", "Rows inserted, compressed, with extra info.";
    UPDATE_ROWS_COMPRESSED = 170, Mariadb, "Update_rows_compressed", "Update_rows_compressed", "Rows changed, compressed, with extra info.";
    DELETE_ROWS_COMPRESSED = 171, Mariadb, "Delete_rows_compressed", "Delete_rows_compressed", "Rows deleted, compressed, with extra info.";
}

impl EventType {
    /// `UNKNOWN_EVENT`; also stands for a header not yet read.
    pub const UNKNOWN: EventType = EventType(0);

    fn row(self) -> Option<&'static Row> {
        TABLE.iter().find(|row| row.code == self.0)
    }

    /// The type's name as SHOW BINLOG EVENTS of that server shows it; `Unknown` where it knows none.
    pub fn name(self, flavour: Flavour) -> &'static str {
        match (self.row(), flavour) {
            (Some(row), Flavour::Mysql) if row.writer != Writer::Mariadb => row.mysql,
            (Some(row), Flavour::Mariadb) => row.mariadb,
            _ => "Unknown",
        }
    }

    /// The type's name whoever wrote it.
    pub fn any_name(self) -> &'static str {
        self.row().map_or("Unknown", |row| row.mysql)
    }

    /// The constant's name in snake case, for status variables: `write_rows_v1`; `unknown` where there is none.
    pub fn snake_name(self) -> String {
        self.row()
            .map_or_else(|| "unknown".to_owned(), |row| row.constant.to_lowercase())
    }

    /// A server of this flavour gives this code this meaning.
    pub fn is_known_to(self, flavour: Flavour) -> bool {
        self.row().is_some_and(|row| match row.writer {
            Writer::Both => true,
            Writer::Mysql => flavour == Flavour::Mysql,
            Writer::Mariadb => flavour == Flavour::Mariadb,
        })
    }

    /// Every code with a meaning, of either flavour.
    pub fn all() -> impl Iterator<Item = EventType> {
        TABLE.iter().map(|row| EventType(row.code))
    }
}

impl fmt::Debug for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row() {
            Some(row) => f.write_str(row.constant),
            None => write!(f, "EventType({})", self.0),
        }
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row() {
            Some(row) => f.write_str(row.mysql),
            None => write!(f, "Unknown ({})", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_ascending() {
        assert!(TABLE.is_sorted_by(|a, b| a.code < b.code));
    }

    #[test]
    fn names_depend_on_the_server() {
        for (code, mysql, mariadb) in [
            (2, "Query", "Query"),
            (162, "Unknown", "Gtid"),
            (33, "Gtid", "MySQL Gtid"),
            (100, "Unknown", "Unknown"),
        ] {
            let event_type = EventType(code);
            assert_eq!(event_type.name(Flavour::Mysql), mysql);
            assert_eq!(event_type.name(Flavour::Mariadb), mariadb);
        }
        assert_eq!(EventType(23).snake_name(), "write_rows_v1");
        assert_eq!(
            format!("{:?} {:?}", EventType(23), EventType(100)),
            "WRITE_ROWS_V1 EventType(100)"
        );
    }
}
