//! The reading end: follows the log across segments and waits at its end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::error::{EventLogError, ReadFailure};
use crate::event::{Checksum, Origin, is_own};
use crate::position::{RelayPosition, SourcePosition};
use crate::relay::shared::Shared;
use crate::segment::{Cursor, CursorError};
use crate::stream::{Seen, Stream, What};
use understudy_binlog::MAGIC;

/// What an event is to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayEventKind {
    /// The source's Format_description: how to decode what follows.
    Format,
    /// The source goes to another file. With `artificial` it is no event of the source's log: it only
    /// says where the next event belongs and must not move the applied position by itself.
    Rotate {
        /// Made up by the source's sender, or by this log at the head of a segment.
        artificial: bool,
    },
    /// An event of the source.
    Event,
}

/// One event of the source from the log, verified.
#[derive(Clone, Debug)]
pub struct RelayEvent {
    /// The whole event with header and checksum.
    pub bytes: Bytes,
    /// How it ends.
    pub checksum: Checksum,
    /// What it is to the log.
    pub kind: RelayEventKind,
    /// Where it begins in the relay log.
    pub at: RelayPosition,
    /// Where it ends in the relay log: the position to go on from once it is applied.
    pub end: RelayPosition,
    /// Where it ends in the source's log (for a Rotate: where it leads to). `None` only before the first
    /// Rotate of a log.
    pub source_end: Option<SourcePosition>,
    /// The transaction that was open before it has no end: the source died inside it. It must be rolled
    /// back before this event is applied.
    pub abandons: bool,
    /// No transaction is open behind it.
    pub ends_group: bool,
}

impl RelayEvent {
    /// The event without its checksum.
    pub fn without_checksum(&self) -> Bytes {
        let len = self.bytes.len().saturating_sub(self.checksum.len());
        self.bytes.slice(..len)
    }
}

/// How [`RelayReader::next`] ended.
#[derive(Clone, Debug)]
pub enum ReadOutcome {
    /// An event.
    Event(RelayEvent),
    /// Nothing more came in time: the applier has caught up.
    TimedOut,
    /// The stop flag was set.
    Stopped,
}

/// Reads a relay log from a position on; belongs to one thread.
pub struct RelayReader {
    shared: Arc<Shared>,
    epoch: u64,
    segment: u64,
    cursor: Cursor,
    /// Published length of the segment.
    limit: u64,
    stream: Stream,
}

impl RelayReader {
    pub(crate) fn open(shared: Arc<Shared>, at: RelayPosition) -> Result<Self, EventLogError> {
        let (epoch, limit) = {
            let state = shared.state();
            let limit = state.segments.get(&at.segment).copied();
            (state.epoch, limit)
        };
        let limit = limit.ok_or(EventLogError::NoSuchPosition { at })?;
        let mut reader = RelayReader {
            cursor: open_cursor(&shared, at.segment)?,
            shared,
            epoch,
            segment: at.segment,
            limit,
            stream: Stream::default(),
        };
        // What was applied before need not be verified again, only understood.
        let pos = at.pos.max(MAGIC.len() as u64);
        while reader.cursor.at < pos.min(limit) {
            let begins = reader.cursor.at;
            let read = reader.cursor.next_head(limit);
            let Some(event) = read.map_err(|error| reader.cursor_error(begins, error))? else {
                break;
            };
            let seen = Seen::look_again(&event, reader.stream.checksum)
                .map_err(|failure| reader.corrupt(begins, failure))?;
            reader.stream.advance(seen);
        }
        if reader.cursor.at != pos {
            return Err(EventLogError::NoSuchPosition { at });
        }
        Ok(reader)
    }

    /// Where the next event begins.
    pub fn position(&self) -> RelayPosition {
        RelayPosition {
            segment: self.segment,
            pos: self.cursor.at,
        }
    }

    /// Where the next event belongs in the source's log, if the log has said so.
    pub fn source_position(&self) -> Option<&SourcePosition> {
        self.stream.source.as_ref()
    }

