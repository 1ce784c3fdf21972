//! Binary log event codec of MySQL 5.6 to 9.7 and MariaDB 10.11 to 11.8; no I/O.
//!
//! An event is a 19-byte header, a body and, mostly, a CRC32. [`event::Event::decode`] reads one from its
//! bytes with an [`context::EventContext`] taken from the last format description event, and
//! [`event::Event::encode`] writes exactly the same bytes back. What this crate does not know survives as
//! raw bytes ([`event::EventBody::Unknown`]); whether it may be passed over is the event's own flag's to say.
//!
//! One worked flow, a stream from a source:
//!
//! ```
//! use bytes::Bytes;
//! use understudy_binlog::builder::BinlogBuilder;
//! use understudy_binlog::{ChecksumAlgorithm, Event, EventBody, EventContext, Flavour};
//!
//! let mut builder = BinlogBuilder::new(1, "9.7.0", ChecksumAlgorithm::Crc32);
//! builder.query("shop", "CREATE TABLE t (a INT)");
//! let mut rest = Bytes::from(builder.into_bytes()).slice(4..);
//! let mut context = EventContext::initial(Flavour::Mysql, ChecksumAlgorithm::Off);
//! let mut names = Vec::new();
//! while !rest.is_empty() {
//!     let header = understudy_binlog::EventHeader::decode(&rest)?;
//!     let event = Event::decode(&rest.split_to(header.event_len as usize), &context)?;
//!     if let EventBody::FormatDescription(description) = &event.body {
//!         context = description.context();
//!     }
//!     names.push(event.header.event_type.name(context.flavour));
//! }
//! assert_eq!(names, ["Format_desc", "Query"]);
//! # Ok::<(), understudy_binlog::DecodeError>(())
//! ```
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation
)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::cast_possible_truncation
    )
)]

pub mod builder;
pub mod checksum;
pub mod compression;
pub mod context;
pub mod dummy;
pub mod error;
pub mod event;
pub mod event_type;
pub mod events;
pub mod group;
pub mod header;
pub mod position;
mod put;
pub mod reader;

pub use checksum::ChecksumAlgorithm;
pub use context::{EventContext, Flavour};
pub use error::{DecodeError, Why};
pub use event::{Event, EventBody};
pub use event_type::EventType;
pub use header::{EventFlags, EventHeader};

/// The first four bytes of a binary log or relay log file.
pub const MAGIC: [u8; 4] = [0xfe, b'b', b'i', b'n'];
