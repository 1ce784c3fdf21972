//! The relay log: what the receiver writes and the applier reads.
//!
//! All methods take `&self`: one receiver, one applier and any number of administrators' threads share
//! the log. A method may wait for the disk; only [`RelayLog::wait_for_space`] and [`RelayReader::next`]
//! wait for each other.

pub(crate) mod flushes;
pub(crate) mod options;
pub(crate) mod reader;
pub(crate) mod recovery;
pub(crate) mod shared;
pub(crate) mod space;
pub(crate) mod writer;

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Condvar, Mutex};

use crate::disk::{Disk, OsDisk};
use crate::error::EventLogError;
use crate::event::Checksum;
use crate::index::Names;
use crate::position::{RelayPosition, SourcePosition};
use flushes::Flushes;
use options::RelayOptions;
use reader::{RelayReader, SegmentEvents};
use recovery::Recovery;
use shared::{Shared, State};
pub use space::SpaceWait;

/// What became of an event given to [`RelayLog::append`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// It is in the log, byte for byte.
    Stored,
    /// A Rotate that names the position behind it is in the log in its place (the source's
    /// Previous_gtids).
    Replaced,
    /// It is a heartbeat, which no log holds, or was left out by [`RelayLog::skip`].
    NotStored,
}

/// What can be seen of a relay log at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Received from the source up to here and written to the file.
    pub received: Option<SourcePosition>,
    /// Received up to here and fsynced.
    pub synced: Option<SourcePosition>,
    /// Readers may read up to here: the end of the last whole transaction.
    pub readable: RelayPosition,
    /// All segments together, bytes.
    pub space: u64,
}

/// A relay log; clones are the same log.
#[derive(Clone)]
pub struct RelayLog {
    shared: Arc<Shared>,
}

impl RelayLog {
    /// Opens the log `base` in `dir`, creating it if there is none, after repairing what a crash left; a
    /// new segment is begun. See [`Recovery`] for what is repaired and how.
    pub fn open(
        dir: &Path,
        base: &str,
        options: RelayOptions,
    ) -> Result<(RelayLog, Recovery), EventLogError> {
        Self::open_on(Arc::new(OsDisk), dir, base, options)
    }

    /// As [`RelayLog::open`], on a given disk.
    pub fn open_on(
        disk: Arc<dyn Disk>,
        dir: &Path,
        base: &str,
        options: RelayOptions,
    ) -> Result<(RelayLog, Recovery), EventLogError> {
        let names = Names::new(dir, base, options.index_name.as_deref());
        let recovered = recovery::recover(&*disk, &names)?;
        Self::start(disk, names, options, recovered)
    }

    /// Discards whatever the log held, readable or not, and begins anew at segment 1: for a log that
    /// cannot be opened, or whose end lies before what was applied. The receiver then starts from the
    /// applied position.
    pub fn discard(
        dir: &Path,
        base: &str,
        options: RelayOptions,
    ) -> Result<RelayLog, EventLogError> {
        let disk: Arc<dyn Disk> = Arc::new(OsDisk);
        let names = Names::new(dir, base, options.index_name.as_deref());
        recovery::discard(&*disk, &names)?;
        let recovered = recovery::Recovered {
            next: 1,
            ..recovery::Recovered::default()
        };
        Self::start(disk, names, options, recovered).map(|(log, _)| log)
    }

    fn start(
        disk: Arc<dyn Disk>,
        names: Names,
        options: RelayOptions,
        recovered: recovery::Recovered,
    ) -> Result<(RelayLog, Recovery), EventLogError> {
        let recovery::Recovered {
            mut segments,
            stream,
            next,
            report,
        } = recovered;
        let numbers: Vec<u64> = segments.keys().copied().collect();
        let space_limit = options.relay_log_space_limit;
        let received = stream.source.clone();
        let writer =
            writer::Writer::create((&*disk, &names), options, stream, &numbers, next, true)?;
        let (active, active_len) = writer.active();
        segments.insert(active, active_len);
        let state = State {
            segments,
            active,
            active_len,
            synced: received.clone(),
            received,
            space_limit,
            // When what is there already was written, nobody knows.
            flushes: Flushes::after(RelayPosition {
                segment: active,
                pos: active_len,
            }),
            ..State::default()
        };
        let log = RelayLog {
            shared: Arc::new(Shared {
                disk,
                names,
                writer: Mutex::new(writer),
                state: Mutex::new(state),
                changed: Condvar::new(),
            }),
        };
        Ok((log, report))
    }

