//! What stops or delays a replication thread, classified once.
//!
//! Numbers and texts are those that real servers show: MySQL 9.7 in SHOW REPLICA STATUS, MySQL 5.6 and
//! MariaDB in SHOW SLAVE STATUS (where numbers differ: 9.7 reports 13114 for what 5.6 reports as 1236).

use understudy_base::control::ThreadError;

/// What the receiver does about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Reconnect after MASTER_CONNECT_RETRY seconds, counted against MASTER_RETRY_COUNT.
    Retry,
    /// Stop the thread: `Slave_IO_Running: No`.
    Stop,
}

/// An error of the receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiverError {
    /// What to do.
    pub verdict: Verdict,
    /// How it is shown.
    pub shown: ThreadError,
    /// Why an established connection gave no packet, with the number: where another connection is tried, that alone is
    /// logged.
    pub lost: Option<(u32, String)>,
}

/// ER_NETWORK_READ_EVENT_CHECKSUM_FAILURE
const DAMAGED_EVENT: u32 = 1743;

fn shown(errno: u32, message: String, slave_errno: u32, slave_message: String) -> ThreadError {
    ThreadError {
        errno,
        message,
        slave_errno,
        slave_message,
        timestamp_s: now_s(),
    }
}

/// Seconds since the epoch.
pub(crate) fn now_s() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |d| d.as_secs())
}

impl ReceiverError {
    /// The source cannot be reached or refuses the login: retried.
    pub fn connect(
        (account, again): (&str, bool),
        errno: u32,
        text: &str,
        attempt: u64,
        retries: u64,
        retry_s: u32,
    ) -> Self {
        let connecting = if again { "reconnecting" } else { "connecting" };
        ReceiverError {
            verdict: Verdict::Retry,
            lost: None,
            shown: shown(
                errno,
                format!(
                    "Error {connecting} to source '{account}'. This was attempt {attempt}/{retries}, with a delay of \
                     {retry_s} seconds between attempts. Message: {text}"
                ),
                errno,
                format!(
                    "error {connecting} to master '{account}' - retry-time: {retry_s}  retries: {attempt}  message: {text}"
                ),
            ),
        }
    }

    /// The source answered the dump with an error packet.
    pub fn from_source(errno: u16, text: &str) -> Self {
        let (message, slave_message) = (
            format!(
                "Got fatal error {errno} from source when reading data from binary log: '{text}'"
            ),
            format!(
                "Got fatal error {errno} from master when reading data from binary log: '{text}'"
            ),
        );
        // 1236 ER_MASTER_FATAL_ERROR_READING_BINLOG; other errors (killed, shutting down) are passing.
        let verdict = if errno == 1236 || errno == 1220 {
            Verdict::Stop
        } else {
            Verdict::Retry
        };
        ReceiverError {
            verdict,
            lost: Some((errno.into(), text.to_owned())),
            shown: shown(13114, message, 1236, slave_message),
        }
    }

    /// Reading from an established connection failed: reconnect.
    pub fn read(errno: u32, text: &str) -> Self {
        let message = format!("Error reading packet from server: {text} (server_errno={errno})");
        ReceiverError {
            verdict: Verdict::Retry,
            lost: Some((errno, text.to_owned())),
            shown: shown(errno, message.clone(), errno, message),
        }
    }

    /// A query of the registration failed on the wire: reconnect.
    pub fn registration(what: &str, errno: u32, text: &str) -> Self {
        let message = format!("{what} on source failed with error: {text}");
        let slave = format!("{what} on master failed with error: {text}");
        ReceiverError {
            verdict: Verdict::Retry,
            lost: None,
            shown: shown(errno, message, errno, slave),
        }
    }

    /// ER_SLAVE_FATAL_ERROR 1593: configuration that can never work.
    pub fn fatal(text: &str) -> Self {
        let message = format!("Fatal error: {text}");
        ReceiverError {
            verdict: Verdict::Stop,
            lost: None,
            shown: shown(13117, message.clone(), 1593, message),
        }
    }

    /// As `fatal`, in these words.
    pub fn stopped(text: &str) -> Self {
        let message = text.to_owned();
        ReceiverError {
            verdict: Verdict::Stop,
            lost: None,
            shown: shown(13117, message.clone(), 1593, message),
        }
    }

    /// 1595: the relay log could not be written.
    pub fn relay_write(text: &str) -> Self {
        let message = format!("Relay log write failure: {text}");
        ReceiverError {
            verdict: Verdict::Stop,
            lost: None,
            shown: shown(13122, message.clone(), 1595, message),
        }
    }

    /// The event itself is damaged, not the connection.
    pub fn is_damage(&self) -> bool {
        self.shown.errno == DAMAGED_EVENT
    }

    /// 1743: an event arrived damaged; nothing of it was written, so reading it again is safe.
    pub fn damaged_event(text: &str) -> Self {
        let message = format!(
            "Replication event checksum verification failed while reading from network. ({text})"
        );
        ReceiverError {
            verdict: Verdict::Retry,
            lost: None,
            shown: shown(DAMAGED_EVENT, message.clone(), DAMAGED_EVENT, message),
        }
    }
}

/// An error of the applier. Every one stops it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplyError {
    /// MySQL's error number.
    pub errno: u16,
    /// Text as Last_SQL_Error shows it.
    pub message: String,
}

impl ApplyError {
    /// An error with its number.
    pub fn new(errno: u16, message: impl Into<String>) -> Self {
        ApplyError {
            errno,
            message: message.into(),
        }
    }

    /// As Last_SQL_Error.
    pub fn shown(&self) -> ThreadError {
        // 9.7 has other numbers for damage of the relay log and for what it calls its own errors.
        let errno = match self.errno {
            1677 => 13146,
            1594 => 13121,
            1595 => 13122,
            errno => u32::from(errno),
        };
        let slave_errno = u32::from(self.errno);
        shown(
            errno,
            self.message.clone(),
            slave_errno,
            self.message.clone(),
        )
    }
}

impl std::fmt::Display for ApplyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, Error_code: MY-{:06}", self.message, self.errno)
    }
}
