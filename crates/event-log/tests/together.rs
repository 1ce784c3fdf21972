//! Receiver, applier and administrators at the same log at once; space; large positions.

mod common;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use common::*;
use understudy_event_log::{
    Checksum, EventLogError, ReadOutcome, RelayLog, RelayOptions, RelayPosition, SourcePosition,
    SpaceWait,
};

/// Reads until `count` real events came, purging what is read.
fn apply(log: &RelayLog, count: usize, purge: bool) -> Vec<Vec<u8>> {
    let mut reader = log.reader(log.first_position()).unwrap();
    let mut events = Vec::new();
    while events.len() < count {
        match reader
            .next(Some(Duration::from_secs(20)), &never())
            .unwrap()
        {
            ReadOutcome::Event(event) => {
                let segment = event.end.segment;
                if purge && event.ends_group {
                    log.purge_applied(segment).unwrap();
                }
                if is_real(&event) {
                    events.push(event.bytes.to_vec());
                }
            }
            other => panic!("{other:?} after {} of {count} events", events.len()),
        }
    }
    events
}

fn long_source(transactions: usize) -> (Source, Vec<Vec<u8>>) {
    let mut source = Source::new(Checksum::Crc32);
    source.format();
    for rows in 0..transactions {
        source.transaction(rows % 7, 80);
    }
    let events = source.events();
    (source, events)
}

#[test]
fn a_reader_follows_while_others_rotate_and_purge() {
    let dir = tempfile::tempdir().unwrap();
    let options = RelayOptions {
        max_relay_log_size: 20_000,
        ..options()
    };
    let (log, _) = RelayLog::open(dir.path(), "relay", options).unwrap();
    let (source, events) = long_source(2000);
    let done = AtomicBool::new(false);
    let applied = thread::scope(|scope| {
        let applier = scope.spawn(|| apply(&log, events.len(), true));
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                log.rotate().unwrap();
                thread::sleep(Duration::from_millis(3));
            }
        });
        let mut sender = source.clone();
        sender.pos = 4;
        log.begin_connection(Checksum::Crc32, Some(sender.at()))
            .unwrap();
        log.append(&sender.fake_rotate()).unwrap();
        for (count, event) in events.iter().enumerate() {
            log.append(event).unwrap();
            if count % 37 == 0 {
                log.flush().unwrap();
            }
        }
        log.flush().unwrap();
        let applied = applier.join().unwrap();
        done.store(true, Ordering::SeqCst);
        applied
    });
    assert!(applied == events);
    assert_eq!(log.published().received, Some(source.at()));
    let names = std::fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(names, log.segments().len() + 1);
}

#[test]
fn relay_log_space_limit_holds_the_receiver_back() {
    const LIMIT: u64 = 30_000;
    let dir = tempfile::tempdir().unwrap();
    let options = RelayOptions {
        max_relay_log_size: 8_000,
        relay_log_space_limit: LIMIT,
        ..options()
    };
    let (log, _) = RelayLog::open(dir.path(), "relay", options).unwrap();
    let (source, events) = long_source(1000);
    let (start, started) = mpsc::channel();
    let applied = thread::scope(|scope| {
        let receiver = scope.spawn(|| {
            let mut sender = source.clone();
            sender.pos = 4;
            log.begin_connection(Checksum::Crc32, Some(sender.at()))
                .unwrap();
            log.append(&sender.fake_rotate()).unwrap();
            let mut most = 0;
            for (count, event) in events.iter().enumerate() {
                if log.space_exceeded() && count > 0 {
                    start.send(()).ok();
                }
                assert_ne!(log.wait_for_space(&never()).unwrap(), SpaceWait::Stopped);
                log.append(event).unwrap();
                log.flush().unwrap();
                most = most.max(log.relay_log_space());
            }
            most
        });
        // The receiver has filled the space and waits before the applier begins.
        started.recv_timeout(Duration::from_secs(20)).unwrap();
        let applied = apply(&log, events.len(), true);
        let most = receiver.join().unwrap();
        assert!(most < 2 * LIMIT, "{most} bytes");
        applied
    });
    assert!(applied == events);
}

#[test]
fn a_transaction_larger_than_the_limit_goes_through() {
    let dir = tempfile::tempdir().unwrap();
    let options = RelayOptions {
        relay_log_space_limit: 2_000,
        ..options()
    };
    let (log, _) = RelayLog::open(dir.path(), "relay", options).unwrap();
    let mut source = Source::new(Checksum::Crc32);
    source.connect(&log);
    log.flush().unwrap();
    let before = source.log.len();
    let transaction = source.transaction(100, 200);
    let more = source.transaction(100, 200);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut ignored = 0;
            for event in transaction.iter().chain(&more) {
                match log.wait_for_space(&never()).unwrap() {
                    SpaceWait::Room => {}
                    SpaceWait::Ignored => ignored += 1,
                    SpaceWait::Stopped => panic!("stopped"),
                }
                log.append(event).unwrap();
                log.flush().unwrap();
            }
            assert!(ignored > 0);
        });
        let applied = apply(&log, source.log.len(), true);
        assert!(applied[before..] == source.events()[before..]);
    });
    // The segments that were finished to free space are gone.
    assert!(log.segments().len() <= 2, "{:?}", log.segments());
}

