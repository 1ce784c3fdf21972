//! The receiver (MySQL's I/O thread): connects, registers, asks for the dump, writes the relay log.
//!
//! It runs on a thread of its own with a small runtime: reading from the socket is asynchronous (time-outs,
//! stop), appending is a plain call. An event goes packet -> relay log buffer without a copy between; the
//! buffer is written when no more packets are at hand. Nothing here waits for the applier, except where
//! `relay_log_space_limit` asks for it.
//!
//! Stopping drops the connection wherever it is; a half-received transaction is cut from the relay log when
//! the next connection begins.

mod gtid;

use crate::config::SourceConfig;
use crate::connect::{
    ConnectError, SourceConnection, SourceEndpoint, TlsMode, TlsOptions, connect,
};
use crate::error::{ReceiverError, Verdict, now_s};
use crate::error_log;
use crate::gtid::MarkedForSkip;
use crate::ledger::{Outcome, Reason};
use crate::options::ReplicaOptions;
use crate::progress::{ReceiverProgress, now_us};
use crate::semisync::SemiSync;
use crate::state::{ChannelState, SourcePosition, StopFlag};
use crate::waterfall::ends_transaction;
use bytes::Bytes;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use understudy_base::control::{ReceiverState, ThreadError, TransactionProgress};
use understudy_binlog::event_type::EventType;
use understudy_binlog::header::{EventFlags, EventHeader};
use understudy_binlog::position::is_artificial;
use understudy_event_log::{Appended, Checksum, EventLogError, RelayLog};
use understudy_wire::command::Command;
use understudy_wire::compress::Algorithm;
use understudy_wire::replication::{BinlogDump, DumpFlags, RegisterReplica};
use understudy_wire::response::ErrPacket;

/// Nothing more is at hand.
const WAITING: &str = "Waiting for source to send event";
/// Events are being written to the relay log.
const QUEUEING: &str = "Queueing source event to the relay log";

/// Everything the receiver works with.
pub struct Receiver {
    /// The channel's name.
    pub channel: String,
    /// The channel's settings at START SLAVE.
    pub config: SourceConfig,
    /// The server's options.
    pub options: Arc<ReplicaOptions>,
    /// The relay log.
    pub relay: RelayLog,
    /// Published state.
    pub state: Arc<ChannelState>,
    /// Asks to stop.
    pub stop: Arc<StopFlag>,
    /// Where to begin when the relay log does not say.
    pub start: SourcePosition,
    /// Which transaction is being received.
    pub progress: ReceiverProgress,
    /// What it knows of GTIDs.
    pub gtid: ReceiverGtids,
}

pub use gtid::ReceiverGtids;
pub(crate) use gtid::{events_between, held};

/// What a connection learned about the source before the dump.
struct Registered {
    mariadb: bool,
    checksum: Checksum,
    dump_flags: DumpFlags,
}

