//! What can go wrong in the store, and in one row operation.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use understudy_base::error::MysqlError;

/// An error of the store itself: nothing a client's statement is to blame for.
#[derive(Debug)]
pub enum StoreError {
    /// A file operation failed.
    Io {
        /// What was being done, with the path.
        context: String,
        /// The operating system's error.
        source: io::Error,
    },
    /// Another process has the data directory open.
    Locked {
        /// The directory.
        dir: PathBuf,
        /// Process id written into the lock file by its holder, when readable.
        holder: Option<u32>,
    },
    /// The directory belongs to another server.
    ForeignDirectory {
        /// The directory.
        dir: PathBuf,
        /// The file that gives it away.
        found: String,
        /// Whose file that is.
        owner: &'static str,
    },
    /// There is a store without its meta file.
    MissingMeta {
        /// The directory.
        dir: PathBuf,
    },
    /// The meta file is damaged.
    CorruptMeta {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The store was written in a format this build does not read.
    UnsupportedVersion {
        /// The directory.
        dir: PathBuf,
        /// Format number found.
        found: u32,
        /// Newest format number this build reads.
        supported: u32,
    },
    /// The engine below failed; the store takes no more writes until it is opened again.
    Engine(String),
    /// Stored bytes contradict each other.
    Corrupt(String),
    /// A catalog change that does not fit the catalog (a caller's mistake).
    Catalog(String),
}

impl StoreError {
    pub(crate) fn io(what: &str, path: &Path, source: io::Error) -> StoreError {
        StoreError::Io {
            context: format!("{what} {}", path.display()),
            source,
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Io { context, source } => write!(f, "cannot {context}: {source}"),
            StoreError::Locked { dir, holder } => {
                write!(
                    f,
                    "data directory {} is in use by another process",
                    dir.display()
                )?;
                match holder {
                    Some(pid) => write!(f, " (pid {pid})"),
                    None => Ok(()),
                }
            }
            StoreError::ForeignDirectory { dir, found, owner } => write!(
                f,
                "data directory {} belongs to {owner} (it contains {found}); \
                 give an empty directory or one made by understudy",
                dir.display()
            ),
            StoreError::MissingMeta { dir } => write!(
                f,
                "data directory {} holds a store but not its file {}",
                dir.display(),
                crate::meta::META_FILE
            ),
            StoreError::CorruptMeta { path, reason } => {
                write!(f, "{} is damaged: {reason}", path.display())
            }
            StoreError::UnsupportedVersion {
                dir,
                found,
                supported,
            } => write!(
                f,
                "data directory {} has store format {found}; this build reads format {supported}",
                dir.display()
            ),
            StoreError::Engine(reason) => write!(f, "storage engine: {reason}"),
            StoreError::Corrupt(reason) => write!(f, "stored data is damaged: {reason}"),
            StoreError::Catalog(reason) => write!(f, "catalog: {reason}"),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StoreError::Io { source, .. } => Some(source),
            StoreError::Locked { .. }
            | StoreError::ForeignDirectory { .. }
            | StoreError::MissingMeta { .. }
            | StoreError::CorruptMeta { .. }
            | StoreError::UnsupportedVersion { .. }
            | StoreError::Engine(_)
            | StoreError::Corrupt(_)
            | StoreError::Catalog(_) => None,
        }
    }
}

/// Why one row could not be written.
#[derive(Debug)]
pub enum RowError {
    /// A unique key holds the row's value already: error 1062.
    Duplicate(Box<DuplicateKey>),
    /// The row image does not fit the table's definition.
    Image(String),
    /// A foreign key forbids it: 1451 or 1452, as MySQL words it.
    ForeignKey(MysqlError),
    /// The store failed.
    Store(StoreError),
}

/// The key value that exists already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuplicateKey {
    /// Table name.
    pub table: String,
    /// Index name.
    pub index: String,
    /// The value between the quotes of error 1062.
    pub entry: String,
    /// The text names the key `table.index` (MySQL since 8.0.19) rather than `index`.
    pub qualified: bool,
}

impl DuplicateKey {
    /// Error 1062 as the table's flavour words it.
    pub fn to_mysql(&self) -> MysqlError {
        let key = match self.qualified {
            true => format!("{}.{}", self.table, self.index),
            false => self.index.clone(),
        };
        MysqlError::new(
            1062,
            format!("Duplicate entry '{}' for key '{key}'", self.entry),
        )
    }
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RowError::Duplicate(key) => fmt::Display::fmt(&key.to_mysql(), f),
            RowError::Image(reason) => write!(f, "row image: {reason}"),
            RowError::ForeignKey(error) => fmt::Display::fmt(error, f),
            RowError::Store(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl std::error::Error for RowError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            RowError::Store(error) => Some(error),
            RowError::ForeignKey(error) => Some(error),
            RowError::Duplicate(_) | RowError::Image(_) => None,
        }
    }
}

impl From<StoreError> for RowError {
    fn from(error: StoreError) -> RowError {
        RowError::Store(error)
    }
}
