//! What is done to a log when it is opened after a crash.
//!
//! - The newest segment that holds events of the source is read and verified from its beginning. It is
//!   cut behind its last whole transaction: a torn event, a damaged one and an unfinished transaction all
//!   come again from the source, which is asked to go on from there. (The real server does this with
//!   `relay_log_recovery=ON`, by discarding all that is not applied.)
//! - A segment whose own head is torn holds nothing and is removed.
//! - Files that the index does not name: removed if they are what a purge, a rotation or a reset leaves
//!   (older than the oldest; newer than the newest and without events of the source; any if the index is
//!   empty); otherwise left alone, and new segments get higher numbers.
//! - Names in the index without a file: forgotten at the beginning (purged by hand) and at the end
//!   (the events come again); a hole between is an error, for what is behind it cannot be used.
//!
//! Each step may be interrupted and done again. The applier's own position stays valid unless the
//! operating system lost what was not fsynced: [`crate::RelayLog::covers`] says so, and
//! [`crate::RelayLog::reset`] with the applied position is the way on.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::disk::Disk;
use crate::error::{EventLogError, ReadFailure};
use crate::event::Origin;
use crate::index::{self, Names};
use crate::position::{RelayPosition, SourcePosition};
use crate::segment::{Cursor, CursorError};
use crate::stream::{Seen, Stream};

/// No segment's head is longer, bytes.
const MAX_HEAD: u64 = 2048;

/// A cut made by recovery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truncation {
    /// Where the segment ends now.
    pub at: RelayPosition,
    /// How many bytes were cut.
    pub bytes: u64,
    /// What was found there; `None` if all events were whole and only a transaction was unfinished.
    pub failure: Option<ReadFailure>,
}

/// What [`crate::RelayLog::open`] found and did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Where the receiver must resume: behind the last whole transaction in the log. `None` if the log
    /// holds nothing that says so; then the applied position is where to resume.
    pub resume: Option<SourcePosition>,
    /// Segments that were cut.
    pub truncated: Vec<Truncation>,
    /// Files removed: torn heads, leftovers of purge, rotation or reset.
    pub removed: Vec<String>,
    /// Files that look like segments of this log, are not in the index and were left alone.
    pub left_alone: Vec<String>,
    /// Names dropped from the index for want of a file.
    pub missing: Vec<String>,
}

/// The log after recovery.
#[derive(Default)]
pub(crate) struct Recovered {
    pub segments: BTreeMap<u64, u64>,
    pub stream: Stream,
    /// Number of the segment to begin.
    pub next: u64,
    pub report: Recovery,
}

/// Repairs the log; see the module.
pub(crate) fn recover(disk: &dyn Disk, names: &Names) -> Result<Recovered, EventLogError> {
    let files = segment_files(disk, names)?;
    let indexed = index::read(disk, names)?;
    let mut report = Recovery::default();
    let kept = drop_missing(names, indexed.as_deref(), &files, &mut report)?;
    let mut doomed = Vec::new();
    for number in files.difference(&kept.iter().copied().collect()) {
        if is_leftover(disk, names, indexed.as_deref(), *number)? {
            doomed.push(*number);
        } else {
            report.left_alone.push(names.segment(*number));
        }
    }
    let mut recovered = Recovered {
        report,
        ..Recovered::default()
    };
    let mut kept = kept;
    let torn = repair_newest(disk, names, &kept, &mut recovered)?;
    kept.retain(|number| !torn.contains(number));
    doomed.extend(torn);
    remove(disk, names, &kept, &doomed, &mut recovered.report)?;
    for number in kept {
        if let std::collections::btree_map::Entry::Vacant(entry) = recovered.segments.entry(number)
        {
            entry.insert(file_len(disk, names, number)?);
        }
    }
    let highest = files.iter().filter(|number| !doomed.contains(number)).max();
    recovered.next = highest.map_or(1, |highest| highest + 1);
    recovered.report.resume.clone_from(&recovered.stream.source);
    Ok(recovered)
}

/// Removes every file of the log and empties the index, in an order that a crash anywhere leaves the old
/// log or leftovers that [`recover`] removes.
pub(crate) fn discard(disk: &dyn Disk, names: &Names) -> Result<(), EventLogError> {
    index::write(disk, names, std::iter::empty())?;
    for number in segment_files(disk, names)? {
        let path = names.segment_path(number);
        disk.remove(&path)
            .map_err(EventLogError::io("remove", path))?;
    }
    disk.sync_dir(&names.dir)
        .map_err(EventLogError::io("fsync", &names.dir))
}

fn segment_files(disk: &dyn Disk, names: &Names) -> Result<BTreeSet<u64>, EventLogError> {
    let listed = disk
        .list(&names.dir)
        .map_err(EventLogError::io("list", &names.dir))?;
    Ok(listed
        .iter()
        .filter_map(|name| names.number(name))
        .collect())
}

fn file_len(disk: &dyn Disk, names: &Names, number: u64) -> Result<u64, EventLogError> {
    let path = names.segment_path(number);
    disk.open(&path, false)
        .and_then(|file| file.len())
        .map_err(EventLogError::io("size", path))
}

