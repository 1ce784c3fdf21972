//! The data directory's identity: `understudy.meta` and `understudy.lock`.
//!
//! `understudy.meta` is four lines of text: the magic with the format number, the store's id, the version of
//! the program that made it, and the CRC32 of the lines before. It says nothing of a flavour or a source: one
//! store may follow a MySQL source today and a MariaDB source tomorrow. The lock is an advisory lock on
//! `understudy.lock`, taken before anything else is touched and freed by the operating system when the
//! process ends in whatever way.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::hash::{BuildHasher, RandomState};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::error::StoreError;

/// Name of the meta file.
pub const META_FILE: &str = "understudy.meta";
/// Name of the lock file.
pub const LOCK_FILE: &str = "understudy.lock";
/// Directory of the engine's files.
pub const ENGINE_DIR: &str = "store";
/// The format this build writes and reads. It changes with whatever is stored, the order of index keys included.
pub const FORMAT: u32 = 2;

const MAGIC: &str = "understudy store, format ";

/// Files that other servers leave in their data directories.
const FOREIGN: [(&str, &str); 14] = [
    ("mysql.ibd", "a MySQL server"),
    ("#innodb_redo", "a MySQL server"),
    ("undo_001", "a MySQL server"),
    ("ibdata1", "a MySQL or MariaDB server"),
    ("ib_logfile0", "a MySQL or MariaDB server"),
    ("aria_log_control", "a MariaDB server"),
    ("aria_log.00000001", "a MariaDB server"),
    ("mysql_upgrade_info", "a MySQL or MariaDB server"),
    ("performance_schema", "a MySQL or MariaDB server"),
    ("mysql/user.frm", "a MySQL or MariaDB server"),
    ("mysql/db.frm", "a MySQL or MariaDB server"),
    ("PG_VERSION", "a PostgreSQL server"),
    ("WiredTiger", "a MongoDB server"),
    ("ROCKSDB_IDENTITY", "another RocksDB store"),
];

/// What the meta file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// Format number.
    pub format: u32,
    /// Identity of this store, 32 hexadecimal digits, made once.
    pub store_id: String,
    /// Version of the program that made the store.
    pub created_by: String,
}

/// Fails with [`StoreError::ForeignDirectory`] when `dir` holds another server's files.
pub fn check_not_foreign(dir: &Path) -> Result<(), StoreError> {
    for (name, owner) in FOREIGN {
        let path = dir.join(name);
        if path
            .try_exists()
            .map_err(|e| StoreError::io("look at", &path, e))?
        {
            return Err(StoreError::ForeignDirectory {
                dir: dir.to_path_buf(),
                found: name.to_string(),
                owner,
            });
        }
    }
    Ok(())
}

/// Takes the directory's lock; dropping the file frees it.
pub fn lock(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join(LOCK_FILE);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(|e| StoreError::io("open", &path, e))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let holder = match file.read_to_string(&mut text) {
                Ok(_) => text.trim().parse().ok(),
                Err(_) => None,
            };
            return Err(StoreError::Locked {
                dir: dir.to_path_buf(),
                holder,
            });
        }
        Err(TryLockError::Error(e)) => return Err(StoreError::io("lock", &path, e)),
    }
    file.set_len(0)
        .and_then(|()| file.seek(SeekFrom::Start(0)))
        .and_then(|_| writeln!(file, "{}", std::process::id()))
        .map_err(|e| StoreError::io("write", &path, e))?;
    Ok(file)
}

/// Reads the meta file, or makes it in a directory without a store.
pub fn open(dir: &Path) -> Result<Meta, StoreError> {
    let path = dir.join(META_FILE);
    match fs::read(&path) {
        Ok(bytes) => parse(dir, &path, &bytes),
        Err(e) if e.kind() == ErrorKind::NotFound => {
            let engine = dir.join(ENGINE_DIR);
            if engine
                .try_exists()
                .map_err(|e| StoreError::io("look at", &engine, e))?
            {
                return Err(StoreError::MissingMeta {
                    dir: dir.to_path_buf(),
                });
            }
            let meta = Meta {
                format: FORMAT,
                store_id: fresh_id(),
                created_by: env!("CARGO_PKG_VERSION").to_string(),
            };
            write(dir, &meta)?;
            Ok(meta)
        }
        Err(e) => Err(StoreError::io("read", &path, e)),
    }
}

