//! Transactions and their positions in the store: one that the source never ended is taken back, one that outgrew
//! memory is there together with its position, and one with an event that nobody knows is not there.

mod rig;

use std::sync::Arc;
use std::time::Duration;

use rig::{binlog_events, source};
use understudy_event_log::{Checksum, RelayLog, RelayOptions};
use understudy_replica::ReplicaOptions;
use understudy_replica::apply::{Applier, ApplierEnd};
use understudy_replica::apply_options::Requirements;
use understudy_replica::gtid::AssignGtids;
use understudy_replica::parallel::ParallelOptions;
use understudy_replica::state::{AppliedPosition, ChannelState, StopFlag};
use understudy_storage::{Direction, ScanRange, Store, StoreOptions};
use understudy_testkit::Kind;

const XID: u8 = 16;

/// An artificial Rotate to the beginning of `file`, with a checksum.
fn rotate(file: &str) -> Vec<u8> {
    let size = 19 + 8 + file.len() + 4;
    let mut event = vec![
        0, 0, 0, 0, 4, 1, 0, 0, 0, size as u8, 0, 0, 0, 0, 0, 0, 0, 0x20, 0,
    ];
    event.extend(4u64.to_le_bytes());
    event.extend(file.as_bytes());
    event.extend(crc32fast::hash(&event).to_le_bytes());
    event
}

fn rows(store: &Store) -> usize {
    let snapshot = store.snapshot();
    let table = snapshot.catalog().table("d", "t").expect("d.t").clone();
    let rows = snapshot.scan(&table, &ScanRange::all(), Direction::Forward);
    rows.filter(|row| row.is_ok()).count()
}

/// An applier of the default channel.
fn applier(
    store: &Store,
    relay: &RelayLog,
    state: &Arc<ChannelState>,
    stop: &Arc<StopFlag>,
    parallel: &ParallelOptions,
) -> Applier {
    Applier {
        channel: String::new(),
        requirements: Requirements::default(),
        delay_s: 0,
        skip_counter: 0,
        store: store.clone(),
        relay: relay.clone(),
        state: state.clone(),
        options: Arc::new(ReplicaOptions::default()),
        parallel: parallel.now(),
        stop: stop.clone(),
        until: None,
        filters: Arc::default(),
        gtids: Arc::default(),
        assign_gtids: AssignGtids::Off,
    }
}

#[test]
fn t35_rows_of_a_transaction_without_end_are_taken_back() -> anyhow::Result<()> {
    for kind in Kind::ALL {
        let Some(source) = source(kind, &[])? else {
            continue;
        };
        for statement in [
            "INSERT INTO d.t VALUES (1, 'whole')",
            "INSERT INTO d.t VALUES (2, 'its end will be missing'), (3, '')",
            "FLUSH LOGS",
            "INSERT INTO d.t VALUES (4, 'whole')",
            "INSERT INTO d.t VALUES (5, 'its end will be missing')",
            "INSERT INTO d.t VALUES (6, 'whole')",
        ] {
            source.exec(statement)?;
        }
        let dir = tempfile::tempdir()?;
        let (relay, _) = RelayLog::open(dir.path(), "relay", RelayOptions::default())?;
        relay.begin_connection(Checksum::Crc32, None)?;
        let files = source.binlog_files()?;
        let newest = files.len() - 1;
        for (number, path) in files.iter().enumerate() {
            let name = path.file_name().expect("name").to_string_lossy();
            relay.append(&rotate(&name))?;
            let mut events = binlog_events(path)?;
            let ends: Vec<usize> = (0..events.len())
                .filter(|at| events[*at].1[4] == XID)
                .collect();
            if number + 1 == newest {
                // The file ends inside its last transaction, as after a crash.
                events.truncate(ends[ends.len() - 1]);
            } else if number == newest && kind != Kind::Mysql56 {
                // Inside the file the next GTID follows; 5.6 writes none and leaves no such file.
                events.remove(ends[ends.len() - 2]);
            }
            for (_, event) in events {
                relay.append(&event)?;
            }
        }
        relay.flush()?;

        let store = Store::open(dir.path(), StoreOptions::default())?;
        let state = Arc::new(ChannelState::default());
        let stop = Arc::new(StopFlag::default());
        let applier = applier(&store, &relay, &state, &stop, &ParallelOptions::default());
        let thread = std::thread::spawn(move || applier.run());
        let end = relay.published().readable;
        let caught_up = state.wait_until(Some(Duration::from_secs(30)), |p| {
            let done = p.applied.relay_file == relay.file_name(end.segment)
                && p.applied.relay_pos == end.pos;
            (done || !p.applier_running && p.applier_error.errno != 0).then_some(done)
        });
        relay.stop_waiting(stop.flag());
        stop.stop();
        let end = thread.join().expect("applier");
        assert_eq!(end, ApplierEnd::Stopped, "{kind:?}");
        assert_eq!(caught_up, Some(true), "{kind:?}");
        let expected = if kind == Kind::Mysql56 { 4 } else { 3 };
        assert_eq!(rows(&store), expected, "{kind:?}");
    }
    Ok(())
}

