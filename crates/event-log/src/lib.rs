//! Segmented event files with an index, in MySQL's format.
//!
//! Role: keep events on disk so that what was received is never lost, repeated or reordered, and so that
//! MySQL's own tools read the files. [`RelayLog`] is the instance that the receiver writes and the
//! applier reads; everything below it (disk, index, segment, event framing) knows nothing of relaying.
//!
//! Layout of a relay log directory: `<base>.000001`, `<base>.000002`, ... and `<base>.index`, which names
//! the segments that count, one `./name` a line. A segment is, in this order:
//!
//! 1. the magic bytes `fe 62 69 6e`;
//! 2. our own Format_description (flag `LOG_EVENT_RELAY_LOG_F`) and, for a MySQL source, Previous_gtids;
//! 3. an artificial Rotate naming the source's file and position, and the source's Format_description;
//! 4. the source's events, byte for byte as received, with the source's own `log_pos`;
//! 5. once finished, our own Rotate naming the next segment.
//!
//! Where it differs from the real server: every segment begins with (3), also one begun because of its
//! size or by FLUSH RELAY LOGS (the real server repeats only the Format_description there). So each
//! segment says by itself which source file and position its events have, and the position to resume
//! from is computed from the log alone.
//!
//! Invariants:
//! - a transaction never crosses segments, and readers see whole transactions only;
//! - what the log holds is contiguous: a connection that does not begin exactly where the log ends is
//!   refused, and an unfinished transaction at the end is removed first;
//! - positions are 64 bits wide and counted here; 32-bit `log_pos` only corrects the count;
//! - a checksum is verified before an event is appended and again when it is read.
//!
//! Worked flow: [`RelayLog::open`] repairs what a crash left and says where to resume; the receiver calls
//! [`RelayLog::begin_connection`], then [`RelayLog::append`] for each event and [`RelayLog::flush`] when
//! its queue runs empty; the applier's [`RelayReader::next`] gets each event with its relay and source
//! position; after committing, the applier calls [`RelayLog::purge_applied`].
#![deny(clippy::unwrap_used, clippy::indexing_slicing)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing))]

mod disk;
mod error;
mod event;
mod group;
mod index;
mod mysql_error;
mod position;
mod relay;
mod segment;
mod stream;

pub use disk::{Disk, DiskFile, OsDisk};
pub use error::{EventLogError, ReadFailure};
pub use event::Checksum;
pub use position::{RelayPosition, SourcePosition};
pub use relay::options::RelayOptions;
pub use relay::reader::{
    ReadOutcome, RelayEvent, RelayEventKind, RelayReader, SegmentEvent, SegmentEvents,
};
pub use relay::recovery::{Recovery, Truncation};
pub use relay::{Appended, Published, RelayLog, SpaceWait};
