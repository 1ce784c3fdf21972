//! A receiver and its relay log without a server around them, and the judge that compares the relay log with
//! the source's binary logs.

#![allow(dead_code)]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use understudy_base::control::{ChangeSource, ReceiverState, ThreadError};
use understudy_event_log::{
    ReadOutcome, RelayEvent, RelayEventKind, RelayLog, RelayOptions, SourcePosition,
};
use understudy_replica::config::SourceConfig;
use understudy_replica::receiver::{Receiver, ReceiverGtids};
use understudy_replica::state::{ChannelState, StopFlag};
use understudy_replica::{ReplicaOptions, state};
use understudy_testkit::reference::REPL_PASSWORD;
use understudy_testkit::{Kind, ReferenceServer};

const FORMAT_DESCRIPTION: u8 = 15;
const ROTATE: u8 = 4;
const PREVIOUS_GTIDS: u8 = 35;

/// A receiver that can be started, stopped and crashed.
pub struct Rig {
    dir: tempfile::TempDir,
    pub relay: RelayLog,
    pub state: Arc<ChannelState>,
    pub options: Arc<ReplicaOptions>,
    pub config: SourceConfig,
    /// Where to begin when the relay log is empty.
    start: state::SourcePosition,
    running: Option<(Arc<StopFlag>, JoinHandle<()>)>,
}

impl Rig {
    /// A receiver for `source`, reached at `port`, from the source's first file on.
    pub fn new(source: &ReferenceServer, port: u16) -> anyhow::Result<Rig> {
        let first = source.binlog_files()?;
        let first = first.first().and_then(|path| path.file_name());
        let file = first.context("no binary log")?.to_string_lossy().into();
        Rig::at(port, state::SourcePosition { file, pos: 4 })
    }

    /// A receiver for whoever listens at `port`.
    pub fn at(port: u16, start: state::SourcePosition) -> anyhow::Result<Rig> {
        let dir = tempfile::tempdir()?;
        let options = ReplicaOptions {
            datadir: dir.path().to_owned(),
            server_id: 4711,
            server_uuid: "3e11fa47-71ca-11e1-9e33-c80aa9429562".to_owned(),
            net_timeout_s: AtomicU32::new(2),
            ..ReplicaOptions::default()
        };
        let mut config = SourceConfig::default();
        config.merge(&ChangeSource {
            host: Some("127.0.0.1".to_owned()),
            port: Some(port),
            user: Some("repl".to_owned()),
            password: Some(REPL_PASSWORD.to_owned()),
            connect_retry_s: Some(0),
            retry_count: Some(0),
            get_public_key: Some(true),
            ..ChangeSource::default()
        });
        let (relay, _) = open(dir.path())?;
        Ok(Rig {
            dir,
            relay,
            state: Arc::default(),
            options: Arc::new(options),
            config,
            start,
            running: None,
        })
    }

    /// START SLAVE IO_THREAD.
    pub fn start(&mut self) {
        let stop = Arc::new(StopFlag::default());
        let receiver = Receiver {
            channel: String::new(),
            config: self.config.clone(),
            options: self.options.clone(),
            relay: self.relay.clone(),
            state: self.state.clone(),
            stop: stop.clone(),
            start: self.start.clone(),
            progress: understudy_replica::progress::ReceiverProgress::default(),
            gtid: ReceiverGtids::new(Arc::default(), None),
        };
        self.state
            .update(|published| published.receiver = ReceiverState::Connecting);
        self.running = Some((stop, std::thread::spawn(|| receiver.run())));
    }

    /// STOP SLAVE IO_THREAD.
    pub fn stop(&mut self) {
        if let Some((stop, handle)) = self.running.take() {
            self.relay.stop_waiting(stop.flag());
            stop.stop();
            handle.join().expect("receiver");
        }
    }

    /// Waits until the receiver has given up; its error.
    pub fn wait_stopped(&self) -> ThreadError {
        let stopped = self
            .state
            .wait_until(Some(Duration::from_secs(60)), |published| {
                let stopped = published.receiver == ReceiverState::Stopped;
                stopped.then(|| published.receiver_error.clone())
            });
        stopped.expect("the receiver goes on")
    }

    /// The process ends here and a new one opens the relay log.
    pub fn reopen(&mut self) -> anyhow::Result<()> {
        self.stop();
        (self.relay, _) = open(self.dir.path())?;
        Ok(())
    }

