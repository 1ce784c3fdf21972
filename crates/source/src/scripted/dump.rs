//! Serving COM_BINLOG_DUMP: an artificial rotate, the format description, events, heartbeats, faults.
//!
//! As the real sources do it: every file begins with an artificial rotate that names it; a dump that starts
//! later in a file gets the file's format description first, with position and start time 0.

use super::connection::Wire;
use super::fault::Fault;
use super::log::LogFile;
use super::messages;
use super::queries::UserVariables;
use super::{Script, Shared, lock};
use bytes::Bytes;
use std::io;
use std::time::Duration;
use tokio::sync::watch;
use understudy_base::error::MysqlError;
use understudy_binlog::position::FIRST_EVENT;
use understudy_binlog::{
    ChecksumAlgorithm, DecodeError, Event, EventBody, EventContext, EventFlags, EventHeader,
    builder,
};
use understudy_wire::replication::{BinlogDump, DumpFlags, DumpPacket};
use understudy_wire::response::ErrPacket;

/// `ER_SOURCE_FATAL_ERROR_READING_BINLOG`
const FATAL_READING: u16 = 1236;
/// Sent at once when nothing else is known of the replica's wish.
const DEFAULT_HEARTBEAT: Duration = Duration::from_secs(30);
/// Packets are put together up to this size, bytes.
const BATCH: usize = 64 << 10;

/// What a replica asks for.
pub struct DumpRequest {
    file: String,
    position: u64,
    non_block: bool,
    heartbeat_v2: bool,
}

impl DumpRequest {
    /// As COM_BINLOG_DUMP says it.
    pub fn of(dump: &BinlogDump) -> DumpRequest {
        DumpRequest {
            file: String::from_utf8_lossy(&dump.file).into_owned(),
            position: u64::from(dump.position),
            non_block: dump.flags.contains(DumpFlags::NON_BLOCK),
            heartbeat_v2: dump.flags.contains(DumpFlags::HEARTBEAT_V2),
        }
    }
}

/// Ends a dump.
enum End {
    /// The connection is to be closed without a word.
    Cut,
    /// The replica gets an error.
    Error(MysqlError),
    /// The replica wanted no waiting.
    Eof,
    Io(io::Error),
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> End {
        End::Io(error)
    }
}

/// The replica hears the server's words; what is wrong in detail is for our own log.
fn bogus(error: &DecodeError) -> End {
    tracing::warn!(%error, "reading a served file");
    fatal(messages::BOGUS)
}

fn fatal(message: impl Into<String>) -> End {
    End::Error(MysqlError::new(FATAL_READING, message))
}

/// Serves a dump to its end. It may be dropped anywhere: it only sends.
pub(super) async fn run(
    wire: &mut Wire,
    shared: &Shared,
    variables: &UserVariables,
    request: DumpRequest,
) -> io::Result<()> {
    let fault = lock(&shared.faults).pop_front().unwrap_or(Fault::None);
    let by_gtid = variables.get("slave_connect_state").cloned().flatten();
    if by_gtid.is_some_and(|state| !state.is_empty()) {
        let error = MysqlError::new(
            FATAL_READING,
            "The scripted source serves by file and position, not by GTID",
        );
        wire.push(&DumpPacket::Error(ErrPacket::from(&error)).encode());
        return wire.flush().await;
    }
    let mut dump = Dump::new(wire, shared, variables, &request, fault);
    let end = match dump.start(&request) {
        Ok(()) => dump.serve().await,
        Err(end) => end,
    };
    let packet = match end {
        End::Cut => return Ok(()),
        End::Io(error) => return Err(error),
        End::Eof => DumpPacket::Eof.encode(),
        End::Error(error) => DumpPacket::Error(ErrPacket::from(&error)).encode(),
    };
    wire.push(&packet);
    wire.flush().await
}

struct Dump<'a> {
    wire: &'a mut Wire,
    shared: &'a Shared,
    files: watch::Receiver<Vec<LogFile>>,
    fault: Fault,
    /// Index of the file being read.
    index: usize,
    offset: usize,
    /// The stream's context: a replica that did not ask for checksums gets none.
    context: EventContext,
    /// `None`: no heartbeats.
    heartbeat: Option<Duration>,
    heartbeat_v2: bool,
    non_block: bool,
    checksum_aware: bool,
    events: u64,
    bytes: u64,
}

