//! XA transactions: what XA PREPARE leaves behind until XA COMMIT or XA ROLLBACK (T31).
//!
//! A prepared transaction's events are kept, as they came, in the store's state; XA COMMIT applies them in
//! the transaction of its own event, XA ROLLBACK forgets them. They survive a restart because they commit
//! with the position. The source's locks guarantee that nothing between prepare and commit touched the rows.

use super::prepare::Ready;
use super::{Done, Run, decode_error};
use crate::error::ApplyError;
use bytes::Bytes;
use understudy_binlog::context::EventContext;
use understudy_binlog::event::{Event, EventBody};
use understudy_binlog::events::XaPrepareEvent;

/// Bytes that one prepared transaction may hold here.
const LIMIT: usize = 256 << 20;

/// Events between XA START and XA PREPARE.
#[derive(Default)]
pub(super) struct Collected {
    bytes: Vec<u8>,
}

impl Collected {
    /// Whether the event belongs to the transaction's work.
    pub fn takes(&self, body: &EventBody) -> bool {
        matches!(body, EventBody::TableMap(_) | EventBody::Rows(_))
    }

    /// Bytes kept so far.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Forgets the events after the first `len` bytes.
    pub fn truncate(&mut self, len: usize) {
        self.bytes.truncate(len);
    }

    /// Keeps an event without its checksum.
    pub fn push(&mut self, event: &Bytes, context: &EventContext) -> Result<(), ApplyError> {
        let len = event.len().saturating_sub(context.checksum.len());
        if self.bytes.len() + len > LIMIT {
            return Err(ApplyError::new(
                1235,
                format!(
                    "This version of Understudy doesn't yet support 'a prepared XA transaction over {LIMIT} bytes'"
                ),
            ));
        }
        self.bytes.extend_from_slice(&(len as u32).to_le_bytes());
        self.bytes.extend_from_slice(&event[..len]);
        Ok(())
    }
}

/// An XA id in one spelling: gtrid and bqual in hexadecimal, and the format.
pub(super) fn xid_text(gtrid: &[u8], bqual: &[u8], format: u64) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for part in [gtrid, bqual] {
        for byte in part {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text.push(',');
    }
    let _ = write!(text, "{format}");
    text
}

fn state_key(xid: &str) -> String {
    format!("replication/xa/{xid}")
}

impl Run {
    /// XA START: from here the events are kept.
    pub(super) fn xa_start(&mut self) {
        self.xa = Some(Collected::default());
    }

    /// XA PREPARE, or XA COMMIT ... ONE PHASE.
    pub(super) fn xa_prepare(&mut self, event: &XaPrepareEvent) -> Result<Done, ApplyError> {
        let collected = self.xa.take().unwrap_or_default();
        if event.one_phase {
            self.replay(&collected.bytes)?;
        } else {
            let xid = xid_text(&event.gtrid, &event.bqual, u64::from(event.format_id));
            let key = state_key(&xid);
            self.writer().set_state(&key, &collected.bytes);
        }
        Ok(Done::Applied)
    }

    /// XA COMMIT of a prepared transaction.
    pub(super) fn xa_commit(&mut self, xid: &str) -> Result<(), ApplyError> {
        let key = state_key(xid);
        let stored = self
            .writer()
            .state(&key)
            .map_err(|e| super::store_error(&e))?;
        let Some(bytes) = stored else {
            return Err(ApplyError::new(1397, "XAER_NOTA: Unknown XID"));
        };
        self.replay(&bytes)?;
        self.writer().remove_state(&key);
        Ok(())
    }

    /// XA ROLLBACK of a prepared transaction. One that was never prepared here is nothing to take back.
    pub(super) fn xa_rollback(&mut self, xid: &str) -> Result<(), ApplyError> {
        let key = state_key(xid);
        self.xa = None;
        self.writer().remove_state(&key);
        Ok(())
    }

    fn replay(&mut self, bytes: &[u8]) -> Result<(), ApplyError> {
        let context = self.context.inside_payload();
        let mut rest = bytes;
        while let Some((len, tail)) = rest.split_first_chunk::<4>() {
            let len = u32::from_le_bytes(*len) as usize;
            let Some((event, tail)) = tail.split_at_checked(len) else {
                return Err(ApplyError::new(
                    1594,
                    "Relay log read failure: a prepared transaction is damaged",
                ));
            };
            rest = tail;
            let event = with_length(event);
            let decoded = Event::decode_verified(&event, &context).map_err(|e| decode_error(&e))?;
            let header = decoded.header;
            self.ready = Ready::default();
            self.decoded(decoded, &header, &event, u64::from(header.log_pos))?;
            self.tally.count_kept_rows(header.event_type);
        }
        Ok(())
    }
}

/// The event with its header's length set to what is there (the checksum was cut).
fn with_length(event: &[u8]) -> Bytes {
    let mut event = event.to_vec();
    let len = (event.len() as u32).to_le_bytes();
    if let Some(field) = event.get_mut(9..13) {
        field.copy_from_slice(&len);
    }
    Bytes::from(event)
}
