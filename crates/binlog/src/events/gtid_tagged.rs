//! Gtid_tagged (MySQL 8.4 and later): begins a transaction whose GTID may have a tag.
//!
//! The body is a message of MySQL's serialization library: integers of variable length, then numbered fields.
//!
//! ```text
//! v  format version, 1 here
//! v  length of the message, bytes
//! v  number of the last field that a reader may not ignore, plus one
//! then fields, each with its number before it, in ascending order:
//!  0 v  flags                    1 16 v  uuid, a byte each        2 i  number
//!  3 v  length of the tag, tag   4 i  last_committed              5 i  sequence_number
//!  6 v  immediate commit time    7 v  original commit time, if it differs
//!  8 v  transaction length       9 v  immediate server version   10 v  original server version, if it differs
//! 11 v  commit group ticket
//! ```
//!
//! `v` is unsigned, `i` signed (zigzag). The number of one-bits at the bottom of the first byte says how many
//! bytes follow it; the value is what is above them. Worklog 15294.

use super::gtid::{CommitTimestamps, GtidFlags, LogicalTimestamps, ServerVersions};
use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::put::Put;
use crate::reader::Reader;
use bytes::Bytes;
use understudy_base::Uuid;
use understudy_base::gtid::{Gtid, Tag, Tsid};

const VERSION: u64 = 1;

/// Begins a transaction whose GTID may have a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GtidTaggedEvent {
    /// Flags.
    pub flags: GtidFlags,
    /// The GTID.
    pub gtid: Gtid,
    /// Logical clock.
    pub logical: LogicalTimestamps,
    /// Commit times.
    pub timestamps: CommitTimestamps,
    /// Length of the transaction with this event, bytes.
    pub transaction_length: u64,
    /// Server versions.
    pub versions: ServerVersions,
    /// Commit group ticket.
    pub commit_group_ticket: Option<u64>,
    /// Fields that only a later server knows, as they came.
    pub later_fields: Bytes,
    /// Number of the last field that a reader may not ignore, plus one.
    pub last_required: u64,
}

fn unsigned(reader: &mut Reader<'_>, field: &'static str) -> Result<u64, DecodeError> {
    let first = reader.u8(field)?;
    let extra = first.trailing_ones();
    let mut bytes = [0; 8];
    for byte in bytes.iter_mut().take(extra as usize) {
        *byte = reader.u8(field)?;
    }
    let rest = u64::from_le_bytes(bytes);
    let value = match extra {
        8 => rest,
        7 => rest,
        _ => u64::from(first >> (extra + 1)) | rest << (7 - extra),
    };
    if extra != extra_bytes(value) {
        return Err(reader.bad_value(field, value));
    }
    Ok(value)
}

/// Bytes after the first that a value takes.
fn extra_bytes(value: u64) -> u32 {
    let bits = 64 - value.leading_zeros();
    if bits > 56 {
        8
    } else {
        bits.div_ceil(7).max(1) - 1
    }
}

fn put_unsigned(out: &mut Vec<u8>, value: u64) {
    let extra = extra_bytes(value);
    // 128 bits hold the eight value bytes of the longest form beside its first byte.
    let ones = (1_u128 << extra) - 1;
    let shift = if extra == 8 { 8 } else { extra + 1 };
    let word = u128::from(value) << shift | ones;
    out.extend(word.to_le_bytes().iter().take(extra as usize + 1));
}

fn signed(reader: &mut Reader<'_>, field: &'static str) -> Result<i64, DecodeError> {
    let value = unsigned(reader, field)?;
    Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
}

fn put_signed(out: &mut Vec<u8>, value: i64) {
    put_unsigned(out, (value << 1 ^ value >> 63).cast_unsigned());
}

/// Expects the number of a field.
fn field(reader: &mut Reader<'_>, number: u64, name: &'static str) -> Result<(), DecodeError> {
    match unsigned(reader, name)? {
        found if found == number => Ok(()),
        other => Err(reader.bad_value(name, other)),
    }
}

