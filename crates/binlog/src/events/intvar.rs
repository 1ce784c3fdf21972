//! Intvar: an integer that the next statement needs.
//!
//! ```text
//! 1  kind: 1 LAST_INSERT_ID, 2 INSERT_ID
//! 8  value
//! ```

use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::put::Put;
use crate::reader::Reader;

/// What an [`IntvarEvent`] sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntvarKind {
    /// What `LAST_INSERT_ID()` gives.
    LastInsertId,
    /// The first AUTO_INCREMENT value of the statement.
    InsertId,
}

/// An integer that the next statement needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntvarEvent {
    /// What it is.
    pub kind: IntvarKind,
    /// Value.
    pub value: u64,
}

impl Body for IntvarEvent {
    fn decode(reader: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        let kind = match reader.u8("kind")? {
            1 => IntvarKind::LastInsertId,
            2 => IntvarKind::InsertId,
            other => return Err(reader.bad_value("kind", u64::from(other))),
        };
        Ok(IntvarEvent {
            kind,
            value: reader.u64("value")?,
        })
    }

    fn encode(&self, out: &mut Vec<u8>, _: &EventContext) {
        out.u8(match self.kind {
            IntvarKind::LastInsertId => 1,
            IntvarKind::InsertId => 2,
        });
        out.u64(self.value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::testing;
    use crate::{EventBody, EventType, Flavour};

    #[test]
    fn round_trips() {
        for (body, kind) in [
            (b"\x01\x05\0\0\0\0\0\0\0", IntvarKind::LastInsertId),
            (b"\x02\x05\0\0\0\0\0\0\0", IntvarKind::InsertId),
        ] {
            let expected = EventBody::Intvar(IntvarEvent { kind, value: 5 });
            testing::check(Flavour::Mysql, EventType::INTVAR, body, expected);
        }
    }
}
