//! Delete_file: the LOAD DATA that the file was for failed.
//!
//! ```text
//! 4  number of the file
//! ```

use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::put::Put;
use crate::reader::Reader;

/// The file of a failed LOAD DATA is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeleteFileEvent {
    /// Number of the file.
    pub file_id: u32,
}

impl Body for DeleteFileEvent {
    fn decode(reader: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        Ok(DeleteFileEvent {
            file_id: reader.u32("file number")?,
        })
    }

    fn encode(&self, out: &mut Vec<u8>, _: &EventContext) {
        out.u32(self.file_id);
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
            EventType::DELETE_FILE,
            b"\x01\x02\0\0",
            EventBody::DeleteFile(DeleteFileEvent { file_id: 0x201 }),
        );
    }
}