    /// Waits until the receiver has everything that the source has. MariaDB writes its checkpoints when
    /// it likes: the source is asked again each time.
    pub fn wait_received(&self, source: &ReferenceServer) -> anyhow::Result<()> {
        let deadline = Instant::now() + Duration::from_secs(120);
        loop {
            let (file, pos) = source.binlog_position()?;
            let end = SourcePosition::new(file, pos);
            if self.relay.published().received.as_ref() == Some(&end) {
                return Ok(());
            }
            let published = self.state.lock();
            ensure!(
                published.receiver != ReceiverState::Stopped && Instant::now() < deadline,
                "waiting for {end}, received {:?}, {:?}: {:?}",
                self.relay.published().received,
                published.receiver,
                published.receiver_error
            );
            drop(published);
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// All events of the relay log.
    pub fn events(&self) -> anyhow::Result<Vec<RelayEvent>> {
        let mut reader = self.relay.reader(self.relay.first_position())?;
        let never = AtomicBool::new(false);
        let mut events = Vec::new();
        while let ReadOutcome::Event(event) = reader.next(Some(Duration::ZERO), &never)? {
            events.push(event);
        }
        Ok(events)
    }

    /// Waits until everything is received, then compares with the source's files byte by byte.
    pub fn expect_equal(&self, source: &ReferenceServer) -> anyhow::Result<()> {
        loop {
            self.wait_received(source)?;
            let mut expected = Vec::new();
            for path in source.binlog_files()? {
                expected.extend(binlog_events(&path)?);
            }
            let last = expected.last().map(|(end, _)| end.clone());
            // Else the source wrote one more meanwhile.
            if self.relay.published().received == last {
                return self.compare(expected);
            }
        }
    }

    fn compare(&self, mut expected: Vec<(SourcePosition, Vec<u8>)>) -> anyhow::Result<()> {
        expected.retain(|(_, event)| event[4] != PREVIOUS_GTIDS);
        let mut received = self.events()?;
        received.retain(is_of_source);
        for (number, (ours, (end, theirs))) in received.iter().zip(&expected).enumerate() {
            // Where a transaction ends the position must be exact; inside one it may lag behind events that
            // the source does not send (T12).
            let in_place = !ours.ends_group || ours.source_end.as_ref() == Some(end);
            ensure!(
                ours.bytes == theirs && in_place,
                "event {number} is type {} to {:?} here, type {} to {end} there",
                ours.bytes[4],
                ours.source_end,
                theirs[4]
            );
        }
        ensure!(
            received.len() == expected.len(),
            "{} events here, {} there",
            received.len(),
            expected.len()
        );
        Ok(())
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Opens the relay log in small segments.
fn open(dir: &Path) -> anyhow::Result<(RelayLog, understudy_event_log::Recovery)> {
    let options = RelayOptions {
        server_id: 4711,
        max_relay_log_size: 100_000,
        relay_log_purge: false,
        ..RelayOptions::default()
    };
    Ok(RelayLog::open(dir, "relay", options)?)
}

/// Part of the source's log, not made up for the connection or for a segment.
fn is_of_source(event: &RelayEvent) -> bool {
    match event.kind {
        RelayEventKind::Rotate { artificial } => !artificial,
        RelayEventKind::Format => event.bytes[13..17] != [0; 4],
        RelayEventKind::Event => true,
    }
}

/// The events of a binary log file with where each ends, as the dump sends them.
pub fn binlog_events(path: &Path) -> anyhow::Result<Vec<(SourcePosition, Vec<u8>)>> {
    let bytes = fs::read(path)?;
    let file = path.file_name().context("name")?.to_string_lossy();
    let mut events = Vec::new();
    let mut at = 4;
    let mut checksum_len = 0;
    while at < bytes.len() {
        let size = u32::from_le_bytes(bytes[at + 9..at + 13].try_into()?) as usize;
        let mut event = bytes[at..at + size].to_vec();
        at += size;
        let mut end = SourcePosition::new(&*file, at as u64);
        match event[4] {
            // The flag of a file in use.
            FORMAT_DESCRIPTION => {
                event[17] &= !1;
                checksum_len = usize::from(event[size - 5]) * 4;
            }
            ROTATE => {
                let next = std::str::from_utf8(&event[27..size - checksum_len])?;
                end = SourcePosition::new(next, 4);
            }
            _ => {}
        }
        events.push((end, event));
    }
    Ok(events)
}

/// Starts a source of `kind` with a table; `None` if it is not on this machine.
pub fn source(kind: Kind, options: &[&str]) -> anyhow::Result<Option<ReferenceServer>> {
    let Some(source) = ReferenceServer::start_if_available(kind, options)? else {
        return Ok(None);
    };
    let mut connection = source.connect()?;
    for statement in [
        "CREATE DATABASE d",
        "CREATE TABLE d.t (a INT PRIMARY KEY, b LONGBLOB) ENGINE=InnoDB",
    ] {
        connection.query(statement)?;
    }
    Ok(Some(source))
}

/// A few hundred kilobytes of transactions of several shapes, beginning with key `from`.
pub fn work(source: &ReferenceServer, from: u32) -> anyhow::Result<()> {
    let mut connection = source.connect()?;
    for transaction in 0..30 {
        let key = from + transaction * 10;
        let mut statements = vec!["BEGIN".to_owned()];
        for row in 0..transaction % 7 + 1 {
            let len = 100 + transaction * 300;
            statements.push(format!(
                "INSERT INTO d.t VALUES ({}, REPEAT('x', {len}))",
                key + row
            ));
        }
        statements.push(format!("UPDATE d.t SET b = 'y' WHERE a = {key}"));
        statements.push(
            if transaction % 10 == 9 {
                "ROLLBACK"
            } else {
                "COMMIT"
            }
            .to_owned(),
        );
        match transaction % 15 {
            4 => statements.push(format!("CREATE TABLE d.c{key} (a INT)")),
            9 => statements.push("FLUSH LOGS".to_owned()),
            _ => {}
        }
        for statement in statements {
            connection.query(statement.as_bytes())?;
        }
    }
    Ok(())
}
