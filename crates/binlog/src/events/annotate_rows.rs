//! Annotate_rows (MariaDB): the statement behind the rows that follow, sent where `binlog_annotate_row_events` is on.
//!
//! ```text
//! *  statement behind the rows that follow
//! ```

use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::reader::Reader;
use bytes::Bytes;

/// Annotate_rows (MariaDB): the statement behind the rows that follow, sent where `binlog_annotate_row_events` is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnnotateRowsEvent {
    /// The statement behind the rows that follow.
    pub statement: Bytes,
}

impl Body for AnnotateRowsEvent {
    fn decode(reader: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        Ok(AnnotateRowsEvent {
            statement: reader.rest(),
        })
    }

    fn encode(&self, out: &mut Vec<u8>, _: &EventContext) {
        out.extend_from_slice(&self.statement);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::testing;
    use crate::{EventBody, EventType, Flavour};

    #[test]
    fn round_trips() {
        for body in [&b""[..], b"some bytes"] {
            let expected = EventBody::AnnotateRows(AnnotateRowsEvent {
                statement: Bytes::from_static(body),
            });
            testing::check(Flavour::Mariadb, EventType::ANNOTATE_ROWS, body, expected);
        }
    }
}
