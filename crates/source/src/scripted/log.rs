//! The files that are served, and the news that there is more of them.

use bytes::Bytes;
use tokio::sync::watch;

/// A binary log file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFile {
    /// Name, `binlog.000001`.
    pub name: String,
    /// All its bytes, from the magic number.
    pub bytes: Bytes,
}

/// The files, first to last. They only grow.
#[derive(Debug)]
pub struct ScriptLog {
    files: watch::Sender<Vec<LogFile>>,
}

impl ScriptLog {
    /// A log of these files.
    pub fn new(files: Vec<LogFile>) -> ScriptLog {
        ScriptLog {
            files: watch::Sender::new(files),
        }
    }

    /// Appends whole events to the last file. Without a file nothing is done.
    pub fn append(&self, events: &[u8]) {
        self.files.send_modify(|files| {
            if let Some(last) = files.last_mut() {
                last.bytes = [&last.bytes[..], events].concat().into();
            }
        });
    }

    /// Adds a file; the one before should end in a rotate to it.
    pub fn add_file(&self, file: LogFile) {
        self.files.send_modify(|files| files.push(file));
    }

    /// The files as they are now.
    pub fn files(&self) -> Vec<LogFile> {
        self.files.borrow().clone()
    }

    /// Name and size of the last file.
    pub fn end(&self) -> Option<(String, u64)> {
        let files = self.files.borrow();
        let last = files.last()?;
        Some((last.name.clone(), last.bytes.len() as u64))
    }

    pub(super) fn watch(&self) -> watch::Receiver<Vec<LogFile>> {
        self.files.subscribe()
    }
}
