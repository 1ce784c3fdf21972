//! Rows_query (MySQL): the statement behind the rows that follow, with `binlog_rows_query_log_events`.
//!
//! ```text
//! 1  length of the statement, or 255 where it is longer; readers take all that is there
//! *  statement
//! ```

use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::put::Put;
use crate::reader::Reader;
use bytes::Bytes;

/// The statement behind the rows that follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowsQueryEvent {
    /// The length byte as written.
    pub length_byte: u8,
    /// Statement.
    pub statement: Bytes,
}

impl RowsQueryEvent {
    /// An event as the server writes it.
    pub fn new(statement: impl Into<Bytes>) -> RowsQueryEvent {
        let statement = statement.into();
        RowsQueryEvent {
            length_byte: u8::try_from(statement.len()).unwrap_or(u8::MAX),
            statement,
        }
    }
}

impl Body for RowsQueryEvent {
    fn decode(reader: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        Ok(RowsQueryEvent {
            length_byte: reader.u8("length")?,
            statement: reader.rest(),
        })
    }

    fn encode(&self, out: &mut Vec<u8>, _: &EventContext) {
        out.u8(self.length_byte);
        out.slice(&self.statement);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::testing;
    use crate::{EventBody, EventType, Flavour};

    #[test]
    fn round_trips() {
        testing::check(
            Flavour::Mysql,
            EventType::ROWS_QUERY,
            b"\x08SELECT 1",
            EventBody::RowsQuery(RowsQueryEvent::new("SELECT 1")),
        );
    }
}
