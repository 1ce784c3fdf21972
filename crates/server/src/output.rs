//! From a command's blocking thread to the connection's task: packets in batches, bounded.

use std::sync::Arc;

use tokio::sync::mpsc;
use understudy_base::error::MysqlError;

use crate::processes::Process;

/// Bytes after which a batch is handed over (`net_buffer_length`).
const BATCH_BYTES: usize = 32 << 10;
/// Batches on their way at most.
pub const BATCHES: usize = 4;

/// Payloads of whole packets, one after the other.
#[derive(Debug, Default)]
pub struct Batch {
    data: Vec<u8>,
    ends: Vec<usize>,
}

impl Batch {
    /// The payloads in order.
    pub fn payloads(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .filter_map(|(start, end)| self.data.get(start..*end))
    }
}

/// Why a command ended early.
#[derive(Debug)]
pub enum Failure {
    /// An error for the client.
    Error(MysqlError),
    /// The client is gone: nothing can be said.
    Disconnected,
}

impl From<MysqlError> for Failure {
    fn from(error: MysqlError) -> Self {
        Failure::Error(error)
    }
}

/// Where a command writes its packets.
#[derive(Debug)]
pub struct Output {
    sender: mpsc::Sender<Batch>,
    batch: Batch,
    process: Arc<Process>,
}

impl Output {
    /// Writes into `sender` for the connection `process`.
    pub fn new(sender: mpsc::Sender<Batch>, process: Arc<Process>) -> Self {
        Output {
            sender,
            batch: Batch::default(),
            process,
        }
    }

    /// Adds a row, unless the statement was killed meanwhile.
    pub fn row(&mut self, payload: &[u8]) -> Result<(), Failure> {
        if self.process.is_killed() {
            let error = MysqlError::new(1317, "Query execution was interrupted");
            return Err(Failure::Error(error));
        }
        self.packet(payload)
    }

    /// Adds a packet. Blocks while the client is slower than we are.
    pub fn packet(&mut self, payload: &[u8]) -> Result<(), Failure> {
        self.batch.data.extend_from_slice(payload);
        self.batch.ends.push(self.batch.data.len());
        if self.batch.data.len() >= BATCH_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    /// Hands over what is there.
    pub fn flush(&mut self) -> Result<(), Failure> {
        if self.batch.ends.is_empty() {
            return Ok(());
        }
        let batch = std::mem::take(&mut self.batch);
        self.sender
            .blocking_send(batch)
            .map_err(|_| Failure::Disconnected)
    }
}
