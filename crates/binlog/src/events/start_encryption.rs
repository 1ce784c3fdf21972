//! Start_encryption (MariaDB): what follows in the file is encrypted. A source decrypts what it sends, so a
//! replica may only meet the event itself.
//!
//! ```text
//! 1   scheme
//! 4   version of the key
//! 12  nonce
//! ```

use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::put::Put;
use crate::reader::Reader;

/// What follows in the file is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartEncryptionEvent {
    /// Scheme.
    pub scheme: u8,
    /// Version of the key.
    pub key_version: u32,
    /// Nonce.
    pub nonce: [u8; 12],
}

impl Body for StartEncryptionEvent {
    fn decode(reader: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        Ok(StartEncryptionEvent {
            scheme: reader.u8("scheme")?,
            key_version: reader.u32("key version")?,
            nonce: reader.array("nonce")?,
        })
    }

    fn encode(&self, out: &mut Vec<u8>, _: &EventContext) {
        out.u8(self.scheme);
        out.u32(self.key_version);
        out.slice(&self.nonce);
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
            Flavour::Mariadb,
            EventType::START_ENCRYPTION,
            b"\x01\x02\0\0\0abcdefghijkl",
            EventBody::StartEncryption(StartEncryptionEvent {
                scheme: 1,
                key_version: 2,
                nonce: *b"abcdefghijkl",
            }),
        );
    }
}