/// Every transaction streams into the engine here, which commits it at its end: whoever looks then finds its rows
/// and its position, never one without the other.
#[test]
fn t02_a_streamed_transaction_and_its_position_appear_together() -> anyhow::Result<()> {
    let Some(source) = source(Kind::Mysql97, &[])? else {
        return Ok(());
    };
    for id in 0..300 {
        source.exec(format!("INSERT INTO d.t VALUES ({id}, 'row')"))?;
    }
    let dir = tempfile::tempdir()?;
    let (relay, _) = RelayLog::open(dir.path(), "relay", RelayOptions::default())?;
    relay.begin_connection(Checksum::Crc32, None)?;
    let files = source.binlog_files()?;
    let path = files.last().expect("a binary log");
    relay.append(&rotate(&path.file_name().expect("name").to_string_lossy()))?;
    let events = binlog_events(path)?;
    let mut ends = Vec::new();
    let mut pos = 4;
    for (_, event) in &events {
        relay.append(event)?;
        pos += event.len() as u64;
        if event[4] == XID {
            ends.push(pos);
        }
    }
    relay.flush()?;

    let options = StoreOptions {
        transaction_memory_limit: 1,
        ..StoreOptions::default()
    };
    let store = Store::open(dir.path(), options)?;
    let (state, stop) = (
        Arc::new(ChannelState::default()),
        Arc::new(StopFlag::default()),
    );
    let applier = applier(&store, &relay, &state, &stop, &ParallelOptions::default());
    let thread = std::thread::spawn(move || applier.run());
    let start = std::time::Instant::now();
    let mut looks = 0;
    loop {
        let snapshot = store.snapshot();
        let applied = match snapshot.state("replication/applied") {
            Some(bytes) => AppliedPosition::from_bytes(bytes).map_err(anyhow::Error::msg)?,
            None => AppliedPosition::default(),
        };
        let counted = match snapshot.catalog().table("d", "t") {
            Some(table) => snapshot
                .scan(&table.clone(), &ScanRange::all(), Direction::Forward)
                .count(),
            None => 0,
        };
        let expected = ends
            .iter()
            .filter(|end| **end <= applied.source.pos)
            .count();
        assert_eq!(counted, expected, "at {applied:?}");
        looks += 1;
        if counted == ends.len() {
            break;
        }
        anyhow::ensure!(start.elapsed() < Duration::from_secs(60), "{counted} rows");
    }
    assert!(
        looks > 1 && ends.len() >= 300,
        "{looks} looks, {} rows",
        ends.len()
    );
    relay.stop_waiting(stop.flag());
    stop.stop();
    assert_eq!(thread.join().expect("applier"), ApplierEnd::Stopped);
    Ok(())
}

/// An unknown event stops the applier before its transaction, unless its own flag says that it can be ignored; either
/// way it is counted once.
#[test]
fn t01_unknown_events_are_never_skipped() -> anyhow::Result<()> {
    const WRITE_ROWS: u8 = 30;
    const UNKNOWN: u8 = 99;
    const IGNORABLE: u8 = 0x80;
    let Some(source) = source(Kind::Mysql97, &[])? else {
        return Ok(());
    };
    for id in 0..3 {
        source.exec(format!("INSERT INTO d.t VALUES ({id}, 'row')"))?;
    }
    let path = source.binlog_files()?.pop().expect("a binary log");
    for (ignorable, workers) in [(false, 0), (true, 0), (false, 4), (true, 4)] {
        let dir = tempfile::tempdir()?;
        let (relay, _) = RelayLog::open(dir.path(), "relay", RelayOptions::default())?;
        relay.begin_connection(Checksum::Crc32, None)?;
        relay.append(&rotate(&path.file_name().expect("name").to_string_lossy()))?;
        let mut row_events = 0;
        for (_, event) in binlog_events(&path)? {
            let mut event = event.to_vec();
            row_events += usize::from(event[4] == WRITE_ROWS);
            if event[4] == WRITE_ROWS && row_events == 2 {
                event[4] = UNKNOWN;
                event[17] = if ignorable { IGNORABLE } else { 0 };
                let body = event.len() - 4;
                let checksum = crc32fast::hash(&event[..body]);
                event[body..].copy_from_slice(&checksum.to_le_bytes());
            }
            relay.append(&event)?;
        }
        relay.flush()?;
        let store = Store::open(dir.path(), StoreOptions::default())?;
        let (state, stop) = (
            Arc::new(ChannelState::default()),
            Arc::new(StopFlag::default()),
        );
        let parallel = ParallelOptions::default();
        assert!(parallel.set_variable("replica_parallel_workers", &workers.to_string()));
        let applier = applier(&store, &relay, &state, &stop, &parallel);
        let thread = std::thread::spawn(move || applier.run());
        let end = relay.published().readable;
        state.wait_until(Some(Duration::from_secs(30)), |p| {
            let done = p.applied.relay_file == relay.file_name(end.segment)
                && p.applied.relay_pos == end.pos;
            (done || p.applier_error.errno != 0).then_some(())
        });
        relay.stop_waiting(stop.flag());
        stop.stop();
        let end = thread.join().expect("applier");
        match (ignorable, end) {
            (true, ApplierEnd::Stopped) => assert_eq!(rows(&store), 2),
            (false, ApplierEnd::Failed(error)) => {
                assert_eq!(error.errno, 1594, "{error}");
                assert!(error.message.contains("unknown event type 99"), "{error}");
                assert_eq!(rows(&store), 1);
            }
            (_, other) => anyhow::bail!("ignorable {ignorable}: {other:?}"),
        }
        let ledger = state.ledger.rows("");
        let counted: Vec<(u64, String)> = ledger
            .iter()
            .filter(|row| {
                row.event_type.contains("99") || row.event_type.eq_ignore_ascii_case("unknown")
            })
            .map(|row| (row.events, format!("{row:?}")))
            .collect();
        assert_eq!(
            counted.iter().map(|(n, _)| n).sum::<u64>(),
            1,
            "{counted:?} of {ledger:?}"
        );
    }
    Ok(())
}