/// The indexed segments that exist, without the missing ones at either end.
fn drop_missing(
    names: &Names,
    indexed: Option<&[u64]>,
    files: &BTreeSet<u64>,
    report: &mut Recovery,
) -> Result<Vec<u64>, EventLogError> {
    let indexed = indexed.unwrap_or_default();
    let exists = |number: &u64| files.contains(number);
    let missing = |number: &u64| !files.contains(number);
    let from = indexed.iter().position(exists).unwrap_or(indexed.len());
    let to = indexed.iter().rposition(exists).map_or(from, |at| at + 1);
    let kept = indexed.get(from..to).unwrap_or_default().to_vec();
    if let Some(hole) = kept.iter().find(|number| missing(number)) {
        return Err(EventLogError::MissingSegment {
            file: names.segment(*hole),
        });
    }
    let gone = indexed.iter().filter(|number| missing(number));
    report.missing = gone.map(|number| names.segment(*number)).collect();
    Ok(kept)
}

/// Whether a file that the index does not name is what our own interrupted work leaves.
fn is_leftover(
    disk: &dyn Disk,
    names: &Names,
    indexed: Option<&[u64]>,
    number: u64,
) -> Result<bool, EventLogError> {
    match indexed {
        Some([]) => return Ok(true),
        Some([first, ..]) if number < *first => return Ok(true),
        Some([.., last]) if number < *last => return Ok(false),
        Some(_) | None => {}
    }
    let scan = scan(disk, names, number)?;
    Ok(!scan.has_events && scan.len < MAX_HEAD)
}

/// Reads segments from the newest backwards until one tells the source position, cutting each behind
/// its last whole transaction. Returns those that hold nothing.
fn repair_newest(
    disk: &dyn Disk,
    names: &Names,
    kept: &[u64],
    recovered: &mut Recovered,
) -> Result<Vec<u64>, EventLogError> {
    let mut torn = Vec::new();
    for number in kept.iter().rev().copied() {
        let scan = scan(disk, names, number)?;
        let Some(whole) = scan.whole else {
            torn.push(number);
            continue;
        };
        if scan.len > whole {
            let path = names.segment_path(number);
            let file = disk
                .open(&path, true)
                .map_err(EventLogError::io("open", &path))?;
            file.set_len(whole)
                .map_err(EventLogError::io("truncate", &path))?;
            file.sync().map_err(EventLogError::io("fsync", &path))?;
            recovered.report.truncated.push(Truncation {
                at: RelayPosition {
                    segment: number,
                    pos: whole,
                },
                bytes: scan.len - whole,
                failure: scan.failure,
            });
        }
        recovered.segments.insert(number, whole);
        if scan.stream.source.is_some() {
            recovered.stream = scan.stream;
            break;
        }
    }
    Ok(torn)
}

/// Removes files, after the index has ceased to name them.
fn remove(
    disk: &dyn Disk,
    names: &Names,
    kept: &[u64],
    doomed: &[u64],
    report: &mut Recovery,
) -> Result<(), EventLogError> {
    if doomed.is_empty() {
        return Ok(());
    }
    index::write(disk, names, kept.iter().copied())?;
    for number in doomed {
        let path = names.segment_path(*number);
        disk.remove(&path)
            .map_err(EventLogError::io("remove", path))?;
        report.removed.push(names.segment(*number));
    }
    disk.sync_dir(&names.dir)
        .map_err(EventLogError::io("fsync", &names.dir))
}

/// What one segment holds.
struct Scan {
    /// Length of the file.
    len: u64,
    /// Where its last whole transaction ends; `None` if not even our own head is whole.
    whole: Option<u64>,
    /// Why reading ended before the end of the file.
    failure: Option<ReadFailure>,
    /// State at `whole`.
    stream: Stream,
    /// Events of the source's log are in it, not only what says where they would belong.
    has_events: bool,
}

fn scan(disk: &dyn Disk, names: &Names, number: u64) -> Result<Scan, EventLogError> {
    let path = names.segment_path(number);
    let file = disk
        .open(&path, false)
        .map_err(EventLogError::io("open", &path))?;
    let mut scan = Scan {
        len: file.len().map_err(EventLogError::io("size", &path))?,
        whole: None,
        failure: None,
        stream: Stream::default(),
        has_events: false,
    };
    let mut cursor = match Cursor::new(file) {
        Ok(cursor) => cursor,
        Err(CursorError::Io(error)) => return Err(EventLogError::io("read", path)(error)),
        Err(CursorError::Bad(failure)) => {
            scan.failure = Some(failure);
            return Ok(scan);
        }
    };
    let mut stream = Stream::default();
    loop {
        let event = match cursor.next(scan.len) {
            Ok(Some(event)) => event,
            Ok(None) => break,
            Err(CursorError::Io(error)) => return Err(EventLogError::io("read", path)(error)),
            Err(CursorError::Bad(failure)) => {
                scan.failure = Some(failure);
                break;
            }
        };
        let seen = match Seen::look(&event, stream.checksum, Origin::File) {
            Ok(seen) => seen,
            Err(failure) => {
                scan.failure = Some(failure);
                break;
            }
        };
        if scan.whole.is_none() && !seen.is_own_format() {
            scan.failure = Some(ReadFailure::BadHeader);
            break;
        }
        scan.has_events |= seen.is_of_source();
        stream.advance(seen);
        if stream.group.is_boundary() {
            scan.whole = Some(cursor.at);
            scan.stream.source.clone_from(&stream.source);
            scan.stream.format.clone_from(&stream.format);
            scan.stream.checksum = stream.checksum;
        }
    }
    Ok(scan)
}