#[test]
fn waiting_ends_at_the_stop_flag_and_at_the_timeout() {
    let dir = tempfile::tempdir().unwrap();
    let options = RelayOptions {
        relay_log_space_limit: 1,
        ..options()
    };
    let (log, _) = RelayLog::open(dir.path(), "relay", options).unwrap();
    let mut reader = log.reader(log.first_position()).unwrap();
    let short = Some(Duration::from_millis(20));
    let outcome = reader.next(short, &never()).unwrap();
    assert!(matches!(outcome, ReadOutcome::TimedOut));
    let (stop_reader, stop_receiver) = (never(), never());
    thread::scope(|scope| {
        let receiver = scope.spawn(|| log.wait_for_space(&stop_receiver).unwrap());
        thread::sleep(Duration::from_millis(30));
        log.stop_waiting(&stop_receiver);
        assert_eq!(receiver.join().unwrap(), SpaceWait::Stopped);
        let applier = scope.spawn(|| reader.next(None, &stop_reader).unwrap());
        thread::sleep(Duration::from_millis(30));
        log.stop_waiting(&stop_reader);
        assert!(matches!(applier.join().unwrap(), ReadOutcome::Stopped));
    });
}

#[test]
fn reset_ends_readers_and_begins_at_the_first_segment() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = RelayLog::open(dir.path(), "relay", options()).unwrap();
    let mut source = Source::new(Checksum::Crc32);
    source.connect(&log);
    append_all(&log, &source.transaction(1, 50));
    log.flush().unwrap();
    let mut reader = log.reader(log.published().readable).unwrap();
    log.reset().unwrap();
    let ended = reader.next(None, &never());
    assert!(matches!(ended, Err(EventLogError::Reset)));
    assert_eq!(log.resume_position().unwrap(), None);
    assert_eq!(log.segments().len(), 1);
    assert_eq!(log.file_name(log.first_position().segment), "relay.000001");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
    // A new source from anywhere.
    let mut other = Source::new(Checksum::Crc32);
    other.file = "mysql-bin.000777".to_owned();
    other.pos = 12345;
    other.connect(&log);
    append_all(&log, &other.transaction(1, 50));
    log.flush().unwrap();
    assert_eq!(source_events(&log), other.events());
}

#[test]
fn relay_log_purge_off_keeps_all() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = RelayLog::open(dir.path(), "relay", options()).unwrap();
    for _ in 0..5 {
        log.rotate().unwrap();
    }
    log.set_options(|options| options.relay_log_purge = false)
        .unwrap();
    assert_eq!(log.purge_applied(4).unwrap(), 0);
    assert_eq!(log.segments().len(), 6);
    log.set_options(|options| options.relay_log_purge = true)
        .unwrap();
    assert_eq!(log.purge_applied(4).unwrap(), 3);
    // The active segment stays, whatever is asked.
    assert_eq!(log.purge_applied(99).unwrap(), 2);
    assert_eq!(log.segments().len(), 1);
    assert_eq!(log.purge_applied(99).unwrap(), 0);
}

#[test]
fn t11_source_positions_past_4_gib() {
    for version in ["9.7.4", "11.8.3-MariaDB"] {
        let dir = tempfile::tempdir().unwrap();
        let (log, _) = RelayLog::open(dir.path(), "relay", options()).unwrap();
        let mut source = Source::new(Checksum::Crc32);
        source.version = version;
        source.pos = (1 << 32) - 700;
        source.connect(&log);
        for _ in 0..10 {
            append_all(&log, &source.transaction(2, 50));
        }
        log.flush().unwrap();
        assert!(source.pos > 1 << 32);
        assert_eq!(log.published().received, Some(source.at()));
        let read: Vec<_> = read_all(&log).into_iter().filter(is_real).collect();
        for (event, (end, _)) in read.iter().zip(&source.log) {
            assert_eq!(event.source_end.as_ref(), Some(end));
        }
        // Reconnect and restart past the wrap.
        source.connect(&log);
        append_all(&log, &source.transaction(2, 50));
        log.flush().unwrap();
        drop(log);
        let (log, recovery) = RelayLog::open(dir.path(), "relay", options()).unwrap();
        assert_eq!(recovery.resume, Some(source.at()));
        assert_eq!(source_events(&log), source.events());
    }
}