    /// Says that a connection to the source begins. `checksum` is what was negotiated: how events end
    /// until the first Format_description. `start` is where the source was asked to begin: it must be
    /// where the log ends ([`RelayLog::resume_position`]); `None` accepts whatever the source's first
    /// Rotate says (no position known yet, or GTID auto-position).
    ///
    /// A transaction left unfinished by the last connection is removed; readers have not seen it.
    pub fn begin_connection(
        &self,
        checksum: Checksum,
        start: Option<SourcePosition>,
    ) -> Result<(), EventLogError> {
        let shared = &self.shared;
        shared.writer()?.begin_connection(shared, checksum, start)
    }

    /// Where the next connection must begin so that nothing is missing and nothing comes twice: behind
    /// the last whole transaction. `None` while the log does not know (empty, or just reset).
    pub fn resume_position(&self) -> Result<Option<SourcePosition>, EventLogError> {
        Ok(self.shared.writer()?.resume_position())
    }

    /// No transaction is open at the end of the log.
    pub fn is_between_transactions(&self) -> bool {
        self.shared
            .writer()
            .is_ok_and(|writer| writer.is_between_transactions())
    }

    /// The end of the log, if no transaction is open there.
    pub fn transaction_end(&self) -> Option<RelayPosition> {
        let writer = self.shared.writer().ok()?;
        writer.transaction_end()
    }

    /// When what ends at these positions was written to its file, microseconds since the epoch; `None` when that is
    /// not known any more.
    pub fn written_us(&self, ends: &[RelayPosition]) -> Vec<Option<u64>> {
        let state = self.shared.state();
        let written = ends.iter().map(|end| state.flushes.written_us(*end));
        written.collect()
    }

    /// Appends one event as the source sent it, whole, without the packet's leading byte. Verified
    /// first; nothing is stored on error, and the same event may be offered again. It goes to a buffer:
    /// readers see it and positions are published when the buffer is full or at [`RelayLog::flush`].
    pub fn append(&self, event: &[u8]) -> Result<Appended, EventLogError> {
        let shared = &self.shared;
        shared.writer()?.append(shared, event)
    }

    /// Leaves an event out (IGNORE_SERVER_IDS, our own server id): only the position moves over it. After
    /// a crash the source may send it again, to be left out again. Rotates and Format_descriptions are
    /// appended all the same: what follows needs them.
    pub fn skip(&self, event: &[u8]) -> Result<Appended, EventLogError> {
        let shared = &self.shared;
        shared.writer()?.skip(shared, event)
    }

    /// Writes what is buffered, fsyncs if `sync_relay_log` says so, publishes, wakes readers. To be
    /// called when no more events are at hand, and before acknowledging any.
    pub fn flush(&self) -> Result<(), EventLogError> {
        let shared = &self.shared;
        shared.writer()?.flush(shared)
    }

    /// As [`RelayLog::flush`], with an fsync in any case.
    pub fn sync(&self) -> Result<(), EventLogError> {
        let shared = &self.shared;
        shared.writer()?.flush_and_sync(shared)
    }

    /// FLUSH RELAY LOGS: begins a new segment, now or, inside a transaction, at its end.
    pub fn rotate(&self) -> Result<(), EventLogError> {
        let shared = &self.shared;
        shared.writer()?.rotate(shared)
    }

    /// The source left out what is before `pos` of its current file: notes that with a Rotate, as the real
    /// receiver does. Inside a transaction, or for a position that is behind, nothing happens.
    pub fn skip_to(&self, pos: u64) -> Result<(), EventLogError> {
        self.shared.writer()?.skip_to(&self.shared, pos)
    }

    /// Changes options (SET GLOBAL `max_relay_log_size`, `sync_relay_log`, ...).
    pub fn set_options(&self, change: impl FnOnce(&mut RelayOptions)) -> Result<(), EventLogError> {
        let mut writer = self.shared.writer()?;
        change(&mut writer.options);
        let mut state = self.shared.state();
        state.space_limit = writer.options.relay_log_space_limit;
        drop(state);
        self.shared.changed.notify_all();
        Ok(())
    }

