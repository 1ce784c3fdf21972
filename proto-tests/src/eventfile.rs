//! Event files read without Understudy's code: the magic number, then events by the length in their header.

use anyhow::{Context, ensure};
use std::path::Path;

/// An event: all of its bytes, header and checksum included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Offset in the file.
    pub offset: usize,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Event {
    /// Type code.
    pub fn type_code(&self) -> u8 {
        self.bytes[4]
    }

    /// Whether a log file has it for itself: it does not come from a transaction.
    pub fn is_of_the_file(&self) -> bool {
        const STOP: u8 = 3;
        const ROTATE: u8 = 4;
        const FORMAT_DESCRIPTION: u8 = 15;
        const HEARTBEAT: u8 = 27;
        const PREVIOUS_GTIDS: u8 = 35;
        const HEARTBEAT_V2: u8 = 41;
        const BINLOG_CHECKPOINT: u8 = 161;
        const GTID_LIST: u8 = 163;
        [
            STOP,
            ROTATE,
            FORMAT_DESCRIPTION,
            HEARTBEAT,
            PREVIOUS_GTIDS,
            HEARTBEAT_V2,
            BINLOG_CHECKPOINT,
            GTID_LIST,
        ]
        .contains(&self.type_code())
    }
}

/// All events of a file.
pub fn events(path: &Path) -> anyhow::Result<Vec<Event>> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    ensure!(
        bytes.starts_with(b"\xfebin"),
        "{}: no magic number",
        path.display()
    );
    let mut events = Vec::new();
    let mut offset = 4;
    while offset < bytes.len() {
        let header = bytes
            .get(offset..offset + 19)
            .with_context(|| format!("{}: torn header at {offset}", path.display()))?;
        let length = u32::from_le_bytes([header[9], header[10], header[11], header[12]]) as usize;
        let event = bytes
            .get(offset..offset + length.max(19))
            .with_context(|| format!("{}: torn event at {offset}", path.display()))?;
        events.push(Event {
            offset,
            bytes: event.to_vec(),
        });
        offset += event.len();
    }
    Ok(events)
}

/// The events of several files that come from transactions.
pub fn transactions(files: &[std::path::PathBuf]) -> anyhow::Result<Vec<Event>> {
    let mut all = Vec::new();
    for file in files {
        all.extend(
            events(file)?
                .into_iter()
                .filter(|event| !event.is_of_the_file()),
        );
    }
    Ok(all)
}