/// The number of the next field is this one, and is taken; else nothing is.
fn optional_field(reader: &mut Reader<'_>, number: u64, name: &'static str) -> bool {
    let mut ahead = reader.clone();
    let is_next = field(&mut ahead, number, name).is_ok();
    if is_next {
        *reader = ahead;
    }
    is_next
}

fn gtid(reader: &mut Reader<'_>) -> Result<Gtid, DecodeError> {
    field(reader, 1, "uuid")?;
    let mut uuid = [0; 16];
    for byte in &mut uuid {
        let value = unsigned(reader, "uuid")?;
        *byte = u8::try_from(value).map_err(|_| reader.bad_value("uuid", value))?;
    }
    field(reader, 2, "number")?;
    let number = signed(reader, "number")?;
    let gno =
        u64::try_from(number).map_err(|_| reader.bad_value("number", number.cast_unsigned()))?;
    field(reader, 3, "tag")?;
    let length = unsigned(reader, "tag length")?;
    let text = reader.bytes("tag", length)?;
    let tag = std::str::from_utf8(&text)
        .ok()
        .filter(|text| !text.bytes().any(|byte| byte.is_ascii_uppercase()))
        .and_then(Tag::new)
        .ok_or_else(|| reader.bad_value("tag", length))?;
    Ok(Gtid {
        tsid: Tsid {
            uuid: Uuid::from_bytes(uuid),
            tag,
        },
        gno,
    })
}

fn timestamps(reader: &mut Reader<'_>) -> Result<CommitTimestamps, DecodeError> {
    field(reader, 6, "immediate commit timestamp")?;
    let immediate_us = unsigned(reader, "immediate commit timestamp")?;
    let original_us = if optional_field(reader, 7, "original commit timestamp") {
        Some(unsigned(reader, "original commit timestamp")?)
    } else {
        None
    };
    Ok(CommitTimestamps {
        immediate_us,
        original_us,
    })
}

fn version(reader: &mut Reader<'_>, name: &'static str) -> Result<u32, DecodeError> {
    let value = unsigned(reader, name)?;
    u32::try_from(value).map_err(|_| reader.bad_value(name, value))
}

fn versions(reader: &mut Reader<'_>) -> Result<ServerVersions, DecodeError> {
    field(reader, 9, "immediate server version")?;
    let immediate = version(reader, "immediate server version")?;
    let original = if optional_field(reader, 10, "original server version") {
        Some(version(reader, "original server version")?)
    } else {
        None
    };
    Ok(ServerVersions {
        immediate,
        original,
    })
}

impl Body for GtidTaggedEvent {
    fn decode(reader: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        let size = reader.remaining() as u64;
        let found = unsigned(reader, "format version")?;
        if found != VERSION {
            return Err(reader.bad_value("format version", found));
        }
        let found = unsigned(reader, "message length")?;
        if found != size {
            return Err(reader.bad_value("message length", found));
        }
        let last_required = unsigned(reader, "last required field")?;
        field(reader, 0, "flags")?;
        let flags = unsigned(reader, "flags")?;
        let flags = u8::try_from(flags).map_err(|_| reader.bad_value("flags", flags))?;
        let gtid = gtid(reader)?;
        field(reader, 4, "last committed")?;
        let last_committed = signed(reader, "last committed")?;
        field(reader, 5, "sequence number")?;
        let sequence_number = signed(reader, "sequence number")?;
        let timestamps = timestamps(reader)?;
        field(reader, 8, "transaction length")?;
        let transaction_length = unsigned(reader, "transaction length")?;
        let versions = versions(reader)?;
        let commit_group_ticket = if optional_field(reader, 11, "commit group ticket") {
            Some(unsigned(reader, "commit group ticket")?)
        } else {
            None
        };
        if last_required > 12 {
            return Err(reader.bad_value("last required field", last_required));
        }
        Ok(GtidTaggedEvent {
            flags: GtidFlags(flags),
            gtid,
            logical: LogicalTimestamps {
                last_committed,
                sequence_number,
            },
            timestamps,
            transaction_length,
            versions,
            commit_group_ticket,
            later_fields: reader.rest(),
            last_required,
        })
    }

