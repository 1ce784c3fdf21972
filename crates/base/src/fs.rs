//! Files that a crash at any moment leaves whole.
//!
//! A file's name lives in its directory: creating, renaming or removing one is durable only when the
//! directory has been synced too.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Syncs a directory, so that files created, renamed or removed in it stay so after a power loss.
pub fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Replaces the content of `path` so that after a crash it is either the old or the new, never a mixture.
///
/// The new content is written to a temporary file in the same directory, synced, and renamed over `path`.
pub fn replace_file(path: &Path, content: &[u8]) -> io::Result<()> {
    let dir = parent(path)?;
    let mut name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "path without a file name"))?
        .to_owned();
    name.push(".tmp");
    let temporary = dir.join(name);
    let mut file = File::create(&temporary)?;
    file.write_all(content)?;
    file.sync_all()?;
    drop(file);
    std::fs::rename(&temporary, path)?;
    sync_dir(dir)
}

/// Removes a file durably; one that is not there is no error.
pub fn remove_file(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Ok(()) => sync_dir(parent(path)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn parent(path: &Path) -> io::Result<&Path> {
    match path.parent() {
        Some(dir) if dir.as_os_str().is_empty() => Ok(Path::new(".")),
        Some(dir) => Ok(dir),
        None => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "path without a parent",
        )),
    }
}

/// An exclusive lock on a file, held until dropped or until the process ends, however it ends.
#[derive(Debug)]
pub struct LockFile {
    file: File,
    path: PathBuf,
}

impl LockFile {
    /// Creates `path` if needed and locks it. `Ok(None)`: another process, or another place here, holds it.
    ///
    /// The holder's process id is written into the file for whoever looks.
    pub fn acquire(path: &Path) -> io::Result<Option<LockFile>> {
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0)?;
                writeln!(file, "{}", std::process::id())?;
                Ok(Some(LockFile {
                    file,
                    path: path.to_owned(),
                }))
            }
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// The locked file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        // The file stays: removing it would race with a process that has it open to lock it.
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacing_leaves_the_new_content_and_no_temporary_file() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let path = dir.path().join("state");
        for content in [&b"first, and the longer one"[..], b"second", b""] {
            replace_file(&path, content).expect("replace");
            assert_eq!(std::fs::read(&path).expect("read"), content);
        }
        let names: Vec<_> = std::fs::read_dir(dir.path()).expect("list").collect();
        assert_eq!(names.len(), 1);
    }

    #[test]
    fn what_a_crash_left_behind_does_not_hinder_the_next_replacement() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let path = dir.path().join("state");
        std::fs::write(dir.path().join("state.tmp"), "half of a longer content").expect("write");
        replace_file(&path, b"whole").expect("replace");
        assert_eq!(std::fs::read(&path).expect("read"), b"whole");
    }

    #[test]
    fn a_lock_excludes_a_second_holder_until_dropped() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let path = dir.path().join("lock");
        let held = LockFile::acquire(&path).expect("lock").expect("free");
        assert!(LockFile::acquire(&path).expect("lock").is_none());
        let text = std::fs::read_to_string(held.path()).expect("read");
        assert_eq!(text.trim(), std::process::id().to_string());
        drop(held);
        assert!(LockFile::acquire(&path).expect("lock").is_some());
    }

    #[test]
    fn removing_twice_is_no_error() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let path = dir.path().join("gone");
        std::fs::write(&path, "x").expect("write");
        remove_file(&path).expect("remove");
        remove_file(&path).expect("remove again");
        assert!(!path.exists());
    }
}
