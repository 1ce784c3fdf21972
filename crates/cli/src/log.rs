//! The error log in MySQL's line format, to standard error or to the file of `log_error`.
//!
//! Notes, which a real server writes with `log_error_verbosity=3` alone, are left out.
//!
//! `2026-01-02T03:04:05.678901Z 0 [Warning] [MY-010068] [Server] text`. SIGHUP reopens the file.

use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tracing::{Event, Level, Subscriber, field::Field, field::Visit};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::registry::LookupSpan;

/// Where the log goes; clones share it.
#[derive(Clone)]
pub struct LogTarget {
    inner: Arc<Mutex<Target>>,
}

struct Target {
    path: Option<PathBuf>,
    file: Option<File>,
}

impl LogTarget {
    /// The file at `path`, or standard error.
    pub fn open(path: Option<&Path>) -> io::Result<LogTarget> {
        let file = path.map(open).transpose()?;
        let target = Target {
            path: path.map(Path::to_path_buf),
            file,
        };
        Ok(LogTarget {
            inner: Arc::new(Mutex::new(target)),
        })
    }

    /// Opens the file anew (it was renamed by log rotation).
    pub fn reopen(&self) -> io::Result<()> {
        let mut target = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(path) = &target.path {
            target.file = Some(open(path)?);
        }
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<File> {
    File::options().create(true).append(true).open(path)
}

impl Write for LogTarget {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut target = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut target.file {
            Some(file) => file.write(bytes),
            None => io::stderr().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogTarget {
    type Writer = LogTarget;

    fn make_writer(&'a self) -> LogTarget {
        self.clone()
    }
}

/// Sends `tracing` events of our own crates to `target`.
pub fn install(target: LogTarget) {
    let subscriber = tracing_subscriber::fmt()
        .event_format(MysqlFormat)
        .with_max_level(tracing_subscriber::filter::LevelFilter::INFO)
        .with_writer(target)
        .finish();
    // A second call (tests in one process) keeps the first log.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

struct MysqlFormat;

#[derive(Default)]
struct Message {
    text: String,
    code: Option<u64>,
    /// Connection id of the thread that it is about.
    thread: u64,
}

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let result = if field.name() == "message" {
            write!(self.text, "{value:?}")
        } else {
            write!(self.text, " {}={value:?}", field.name())
        };
        // Writing to a String cannot fail.
        let _ = result;
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "code" => self.code = Some(value),
            "thread" => self.thread = value,
            _ => self.record_debug(field, &value),
        }
    }
}

impl<S, N> FormatEvent<S, N> for MysqlFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let ours = event.metadata().target().starts_with("understudy");
        let level = *event.metadata().level();
        // Libraries (storage engine, TLS) speak up here only with warnings and errors.
        if !ours && level > Level::WARN {
            return Ok(());
        }
        let priority = match level {
            Level::ERROR => "ERROR",
            Level::WARN => "Warning",
            Level::DEBUG => "Note",
            _ => "System",
        };
        let subsystem = match event.metadata().target() {
            target if target.starts_with("understudy_replica") => "Repl",
            _ => "Server",
        };
        let mut message = Message::default();
        event.record(&mut message);
        let now = jiff::Timestamp::now();
        let (code, thread) = (message.code.unwrap_or(0), message.thread);
        writeln!(
            writer,
            "{now:.6} {thread} [{priority}] [MY-{code:06}] [{subsystem}] {}",
            message.text
        )
    }
}
