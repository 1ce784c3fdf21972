//! What can be set about a relay log; the names are those of MySQL's variables.

/// `max_relay_log_size` in force when it is 0 (`max_binlog_size`), bytes.
const DEFAULT_MAX_SIZE: u64 = 1 << 30;

/// Options of a relay log.
#[derive(Clone, Debug)]
pub struct RelayOptions {
    /// `max_relay_log_size`: a segment that reached it is finished at the next transaction boundary,
    /// bytes; 0 means 1 GiB.
    pub max_relay_log_size: u64,
    /// `relay_log_space_limit`: all segments together, bytes; 0 means no limit.
    pub relay_log_space_limit: u64,
    /// `sync_relay_log`: fsync after so many events, at the end of the batch in which they came; 0 leaves
    /// it to the operating system. With 1, a flush returns when the events are on disk; with more, the
    /// fsync runs beside the receiver, so that twice as many events may not be on disk yet (after a power
    /// cut they are received again).
    pub sync_relay_log: u32,
    /// `relay_log_purge`: remove applied segments.
    pub relay_log_purge: bool,
    /// Our server id, for the events that we write ourselves.
    pub server_id: u32,
    /// Our version, for our Format_description. It must begin like a MySQL version that writes checksums
    /// (5.6.1 or later), for readers conclude the format from it.
    pub server_version: String,
    /// `relay_log_index` without directory; `None` means `<base>.index`.
    pub index_name: Option<String>,
}

impl Default for RelayOptions {
    fn default() -> Self {
        RelayOptions {
            max_relay_log_size: 0,
            relay_log_space_limit: 0,
            sync_relay_log: 10_000,
            relay_log_purge: true,
            server_id: 1,
            server_version: "9.7.4".to_owned(),
            index_name: None,
        }
    }
}

impl RelayOptions {
    /// The size at which a segment is finished, bytes.
    pub(crate) fn max_size(&self) -> u64 {
        match self.max_relay_log_size {
            0 => DEFAULT_MAX_SIZE,
            size => size,
        }
    }
}
