//! Query, and Query_compressed of MariaDB: a statement.
//!
//! ```text
//! 4  thread id (`pseudo_thread_id`)
//! 4  execution time, seconds
//! 1  length of the schema
//! 2  error number that the statement ended in on the source
//! 2  length of the status variables
//! *  status variables
//! *  schema, zero byte
//! *  statement, in the client's character set (compressed: see `crate::compression`)
//! ```

use super::status_variables::StatusVariables;
use crate::compression;
use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::event_type::EventType;
use crate::put::{Put, len_u8, len_u16};
use crate::reader::Reader;
use bytes::Bytes;

/// A statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryEvent {
    /// `pseudo_thread_id`: temporary tables belong to it.
    pub thread_id: u32,
    /// Execution time, seconds.
    pub exec_time_s: u32,
    /// Error number that the statement ended in on the source.
    pub error_code: u16,
    /// The session.
    pub status: StatusVariables,
    /// Default schema; empty for none.
    pub schema: Bytes,
    /// The statement as sent; see [`QueryEvent::statement`].
    pub query: Bytes,
    /// `query` is compressed (MariaDB).
    pub compressed: bool,
}

impl QueryEvent {
    /// The statement; a compressed one may inflate to `limit` bytes.
    pub fn statement(&self, limit: u64) -> Result<Bytes, DecodeError> {
        if self.compressed {
            compression::inflate(&self.query, limit, EventType::QUERY_COMPRESSED)
        } else {
            Ok(self.query.clone())
        }
    }

    /// The statement is this one, as the server itself writes it (`BEGIN`, `COMMIT`).
    pub fn is(&self, statement: &str) -> bool {
        !self.compressed && self.query.eq_ignore_ascii_case(statement.as_bytes())
    }

    /// The statement starts with these words, as the server itself writes them.
    pub fn starts_with(&self, words: &str) -> bool {
        !self.compressed
            && self
                .query
                .get(..words.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(words.as_bytes()))
    }
}

impl Body for QueryEvent {
    fn decode(reader: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        let thread_id = reader.u32("thread id")?;
        let exec_time_s = reader.u32("execution time")?;
        let schema_len = reader.u8("schema length")?;
        let error_code = reader.u16("error number")?;
        let status_len = reader.u16("status variables length")?;
        let encoded = reader.bytes("status variables", u64::from(status_len))?;
        let schema = reader.bytes("schema", u64::from(schema_len))?;
        reader.zero("end of schema")?;
        Ok(QueryEvent {
            thread_id,
            exec_time_s,
            error_code,
            status: StatusVariables { encoded },
            schema,
            query: reader.rest(),
            compressed: reader.event_type() == EventType::QUERY_COMPRESSED,
        })
    }

    fn encode(&self, out: &mut Vec<u8>, _: &EventContext) {
        out.u32(self.thread_id);
        out.u32(self.exec_time_s);
        out.u8(len_u8(self.schema.len()));
        out.u16(self.error_code);
        out.u16(len_u16(self.status.encoded.len()));
        out.slice(&self.status.encoded);
        out.slice(&self.schema);
        out.u8(0);
        out.slice(&self.query);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::testing;
    use crate::{EventBody, Flavour};

    const BODY: &[u8] = b"\x08\0\0\0\x01\0\0\0\x02\x05\x04\x02\0\x13\x01db\0BEGIN";

    fn sample() -> QueryEvent {
        QueryEvent {
            thread_id: 8,
            exec_time_s: 1,
            error_code: 1029,
            status: StatusVariables {
                encoded: Bytes::from_static(b"\x13\x01"),
            },
            schema: Bytes::from_static(b"db"),
            query: Bytes::from_static(b"BEGIN"),
            compressed: false,
        }
    }

    #[test]
    fn round_trips() {
        testing::check(
            Flavour::Mysql,
            EventType::QUERY,
            BODY,
            EventBody::Query(sample()),
        );
        assert!(sample().is("begin") && sample().starts_with("Beg"));
        assert_eq!(sample().statement(0).unwrap(), "BEGIN");
    }

    #[test]
    fn t27_compressed_statement_is_inflated_within_its_limit() {
        let statement = "INSERT INTO t VALUES ".repeat(20);
        let mut event = sample();
        event.query = compression::deflate(statement.as_bytes()).into();
        event.compressed = true;
        let mut body = Vec::new();
        event.encode(&mut body, &testing::context(Flavour::Mariadb));
        assert_eq!(event.statement(420).unwrap(), statement);
        assert!(event.statement(419).is_err());
        let expected = EventBody::Query(event);
        testing::check(
            Flavour::Mariadb,
            EventType::QUERY_COMPRESSED,
            &body,
            expected,
        );
    }
}
