//! Reading the events of one segment file, whole events only, in large reads.

use bytes::Bytes;

use crate::disk::{DiskFile, read_full};
use crate::error::ReadFailure;
use crate::event::{HEADER_LEN, header};
use understudy_binlog::MAGIC;

/// Bytes asked of the disk at once; an event larger than this is read alone.
const CHUNK: u64 = 1 << 20;

/// What [`Cursor::next_head`] reads of an event: the events that the log itself must understand are
/// shorter, but for the text of a Query, whose beginning is enough (status variables and database names
/// are at most some kilobytes).
const MAX_HEAD: u64 = 128 << 10;

/// Why [`Cursor::next`] gave no event.
#[derive(Debug)]
pub(crate) enum CursorError {
    Io(std::io::Error),
    Bad(ReadFailure),
}

impl From<std::io::Error> for CursorError {
    fn from(error: std::io::Error) -> Self {
        CursorError::Io(error)
    }
}

/// A place in an open segment.
pub(crate) struct Cursor {
    file: Box<dyn DiskFile>,
    chunk: Bytes,
    chunk_at: u64,
    /// Where the next event begins.
    pub at: u64,
}

impl Cursor {
    /// At the first event of `file`.
    pub fn new(file: Box<dyn DiskFile>) -> Result<Cursor, CursorError> {
        let mut magic = [0; MAGIC.len()];
        let read = read_full(&*file, 0, &mut magic)?;
        if read != MAGIC.len() || magic != MAGIC {
            return Err(CursorError::Bad(ReadFailure::BadHeader));
        }
        let at = MAGIC.len() as u64;
        Ok(Cursor {
            file,
            chunk: Bytes::new(),
            chunk_at: at,
            at,
        })
    }

    /// The next whole event below `limit`; `None` when there is nothing left. Not verified.
    pub fn next(&mut self, limit: u64) -> Result<Option<Bytes>, CursorError> {
        let left = limit.saturating_sub(self.at);
        if left == 0 {
            return Ok(None);
        }
        if left < HEADER_LEN as u64 {
            return Err(CursorError::Bad(ReadFailure::Truncated));
        }
        let header = header(&self.bytes(HEADER_LEN as u64, limit)?).map_err(CursorError::Bad)?;
        let size = u64::from(header.event_len);
        if size > left {
            return Err(CursorError::Bad(ReadFailure::Truncated));
        }
        let event = self.bytes(size, limit)?;
        self.at += size;
        Ok(Some(event))
    }

    /// As [`Cursor::next`], but of a large event only the beginning is read: enough to understand what it
    /// means to the log.
    pub fn next_head(&mut self, limit: u64) -> Result<Option<Bytes>, CursorError> {
        let left = limit.saturating_sub(self.at);
        if left < HEADER_LEN as u64 {
            return self.next(limit);
        }
        let header = header(&self.bytes(HEADER_LEN as u64, limit)?).map_err(CursorError::Bad)?;
        let size = u64::from(header.event_len);
        if size <= MAX_HEAD || size > left {
            return self.next(limit);
        }
        let head = self.bytes(MAX_HEAD, limit)?;
        self.at += size;
        Ok(Some(head))
    }

    /// `len` bytes at the cursor, of which the caller knows that they are below `limit`.
    fn bytes(&mut self, len: u64, limit: u64) -> Result<Bytes, CursorError> {
        let end = self.at + len;
        if self.at < self.chunk_at || end > self.chunk_at + self.chunk.len() as u64 {
            let want = CHUNK.max(len).min(limit - self.at);
            let mut chunk = vec![0; usize::try_from(want).unwrap_or(usize::MAX)];
            let read = read_full(&*self.file, self.at, &mut chunk)?;
            chunk.truncate(read);
            self.chunk = chunk.into();
            self.chunk_at = self.at;
        }
        let from = (self.at - self.chunk_at) as usize;
        let to = from + len as usize;
        if to > self.chunk.len() {
            return Err(CursorError::Bad(ReadFailure::Truncated));
        }
        Ok(self.chunk.slice(from..to))
    }
}
