//! A transaction that the source began and never ended is nobody's: the applier takes it back.

mod rig;

use std::sync::Arc;
use std::time::Duration;

use rig::{binlog_events, source};
use understudy_event_log::{Checksum, RelayLog, RelayOptions};
use understudy_replica::ReplicaOptions;
use understudy_replica::apply::{Applier, ApplierEnd};
use understudy_replica::state::{ChannelState, StopFlag};
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
        let applier = Applier {
            channel: String::new(),
            delay_s: 0,
            skip_counter: 0,
            store: store.clone(),
            relay: relay.clone(),
            state: state.clone(),
            options: Arc::new(ReplicaOptions::default()),
            stop: stop.clone(),
            until: None,
            filters: Arc::default(),
        };
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