impl<'a> Dump<'a> {
    fn new(
        wire: &'a mut Wire,
        shared: &'a Shared,
        variables: &UserVariables,
        request: &DumpRequest,
        fault: Fault,
    ) -> Dump<'a> {
        let variable = |name: &str| variables.get(name).cloned().flatten();
        let either = |new: &str, old: &str| variable(new).or_else(|| variable(old));
        let nanoseconds = either("source_heartbeat_period", "master_heartbeat_period");
        let heartbeat = match nanoseconds.and_then(|text| text.parse().ok()) {
            None => Some(DEFAULT_HEARTBEAT),
            Some(0) => None,
            Some(period) => Some(Duration::from_nanos(period)),
        };
        let wanted = either("source_binlog_checksum", "master_binlog_checksum");
        Dump {
            wire,
            shared,
            files: shared.log.watch(),
            fault,
            index: 0,
            offset: 0,
            context: EventContext::initial(shared.script.flavour(), ChecksumAlgorithm::Off),
            heartbeat,
            heartbeat_v2: request.heartbeat_v2,
            non_block: request.non_block,
            checksum_aware: wanted.is_some(),
            events: 0,
            bytes: 0,
        }
    }

    fn file(&self) -> Option<LogFile> {
        self.files.borrow().get(self.index).cloned()
    }

    /// Finds file and position and sends what stands before the first event.
    fn start(&mut self, request: &DumpRequest) -> Result<(), End> {
        lock(&self.shared.dumps).push((request.file.clone(), request.position));
        let position = {
            let files = self.files.borrow();
            files.iter().position(|file| file.name == request.file)
        };
        self.index = match position {
            Some(index) => index,
            None if request.file.is_empty() => 0,
            None => return Err(fatal(messages::NO_SUCH_FILE)),
        };
        let Some(file) = self.file() else {
            return Err(fatal(messages::NOT_OPEN));
        };
        if request.position < FIRST_EVENT {
            return Err(fatal(messages::position_too_small(&self.shared.script)));
        }
        if request.position > file.bytes.len() as u64 {
            return Err(fatal(messages::position_too_large(&self.shared.script)));
        }
        if self.shared.script.checksum == ChecksumAlgorithm::Crc32 && !self.checksum_aware {
            return Err(fatal(messages::checksum_unknown(&self.shared.script)));
        }
        self.context.checksum = self.shared.script.checksum;
        self.open(&file, request.position)
    }

    /// Opens a file at a position that is in it.
    fn open(&mut self, file: &LogFile, position: u64) -> Result<(), End> {
        let server_id = self.shared.script.server_id;
        let rotate = builder::artificial_rotate(server_id, &file.name, position, &self.context);
        self.push(&rotate);
        if self.fault == Fault::EarlyHeartbeat {
            self.push_heartbeat(&file.name, position);
        }
        let first = FIRST_EVENT as usize;
        self.offset = usize::try_from(position).map_err(|_| fatal("position out of range"))?;
        let (description, bytes) = event_at(&file.bytes, first, &self.shared.script)?;
        let EventBody::FormatDescription(format) = &description.body else {
            return Err(fatal("Binlog file without format description event"));
        };
        if position > FIRST_EVENT {
            let mut repeated = description.clone();
            let mut body = format.clone();
            body.created_s = 0;
            repeated.header.log_pos = 0;
            repeated.header.flags = repeated.header.flags.without(EventFlags::BINLOG_IN_USE);
            repeated.body = EventBody::FormatDescription(body);
            let bytes = repeated.encode(&self.context);
            self.push(&bytes);
        } else {
            self.push(&bytes);
            self.offset = first + bytes.len();
        }
        self.context = format.context();
        Ok(())
    }

    fn push(&mut self, event: &[u8]) {
        let before = self.wire.pending().len();
        let packet = DumpPacket::Event {
            ack_requested: None,
            event,
        };
        self.wire.push(&packet.encode());
        self.bytes += (self.wire.pending().len() - before) as u64;
    }

    fn push_heartbeat(&mut self, file: &str, position: u64) {
        let server_id = self.shared.script.server_id;
        let wrong = match self.fault {
            Fault::WrongHeartbeatPosition(bytes) => u64::from(bytes),
            _ => 0,
        };
        let position = position + wrong;
        let event = if self.heartbeat_v2 {
            builder::heartbeat_v2(server_id, file, position, &self.context)
        } else {
            let low = u32::try_from(position & u64::from(u32::MAX)).unwrap_or(u32::MAX);
            builder::heartbeat(server_id, file, low, &self.context)
        };
        self.push(&event);
    }

    async fn serve(&mut self) -> End {
        loop {
            if let Err(end) = self.step().await {
                return end;
            }
        }
    }

    /// Sends one event, opens the next file, or waits.
    async fn step(&mut self) -> Result<(), End> {
        self.cut_by_bytes().await?;
        if self.wire.pending().len() >= BATCH {
            self.wire.flush().await?;
        }
        let Some(file) = self.file() else {
            return Err(fatal("Could not open log file"));
        };
        if self.offset < file.bytes.len() {
            return self.send_event(&file).await;
        }
        let next = self.files.borrow().get(self.index + 1).cloned();
        if let Some(next) = next {
            self.index += 1;
            return self.open(&next, FIRST_EVENT);
        }
        if self.non_block {
            return Err(End::Eof);
        }
        self.wire.flush().await?;
        self.wait(&file).await
    }

    /// Sends the event at the offset, as the fault wants it.
    async fn send_event(&mut self, file: &LogFile) -> Result<(), End> {
        let header = EventHeader::decode(file.bytes.get(self.offset..).unwrap_or_default())
            .map_err(|error| bogus(&error))?;
        let end = self.offset + header.event_len as usize;
        let Some(event) = file.bytes.get(self.offset..end) else {
            return Err(fatal(messages::truncated(&self.shared.script)));
        };
        let number = self.events;
        match &self.fault {
            Fault::CutAfterEvents(after) if number >= *after => {
                self.wire.flush().await?;
                return Err(End::Cut);
            }
            Fault::SilentAfterEvents(after) if number >= *after => {
                self.wire.flush().await?;
                self.wire.closed().await?;
                return Err(End::Cut);
            }
            Fault::ErrorAfterEvents(after, errno, message) if number >= *after => {
                return Err(End::Error(MysqlError::new(*errno, message.clone())));
            }
            Fault::DamageEvent(at) if number == *at => {
                let mut damaged = event.to_vec();
                let last = damaged
                    .len()
                    .saturating_sub(1 + self.context.checksum.len());
                if let Some(byte) = damaged.get_mut(last) {
                    *byte ^= 0x20;
                }
                self.push(&damaged);
            }
            Fault::RepeatEvent(at) if number == *at => {
                self.push(event);
                self.push(event);
            }
            _ => self.push(event),
        }
        self.events += 1;
        self.offset = end;
        Ok(())
    }

    async fn cut_by_bytes(&mut self) -> Result<(), End> {
        let Fault::CutAfterBytes(limit) = self.fault else {
            return Ok(());
        };
        if self.bytes < limit {
            return Ok(());
        }
        let surplus = usize::try_from(self.bytes - limit).unwrap_or(usize::MAX);
        let pending = self.wire.pending();
        pending.truncate(pending.len().saturating_sub(surplus));
        self.wire.flush().await?;
        Err(End::Cut)
    }

    /// Waits for more of the log; sends a heartbeat when its time has come.
    async fn wait(&mut self, file: &LogFile) -> Result<(), End> {
        let timer = async {
            match self.heartbeat {
                Some(period) => tokio::time::sleep(period).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = self.files.changed() => match changed {
                Ok(()) => return Ok(()),
                Err(_) => return Err(End::Cut),
            },
            closed = self.wire.closed() => {
                closed?;
                return Err(End::Cut);
            }
            () = timer => {}
        }
        self.push_heartbeat(&file.name, file.bytes.len() as u64);
        self.wire.flush().await?;
        Ok(())
    }
}

/// The event at an offset, read and as bytes.
fn event_at(file: &Bytes, offset: usize, script: &Script) -> Result<(Event, Bytes), End> {
    let rest = file.get(offset..).unwrap_or_default();
    let header = EventHeader::decode(rest).map_err(|error| bogus(&error))?;
    let end = offset + header.event_len as usize;
    if end > file.len() {
        return Err(fatal(messages::truncated(script)));
    }
    let bytes = file.slice(offset..end);
    let context = EventContext::initial(Default::default(), ChecksumAlgorithm::Off);
    let event = Event::decode(&bytes, &context).map_err(|error| bogus(&error))?;
    Ok((event, bytes))
}