    /// RESET SLAVE, CHANGE MASTER: removes everything and begins anew at segment 1. Readers end with
    /// [`EventLogError::Reset`].
    pub fn reset(&self) -> Result<(), EventLogError> {
        let shared = &self.shared;
        let mut writer = shared.writer()?;
        let options = writer.options.clone();
        recovery::discard(&*shared.disk, &shared.names)?;
        let stream = crate::stream::Stream::default();
        let fresh = writer::Writer::create(
            (&*shared.disk, &shared.names),
            options,
            stream,
            &[],
            1,
            true,
        )?;
        *writer = fresh;
        let (active, active_len) = writer.active();
        let mut state = shared.state();
        *state = State {
            epoch: state.epoch + 1,
            active,
            active_len,
            space_limit: state.space_limit,
            segments: [(active, active_len)].into(),
            ..State::default()
        };
        drop(state);
        shared.changed.notify_all();
        Ok(())
    }

    /// RESET SLAVE ALL of a named channel: removes the files. What is appended afterwards is lost.
    pub fn remove(&self) -> Result<(), EventLogError> {
        let shared = &self.shared;
        let _writer = shared.writer()?;
        recovery::discard(&*shared.disk, &shared.names)?;
        let index = shared.names.index_path();
        shared
            .disk
            .remove(&index)
            .map_err(EventLogError::io("remove", index))
    }

    /// What can be seen now.
    pub fn published(&self) -> Published {
        let state = self.shared.state();
        Published {
            received: state.received.clone(),
            synced: state.synced.clone(),
            readable: state.readable(),
            space: state.space(),
        }
    }

    /// All segments together, bytes (`Relay_Log_Space`).
    pub fn relay_log_space(&self) -> u64 {
        self.shared.state().space()
    }

    /// The first position of the oldest segment.
    pub fn first_position(&self) -> RelayPosition {
        let state = self.shared.state();
        let oldest = state.segments.keys().next().copied();
        RelayPosition {
            segment: oldest.unwrap_or(state.active),
            pos: understudy_binlog::MAGIC.len() as u64,
        }
    }

    /// Whether `at` lies in the log as it stands: a position stored before a power cut may not.
    pub fn covers(&self, at: RelayPosition) -> bool {
        let state = self.shared.state();
        state
            .segments
            .get(&at.segment)
            .is_some_and(|len| at.pos <= *len)
    }

    /// File name of a segment, e.g. `relay.000012`.
    pub fn file_name(&self, segment: u64) -> String {
        self.shared.names.segment(segment)
    }

    /// Number of the segment of that file name; `None` if it is no name of this log. A leading path is
    /// ignored.
    pub fn segment_number(&self, name: &str) -> Option<u64> {
        let name = name.rsplit('/').next().unwrap_or(name);
        self.shared.names.number(name)
    }

    /// The segments in order, with their lengths in bytes.
    pub fn segments(&self) -> Vec<(u64, u64)> {
        let state = self.shared.state();
        state
            .segments
            .iter()
            .map(|(number, len)| match *number == state.active {
                true => (*number, state.active_len),
                false => (*number, *len),
            })
            .collect()
    }

    /// A reader that begins at `at`, which must be the start of an event or the end of the log. Positions
    /// below 4 mean the beginning of the segment.
    pub fn reader(&self, at: RelayPosition) -> Result<RelayReader, EventLogError> {
        RelayReader::open(self.shared.clone(), at)
    }

    /// The events of one segment, our own included.
    pub fn segment_events(&self, segment: u64) -> Result<SegmentEvents, EventLogError> {
        SegmentEvents::open(&self.shared, segment)
    }

    /// Sets `stop` and wakes everyone who waits on this log, so that those who were given that flag
    /// return.
    pub fn stop_waiting(&self, stop: &AtomicBool) {
        let state = self.shared.state();
        stop.store(true, std::sync::atomic::Ordering::SeqCst);
        drop(state);
        self.shared.changed.notify_all();
    }
}
