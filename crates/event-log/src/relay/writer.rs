//! The writing end: one active segment, one buffer before it.
//!
//! Failure rules: an operation that fails leaves the writer as it was, so that it can be tried again
//! (a full disk). A failed fsync is different: the kernel may have dropped the pages, so the writer is
//! poisoned and the log must be opened anew.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::disk::{Disk, DiskFile};
use crate::error::EventLogError;
use crate::event::{Checksum, Maker, Origin, is_own};
use crate::group::Group;
use crate::index::{self, Names};
use crate::position::{RelayPosition, SourcePosition};
use crate::relay::Appended;
use crate::relay::options::RelayOptions;
use crate::relay::shared::Shared;
use crate::stream::{Seen, Stream, What};
use understudy_binlog::{EventType, MAGIC};

/// Bytes gathered before they are written, unless [`Writer::flush`] comes first.
const BUFFER: usize = 1 << 20;

/// A connection that has begun but whose first Rotate has not come.
struct Connecting {
    checksum: Checksum,
    start: Option<SourcePosition>,
}

/// The end of the last whole transaction.
#[derive(Clone, Debug, Default)]
struct Boundary {
    pos: u64,
    source: Option<SourcePosition>,
}

/// See the module.
pub(crate) struct Writer {
    pub options: RelayOptions,
    pub stream: Stream,
    number: u64,
    file: Arc<dyn DiskFile>,
    /// Bytes of the active segment that are in the file.
    written: u64,
    buffer: Vec<u8>,
    boundary: Boundary,
    connecting: Option<Connecting>,
    events_since_sync: u64,
    /// An fsync that runs beside the receiver, and up to where it makes the log durable.
    syncing: Option<(JoinHandle<io::Result<()>>, Option<SourcePosition>)>,
    rotate_requested: bool,
    /// Our Rotate is written at the end of the segment, the next one is not yet there.
    finished: bool,
    poisoned: bool,
}

/// Seconds since the epoch as an event has them.
fn now() -> u32 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| (elapsed.as_secs() & 0xffff_ffff) as u32)
}

/// The bytes with which a segment begins, our own part and, if `stream` knows it, where its events come
/// from. Leaves `stream` as it is behind them.
fn head(options: &RelayOptions, stream: &mut Stream, checksum: Checksum, created: bool) -> Vec<u8> {
    let mut maker = Maker {
        timestamp: now(),
        server_id: options.server_id,
        checksum,
    };
    let format = stream.format.clone();
    let mut head = MAGIC.to_vec();
    head.extend(maker.format(&options.server_version, created, format.as_deref()));
    if !format.as_ref().is_some_and(|format| format.is_mariadb) {
        head.extend(maker.previous_gtids(head.len() as u64));
    }
    stream.checksum = checksum;
    if let (Some(source), Some(format)) = (&stream.source, format) {
        maker.timestamp = 0;
        head.extend(maker.rotate_to_source(&source.file, source.pos));
        head.extend(format.repeated());
        stream.checksum = format.checksum;
    }
    head
}

impl Writer {
    /// Creates segment `number` and makes it the last line of the index, in the order that a crash
    /// anywhere leaves either the old log or the new one: file, fsync, directory fsync, index.
    pub fn create(
        (disk, names): (&dyn Disk, &Names),
        options: RelayOptions,
        mut stream: Stream,
        numbers: &[u64],
        number: u64,
        created: bool,
    ) -> Result<Writer, EventLogError> {
        let checksum = match &stream.format {
            Some(format) => format.checksum,
            None => Checksum::Crc32,
        };
        let head = head(&options, &mut stream, checksum, created);
        let file = create_segment(disk, names, number, &head)?;
        index::write(disk, names, numbers.iter().copied().chain([number]))?;
        Ok(Writer {
            options,
            number,
            file,
            written: head.len() as u64,
            buffer: Vec::with_capacity(BUFFER),
            boundary: Boundary {
                pos: head.len() as u64,
                source: stream.source.clone(),
            },
            stream,
            connecting: None,
            events_since_sync: 0,
            syncing: None,
            rotate_requested: false,
            finished: false,
            poisoned: false,
        })
    }

    fn check(&self) -> Result<(), EventLogError> {
        if self.poisoned {
            return Err(EventLogError::Poisoned);
        }
        Ok(())
    }