fn render(meta: &Meta) -> String {
    let body = format!(
        "{MAGIC}{}\nid {}\ncreated by {}\n",
        meta.format, meta.store_id, meta.created_by
    );
    let sum = crc32fast::hash(body.as_bytes());
    format!("{body}crc32 {sum:08x}\n")
}

fn write(dir: &Path, meta: &Meta) -> Result<(), StoreError> {
    let path = dir.join(META_FILE);
    let temporary = dir.join(format!("{META_FILE}.new"));
    let mut file = File::create(&temporary).map_err(|e| StoreError::io("create", &temporary, e))?;
    file.write_all(render(meta).as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(|e| StoreError::io("write", &temporary, e))?;
    fs::rename(&temporary, &path).map_err(|e| StoreError::io("rename to", &path, e))?;
    File::open(dir)
        .and_then(|d| d.sync_all())
        .map_err(|e| StoreError::io("sync", dir, e))
}

fn parse(dir: &Path, path: &Path, bytes: &[u8]) -> Result<Meta, StoreError> {
    let corrupt = |reason: &str| StoreError::CorruptMeta {
        path: path.to_path_buf(),
        reason: reason.to_string(),
    };
    let text = std::str::from_utf8(bytes).map_err(|_| corrupt("it is not text"))?;
    let format = text
        .strip_prefix(MAGIC)
        .and_then(|rest| rest.split('\n').next())
        .ok_or_else(|| corrupt("it does not start as a store's meta file does"))?;
    let format: u32 = format
        .parse()
        .map_err(|_| corrupt("its format number is unreadable"))?;
    let sum_at = text
        .rfind("crc32 ")
        .ok_or_else(|| corrupt("its checksum is missing"))?;
    let (body, sum) = text.split_at(sum_at);
    if sum != format!("crc32 {:08x}\n", crc32fast::hash(body.as_bytes())) {
        return Err(corrupt("its checksum does not match"));
    }
    if format != FORMAT {
        return Err(StoreError::UnsupportedVersion {
            dir: dir.to_path_buf(),
            found: format,
            supported: FORMAT,
        });
    }
    let line = |prefix: &str| {
        body.lines()
            .find_map(|l| l.strip_prefix(prefix))
            .map(str::to_string)
            .ok_or_else(|| corrupt(&format!("its line \"{prefix}\" is missing")))
    };
    Ok(Meta {
        format,
        store_id: line("id ")?,
        created_by: line("created by ")?,
    })
}

/// An id that no other store has; hash keys of the standard library are random per process.
fn fresh_id() -> String {
    let part = |salt: u64| {
        RandomState::new().hash_one((salt, std::process::id(), std::time::SystemTime::now()))
    };
    format!("{:016x}{:016x}", part(1), part(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_damaged_byte_of_the_meta_file_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let made = open(dir.path()).unwrap();
        let path = dir.path().join(META_FILE);
        let good = fs::read(&path).unwrap();
        assert_eq!(open(dir.path()).unwrap(), made);
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x01;
            assert!(
                parse(dir.path(), &path, &bad).is_err(),
                "byte {at} flipped went unnoticed"
            );
            assert!(parse(dir.path(), &path, &good[..at]).is_err());
        }
    }

    #[test]
    fn a_newer_format_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let meta = Meta {
            format: FORMAT + 1,
            store_id: "x".into(),
            created_by: "9.9.9".into(),
        };
        write(dir.path(), &meta).unwrap();
        match open(dir.path()) {
            Err(StoreError::UnsupportedVersion { found, .. }) => assert_eq!(found, FORMAT + 1),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn directories_of_other_servers_are_refused_by_name() {
        for (name, owner) in FOREIGN {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, b"").unwrap();
            match check_not_foreign(dir.path()) {
                Err(StoreError::ForeignDirectory {
                    found, owner: by, ..
                }) => assert_eq!((found.as_str(), by), (name, owner)),
                other => panic!("{name}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_second_lock_names_the_holder() {
        let dir = tempfile::tempdir().unwrap();
        let held = lock(dir.path()).unwrap();
        match lock(dir.path()) {
            Err(StoreError::Locked { holder, .. }) => {
                assert_eq!(holder, Some(std::process::id()));
            }
            other => panic!("{other:?}"),
        }
        drop(held);
        lock(dir.path()).unwrap();
    }
}