    fn encode(&self, out: &mut Vec<u8>, _: &EventContext) {
        let mut fields = Vec::new();
        put_unsigned(&mut fields, self.last_required);
        self.put_fields(&mut fields);
        fields.slice(&self.later_fields);
        // The length counts its own bytes.
        let mut size = 1 + fields.len() as u64;
        size += u64::from(1 + extra_bytes(size + 1 + u64::from(extra_bytes(size))));
        put_unsigned(out, VERSION);
        put_unsigned(out, size);
        out.slice(&fields);
    }
}

impl GtidTaggedEvent {
    fn put_fields(&self, out: &mut Vec<u8>) {
        let mut put = |number: u64, value: Option<u64>| {
            if let Some(value) = value {
                put_unsigned(out, number);
                put_unsigned(out, value);
            }
        };
        put(0, Some(u64::from(self.flags.0)));
        put_unsigned(out, 1);
        for byte in self.gtid.tsid.uuid.as_bytes() {
            put_unsigned(out, u64::from(*byte));
        }
        put_unsigned(out, 2);
        put_signed(out, self.gtid.gno.cast_signed());
        let tag = self.gtid.tsid.tag.as_str();
        put_unsigned(out, 3);
        put_unsigned(out, tag.len() as u64);
        out.slice(tag.as_bytes());
        put_unsigned(out, 4);
        put_signed(out, self.logical.last_committed);
        put_unsigned(out, 5);
        put_signed(out, self.logical.sequence_number);
        let mut put = |number: u64, value: Option<u64>| {
            if let Some(value) = value {
                put_unsigned(out, number);
                put_unsigned(out, value);
            }
        };
        put(6, Some(self.timestamps.immediate_us));
        put(7, self.timestamps.original_us);
        put(8, Some(self.transaction_length));
        put(9, Some(u64::from(self.versions.immediate)));
        put(10, self.versions.original.map(u64::from));
        put(11, self.commit_group_ticket);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventBody;
    use crate::events::testing;
    use crate::{EventType, Flavour};

    #[test]
    fn integers_of_every_length_round_trip() {
        let mut values = vec![0, 1, u64::MAX];
        for bits in 1..64 {
            values.extend([(1 << bits) - 1, 1 << bits, (1 << bits) + 1]);
        }
        for value in values {
            let mut out = Vec::new();
            put_unsigned(&mut out, value);
            put_signed(&mut out, value.cast_signed());
            let bytes = Bytes::from(out);
            let mut reader = Reader::new(&bytes, 0, EventType::GTID_TAGGED);
            assert_eq!(unsigned(&mut reader, "value"), Ok(value));
            assert_eq!(signed(&mut reader, "value"), Ok(value.cast_signed()));
            assert!(reader.is_empty(), "{value}");
        }
    }

    #[test]
    fn round_trips_and_survives_damage() {
        for (original_us, original, ticket) in [(None, None, None), (Some(5), Some(80400), Some(9))]
        {
            let event = GtidTaggedEvent {
                flags: GtidFlags(1),
                gtid: Gtid {
                    tsid: Tsid {
                        uuid: Uuid::from_bytes([0xf3; 16]),
                        tag: Tag::new("blue").unwrap(),
                    },
                    gno: 1 << 40,
                },
                logical: LogicalTimestamps {
                    last_committed: 3,
                    sequence_number: 4,
                },
                timestamps: CommitTimestamps {
                    immediate_us: 1_700_000_000_000_000,
                    original_us,
                },
                transaction_length: 300,
                versions: ServerVersions {
                    immediate: 90700,
                    original,
                },
                commit_group_ticket: ticket,
                later_fields: Bytes::new(),
                last_required: 11,
            };
            let mut body = Vec::new();
            event.encode(&mut body, &testing::context(Flavour::Mysql));
            let expected = EventBody::GtidTagged(event);
            testing::check(Flavour::Mysql, EventType::GTID_TAGGED, &body, expected);
        }
    }
}