    /// The source's Format_description in force at this position, whole, if there was one.
    pub fn format(&self) -> Option<Bytes> {
        let format = self.stream.format.as_ref()?;
        Some(Bytes::copy_from_slice(&format.bytes))
    }

    /// The next event of the source; our own events are passed over. Waits for one if all is read: for
    /// ever, or for `timeout`. A damaged event is an error and is never given out; the reader stays
    /// before it.
    pub fn next(
        &mut self,
        timeout: Option<Duration>,
        stop: &AtomicBool,
    ) -> Result<ReadOutcome, EventLogError> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            if stop.load(Ordering::SeqCst) {
                return Ok(ReadOutcome::Stopped);
            }
            let begins = self.cursor.at;
            if let Some(bytes) = self.read(begins)? {
                if let Some(event) = self.take(begins, bytes)? {
                    return Ok(ReadOutcome::Event(event));
                }
                continue;
            }
            match self.wait(deadline, stop)? {
                Wake::More => {}
                Wake::NextSegment(number) => self.enter(number)?,
                Wake::TimedOut => return Ok(ReadOutcome::TimedOut),
                Wake::Stopped => return Ok(ReadOutcome::Stopped),
            }
        }
    }

    /// Verifies an event that was read at `begins`; `None` if it is our own.
    fn take(&mut self, begins: u64, bytes: Bytes) -> Result<Option<RelayEvent>, EventLogError> {
        let checksum = self.stream.checksum;
        let seen = match Seen::look(&bytes, checksum, Origin::File) {
            Ok(seen) => seen,
            Err(failure) => {
                self.cursor.at = begins;
                return Err(self.corrupt(begins, failure));
            }
        };
        let own = is_own(&seen.header);
        let (kind, checksum) = match &seen.what {
            What::Format(format) => (RelayEventKind::Format, format.trailer()),
            What::Rotate { artificial, .. } => {
                let artificial = *artificial;
                (RelayEventKind::Rotate { artificial }, checksum)
            }
            What::Other => (RelayEventKind::Event, checksum),
        };
        let abandons = self.stream.advance(seen);
        if own {
            return Ok(None);
        }
        Ok(Some(RelayEvent {
            checksum,
            kind,
            at: RelayPosition {
                segment: self.segment,
                pos: begins,
            },
            end: self.position(),
            source_end: self.stream.source.clone(),
            abandons,
            ends_group: self.stream.group.is_boundary(),
            bytes,
        }))
    }

    fn read(&mut self, begins: u64) -> Result<Option<Bytes>, EventLogError> {
        self.cursor
            .next(self.limit)
            .map_err(|error| self.cursor_error(begins, error))
    }

    fn cursor_error(&self, begins: u64, error: CursorError) -> EventLogError {
        match error {
            CursorError::Bad(failure) => self.corrupt(begins, failure),
            CursorError::Io(source) => {
                EventLogError::io("read", self.shared.path(self.segment))(source)
            }
        }
    }

    fn corrupt(&self, begins: u64, failure: ReadFailure) -> EventLogError {
        EventLogError::Corrupt {
            file: self.shared.names.segment(self.segment),
            at: RelayPosition {
                segment: self.segment,
                pos: begins,
            },
            failure,
        }
    }

    /// Goes to the beginning of another segment; our own Format_description there sets the checksum.
    fn enter(&mut self, number: u64) -> Result<(), EventLogError> {
        let cursor = open_cursor(&self.shared, number)?;
        self.segment = number;
        self.cursor = cursor;
        self.limit = MAGIC.len() as u64;
        Ok(())
    }

    /// Waits until there is more to read than `self.limit`.
    fn wait(
        &mut self,
        deadline: Option<Instant>,
        stop: &AtomicBool,
    ) -> Result<Wake, EventLogError> {
        let shared = self.shared.clone();
        let mut state = shared.state();
        loop {
            if state.epoch != self.epoch {
                return Err(EventLogError::Reset);
            }
            if stop.load(Ordering::SeqCst) {
                return Ok(Wake::Stopped);
            }
            match state.segments.get(&self.segment) {
                Some(len) if *len > self.limit => {
                    self.limit = *len;
                    return Ok(Wake::More);
                }
                Some(_) => {}
                None => {
                    return Err(EventLogError::NoSuchPosition {
                        at: self.position(),
                    });
                }
            }
            if let Some((next, _)) = state.segments.range(self.segment + 1..).next() {
                return Ok(Wake::NextSegment(*next));
            }
            if state.space_waiting && !state.ignore_limit {
                state.ignore_limit = true;
                shared.changed.notify_all();
            }
            let Some(deadline) = deadline else {
                state = shared
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Wake::TimedOut);
            }
            state = shared
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

/// Why [`RelayReader::wait`] ended.
enum Wake {
    More,
    NextSegment(u64),
    TimedOut,
    Stopped,
}

fn open_cursor(shared: &Shared, number: u64) -> Result<Cursor, EventLogError> {
    let file = shared.open_segment(number)?;
    Cursor::new(file).map_err(|error| match error {
        CursorError::Io(source) => EventLogError::io("read", shared.path(number))(source),
        CursorError::Bad(failure) => EventLogError::Corrupt {
            file: shared.names.segment(number),
            at: RelayPosition {
                segment: number,
                pos: 0,
            },
            failure,
        },
    })
}

/// One event of a segment as it stands in the file, our own events included (SHOW RELAYLOG EVENTS).
#[derive(Clone, Debug)]
pub struct SegmentEvent {
    /// The whole event.
    pub bytes: Bytes,
    /// How it ends.
    pub checksum: Checksum,
    /// Where it begins, bytes.
    pub pos: u64,
    /// Where it ends, bytes.
    pub end: u64,
}

/// Walks one segment, up to the end of its last whole transaction at the time of opening.
pub struct SegmentEvents {
    name: String,
    segment: u64,
    cursor: Cursor,
    limit: u64,
    checksum: Checksum,
}

impl SegmentEvents {
    pub(crate) fn open(shared: &Shared, segment: u64) -> Result<Self, EventLogError> {
        let limit = shared.state().segments.get(&segment).copied();
        let at = RelayPosition { segment, pos: 0 };
        Ok(SegmentEvents {
            name: shared.names.segment(segment),
            segment,
            limit: limit.ok_or(EventLogError::NoSuchPosition { at })?,
            cursor: open_cursor(shared, segment)?,
            checksum: Checksum::None,
        })
    }

    fn step(&mut self) -> Result<Option<SegmentEvent>, CursorError> {
        let pos = self.cursor.at;
        let Some(bytes) = self.cursor.next(self.limit)? else {
            return Ok(None);
        };
        let mut checksum = self.checksum;
        let seen = Seen::look(&bytes, checksum, Origin::File).map_err(CursorError::Bad)?;
        if let What::Format(format) = &seen.what {
            checksum = format.trailer();
            self.checksum = format.checksum;
        }
        Ok(Some(SegmentEvent {
            checksum,
            pos,
            end: self.cursor.at,
            bytes,
        }))
    }
}

impl Iterator for SegmentEvents {
    type Item = Result<SegmentEvent, EventLogError>;

    /// The next event; an error ends the walk.
    fn next(&mut self) -> Option<Self::Item> {
        let pos = self.cursor.at;
        let error = match self.step() {
            Ok(event) => return event.map(Ok),
            Err(CursorError::Io(source)) => EventLogError::io("read", self.name.clone())(source),
            Err(CursorError::Bad(failure)) => EventLogError::Corrupt {
                file: self.name.clone(),
                at: RelayPosition {
                    segment: self.segment,
                    pos,
                },
                failure,
            },
        };
        self.limit = self.cursor.at;
        Some(Err(error))
    }
}
