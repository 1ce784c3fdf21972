//! The index: one `./name` a line, in the order of the segments.
//!
//! Replaced as a whole: written beside, fsynced, renamed, directory fsynced. So it is either the old one
//! or the new one after a crash.

use std::io;
use std::path::{Path, PathBuf};

use crate::disk::{Disk, read_full};
use crate::error::EventLogError;

/// The real server's limit of a line is a path; far more segments than this fit no disk.
const MAX_INDEX_BYTES: u64 = 64 << 20;

/// Names of a log's files.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub dir: PathBuf,
    base: String,
    index: String,
}

impl Names {
    pub fn new(dir: &Path, base: &str, index: Option<&str>) -> Names {
        let index = index.map_or_else(|| format!("{base}.index"), str::to_owned);
        Names {
            dir: dir.to_owned(),
            base: base.to_owned(),
            index,
        }
    }

    pub fn segment(&self, number: u64) -> String {
        format!("{}.{number:06}", self.base)
    }

    pub fn segment_path(&self, number: u64) -> PathBuf {
        self.dir.join(self.segment(number))
    }

    pub fn index_path(&self) -> PathBuf {
        self.dir.join(&self.index)
    }

    fn index_temp_path(&self) -> PathBuf {
        self.dir.join(format!("{}.tmp", self.index))
    }

    /// Number of a segment's file name; `None` if it is none of this log.
    pub fn number(&self, name: &str) -> Option<u64> {
        let digits = name.strip_prefix(self.base.as_str())?.strip_prefix('.')?;
        let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
        if digits.len() < 6 || !all_digits {
            return None;
        }
        digits
            .parse()
            .ok()
            .filter(|number| self.segment(*number) == name)
    }
}

/// Reads the index; `None` if there is none. The numbers must ascend.
pub(crate) fn read(disk: &dyn Disk, names: &Names) -> Result<Option<Vec<u64>>, EventLogError> {
    let path = names.index_path();
    let file = match disk.open(&path, false) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(EventLogError::io("open", path)(error)),
    };
    let len = file.len().map_err(EventLogError::io("size", &path))?;
    let mut bytes = vec![0; usize::try_from(len.min(MAX_INDEX_BYTES)).unwrap_or(0)];
    let read = read_full(&*file, 0, &mut bytes).map_err(EventLogError::io("read", &path))?;
    bytes.truncate(read);
    let text = String::from_utf8_lossy(&bytes);
    let mut numbers: Vec<u64> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let name = line.rsplit('/').next().unwrap_or(line);
        match names.number(name) {
            Some(number) if numbers.last().is_none_or(|last| *last < number) => {
                numbers.push(number);
            }
            Some(_) | None => {
                return Err(EventLogError::BadIndex {
                    line: line.to_owned(),
                });
            }
        }
    }
    Ok(Some(numbers))
}

/// Replaces the index.
pub(crate) fn write(
    disk: &dyn Disk,
    names: &Names,
    numbers: impl Iterator<Item = u64>,
) -> Result<(), EventLogError> {
    let mut text = String::new();
    for number in numbers {
        text.push_str("./");
        text.push_str(&names.segment(number));
        text.push('\n');
    }
    let temp = names.index_temp_path();
    let path = names.index_path();
    let file = disk
        .create(&temp)
        .map_err(EventLogError::io("create", &temp))?;
    file.write_at(0, text.as_bytes())
        .map_err(EventLogError::io("write", &temp))?;
    file.sync().map_err(EventLogError::io("fsync", &temp))?;
    disk.rename(&temp, &path)
        .map_err(EventLogError::io("rename", &path))?;
    disk.sync_dir(&names.dir)
        .map_err(EventLogError::io("fsync", &names.dir))
}