impl Receiver {
    /// Runs until stopped or until an error that no retry mends; publishes both.
    pub fn run(mut self) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let mut semi_sync =
            SemiSync::start(self.options.clone(), &self.account(), &self.position());
        let end = match runtime {
            Ok(runtime) => runtime.block_on(async {
                let end = self.receive(&mut semi_sync).await;
                if let Ok(endpoint) = self.endpoint() {
                    semi_sync.leave(endpoint).await;
                }
                end
            }),
            Err(error) => Some(ReceiverError::fatal(&format!(
                "cannot start a runtime: {error}"
            ))),
        };
        drop(semi_sync);
        self.progress.tally.take_back(Reason::CUT);
        self.progress.tally.publish(&self.state.ledger);
        if let Err(error) = self.relay.flush() {
            tracing::error!("relay log at the receiver's end: {error}");
        }
        self.publish_position();
        self.state.update(|p| {
            p.receiver = ReceiverState::Stopped;
            p.queueing.current = TransactionProgress::default();
            p.receiver_state = "";
            if let Some(error) = &end {
                p.receiver_error = error.shown.clone();
            }
        });
        let thread = self.thread_id();
        if let Some(error) = end {
            if let Some((errno, text)) = &error.lost {
                error_log::read_failed(thread, &self.channel, text, *errno);
            }
            error_log::thread_error(thread, "I/O", &self.channel, &error.shown);
        }
        error_log::receiver_ends(thread, &self.channel, &self.position());
    }

    /// The receiver's connection id.
    fn thread_id(&self) -> u64 {
        self.state.lock().receiver_id
    }

    /// Connects again and again. `None` when stopped.
    async fn receive(&mut self, semi_sync: &mut SemiSync) -> Option<ReceiverError> {
        if self.config.user.is_empty() {
            return Some(ReceiverError::fatal(
                "Invalid (empty) username when attempting to connect to the source server. Connection attempt \
                 terminated.",
            ));
        }
        let mut attempt = 0u64;
        let mut damaged_at = None;
        loop {
            self.state
                .update(|p| p.receiver = ReceiverState::Connecting);
            self.state.receiver_says(self.progress.connecting());
            let stop = self.stop.clone();
            let outcome = tokio::select! {
                biased;
                () = stop.stopped() => return None,
                outcome = self.connection(&mut attempt, semi_sync) => outcome,
            };
            let error = match outcome {
                Ok(()) => return None,
                Err(error) => error,
            };
            semi_sync.disconnected();
            // Its last transaction is complete, or will be sent again whole: before the next connection asks.
            self.queued();
            self.progress.ended(&self.state);
            if self.stop.is_stopped() {
                return None;
            }
            if error.verdict == Verdict::Stop {
                return Some(error);
            }
            if error.is_damage() {
                // Once may be the network's doing; twice at one place it is the source's log.
                let here = self.relay.resume_position().ok();
                if here.is_some() && here == damaged_at {
                    return Some(error);
                }
                damaged_at = here;
            }
            if self.config.retry_count > 0 && attempt >= self.config.retry_count {
                return Some(error);
            }
            self.report_retry(&error);
            let pause = Duration::from_secs(u64::from(self.config.connect_retry_s));
            // The first reconnect after an established connection is immediate, as the real receiver's is.
            if attempt > 0 {
                tokio::select! {
                    () = self.stop.stopped() => return None,
                    () = tokio::time::sleep(pause) => {}
                }
            }
        }
    }

    /// What is tried again. That a connection was lost is no error yet: the next may do.
    fn report_retry(&self, error: &ReceiverError) {
        let shown = &error.shown;
        match &error.lost {
            Some((errno, text)) => {
                error_log::read_failed(self.thread_id(), &self.channel, text, *errno);
            }
            None => {
                error_log::thread_error(self.thread_id(), "I/O", &self.channel, shown);
                self.state.update(|p| p.receiver_error = shown.clone());
            }
        }
    }

    fn endpoint(&self) -> Result<SourceEndpoint, ReceiverError> {
        let (config, path) = (&self.config, |text: &str| {
            (!text.is_empty()).then(|| PathBuf::from(text))
        });
        let tls = &config.tls;
        // As in MySQL: without MASTER_SSL no TLS is asked for, but a source that needs a secure channel for
        // its authentication gets one by RSA.
        let mode = match (tls.required, tls.verify_server_cert, tls.ca.is_empty()) {
            (false, _, _) => TlsMode::Disabled,
            (true, true, _) => TlsMode::VerifyIdentity,
            (true, false, false) => TlsMode::VerifyCa,
            (true, false, true) => TlsMode::Required,
        };
        let read_timeout = Duration::from_secs(u64::from(
            self.options.net_timeout_s.load(Ordering::Relaxed).max(1),
        ));
        Ok(SourceEndpoint {
            host: config.host.clone(),
            bind: (!config.bind.is_empty()).then(|| config.bind.clone()),
            port: config.port,
            user: config.user.clone(),
            password: config.password.clone(),
            tls: TlsOptions {
                mode,
                ca: path(&tls.ca),
                capath: path(&tls.capath),
                crl: path(&tls.crl),
                crlpath: path(&tls.crlpath),
                ciphers: tls.cipher.clone(),
                ciphersuites: tls.ciphersuites.clone(),
                cert: path(&tls.cert),
                key: path(&tls.key),
                versions: (!tls.version.is_empty()).then(|| tls.version.clone()),
            },
            compression: self.compression()?,
            public_key_path: path(&config.public_key_path),
            get_public_key: config.get_public_key,
            connect_timeout: read_timeout,
            read_timeout,
            max_packet_bytes: self.options.max_allowed_packet,
            attributes: vec![
                ("program_name".into(), "understudy".into()),
                ("_client_role".into(), "binary_log_listener".into()),
            ],
            ..SourceEndpoint::default()
        })
    }

    fn compression(&self) -> Result<Vec<Algorithm>, ReceiverError> {
        let mut algorithms = Vec::new();
        for name in self.config.compression_algorithms.split(',').map(str::trim) {
            match name {
                "" | "uncompressed" => {}
                "zlib" => algorithms.push(Algorithm::Zlib),
                "zstd" => algorithms.push(Algorithm::Zstd {
                    level: self.config.zstd_compression_level,
                }),
                other => {
                    return Err(ReceiverError::fatal(&format!(
                        "compression algorithm '{other}' is not known."
                    )));
                }
            }
        }
        Ok(algorithms)
    }

    fn account(&self) -> String {
        format!(
            "{}@{}:{}",
            self.config.user, self.config.host, self.config.port
        )
    }

    /// One connection from login to its end; `Ok` only when stopped.
    async fn connection(
        &mut self,
        attempt: &mut u64,
        semi_sync: &mut SemiSync,
    ) -> Result<(), ReceiverError> {
        *attempt += 1;
        let endpoint = self.endpoint()?;
        if *attempt == 1 && self.progress.uses_stored_account() {
            error_log::stored_account(self.thread_id());
        }
        let mut source = connect(&endpoint).await.map_err(|error| {
            let (retries, pause) = (self.config.retry_count, self.config.connect_retry_s);
            let again = self.progress.is_reconnecting();
            ReceiverError::connect(
                (&self.account(), again),
                error.errno.into(),
                &error.message,
                *attempt,
                retries,
                pause,
            )
        })?;
        self.progress
            .reached("Reconnecting after a failed registration on source");
        self.state.receiver_says("Checking source version");
        let registered = self.register(&mut source).await?;
        semi_sync.subscribe(&mut source).await?;
        let start = self.begin(&registered)?;
        self.progress
            .reached("Reconnecting after a failed binlog dump request");
        self.state.receiver_says("Requesting binlog dump");
        let dump = self.dump(&registered, &start)?;
        source.command(&dump).await.map_err(|e| read_error(&e))?;
        let (source_uuid, source_server_id) = {
            let published = self.state.lock();
            (published.source_uuid.clone(), published.source_server_id)
        };
        let by_position = !self.config.gtid.auto_position;
        error_log::connected(
            self.thread_id(),
            &self.channel,
            &self.account(),
            (&source_uuid, source_server_id),
            by_position.then_some(&start),
        );
        self.state.update(|p| {
            p.receiver = ReceiverState::Running;
            p.receiver_error = ThreadError::default();
        });
        self.progress
            .reached("Reconnecting after a failed source event read");
        self.state.receiver_says(WAITING);
        *attempt = 0;
        self.read_dump(&mut source, semi_sync).await
    }

    /// What asks the source for its events.
    fn dump(
        &self,
        registered: &Registered,
        start: &SourcePosition,
    ) -> Result<Command, ReceiverError> {
        if self.config.gtid.auto_position {
            return Ok(self.dump_by_gtid(registered));
        }
        let by_gtid = self.config.gtid.by_gtid() && registered.mariadb;
        let (file, pos) = match by_gtid {
            // The source knows from @slave_connect_state.
            true => (Vec::new(), 4),
            false => (start.file.clone().into_bytes(), start.pos),
        };
        let position = u32::try_from(pos).map_err(|_| {
            ReceiverError::fatal(&format!(
                "position {} of '{}' is beyond the 4 GiB that COM_BINLOG_DUMP can name.",
                start.pos, start.file
            ))
        })?;
        Ok(Command::BinlogDump(BinlogDump {
            position,
            flags: registered.dump_flags,
            server_id: self.options.server_id,
            file,
        }))
    }

    /// Tells the relay log that a connection begins; gives the position to ask for.
    fn begin(&mut self, registered: &Registered) -> Result<SourcePosition, ReceiverError> {
        let resume = self.relay.resume_position().map_err(|e| relay_error(&e))?;
        let start = match resume {
            Some(resume) => SourcePosition {
                file: resume.file.to_string(),
                pos: resume.pos,
            },
            None => self.start.clone(),
        };
        let known = (!start.file.is_empty() && !self.config.gtid.by_gtid())
            .then(|| understudy_event_log::SourcePosition::new(start.file.as_str(), start.pos));
        self.progress.begin(registered.checksum, &self.state);
        self.relay
            .begin_connection(registered.checksum, known)
            .map_err(|e| relay_error(&e))?;
        Ok(start)
    }

    /// Reads packets until the connection ends.
    async fn read_dump(
        &mut self,
        source: &mut SourceConnection,
        semi_sync: &mut SemiSync,
    ) -> Result<(), ReceiverError> {
        let timeout = Duration::from_secs(u64::from(
            self.options.net_timeout_s.load(Ordering::Relaxed).max(1),
        ));
        loop {
            let packet = match source.buffered_packet().map_err(|e| read_error(&e))? {
                // Waiting for space must not hold back what is due.
                Some(packet) if !(semi_sync.is_due() && self.relay.space_exceeded()) => packet,
                Some(packet) => {
                    self.relay.flush().map_err(|e| relay_error(&e))?;
                    semi_sync.acknowledge(source, &self.position()).await;
                    packet
                }
                None => {
                    self.progress.tally.publish(&self.state.ledger);
                    self.relay.flush().map_err(|e| relay_error(&e))?;
                    self.publish_position();
                    if semi_sync.is_due() {
                        semi_sync.acknowledge(source, &self.position()).await;
                    }
                    self.state.receiver_says(WAITING);
                    let packet = source
                        .read_packet(Some(timeout))
                        .await
                        .map_err(|e| read_error(&e))?;
                    self.state.receiver_says(QUEUEING);
                    packet
                }
            };
            self.packet(packet, source, semi_sync).await?;
            if self.stop.is_stopped() {
                return Ok(());
            }
        }
    }

    /// One packet of the dump.
    async fn packet(
        &mut self,
        packet: Bytes,
        source: &mut SourceConnection,
        semi_sync: &mut SemiSync,
    ) -> Result<(), ReceiverError> {
        match packet.first() {
            Some(0) => self.event(semi_sync.event(&packet, source)?).await,
            Some(0xff) => {
                let error = ErrPacket::decode(&packet)
                    .map_err(|e| ReceiverError::read(2027, &format!("Malformed packet ({e})")))?;
                Err(ReceiverError::from_source(error.errno, &error.text()))
            }
            Some(0xfe) if packet.len() < 9 && self.gtid.reaches_end() => {
                tracing::info!(
                    "Replica I/O thread for channel '{}': the source has sent what START SLAVE UNTIL asks for",
                    self.channel
                );
                self.stop.stop();
                Ok(())
            }
            Some(0xfe) if packet.len() < 9 => {
                Err(ReceiverError::read(2013, "End of file from source"))
            }
            Some(_) | None => Err(ReceiverError::read(2027, "Malformed packet")),
        }
    }

    /// One event: counted, checked and appended, or passed over by its server id.
    async fn event(&mut self, event: Bytes) -> Result<(), ReceiverError> {
        let header = EventHeader::decode(&event)
            .map_err(|error| ReceiverError::damaged_event(&error.to_string()))?;
        if self.relay.space_exceeded() {
            self.relay.flush().map_err(|e| relay_error(&e))?;
            self.state
                .receiver_says("Waiting for the replica SQL thread to free relay log space");
            let (relay, stop) = (self.relay.clone(), self.stop.clone());
            let waited =
                tokio::task::spawn_blocking(move || relay.wait_for_space(stop.flag())).await;
            match waited {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return Err(relay_error(&error)),
                Err(_) => {
                    return Err(ReceiverError::relay_write(
                        "the wait for space was broken off",
                    ));
                }
            }
            self.state.receiver_says(QUEUEING);
        }
        if self.passes_over_domain(&event, &header)? {
            self.relay.skip(&event).map_err(|e| relay_error(&e))?;
            self.count(Outcome::Skipped, header.event_type, Reason::DOMAIN);
            return Ok(());
        }
        let passes_over = self.passes_over(&header);
        match passes_over {
            Some(_) => self.queued(),
            None => self.queue(&event, &header)?,
        }
        if let Some(reason) = passes_over {
            self.relay.skip(&event).map_err(|e| relay_error(&e))?;
            self.count(Outcome::Skipped, header.event_type, reason);
            return Ok(());
        }
        match self.relay.append(&event) {
            Ok(Appended::Stored) => {
                let outcome = match is_artificial(&header) {
                    true => Outcome::Artificial,
                    false => Outcome::Received,
                };
                self.count(outcome, header.event_type, Reason::NONE);
                self.progress
                    .stored(&event, &header, &self.relay, &self.state);
            }
            Ok(Appended::Replaced) => {
                self.count(Outcome::Artificial, header.event_type, Reason::NONE);
            }
            Ok(Appended::NotStored) => {
                self.count(Outcome::Artificial, header.event_type, Reason::NONE);
                self.left_out(&event, &header)?;
                self.state.update(|p| {
                    p.received_heartbeats += 1;
                    p.last_heartbeat_us = now_us();
                });
            }
            Err(error) => {
                let error = relay_error(&error);
                let errno = u16::try_from(error.shown.errno).unwrap_or(0);
                self.progress.tally.failed(header.event_type, errno);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Counts an event; those of a transaction for good when the relay log has all of it.
    fn count(&mut self, outcome: Outcome, event_type: EventType, reason: Reason) {
        let tally = &mut self.progress.tally;
        if outcome == Outcome::Artificial {
            tally.count_alone(outcome, event_type, reason);
            return;
        }
        tally.note(reason);
        tally.count(outcome, event_type);
        if may_end_transaction(event_type)
            && let Some(end) = self.relay.transaction_end()
        {
            if ends_transaction(event_type) && outcome == Outcome::Received {
                self.state.waterfall.received(end);
            }
            tally.end_transaction();
            if tally.is_due() {
                tally.publish(&self.state.ledger);
            }
        }
    }

    /// Whether IGNORE_SERVER_IDS, our own id or a mark says that the event is not for us, and which. Format descriptions,
    /// rotates and the like frame the log and are always taken.
    fn passes_over(&self, header: &EventHeader) -> Option<Reason> {
        let framing = matches!(
            header.event_type,
            EventType::FORMAT_DESCRIPTION
                | EventType::ROTATE
                | EventType::STOP
                | EventType::HEARTBEAT
                | EventType::HEARTBEAT_V2
                | EventType::PREVIOUS_GTIDS
                | EventType::GTID_LIST
                | EventType::BINLOG_CHECKPOINT
        );
        let own =
            header.server_id == self.options.server_id && !self.options.replicate_same_server_id;
        if framing {
            return None;
        }
        let ignored = self.config.ignore_server_ids.contains(&header.server_id);
        let marked = header.flags.contains(EventFlags::SKIP_REPLICATION)
            && self.options.mariadb.marked_for_skip() != MarkedForSkip::Replicate;
        match (own, ignored, marked) {
            (true, _, _) => Some(Reason::OWN_SERVER_ID),
            (false, true, _) => Some(Reason::SERVER_ID),
            (false, false, true) => Some(Reason::MARKED),
            (false, false, false) => None,
        }
    }

    fn position(&self) -> SourcePosition {
        match self.relay.published().received {
            Some(at) => SourcePosition {
                file: at.file.to_string(),
                pos: at.pos,
            },
            None => self.start.clone(),
        }
    }

    fn publish_position(&mut self) {
        let at = self.position();
        self.queued_so_far();
        let logged_s = self.progress.logged_s();
        self.state.update(|p| {
            p.received = at;
            if logged_s > 0 {
                p.received_event_s = logged_s;
            }
        });
    }

    /// The queries between login and dump, in the real receiver's order.
    async fn register(
        &mut self,
        source: &mut SourceConnection,
    ) -> Result<Registered, ReceiverError> {
        let greeting = source.server();
        let version = greeting.server_version.clone();
        let connection_id = greeting.connection_id;
        let mariadb = version.contains("MariaDB");
        self.state.update(|p| {
            p.source_version = version;
            p.source_connection_id = connection_id;
        });
        self.check_clock(source).await?;
        self.check_server_id(source).await?;
        let heartbeat_ns = self.heartbeat_period_ms().saturating_mul(1_000_000);
        run(
            source,
            "Setting of heartbeat period",
            &format!("SET @master_heartbeat_period = {heartbeat_ns}, @source_heartbeat_period = {heartbeat_ns}"),
        )
        .await?;
        let checksum = negotiate_checksum(source).await?;
        self.gtid.checksum = checksum;
        self.agree_on_gtids(source, mariadb).await?;
        if mariadb {
            run(
                source,
                "Setting @mariadb_slave_capability",
                "SET @mariadb_slave_capability=4",
            )
            .await?;
            if self.options.mariadb.marked_for_skip() == MarkedForSkip::FilterOnSource {
                let what = "Setting skip_replication";
                run(source, what, "SET skip_replication=1").await?;
            }
        } else {
            self.check_uuid(source).await?;
            let uuid = &self.options.server_uuid;
            run(
                source,
                "Initialization of replica uuid",
                &format!("SET @slave_uuid = '{uuid}', @replica_uuid = '{uuid}'"),
            )
            .await?;
        }
        self.state.receiver_says("Registering replica on source");
        let report = &self.options.report;
        let register = Command::RegisterReplica(RegisterReplica {
            server_id: self.options.server_id,
            host: report.host.clone().into_bytes(),
            user: report.user.clone().into_bytes(),
            password: report.password.clone().into_bytes(),
            port: report.port,
            rank: 0,
            source_id: 0,
        });
        source.command_ok(&register).await.map_err(|e| {
            ReceiverError::registration("Registering replica", e.errno.into(), &e.message)
        })?;
        let dump_flags = if mariadb {
            DumpFlags::SEND_ANNOTATE_ROWS
        } else {
            DumpFlags::HEARTBEAT_V2
        };
        Ok(Registered {
            mariadb,
            checksum,
            dump_flags,
        })
    }

    fn heartbeat_period_ms(&self) -> u64 {
        let default_ms = u64::from(self.options.net_timeout_s.load(Ordering::Relaxed)) * 500;
        self.config.heartbeat_period_ms.unwrap_or(default_ms)
    }

    async fn check_clock(&self, source: &mut SourceConnection) -> Result<(), ReceiverError> {
        let text = single(
            source,
            "Getting the source's clock",
            "SELECT UNIX_TIMESTAMP()",
        )
        .await?;
        let source_s: i64 = text.and_then(|t| t.parse().ok()).unwrap_or(0);
        if source_s > 0 {
            self.state
                .update(|p| p.clock_difference_s = source_s - now_s() as i64);
        }
        Ok(())
    }

    async fn check_server_id(&self, source: &mut SourceConnection) -> Result<(), ReceiverError> {
        let text = single(
            source,
            "Getting the source's server id",
            "SELECT @@GLOBAL.SERVER_ID",
        )
        .await?;
        let Some(id) = text.and_then(|t| t.parse::<u32>().ok()) else {
            return Err(ReceiverError::fatal(
                "The replica I/O thread stops because the source gave no server id.",
            ));
        };
        self.state.update(|p| p.source_server_id = id);
        if id == self.options.server_id && !self.options.replicate_same_server_id {
            return Err(ReceiverError::fatal(
                "The replica I/O thread stops because source and replica have equal MySQL server ids; these ids \
                 must be different for replication to work (or the --replicate-same-server-id option must be \
                 used on replica but this does not always make sense; please check the manual before using it).",
            ));
        }
        Ok(())
    }

    async fn check_uuid(&self, source: &mut SourceConnection) -> Result<(), ReceiverError> {
        let uuid = single(
            source,
            "Getting the source's uuid",
            "SELECT @@GLOBAL.SERVER_UUID",
        )
        .await?;
        let uuid = uuid.unwrap_or_default();
        if uuid == self.options.server_uuid {
            return Err(ReceiverError::fatal(
                "The replica I/O thread stops because source and replica have equal MySQL server UUIDs; these \
                 UUIDs must be different for replication to work.",
            ));
        }
        self.state.update(|p| p.source_uuid = uuid);
        Ok(())
    }
}

/// Whether a transaction may be complete behind an event of this type.
fn may_end_transaction(event_type: EventType) -> bool {
    !matches!(
        event_type,
        EventType::GTID
            | EventType::ANONYMOUS_GTID
            | EventType::GTID_TAGGED
            | EventType::MARIADB_GTID
            | EventType::TABLE_MAP
            | EventType::WRITE_ROWS
            | EventType::UPDATE_ROWS
            | EventType::DELETE_ROWS
            | EventType::WRITE_ROWS_V1
            | EventType::UPDATE_ROWS_V1
            | EventType::DELETE_ROWS_V1
    )
}

/// Tells the source that we know checksums and asks what it will send: both names of the variable (T16).
async fn negotiate_checksum(source: &mut SourceConnection) -> Result<Checksum, ReceiverError> {
    let what = "Setting of binlog checksum";
    let set = "SET @master_binlog_checksum = @@global.binlog_checksum, \
               @source_binlog_checksum = @@global.binlog_checksum";
    match source.query(set).await {
        Ok(_) => {}
        // 1193: a source older than 5.6.1 that knows no checksums.
        Err(error) if error.errno == 1193 => return Ok(Checksum::None),
        Err(error) => {
            return Err(ReceiverError::registration(
                what,
                error.errno.into(),
                &error.message,
            ));
        }
    }
    let answer = single(source, what, "SELECT @master_binlog_checksum").await?;
    match answer.as_deref() {
        Some("CRC32") => Ok(Checksum::Crc32),
        Some("NONE") | None => Ok(Checksum::None),
        Some(other) => Err(ReceiverError::fatal(&format!(
            "the source's binlog_checksum '{other}' is not known to this replica."
        ))),
    }
}

async fn run(source: &mut SourceConnection, what: &str, sql: &str) -> Result<(), ReceiverError> {
    match source.query(sql).await {
        Ok(_) => Ok(()),
        Err(error) => Err(ReceiverError::registration(
            what,
            error.errno.into(),
            &error.message,
        )),
    }
}

/// First column of the first row; a source that does not know the variable (1193) gives `None`.
async fn single(
    source: &mut SourceConnection,
    what: &str,
    sql: &str,
) -> Result<Option<String>, ReceiverError> {
    match source.query(sql).await {
        Ok(result) => Ok(result.first_text()),
        Err(error) if error.errno == 1193 => Ok(None),
        Err(error) => Err(ReceiverError::registration(
            what,
            error.errno.into(),
            &error.message,
        )),
    }
}

fn read_error(error: &ConnectError) -> ReceiverError {
    ReceiverError::read(error.errno.into(), &error.message)
}

/// An error of the relay log: damage on the wire is worth another try, the rest stops the receiver.
fn relay_error(error: &EventLogError) -> ReceiverError {
    match error {
        EventLogError::Rejected(_) => ReceiverError::damaged_event(&error.to_string()),
        full if full.is_disk_full() => ReceiverError {
            verdict: Verdict::Retry,
            ..ReceiverError::relay_write(&full.to_string())
        },
        other => ReceiverError::relay_write(&other.to_string()),
    }
}
