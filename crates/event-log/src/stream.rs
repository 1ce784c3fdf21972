//! What must be known at a place of the log to understand the next event: the checksum in force, the
//! source's Format_description, the source position, and whether a transaction is open.
//!
//! The same rules serve appending, recovery and reading, so the three cannot disagree.

use std::sync::Arc;

use understudy_binlog::position::is_artificial;
use understudy_binlog::{EventFlags, EventHeader, EventType};

use crate::error::ReadFailure;
use crate::event::{
    Checksum, Format, HEADER_LEN, Origin, header, is_own, low_32, parse_rotate, verify,
};
use crate::group::Group;
use crate::position::SourcePosition;

/// State between two events.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stream {
    pub checksum: Checksum,
    /// The source's, not our own.
    pub format: Option<Arc<Format>>,
    pub source: Option<SourcePosition>,
    pub group: Group,
}

/// An event looked at, not yet taken into account.
pub(crate) struct Seen<'a> {
    pub header: EventHeader,
    /// Without header and checksum.
    pub body: &'a [u8],
    pub what: What<'a>,
}

/// What an event means to the log.
pub(crate) enum What<'a> {
    /// A Format_description, ours or the source's.
    Format(Box<Format>),
    /// A Rotate: file and position that follow.
    Rotate {
        file: &'a str,
        pos: u64,
        artificial: bool,
    },
    /// Anything else.
    Other,
}

impl<'a> Seen<'a> {
    /// Parses and verifies one whole event that ends as `checksum` says.
    pub fn look(event: &'a [u8], checksum: Checksum, origin: Origin) -> Result<Self, ReadFailure> {
        let header = header(event)?;
        if header.event_len as usize != event.len() {
            return Err(ReadFailure::BadSize {
                size: header.event_len,
            });
        }
        let body = match header.event_type {
            EventType::FORMAT_DESCRIPTION => event.get(HEADER_LEN..).unwrap_or_default(),
            _ => verify(event, checksum)?,
        };
        Self::understand(header, event, body, origin)
    }

    /// As [`Seen::look`] without the checksum, for an event that was verified and applied before; of a
    /// large one the beginning suffices ([`crate::segment::Cursor::next_head`]).
    pub fn look_again(event: &'a [u8], checksum: Checksum) -> Result<Self, ReadFailure> {
        let header = header(event)?;
        let end = (header.event_len as usize)
            .saturating_sub(checksum.len())
            .min(event.len());
        let body = event.get(HEADER_LEN..end).ok_or(ReadFailure::BadSize {
            size: header.event_len,
        })?;
        Self::understand(header, event, body, Origin::File)
    }

    fn understand(
        header: EventHeader,
        event: &'a [u8],
        body: &'a [u8],
        origin: Origin,
    ) -> Result<Self, ReadFailure> {
        let what = match header.event_type {
            EventType::FORMAT_DESCRIPTION => What::Format(Box::new(Format::parse(event, origin)?)),
            EventType::ROTATE => {
                let (pos, file) = parse_rotate(body)?;
                let artificial = is_artificial(&header);
                What::Rotate {
                    file,
                    pos,
                    artificial,
                }
            }
            _ => What::Other,
        };
        Ok(Seen { header, body, what })
    }
}

impl Seen<'_> {
    /// The head of a segment: our own Format_description.
    pub fn is_own_format(&self) -> bool {
        is_own(&self.header) && matches!(self.what, What::Format(_))
    }

    /// Part of the source's log, neither ours nor only saying where the next event belongs.
    pub fn is_of_source(&self) -> bool {
        let made_up = match self.what {
            What::Rotate { artificial, .. } => artificial,
            What::Format(_) => is_artificial(&self.header),
            What::Other => false,
        };
        !is_own(&self.header) && !made_up
    }
}

impl Stream {
    /// Takes an event into account. `true` if a transaction was open before it that the source never
    /// ended: it is to be rolled back.
    pub fn advance(&mut self, seen: Seen<'_>) -> bool {
        let was_open = !self.group.is_boundary();
        let may_abandon = Group::may_abandon(&seen.header);
        let begins = Group::begins(&seen.header);
        self.take(seen);
        was_open && may_abandon && (begins || self.group.is_boundary())
    }

    fn take(&mut self, seen: Seen<'_>) {
        let Seen { header, body, what } = seen;
        if is_own(&header) {
            if let What::Format(format) = what {
                self.checksum = format.checksum;
            }
            return;
        }
        match what {
            What::Format(format) => {
                self.group = self.group.after(&header, body, None);
                self.checksum = format.checksum;
                if header.log_pos != 0 {
                    self.count(&header);
                }
                self.format = Some(Arc::from(format));
            }
            What::Rotate {
                file,
                pos,
                artificial,
            } => {
                let here = self
                    .source
                    .as_ref()
                    .is_some_and(|at| at.pos == pos && *at.file == *file);
                // A move elsewhere abandons what was open.
                if !(artificial && here) {
                    self.group = Group::Outside;
                }
                match &mut self.source {
                    Some(at) if *at.file == *file => at.pos = pos,
                    Some(_) | None => self.source = Some(SourcePosition::new(file, pos)),
                }
            }
            What::Other => {
                self.group = self.group.after(&header, body, self.format.as_deref());
                self.count(&header);
            }
        }
    }

    /// Moves the source position over an event: by its size, corrected by its `log_pos` where that is
    /// ahead (the source left events out). `log_pos` is the position modulo 2^32, and 0 inside
    /// transactions of MariaDB from 11.4 on; one behind the count is not believed.
    fn count(&mut self, header: &EventHeader) {
        let Some(at) = &mut self.source else { return };
        let artificial = header.flags.contains(EventFlags::ARTIFICIAL);
        let counted = at.pos
            + if artificial {
                0
            } else {
                u64::from(header.event_len)
            };
        let ahead = header.log_pos.wrapping_sub(low_32(counted));
        at.pos = if header.log_pos != 0 && ahead < 1 << 31 {
            counted + u64::from(ahead)
        } else {
            counted
        };
    }
}
