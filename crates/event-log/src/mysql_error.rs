//! The numbers and texts that SHOW SLAVE STATUS has for an error of the relay log, as MySQL 9.7 gives them.

use understudy_base::error::MysqlError;

use crate::error::{EventLogError, ReadFailure};

/// ER_NETWORK_READ_EVENT_CHECKSUM_FAILURE
const NETWORK_CHECKSUM: u16 = 1743;
/// ER_RELAY_LOG_READ_FAILURE; 1594 up to MySQL 5.7 and in MariaDB.
const READ_FAILURE: u16 = 13121;
/// ER_RELAY_LOG_WRITE_FAILURE; 1595 up to MySQL 5.7 and in MariaDB.
const WRITE_FAILURE: u16 = 13122;

/// What a DBA finds when searching for the text.
const COULD_NOT_PARSE: &str = "Relay log read failure: Could not parse relay log event entry. The \
    possible reasons are: the source's binary log is corrupted (you can check this by running \
    'mysqlbinlog' on the binary log), the replica's relay log is corrupted (you can check this by running \
    'mysqlbinlog' on the relay log), a network problem, the server was unable to fetch a keyring key \
    required to open an encrypted relay log file, or a bug in the source's or replica's MySQL code. If you \
    want to check the source's binary log or replica's relay log, you will be able to know their names by \
    issuing 'SHOW REPLICA STATUS' on this replica.";

impl EventLogError {
    /// The error as SHOW SLAVE STATUS shows it; our own words follow the real server's text where those
    /// say more, for instance which file is damaged.
    pub fn to_mysql(&self) -> MysqlError {
        match self {
            EventLogError::Rejected(ReadFailure::Checksum) => MysqlError::new(
                NETWORK_CHECKSUM,
                "Replication event checksum verification failed while reading from network.",
            ),
            EventLogError::Corrupt { .. } => {
                MysqlError::new(READ_FAILURE, format!("{COULD_NOT_PARSE} ({self})"))
            }
            EventLogError::NoSuchPosition { .. }
            | EventLogError::MissingSegment { .. }
            | EventLogError::BadIndex { .. }
            | EventLogError::Reset => {
                MysqlError::new(READ_FAILURE, format!("Relay log read failure: {self}"))
            }
            EventLogError::Io {
                action: "open" | "read" | "size" | "list",
                ..
            } => MysqlError::new(READ_FAILURE, format!("Relay log read failure: {self}")),
            EventLogError::Io { .. }
            | EventLogError::Rejected(_)
            | EventLogError::OwnFlag { .. }
            | EventLogError::OutOfPlace { .. }
            | EventLogError::NotContiguous { .. }
            | EventLogError::Poisoned => MysqlError::new(
                WRITE_FAILURE,
                format!("Relay log write failure: could not queue event from source ({self})"),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::position::RelayPosition;

    #[test]
    fn numbers_and_texts() {
        let damaged = EventLogError::Corrupt {
            file: "relay.000002".to_owned(),
            at: RelayPosition {
                segment: 2,
                pos: 1234,
            },
            failure: ReadFailure::Checksum,
        };
        let cases = [
            (
                EventLogError::Rejected(ReadFailure::Checksum),
                1743,
                "while reading from network.",
            ),
            (
                damaged,
                13121,
                "(relay log relay.000002 at 1234: event checksum verification failed)",
            ),
            (EventLogError::Reset, 13121, "the relay log was reset"),
            (
                EventLogError::Poisoned,
                13122,
                "could not queue event from source (an earlier write to the relay log failed)",
            ),
        ];
        for (error, errno, text) in cases {
            let error = error.to_mysql();
            assert_eq!(error.errno, errno);
            assert!(error.message.ends_with(text), "{}", error.message);
        }
    }
}
