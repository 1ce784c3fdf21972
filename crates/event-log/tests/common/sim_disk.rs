//! A disk in memory that stops at a chosen operation and forgets what was not made durable.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use understudy_event_log::{Disk, DiskFile};

/// Content of one file: as written, and as it would survive a power cut.
#[derive(Clone, Default)]
struct Content {
    now: Vec<u8>,
    durable: Vec<u8>,
}

type Inode = Arc<Mutex<Content>>;

#[derive(Default)]
struct Inner {
    now: BTreeMap<PathBuf, Inode>,
    durable: BTreeMap<PathBuf, Inode>,
    /// Mutating operations done so far.
    steps: u64,
    /// The operation at which everything begins to fail.
    stop_at: Option<u64>,
    /// A write at which it stops gets this part of its bytes to the file, in percent.
    torn_percent: usize,
    syncs: u64,
}

/// See the module. Clones are the same disk.
#[derive(Clone, Default)]
pub struct SimDisk(Arc<Mutex<Inner>>);

/// What a crash takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Crash {
    /// The process only (`kill -9`): all that was written stays.
    Process,
    /// The machine: only what was fsynced stays.
    Power,
}

impl SimDisk {
    pub fn stop_at(&self, step: u64, torn_percent: usize) {
        let mut inner = self.0.lock().unwrap();
        inner.steps = 0;
        inner.stop_at = Some(step);
        inner.torn_percent = torn_percent;
    }

    /// Operations succeed again, as on a disk where space was freed.
    pub fn heal(&self) {
        self.0.lock().unwrap().stop_at = None;
    }

    pub fn steps(&self) -> u64 {
        self.0.lock().unwrap().steps
    }

    pub fn syncs(&self) -> u64 {
        self.0.lock().unwrap().syncs
    }

    /// The disk as the next process finds it.
    pub fn after(&self, crash: Crash) -> SimDisk {
        let inner = self.0.lock().unwrap();
        let names = match crash {
            Crash::Process => &inner.now,
            Crash::Power => &inner.durable,
        };
        let files = names.iter().map(|(path, inode)| {
            let content = inode.lock().unwrap();
            let kept = match crash {
                Crash::Process => content.now.clone(),
                Crash::Power => content.durable.clone(),
            };
            let inode = Content {
                now: kept.clone(),
                durable: kept,
            };
            (path.clone(), Arc::new(Mutex::new(inode)))
        });
        let files: BTreeMap<_, _> = files.collect();
        SimDisk(Arc::new(Mutex::new(Inner {
            now: files.clone(),
            durable: files,
            ..Inner::default()
        })))
    }

    pub fn file(&self, path: &str) -> Option<Vec<u8>> {
        let inner = self.0.lock().unwrap();
        let inode = inner.now.get(Path::new(path))?;
        let content = inode.lock().unwrap();
        Some(content.now.clone())
    }

    pub fn put(&self, path: &str, bytes: Vec<u8>) {
        let content = Content {
            now: bytes.clone(),
            durable: bytes,
        };
        let inode = Arc::new(Mutex::new(content));
        let mut inner = self.0.lock().unwrap();
        inner.now.insert(path.into(), inode.clone());
        inner.durable.insert(path.into(), inode);
    }

    pub fn names(&self) -> Vec<String> {
        let inner = self.0.lock().unwrap();
        let names = inner
            .now
            .keys()
            .filter_map(|path| path.file_name()?.to_str());
        names.map(str::to_owned).collect()
    }

    /// Counts a mutating operation; `Err` if the crash is here or was before.
    fn step(&self) -> io::Result<()> {
        let mut inner = self.0.lock().unwrap();
        inner.steps += 1;
        match inner.stop_at {
            Some(at) if inner.steps > at => Err(io::Error::other("simulated crash")),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether the operation that just failed is the first to fail.
    fn torn_percent(&self) -> Option<usize> {
        let inner = self.0.lock().unwrap();
        (inner.stop_at == Some(inner.steps - 1)).then_some(inner.torn_percent)
    }
}

impl Disk for SimDisk {
    fn list(&self, _dir: &Path) -> io::Result<Vec<String>> {
        Ok(self.names())
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.step()?;
        let inode = Inode::default();
        let mut inner = self.0.lock().unwrap();
        inner.now.insert(path.to_owned(), inode.clone());
        Ok(Box::new(SimFile {
            disk: self.clone(),
            inode,
        }))
    }

    fn open(&self, path: &Path, _write: bool) -> io::Result<Box<dyn DiskFile>> {
        let inner = self.0.lock().unwrap();
        let inode = inner
            .now
            .get(path)
            .cloned()
            .ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(SimFile {
            disk: self.clone(),
            inode,
        }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        let mut inner = self.0.lock().unwrap();
        let inode = inner.now.remove(from).ok_or(io::ErrorKind::NotFound)?;
        inner.now.insert(to.to_owned(), inode);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        let mut inner = self.0.lock().unwrap();
        inner.now.remove(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(())
    }

    fn sync_dir(&self, _dir: &Path) -> io::Result<()> {
        self.step()?;
        let mut inner = self.0.lock().unwrap();
        inner.durable = inner.now.clone();
        Ok(())
    }
}

struct SimFile {
    disk: SimDisk,
    inode: Inode,
}

impl DiskFile for SimFile {
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let stopped = self.disk.step();
        let bytes = match &stopped {
            Ok(()) => bytes,
            Err(_) => match self.disk.torn_percent() {
                Some(percent) => &bytes[..bytes.len() * percent / 100],
                None => &[],
            },
        };
        let mut content = self.inode.lock().unwrap();
        let offset = offset as usize;
        let end = offset + bytes.len();
        if !bytes.is_empty() && content.now.len() < end {
            content.now.resize(end, 0);
        }
        content.now[offset.min(end)..end].copy_from_slice(bytes);
        stopped
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let content = self.inode.lock().unwrap();
        let rest = content.now.get(offset as usize..).unwrap_or_default();
        let n = rest.len().min(buffer.len());
        buffer[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.step()?;
        self.disk.0.lock().unwrap().syncs += 1;
        let mut content = self.inode.lock().unwrap();
        content.durable = content.now.clone();
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.disk.step()?;
        let mut content = self.inode.lock().unwrap();
        content.now.resize(len as usize, 0);
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.inode.lock().unwrap().now.len() as u64)
    }
}
