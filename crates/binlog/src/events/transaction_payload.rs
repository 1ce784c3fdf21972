//! Transaction_payload (MySQL 8.0.20 and later): the events of a transaction, compressed as one
//! (`binlog_transaction_compression`).
//!
//! ```text
//! tagged fields: type (length-encoded), length (length-encoded), value
//!   1  length of the payload, length-encoded
//!   2  compression: 0 zstd, 255 none; length-encoded
//!   3  length once inflated, length-encoded
//!   0  end (no length, no value)
//! *  payload
//! ```
//!
//! The events inside have no checksum. [`TransactionPayloadEvent::events`] inflates them one at a time:
//! memory is bounded by the largest event and zstd's window (T23). Worklog 3549.

use crate::compression::PayloadEvents;
use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::event_type::EventType;
use crate::put::Put;
use crate::reader::Reader;
use bytes::Bytes;

const END: u64 = 0;
const SIZE: u64 = 1;
const COMPRESSION: u64 = 2;
const INFLATED_SIZE: u64 = 3;

/// How a payload is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadCompression {
    /// zstd
    Zstd,
    /// Not at all.
    None,
}

impl PayloadCompression {
    fn code(self) -> u64 {
        match self {
            PayloadCompression::Zstd => 0,
            PayloadCompression::None => 255,
        }
    }
}

/// A transaction's events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionPayloadEvent {
    /// The fields before the payload, in their order.
    fields: Vec<(u64, Bytes)>,
    /// How the payload is compressed.
    pub compression: PayloadCompression,
    /// Length once inflated, bytes.
    pub inflated_size: u64,
    /// The payload.
    pub payload: Bytes,
}

impl TransactionPayloadEvent {
    /// An event as the server writes it.
    pub fn new(compression: PayloadCompression, inflated_size: u64, payload: Bytes) -> Self {
        let number = |value| {
            let mut out = Vec::new();
            out.lenenc(value);
            Bytes::from(out)
        };
        TransactionPayloadEvent {
            fields: vec![
                (COMPRESSION, number(compression.code())),
                (INFLATED_SIZE, number(inflated_size)),
                (SIZE, number(payload.len() as u64)),
            ],
            compression,
            inflated_size,
            payload,
        }
    }

    /// The events inside, inflated one at a time; none may be longer than `event_limit` bytes.
    pub fn events(&self, event_limit: u64) -> Result<PayloadEvents, DecodeError> {
        PayloadEvents::new(
            self.compression,
            self.payload.clone(),
            self.inflated_size,
            event_limit,
        )
    }
}

fn number(value: &Bytes, field: &'static str) -> Result<u64, DecodeError> {
    let mut reader = Reader::new(value, 0, EventType::TRANSACTION_PAYLOAD);
    let number = reader.lenenc(field)?;
    reader.finish()?;
    Ok(number)
}

impl Body for TransactionPayloadEvent {
    fn decode(reader: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        let mut fields = Vec::new();
        let (mut size, mut compression, mut inflated_size) = (None, None, None);
        loop {
            let field = reader.lenenc("field type")?;
            if field == END {
                break;
            }
            let length = reader.lenenc("field length")?;
            let value = reader.bytes("field", length)?;
            match field {
                SIZE => size = Some(number(&value, "payload length")?),
                COMPRESSION => compression = Some(number(&value, "compression")?),
                INFLATED_SIZE => inflated_size = Some(number(&value, "inflated length")?),
                other => return Err(reader.bad_value("field type", other)),
            }
            fields.push((field, value));
        }
        let compression = match compression {
            Some(0) => PayloadCompression::Zstd,
            Some(255) => PayloadCompression::None,
            other => return Err(reader.bad_value("compression", other.unwrap_or(u64::MAX))),
        };
        let size = size.ok_or_else(|| reader.bad_value("payload length", 0))?;
        let payload = reader.bytes("payload", size)?;
        Ok(TransactionPayloadEvent {
            fields,
            compression,
            inflated_size: inflated_size.unwrap_or(size),
            payload,
        })
    }

    fn encode(&self, out: &mut Vec<u8>, _: &EventContext) {
        for (field, value) in &self.fields {
            out.lenenc(*field);
            out.lenenc(value.len() as u64);
            out.slice(value);
        }
        out.lenenc(END);
        out.slice(&self.payload);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::testing;
    use crate::{EventBody, Flavour};

    #[test]
    fn round_trips() {
        for compression in [PayloadCompression::Zstd, PayloadCompression::None] {
            let event =
                TransactionPayloadEvent::new(compression, 300, Bytes::from_static(b"payload"));
            let mut body = Vec::new();
            event.encode(&mut body, &testing::context(Flavour::Mysql));
            let expected = EventBody::TransactionPayload(event);
            testing::check(
                Flavour::Mysql,
                EventType::TRANSACTION_PAYLOAD,
                &body,
                expected,
            );
        }
    }
}
