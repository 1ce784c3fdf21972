//! What replication writes to the error log: MySQL 9.7's messages with their numbers, each by the thread it is about.
//!
//! Notes are what a real server writes with `log_error_verbosity=3` alone; they go out at the debug level.

use crate::state::SourcePosition;
use understudy_base::control::ThreadError;

/// Numbers of the error log begin here; those below are for clients too.
const FIRST_OF_LOG: u32 = 10_000;

/// Host, port, position and interface of a channel's source.
pub(crate) struct SourceState<'a> {
    pub host: &'a str,
    pub port: u16,
    pub position: &'a SourcePosition,
    pub bind: &'a str,
}

impl std::fmt::Display for SourceState<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (host, port, bind) = (self.host, self.port, self.bind);
        // The first event is at 4.
        let (file, pos) = (&self.position.file, self.position.pos.max(4));
        write!(
            f,
            "source_host='{host}', source_port= {port}, source_log_file='{file}', source_log_pos= {pos}, \
             source_bind='{bind}'"
        )
    }
}

/// CHANGE REPLICATION SOURCE TO was executed.
pub(crate) fn source_changed(channel: &str, before: &SourceState<'_>, after: &SourceState<'_>) {
    tracing::info!(
        code = 10_597_u64,
        "'CHANGE REPLICATION SOURCE TO FOR CHANNEL '{channel}' executed'. Previous state {before}. New state {after}."
    );
}

/// The receiver connects as the stored account.
pub(crate) fn stored_account(thread: u64) {
    tracing::warn!(
        code = 10_897_u64,
        thread,
        "Storing MySQL user name or password information in the connection metadata repository is not secure and is \
         therefore not recommended. Please consider using the USER and PASSWORD connection options for START REPLICA; \
         see the 'START REPLICA Syntax' in the MySQL Manual for more information."
    );
}

/// The dump was asked for: from a position, or by GTIDs.
pub(crate) fn connected(
    thread: u64,
    channel: &str,
    account: &str,
    source: (&str, u32),
    from: Option<&SourcePosition>,
) {
    let (uuid, id) = source;
    let start = match from {
        Some(at) => format!(
            "Starting replication from file '{}', position '{}'.",
            at.file, at.pos
        ),
        None => "Starting GTID-based replication.".to_owned(),
    };
    tracing::info!(
        code = 14_001_u64,
        thread,
        "Replica receiver thread for channel '{channel}': connected to source '{account}' with server_uuid={uuid}, \
         server_id={id}. {start}"
    );
}

/// An established connection was lost.
pub(crate) fn read_failed(thread: u64, channel: &str, text: &str, errno: u32) {
    tracing::error!(
        code = 10_557_u64,
        thread,
        "Error reading packet from server for channel '{channel}': {text} (server_errno={errno})"
    );
}

/// An error of the receiver (`I/O`) or the applier (`SQL`), as SHOW REPLICA STATUS has it.
pub(crate) fn thread_error(thread: u64, kind: &str, channel: &str, error: &ThreadError) {
    let (message, errno) = (&error.message, error.errno);
    let comma = if message.ends_with('.') { "" } else { "," };
    // An error that belongs to the log alone goes under its own number.
    let code = if errno >= FIRST_OF_LOG {
        u64::from(errno)
    } else {
        10_584
    };
    tracing::error!(
        code,
        thread,
        "Replica {kind} for channel '{channel}': {message}{comma} Error_code: MY-{errno:06}"
    );
}

/// The receiver ends.
pub(crate) fn receiver_ends(thread: u64, channel: &str, at: &SourcePosition) {
    let (file, pos) = (&at.file, at.pos);
    tracing::debug!(
        code = 10_570_u64,
        thread,
        "Replica I/O thread exiting for channel '{channel}', read up to log '{file}', position {pos}"
    );
}

/// The applier starts.
pub(crate) fn applier_starts(thread: u64, channel: &str, at: &SourcePosition, relay: (&str, u64)) {
    let (file, pos) = (&at.file, at.pos);
    let (relay_file, relay_pos) = relay;
    tracing::debug!(
        code = 10_581_u64,
        thread,
        "Replica SQL thread for channel '{channel}' initialized, starting replication in log '{file}' at position \
         {pos}, relay log './{relay_file}' position: {relay_pos}"
    );
}

/// The applier ends.
pub(crate) fn applier_ends(thread: u64, channel: &str, at: &SourcePosition) {
    let (file, pos) = (&at.file, at.pos);
    tracing::debug!(
        code = 10_587_u64,
        thread,
        "Replica SQL thread for channel '{channel}' exiting, replication stopped in log '{file}' at position {pos}"
    );
}
