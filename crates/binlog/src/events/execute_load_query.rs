//! Execute_load_query: a LOAD DATA statement whose file came in the events before it.
//!
//! ```text
//! 13  as in a Query event
//! 4   number of the file
//! 4   where in the statement the file's name starts: at `INFILE`
//! 4   where it ends: after the name
//! 1   what to do with duplicates: 0 error, 1 IGNORE, 2 REPLACE
//! *   as in a Query event
//! ```

use super::status_variables::StatusVariables;
use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::put::{Put, len_u8, len_u16};
use crate::reader::Reader;
use bytes::Bytes;

/// What LOAD DATA does with duplicates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DuplicateHandling {
    /// Fail.
    Error,
    /// Keep the old row.
    Ignore,
    /// Keep the new row.
    Replace,
}

/// A LOAD DATA statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecuteLoadQueryEvent {
    /// `pseudo_thread_id`
    pub thread_id: u32,
    /// Execution time, seconds.
    pub exec_time_s: u32,
    /// Error number that the statement ended in on the source.
    pub error_code: u16,
    /// Number of the file.
    pub file_id: u32,
    /// Where in the statement the file's name is to be put, bytes.
    pub name_start: u32,
    /// Where the rest of the statement goes on, bytes.
    pub name_end: u32,
    /// What to do with duplicates.
    pub duplicates: DuplicateHandling,
    /// The session.
    pub status: StatusVariables,
    /// Default schema; empty for none.
    pub schema: Bytes,
    /// Statement.
    pub query: Bytes,
}

impl ExecuteLoadQueryEvent {
    /// The statement before and after the part that names the file.
    pub fn around_name(&self) -> Option<(&[u8], &[u8])> {
        let start = usize::try_from(self.name_start).ok()?;
        let end = usize::try_from(self.name_end).ok()?;
        (start <= end).then_some(())?;
        Some((self.query.get(..start)?, self.query.get(end..)?))
    }
}

impl Body for ExecuteLoadQueryEvent {
    fn decode(reader: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        let thread_id = reader.u32("thread id")?;
        let exec_time_s = reader.u32("execution time")?;
        let schema_len = reader.u8("schema length")?;
        let error_code = reader.u16("error number")?;
        let status_len = reader.u16("status variables length")?;
        let file_id = reader.u32("file number")?;
        let name_start = reader.u32("file name start")?;
        let name_end = reader.u32("file name end")?;
        let duplicates = match reader.u8("duplicates")? {
            0 => DuplicateHandling::Error,
            1 => DuplicateHandling::Ignore,
            2 => DuplicateHandling::Replace,
            other => return Err(reader.bad_value("duplicates", u64::from(other))),
        };
        let encoded = reader.bytes("status variables", u64::from(status_len))?;
        let schema = reader.bytes("schema", u64::from(schema_len))?;
        reader.zero("end of schema")?;
        Ok(ExecuteLoadQueryEvent {
            thread_id,
            exec_time_s,
            error_code,
            file_id,
            name_start,
            name_end,
            duplicates,
            status: StatusVariables { encoded },
            schema,
            query: reader.rest(),
        })
    }

    fn encode(&self, out: &mut Vec<u8>, _: &EventContext) {
        out.u32(self.thread_id);
        out.u32(self.exec_time_s);
        out.u8(len_u8(self.schema.len()));
        out.u16(self.error_code);
        out.u16(len_u16(self.status.encoded.len()));
        out.u32(self.file_id);
        out.u32(self.name_start);
        out.u32(self.name_end);
        out.u8(match self.duplicates {
            DuplicateHandling::Error => 0,
            DuplicateHandling::Ignore => 1,
            DuplicateHandling::Replace => 2,
        });
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
    use crate::{EventBody, EventType, Flavour};

    #[test]
    fn round_trips() {
        let event = ExecuteLoadQueryEvent {
            thread_id: 8,
            exec_time_s: 0,
            error_code: 0,
            file_id: 1,
            name_start: 10,
            name_end: 20,
            duplicates: DuplicateHandling::Replace,
            status: StatusVariables::default(),
            schema: Bytes::from_static(b"d"),
            query: Bytes::from_static(b"LOAD DATA INFILE 'x' INTO TABLE t"),
        };
        let (before, after) = event.around_name().unwrap();
        assert_eq!((before, after), (&b"LOAD DATA "[..], &b" INTO TABLE t"[..]));
        testing::check(
            Flavour::Mysql,
            EventType::EXECUTE_LOAD_QUERY,
            b"\x08\0\0\0\0\0\0\0\x01\0\0\0\0\x01\0\0\0\x0a\0\0\0\x14\0\0\0\x02d\0LOAD DATA INFILE 'x' INTO TABLE t",
            EventBody::ExecuteLoadQuery(event),
        );
    }
}