#[test]
fn t12_log_pos_zero_inside_transactions() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = RelayLog::open(dir.path(), "relay", options()).unwrap();
    let mut source = Source::new(Checksum::Crc32);
    source.version = "11.8.3-MariaDB";
    source.connect(&log);
    for _ in 0..5 {
        for event in source.transaction(3, 50) {
            let ends = matches!(event[4], XID | ANONYMOUS_GTID);
            let log_pos = match ends {
                true => u32::from_le_bytes([event[13], event[14], event[15], event[16]]).into(),
                false => 0,
            };
            let body = &event[19..event.len() - 4];
            let sent = common::event(event[4], 0, log_pos, body, Checksum::Crc32);
            log.append(&sent).unwrap();
        }
        log.flush().unwrap();
        assert_eq!(log.published().received, Some(source.at()));
    }
    let read: Vec<_> = read_all(&log).into_iter().filter(is_real).collect();
    for (event, (end, _)) in read.iter().zip(&source.log) {
        assert_eq!(event.source_end.as_ref(), Some(end));
    }
}

#[test]
fn events_left_out_by_the_source_move_the_position() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = RelayLog::open(dir.path(), "relay", options()).unwrap();
    let mut source = Source::new(Checksum::Crc32);
    source.connect(&log);
    let transaction = source.transaction(2, 50);
    // The annotation of the rows is not sent unless asked for: its bytes are missing.
    for (at, event) in transaction.iter().enumerate() {
        if at != 2 {
            log.append(event).unwrap();
        }
    }
    // One that says a position behind the count is not believed.
    let body = [0; 8];
    let stale = common::event(XID, 0, 77, &body, Checksum::Crc32);
    log.append(&stale).unwrap();
    source.pos += stale.len() as u64;
    log.flush().unwrap();
    assert_eq!(log.published().received, Some(source.at()));
}

/// A single transaction makes a segment of more than 4 GiB; most of it is holes on disk.
#[test]
fn t11_relay_positions_past_4_gib() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = RelayLog::open(dir.path(), "relay", options()).unwrap();
    let mut source = Source::new(Checksum::None);
    source.connect(&log);
    append_all(&log, &source.transaction(1, 50));
    log.sync().unwrap();
    let RelayPosition { segment, pos } = log.published().readable;
    let path = dir.path().join(log.file_name(segment));
    drop(log);
    // BEGIN, then large row events of which only the headers are written, then the end.
    let mut events = vec![source.query(b"BEGIN")];
    let size = 16u32 << 20;
    for _ in 0..260 {
        source.pos += u64::from(size);
        let mut header = common::event(WRITE_ROWS, 0, source.pos, &[], Checksum::None);
        header[9..13].copy_from_slice(&size.to_le_bytes());
        events.push(header);
    }
    events.push(source.real(XID, 0, &[3; 8]));
    events.extend(source.transaction(1, 50));
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    let mut at = pos;
    for event in &events {
        let size = u32::from_le_bytes(event[9..13].try_into().unwrap());
        std::os::unix::fs::FileExt::write_all_at(&file, event, at).unwrap();
        at += u64::from(size);
    }
    let (log, recovery) = RelayLog::open(dir.path(), "relay", options()).unwrap();
    assert_eq!(recovery.truncated, []);
    assert_eq!(recovery.resume, Some(source.at()));
    assert!(log.relay_log_space() > 4 << 30);
    let last = &source.log[source.log.len() - 5..];
    let reader_at = RelayPosition {
        segment,
        pos: at
            - last
                .iter()
                .map(|(_, event)| event.len() as u64)
                .sum::<u64>(),
    };
    assert!(reader_at.pos > 1 << 32);
    let read = read_from(&log, reader_at);
    let read: Vec<_> = read.iter().filter(|event| is_real(event)).collect();
    assert_eq!(read.len(), last.len());
    for (event, (end, bytes)) in read.iter().zip(last) {
        assert_eq!(event.bytes, bytes);
        assert_eq!(event.source_end.as_ref(), Some(end));
    }
    source.connect(&log);
    append_all(&log, &source.transaction(1, 50));
    log.flush().unwrap();
    assert_eq!(
        log.published().received,
        Some(SourcePosition::new("bin.000001", source.pos))
    );
}

#[test]
fn t10_an_event_larger_than_the_buffer() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = RelayLog::open(dir.path(), "relay", options()).unwrap();
    let mut source = Source::new(Checksum::Crc32);
    source.connect(&log);
    for len in [1 << 20, (1 << 20) - 23, 20 << 20] {
        append_all(&log, &source.transaction(2, len));
    }
    log.flush().unwrap();
    assert!(source_events(&log) == source.events());
}
