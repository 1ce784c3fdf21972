//! User_var: a user variable that the next statement reads.
//!
//! ```text
//! 4  length of the name
//! *  name, without @
//! 1  1 if NULL; else what follows:
//!    1  type: 0 string, 1 real, 2 integer, 4 decimal
//!    4  collation number
//!    4  length of the value
//!    *  value: bytes; 8 double; 8 integer; precision, scale, packed decimal
//!    1  flags, absent from old servers: 1 unsigned
//! ```

use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::put::{Put, len_u32};
use crate::reader::Reader;
use bytes::Bytes;

/// A value that is not NULL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserVarValue {
    /// `Item_result`: [`UserVarValue::STRING`] and so on.
    pub result_type: u8,
    /// Collation number.
    pub collation: u32,
    /// The value as sent.
    pub bytes: Bytes,
    /// What follows the value: flags, or nothing from old servers.
    pub tail: Bytes,
}

impl UserVarValue {
    /// A string.
    pub const STRING: u8 = 0;
    /// A double.
    pub const REAL: u8 = 1;
    /// A 64-bit integer.
    pub const INTEGER: u8 = 2;
    /// Precision, scale, packed decimal.
    pub const DECIMAL: u8 = 4;

    /// The integer is unsigned.
    pub fn is_unsigned(&self) -> bool {
        self.tail.first().is_some_and(|flags| flags & 1 != 0)
    }
}

/// A user variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserVarEvent {
    /// Name, without `@`.
    pub name: Bytes,
    /// Value; `None` is NULL.
    pub value: Option<UserVarValue>,
}

impl Body for UserVarEvent {
    fn decode(reader: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        let length = reader.u32("name length")?;
        let name = reader.bytes("name", u64::from(length))?;
        let value = match reader.u8("is null")? {
            0 => {
                let result_type = reader.u8("type")?;
                if !matches!(result_type, 0 | 1 | 2 | 4) {
                    return Err(reader.bad_value("type", u64::from(result_type)));
                }
                let collation = reader.u32("collation")?;
                let length = reader.u32("value length")?;
                Some(UserVarValue {
                    result_type,
                    collation,
                    bytes: reader.bytes("value", u64::from(length))?,
                    tail: reader.rest(),
                })
            }
            1 => None,
            other => return Err(reader.bad_value("is null", u64::from(other))),
        };
        Ok(UserVarEvent { name, value })
    }

    fn encode(&self, out: &mut Vec<u8>, _: &EventContext) {
        out.u32(len_u32(self.name.len()));
        out.slice(&self.name);
        out.u8(u8::from(self.value.is_none()));
        if let Some(value) = &self.value {
            out.u8(value.result_type);
            out.u32(value.collation);
            out.u32(len_u32(value.bytes.len()));
            out.slice(&value.bytes);
            out.slice(&value.tail);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::testing;
    use crate::{EventBody, EventType, Flavour};

    #[test]
    fn round_trips_values_and_null() {
        for (body, value) in [
            (&b"\x01\0\0\0a\x01"[..], None),
            (
                b"\x01\0\0\0a\0\x02\x3f\0\0\0\x08\0\0\0\x2a\0\0\0\0\0\0\0\x01",
                Some(UserVarValue {
                    result_type: UserVarValue::INTEGER,
                    collation: 63,
                    bytes: Bytes::from_static(b"\x2a\0\0\0\0\0\0\0"),
                    tail: Bytes::from_static(b"\x01"),
                }),
            ),
        ] {
            assert!(value.as_ref().is_none_or(UserVarValue::is_unsigned));
            let name = Bytes::from_static(b"a");
            let expected = EventBody::UserVar(UserVarEvent { name, value });
            testing::check(Flavour::Mysql, EventType::USER_VAR, body, expected);
        }
    }
}