    /// Length of the active segment with what is in the buffer.
    fn end(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    fn maker(&self) -> Maker {
        Maker {
            timestamp: now(),
            server_id: self.options.server_id,
            checksum: self.stream.checksum,
        }
    }

    /// See [`crate::RelayLog::begin_connection`].
    pub fn begin_connection(
        &mut self,
        shared: &Shared,
        checksum: Checksum,
        start: Option<SourcePosition>,
    ) -> Result<(), EventLogError> {
        self.check()?;
        if !self.stream.group.is_boundary() {
            self.drop_unfinished(shared)?;
        }
        if let (Some(expected), Some(got)) = (&self.stream.source, &start)
            && expected != got
        {
            return Err(EventLogError::NotContiguous {
                expected: expected.clone(),
                got: got.clone(),
            });
        }
        self.flush(shared)?;
        self.connecting = Some(Connecting { checksum, start });
        Ok(())
    }

    /// See [`crate::RelayLog::resume_position`].
    pub fn resume_position(&self) -> Option<SourcePosition> {
        self.boundary.source.clone()
    }

    /// The end of the log with what is in the buffer, if no transaction is open there.
    pub fn transaction_end(&self) -> Option<RelayPosition> {
        self.is_between_transactions().then(|| RelayPosition {
            segment: self.number,
            pos: self.end(),
        })
    }

    /// No transaction is open at the end.
    pub fn is_between_transactions(&self) -> bool {
        self.stream.group.is_boundary()
    }

    /// Removes the unfinished transaction at the end, so that the next connection repeats it.
    fn drop_unfinished(&mut self, shared: &Shared) -> Result<(), EventLogError> {
        let boundary = self.boundary.clone();
        if let Some(kept) = boundary.pos.checked_sub(self.written) {
            self.buffer
                .truncate(usize::try_from(kept).unwrap_or(usize::MAX));
        } else {
            self.file
                .set_len(boundary.pos)
                .map_err(EventLogError::io("truncate", shared.path(self.number)))?;
            self.buffer.clear();
            self.written = boundary.pos;
        }
        self.stream.source = boundary.source;
        self.stream.group = Group::Outside;
        self.finished = false;
        Ok(())
    }

    /// See [`crate::RelayLog::append`].
    pub fn append(&mut self, shared: &Shared, event: &[u8]) -> Result<Appended, EventLogError> {
        self.check()?;
        let checksum = match &self.connecting {
            Some(connecting) => connecting.checksum,
            None => self.stream.checksum,
        };
        let seen = Seen::look(event, checksum, Origin::Wire).map_err(EventLogError::Rejected)?;
        let header = seen.header;
        let event_type = header.event_type;
        if is_own(&header) {
            return Err(EventLogError::OwnFlag { event_type });
        }
        if matches!(event_type, EventType::HEARTBEAT | EventType::HEARTBEAT_V2) {
            return Ok(Appended::NotStored);
        }
        if let What::Rotate {
            file,
            pos,
            artificial: true,
        } = seen.what
        {
            self.begin_source_file(shared, &SourcePosition::new(file, pos), checksum)?;
            return self.store(shared, event, seen).map(|()| Appended::Stored);
        }
        let in_place = self.connecting.is_none()
            && self.stream.source.is_some()
            && (self.stream.format.is_some() || event_type == EventType::FORMAT_DESCRIPTION);
        if !in_place {
            return Err(EventLogError::OutOfPlace { event_type });
        }
        self.rotate_if_due(shared)?;
        if event_type == EventType::PREVIOUS_GTIDS {
            return self.store_position_marker(shared, seen);
        }
        if let What::Format(format) = &seen.what {
            let sealed = format.bytes.clone();
            return self.store(shared, &sealed, seen).map(|()| Appended::Stored);
        }
        self.store(shared, event, seen).map(|()| Appended::Stored)
    }

    /// See [`crate::RelayLog::skip`].
    pub fn skip(&mut self, shared: &Shared, event: &[u8]) -> Result<Appended, EventLogError> {
        self.check()?;
        let seen = Seen::look(event, self.stream.checksum, Origin::Wire);
        match seen {
            Ok(seen) if self.connecting.is_none() && matches!(seen.what, What::Other) => {
                self.stream.advance(seen);
                self.mark_boundary();
                Ok(Appended::NotStored)
            }
            // What says where events belong is never left out, and what is damaged is refused.
            Ok(_) | Err(_) => self.append(shared, event),
        }
    }

    /// Stores `bytes` and takes them into account.
    fn store(
        &mut self,
        shared: &Shared,
        bytes: &[u8],
        seen: Seen<'_>,
    ) -> Result<(), EventLogError> {
        self.push(shared, bytes)?;
        self.stream.advance(seen);
        self.events_since_sync += 1;
        self.mark_boundary();
        Ok(())
    }

    fn mark_boundary(&mut self) {
        if self.stream.group.is_boundary() {
            self.boundary.pos = self.end();
            self.boundary.source.clone_from(&self.stream.source);
        }
    }

    /// The source's Previous_gtids is its own affair; a Rotate that moves the position behind it takes
    /// its place, as in the real server.
    fn store_position_marker(
        &mut self,
        shared: &Shared,
        seen: Seen<'_>,
    ) -> Result<Appended, EventLogError> {
        let mut after = self.stream.clone();
        after.advance(seen);
        if let Some(source) = &after.source {
            let marker = self.maker().position_marker(&source.file, source.pos);
            self.push(shared, &marker)?;
        }
        self.stream = after;
        self.events_since_sync += 1;
        self.mark_boundary();
        Ok(Appended::Replaced)
    }

    /// See [`crate::RelayLog::skip_to`].
    pub fn skip_to(&mut self, shared: &Shared, pos: u64) -> Result<(), EventLogError> {
        self.check()?;
        let here = self.stream.source.clone();
        let Some(at) = here.filter(|at| at.pos < pos) else {
            return Ok(());
        };
        if !self.stream.group.is_boundary() || self.connecting.is_some() {
            return Ok(());
        }
        let marker = self.maker().position_marker(&at.file, pos);
        let checksum = self.stream.checksum;
        let seen = Seen::look_again(&marker, checksum).map_err(EventLogError::Rejected)?;
        self.store(shared, &marker, seen)
    }

    /// An artificial Rotate came: the source begins to send, or goes to its next file. Begins a segment
    /// for it.
    fn begin_source_file(
        &mut self,
        shared: &Shared,
        begins: &SourcePosition,
        checksum: Checksum,
    ) -> Result<(), EventLogError> {
        if let Some(Connecting {
            start: Some(expected),
            ..
        }) = &self.connecting
            && expected != begins
        {
            return Err(EventLogError::NotContiguous {
                expected: expected.clone(),
                got: begins.clone(),
            });
        }
        self.next_segment(shared, checksum, false)?;
        self.connecting = None;
        Ok(())
    }

    /// Finishes the segment if it is large enough or somebody asked for it, between transactions.
    pub fn rotate_if_due(&mut self, shared: &Shared) -> Result<(), EventLogError> {
        let due = self.rotate_requested || self.finished || self.end() >= self.options.max_size();
        if due && self.stream.group.is_boundary() {
            self.next_segment(shared, self.stream.checksum, true)?;
        }
        Ok(())
    }

    /// See [`crate::RelayLog::rotate`].
    pub fn rotate(&mut self, shared: &Shared) -> Result<(), EventLogError> {
        self.check()?;
        self.rotate_requested = true;
        self.rotate_if_due(shared)
    }

    /// Finishes the active segment and begins the next; `continued` repeats at its head where the
    /// source's events come from.
    fn next_segment(
        &mut self,
        shared: &Shared,
        checksum: Checksum,
        continued: bool,
    ) -> Result<(), EventLogError> {
        let next = self.number + 1;
        if !self.finished {
            let name = shared.names.segment(next);
            let rotate = self.maker().rotate_to_segment(&name, self.end());
            self.push(shared, &rotate)?;
            self.finished = true;
            self.mark_boundary();
        }
        self.write_out(shared)?;
        self.sync(shared)?;
        let mut stream = self.stream.clone();
        let head = if continued {
            head(&self.options, &mut stream, checksum, false)
        } else {
            let mut unknown = Stream {
                source: None,
                ..stream.clone()
            };
            let head = head(&self.options, &mut unknown, checksum, false);
            stream.checksum = checksum;
            head
        };
        let file = create_segment(&*shared.disk, &shared.names, next, &head)?;
        let numbers: Vec<u64> = shared.state().segments.keys().copied().collect();
        index::write(
            &*shared.disk,
            &shared.names,
            numbers.into_iter().chain([next]),
        )?;
        self.file = file;
        self.number = next;
        self.written = head.len() as u64;
        self.finished = false;
        self.rotate_requested = false;
        self.stream = stream;
        self.mark_boundary();
        let mut state = shared.state();
        let len = state.active_len;
        let last = state.active;
        state.segments.insert(last, len);
        state.segments.insert(next, self.written);
        state.active = next;
        state.active_len = self.written;
        drop(state);
        shared.changed.notify_all();
        Ok(())
    }

    /// Puts bytes behind what is buffered. Nothing is stored if it fails.
    fn push(&mut self, shared: &Shared, bytes: &[u8]) -> Result<(), EventLogError> {
        if self.buffer.len() + bytes.len() > BUFFER {
            self.write_out(shared)?;
            self.sync_if_due(shared)?;
        }
        if bytes.len() > BUFFER {
            self.file
                .write_at(self.written, bytes)
                .map_err(EventLogError::io("write", shared.path(self.number)))?;
            self.written += bytes.len() as u64;
        } else {
            self.buffer.extend_from_slice(bytes);
        }
        Ok(())
    }

    /// Writes the buffer to the file and publishes it.
    fn write_out(&mut self, shared: &Shared) -> Result<(), EventLogError> {
        if !self.buffer.is_empty() {
            self.file
                .write_at(self.written, &self.buffer)
                .map_err(EventLogError::io("write", shared.path(self.number)))?;
            self.written += self.buffer.len() as u64;
            self.buffer.clear();
        }
        let mut state = shared.state();
        state.segments.insert(self.number, self.boundary.pos);
        state.flushes.note(RelayPosition {
            segment: self.number,
            pos: self.boundary.pos,
        });
        state.active_len = self.written;
        state.received.clone_from(&self.stream.source);
        drop(state);
        shared.changed.notify_all();
        Ok(())
    }

    /// Makes what is written durable.
    fn sync(&mut self, shared: &Shared) -> Result<(), EventLogError> {
        self.check()?;
        self.finish_sync(shared)?;
        if let Err(error) = self.file.sync() {
            self.poisoned = true;
            return Err(EventLogError::io("fsync", shared.path(self.number))(error));
        }
        self.events_since_sync = 0;
        let mut state = shared.state();
        let received = state.received.clone();
        state.synced = received;
        Ok(())
    }

    /// With `sync_relay_log=1` the receiver waits for the disk; with more, the fsync runs beside it while
    /// the next events come, and only the one after the next waits for it.
    fn sync_if_due(&mut self, shared: &Shared) -> Result<(), EventLogError> {
        if self
            .syncing
            .as_ref()
            .is_some_and(|(sync, _)| sync.is_finished())
        {
            self.finish_sync(shared)?;
        }
        let every = u64::from(self.options.sync_relay_log);
        if every == 0 || self.events_since_sync < every {
            return Ok(());
        }
        if every == 1 {
            return self.sync(shared);
        }
        self.finish_sync(shared)?;
        let file = self.file.clone();
        let beside = std::thread::Builder::new()
            .name("relay-log-sync".to_owned())
            .spawn(move || file.sync());
        match beside {
            Ok(sync) => {
                self.syncing = Some((sync, shared.state().received.clone()));
                self.events_since_sync = 0;
                Ok(())
            }
            // No thread to be had: wait for the disk here.
            Err(_) => self.sync(shared),
        }
    }

    /// Waits for the fsync that runs beside, if any.
    fn finish_sync(&mut self, shared: &Shared) -> Result<(), EventLogError> {
        let Some((sync, up_to)) = self.syncing.take() else {
            return Ok(());
        };
        let result = sync
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("fsync panicked")));
        if let Err(error) = result {
            self.poisoned = true;
            return Err(EventLogError::io("fsync", shared.path(self.number))(error));
        }
        shared.state().synced = up_to;
        Ok(())
    }

    /// See [`crate::RelayLog::flush`].
    pub fn flush(&mut self, shared: &Shared) -> Result<(), EventLogError> {
        self.check()?;
        self.write_out(shared)?;
        self.sync_if_due(shared)
    }

    /// See [`crate::RelayLog::sync`].
    pub fn flush_and_sync(&mut self, shared: &Shared) -> Result<(), EventLogError> {
        self.check()?;
        self.write_out(shared)?;
        self.sync(shared)
    }

    /// Number and length of the active segment.
    pub fn active(&self) -> (u64, u64) {
        (self.number, self.written)
    }
}

/// Writes a new segment's head durably; the index does not name it yet.
fn create_segment(
    disk: &dyn Disk,
    names: &Names,
    number: u64,
    head: &[u8],
) -> Result<Arc<dyn DiskFile>, EventLogError> {
    let path = names.segment_path(number);
    let file = disk
        .create(&path)
        .map_err(EventLogError::io("create", &path))?;
    file.write_at(0, head)
        .map_err(EventLogError::io("write", &path))?;
    file.sync().map_err(EventLogError::io("fsync", &path))?;
    disk.sync_dir(&names.dir)
        .map_err(EventLogError::io("fsync", &names.dir))?;
    Ok(Arc::from(file))
}
