//! What must be known to read an event: it comes from the last format description event.

use crate::checksum::ChecksumAlgorithm;
use crate::event_type::EventType;
use std::sync::Arc;

/// Whose binary log it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Flavour {
    /// MySQL and its close kin.
    #[default]
    Mysql,
    /// MariaDB.
    Mariadb,
}

/// The context in which an event's bytes are read and written. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventContext {
    /// Whose binary log it is.
    pub flavour: Flavour,
    /// Checksum at the end of every event (a format description event knows its own).
    pub checksum: ChecksumAlgorithm,
    /// Post-header length by type code, that of code 1 first; `None` before the first format description,
    /// then the lengths of today's servers hold.
    post_header_lengths: Option<Arc<[u8]>>,
}

impl EventContext {
    /// The context before the first format description event: what the handshake told.
    pub fn initial(flavour: Flavour, checksum: ChecksumAlgorithm) -> EventContext {
        EventContext {
            flavour,
            checksum,
            post_header_lengths: None,
        }
    }

    /// The context that a format description event sets.
    pub fn described(
        flavour: Flavour,
        checksum: ChecksumAlgorithm,
        post_header_lengths: &[u8],
    ) -> EventContext {
        EventContext {
            flavour,
            checksum,
            post_header_lengths: Some(post_header_lengths.into()),
        }
    }

    /// The context of events inside a Transaction_payload event: they carry no checksum.
    #[must_use]
    pub fn inside_payload(&self) -> EventContext {
        EventContext {
            checksum: ChecksumAlgorithm::Off,
            ..self.clone()
        }
    }

    /// The post-header length that the format description gives for a type; `None` when it gives none.
    pub fn post_header_len(&self, event_type: EventType) -> Option<u8> {
        let index = usize::from(event_type.0).checked_sub(1)?;
        self.post_header_lengths.as_ref()?.get(index).copied()
    }

    /// Width of a table id in Table_map and row events: 4 bytes before MySQL 5.1.4, 6 since.
    pub fn table_id_len(&self, event_type: EventType) -> usize {
        if self.post_header_len(event_type) == Some(6) {
            4
        } else {
            6
        }
    }
}
