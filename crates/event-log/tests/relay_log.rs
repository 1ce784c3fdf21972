//! The relay log in ordinary use: what goes in comes out, with the right positions.

mod common;

use common::*;
use understudy_event_log::{
    Appended, Checksum, EventLogError, ReadFailure, RelayEventKind, RelayLog, SourcePosition,
};

const CHECKSUMS: [Checksum; 2] = [Checksum::None, Checksum::Crc32];

#[test]
fn events_come_back_with_their_positions() {
    for checksum in CHECKSUMS {
        let dir = tempfile::tempdir().unwrap();
        let (log, recovery) = RelayLog::open(dir.path(), "relay", options()).unwrap();
        assert_eq!(recovery.resume, None);
        let mut source = Source::new(checksum);
        source.connect(&log);
        for rows in 0..5 {
            append_all(&log, &source.transaction(rows, 100));
        }
        append_all(&log, &[source.next_file()]);
        append_all(&log, &[source.fake_rotate(), source.format()]);
        append_all(&log, &source.transaction(2, 5000));
        log.flush().unwrap();
        let read: Vec<_> = read_all(&log).into_iter().filter(is_real).collect();
        assert_eq!(read.len(), source.log.len());
        for (event, (end, bytes)) in read.iter().zip(&source.log) {
            assert_eq!(event.bytes, bytes);
            assert_eq!(event.source_end.as_ref(), Some(end));
        }
        assert_eq!(log.published().received, Some(source.at()));
        assert_eq!(log.resume_position().unwrap(), Some(source.at()));
    }
}

#[test]
fn a_reader_begins_at_every_event() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = RelayLog::open(dir.path(), "relay", options()).unwrap();
    let mut source = Source::new(Checksum::Crc32);
    source.connect(&log);
    append_all(&log, &source.transaction(3, 50));
    log.rotate().unwrap();
    append_all(&log, &source.transaction(3, 50));
    log.flush().unwrap();
    let all = read_all(&log);
    for (at, event) in all.iter().enumerate() {
        let rest = read_from(&log, event.at);
        assert_eq!(rest.len(), all.len() - at);
        assert_eq!(rest[0].source_end, event.source_end);
        assert_eq!(read_from(&log, event.end).len(), all.len() - at - 1);
    }
    let inside = understudy_event_log::RelayPosition {
        pos: all[4].at.pos + 1,
        ..all[4].at
    };
    assert!(matches!(
        log.reader(inside),
        Err(EventLogError::NoSuchPosition { .. })
    ));
}

#[test]
fn readers_see_whole_transactions_only() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = RelayLog::open(dir.path(), "relay", options()).unwrap();
    let mut source = Source::new(Checksum::Crc32);
    source.connect(&log);
    log.flush().unwrap();
    let before = read_all(&log).len();
    let transaction = source.transaction(2, 50);
    let (last, first) = transaction.split_last().unwrap();
    for event in first {
        append_all(&log, std::slice::from_ref(event));
        log.flush().unwrap();
        assert_eq!(read_all(&log).len(), before);
    }
    append_all(&log, std::slice::from_ref(last));
    log.flush().unwrap();
    let read = read_all(&log);
    assert_eq!(read.len(), before + transaction.len());
    let ends: Vec<_> = read[before..]
        .iter()
        .map(|event| event.ends_group)
        .collect();
    assert_eq!(ends.iter().filter(|ends| **ends).count(), 1);
    assert_eq!(ends.last(), Some(&true));
}

#[test]
fn segments_end_by_size_between_transactions() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options();
    options.max_relay_log_size = 4096;
    let (log, _) = RelayLog::open(dir.path(), "relay", options).unwrap();
    let mut source = Source::new(Checksum::Crc32);
    source.connect(&log);
    for _ in 0..20 {
        append_all(&log, &source.transaction(10, 100));
    }
    log.flush().unwrap();
    assert_eq!(source_events(&log), source.events());
    let segments = log.segments();
    assert!(segments.len() >= 10, "{segments:?}");
    // Each transaction is about 2 kB: a segment holds two at most, whole ones.
    assert!(segments.iter().all(|(_, len)| *len < 4096 + 2 * 2400));
    let events = read_all(&log);
    for pair in events.windows(2) {
        assert!(pair[0].at.segment == pair[1].at.segment || pair[0].ends_group);
    }
}

#[test]
fn t14_fake_rotate_is_kept_as_such_and_moves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = RelayLog::open(dir.path(), "relay", options()).unwrap();
    let mut source = Source::new(Checksum::Crc32);
    source.connect(&log);
    append_all(&log, &source.transaction(1, 50));
    for _ in 0..3 {
        source.connect(&log);
        log.flush().unwrap();
        assert_eq!(log.published().received, Some(source.at()));
    }
    append_all(&log, &source.transaction(1, 50));
    log.flush().unwrap();
    assert_eq!(source_events(&log), source.events());
    let rotates: Vec<_> = read_all(&log)
        .into_iter()
        .filter(|event| matches!(event.kind, RelayEventKind::Rotate { .. }))
        .collect();
    assert_eq!(rotates.len(), 4);
    for event in rotates {
        assert_eq!(event.kind, RelayEventKind::Rotate { artificial: true });
        assert_eq!(
            u16::from_le_bytes([event.bytes[17], event.bytes[18]]),
            ARTIFICIAL
        );
        assert_eq!(event.bytes[13..17], [0; 4]);
    }
}

#[test]
fn t17_a_connection_that_leaves_a_hole_or_repeats_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = RelayLog::open(dir.path(), "relay", options()).unwrap();
    let mut source = Source::new(Checksum::Crc32);
    source.connect(&log);
    append_all(&log, &source.transaction(1, 50));
    let elsewhere = [
        SourcePosition::new(source.file.as_str(), source.pos + 1),
        SourcePosition::new(source.file.as_str(), 4),
        SourcePosition::new("bin.000002", source.pos),
    ];
    for start in elsewhere {
        let refused = log.begin_connection(source.checksum, Some(start.clone()));
        assert!(matches!(refused, Err(EventLogError::NotContiguous { .. })));
        // Asked for the right position, sent from another.
        log.begin_connection(source.checksum, Some(source.at()))
            .unwrap();
        let mut other = source.clone();
        other.file = start.file.to_string();
        other.pos = start.pos;
        let refused = log.append(&other.fake_rotate());
        assert!(matches!(refused, Err(EventLogError::NotContiguous { .. })));
    }
    source.connect(&log);
    append_all(&log, &source.transaction(1, 50));
    log.flush().unwrap();
    assert_eq!(source_events(&log), source.events());
}

#[test]
fn t17_an_unfinished_transaction_is_removed_at_reconnect() {
    for flushed in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let (log, _) = RelayLog::open(dir.path(), "relay", options()).unwrap();
        let mut source = Source::new(Checksum::Crc32);
        source.connect(&log);
        append_all(&log, &source.transaction(1, 50));
        let whole = source.clone();
        let cut = source.transaction(3, 50);
        for kept in 0..cut.len() {
            append_all(&log, &cut[..kept]);
            if flushed {
                log.flush().unwrap();
            }
            let mut again = whole.clone();
            assert_eq!(log.resume_position().unwrap(), Some(again.at()));
            again.connect(&log);
        }
        append_all(&log, &cut);
        log.flush().unwrap();
        assert_eq!(source_events(&log), source.events());
    }
}

#[test]
fn t16_checksum_is_that_of_the_last_format_description() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = RelayLog::open(dir.path(), "relay", options()).unwrap();
    let mut source = Source::new(Checksum::Crc32);
    source.connect(&log);
    append_all(&log, &source.transaction(1, 50));
    for checksum in [Checksum::None, Checksum::Crc32, Checksum::None] {
        // SET GLOBAL binlog_checksum: the old algorithm holds up to the new file's Format_description.
        append_all(&log, &[source.next_file(), source.fake_rotate()]);
        source.checksum = checksum;
        append_all(&log, &[source.format()]);
        append_all(&log, &source.transaction(2, 50));
        log.rotate().unwrap();
        append_all(&log, &source.transaction(2, 50));
    }
    source.connect(&log);
    append_all(&log, &source.transaction(2, 50));
    log.flush().unwrap();
    assert_eq!(source_events(&log), source.events());
    let read: Vec<_> = read_all(&log).into_iter().filter(is_real).collect();
    for (event, (end, _)) in read.iter().zip(&source.log) {
        assert_eq!(event.source_end.as_ref(), Some(end));
    }
}

#[test]
fn corrupted_events_are_rejected_before_append() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = RelayLog::open(dir.path(), "relay", options()).unwrap();
    let mut source = Source::new(Checksum::Crc32);
    source.connect(&log);
    let transaction = source.transaction(1, 20);
    for event in &transaction {
        for at in 0..event.len() {
            let mut damaged = event.clone();
            damaged[at] ^= 0x10;
            assert!(
                matches!(log.append(&damaged), Err(EventLogError::Rejected(_))),
                "byte {at}"
            );
        }
        for len in 0..event.len() {
            assert!(matches!(
                log.append(&event[..len]),
                Err(EventLogError::Rejected(
                    ReadFailure::ShortHeader | ReadFailure::BadSize { .. }
                ))
            ));
        }
        append_all(&log, std::slice::from_ref(event));
    }
    log.flush().unwrap();
    assert_eq!(source_events(&log), source.events());
}

#[test]
fn previous_gtids_is_replaced_by_a_position() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = RelayLog::open(dir.path(), "relay", options()).unwrap();
    let mut source = Source::new(Checksum::Crc32);
    source.connect(&log);
    let gtids = source.real(PREVIOUS_GTIDS, 0x80, &[0; 8]);
    assert_eq!(log.append(&gtids).unwrap(), Appended::Replaced);
    log.flush().unwrap();
    assert_eq!(log.published().received, Some(source.at()));
    append_all(&log, &source.transaction(1, 50));
    log.flush().unwrap();
    source.log.remove(1);
    assert_eq!(source_events(&log), source.events());
    assert_eq!(log.published().received, Some(source.at()));
}

#[test]
fn t15_heartbeats_are_not_stored_and_move_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = RelayLog::open(dir.path(), "relay", options()).unwrap();
    let mut source = Source::new(Checksum::Crc32);
    let heartbeat = |pos| event(HEARTBEAT, 0, pos, b"bin.000001", Checksum::Crc32);
    log.begin_connection(source.checksum, Some(source.at()))
        .unwrap();
    append_all(&log, &[source.fake_rotate()]);
    for pos in [0, 4, 1 << 31] {
        assert_eq!(log.append(&heartbeat(pos)).unwrap(), Appended::NotStored);
    }
    append_all(&log, &[source.format()]);
    append_all(&log, &source.transaction(1, 50));
    assert_eq!(log.append(&heartbeat(99)).unwrap(), Appended::NotStored);
    log.flush().unwrap();
    assert_eq!(log.published().received, Some(source.at()));
    assert_eq!(source_events(&log), source.events());
}

#[test]
fn events_out_of_place_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = RelayLog::open(dir.path(), "relay", options()).unwrap();
    let mut source = Source::new(Checksum::Crc32);
    let xid = event(XID, 0, 0, &[0; 8], Checksum::Crc32);
    let refused = |result| matches!(result, Err(EventLogError::OutOfPlace { .. }));
    assert!(refused(log.append(&xid)));
    log.begin_connection(source.checksum, Some(source.at()))
        .unwrap();
    assert!(refused(log.append(&xid)));
    append_all(&log, &[source.fake_rotate()]);
    assert!(refused(log.append(&xid)));
    append_all(&log, &[source.format()]);
    let own = event(XID, RELAY_LOG, 0, &[0; 8], Checksum::Crc32);
    assert!(matches!(
        log.append(&own),
        Err(EventLogError::OwnFlag {
            event_type: understudy_binlog::EventType::XID
        })
    ));
    append_all(&log, &source.transaction(1, 50));
    log.flush().unwrap();
    assert_eq!(source_events(&log), source.events());
}

#[test]
fn a_segment_lists_its_own_events_too() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = RelayLog::open(dir.path(), "relay", options()).unwrap();
    let mut source = Source::new(Checksum::Crc32);
    source.connect(&log);
    append_all(&log, &source.transaction(1, 50));
    log.rotate().unwrap();
    let types = |segment| -> Vec<(u8, u16)> {
        let events = log.segment_events(segment).unwrap();
        events
            .map(|event| {
                let bytes = event.unwrap().bytes;
                (bytes[4], u16::from_le_bytes([bytes[17], bytes[18]]))
            })
            .collect()
    };
    // As a real MySQL 9.7 replica begins: nothing but our own, then what the connection brings.
    let own = [(FORMAT, 0x40), (PREVIOUS_GTIDS, 0xc0)];
    assert_eq!(types(1), [own[0], own[1], (ROTATE, 0x40)]);
    let mut second = vec![own[0], own[1], (ROTATE, 0x20), (FORMAT, 0)];
    second.extend([
        (ANONYMOUS_GTID, 0),
        (QUERY, 0),
        (TABLE_MAP, 0),
        (WRITE_ROWS, 0),
        (XID, 0),
    ]);
    second.push((ROTATE, 0x40));
    assert_eq!(types(2), second);
    // One begun by FLUSH RELAY LOGS repeats where its events come from.
    assert_eq!(types(3), [own[0], own[1], (ROTATE, 0x20), (FORMAT, 0x20)]);
    for (segment, len) in log.segments() {
        let last = log
            .segment_events(segment)
            .unwrap()
            .last()
            .unwrap()
            .unwrap();
        assert_eq!(last.end, len);
        let log_pos = u32::from_le_bytes(last.bytes[13..17].try_into().unwrap());
        assert!(u64::from(log_pos) == len || log_pos == 0);
    }
    assert!(log.segment_events(4).is_err());
    let index = std::fs::read_to_string(dir.path().join("relay.index")).unwrap();
    assert_eq!(index, "./relay.000001\n./relay.000002\n./relay.000003\n");
}

#[test]
fn t16_a_stale_checksum_of_a_repeated_format_description_is_put_right() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = RelayLog::open(dir.path(), "relay", options()).unwrap();
    let mut source = Source::new(Checksum::None);
    source.pos = 1000;
    log.begin_connection(source.checksum, Some(source.at()))
        .unwrap();
    append_all(&log, &[source.fake_rotate()]);
    let mut format = source.format();
    let last = format.len() - 1;
    format[last] ^= 0x55;
    append_all(&log, &[format.clone()]);
    append_all(&log, &source.transaction(1, 50));
    log.flush().unwrap();
    assert_eq!(source_events(&log), source.events());
    let kept = read_all(&log)[1].bytes.clone();
    assert_eq!(kept[..last - 3], format[..last - 3]);
    let sum = u32::from_le_bytes(kept[last - 3..].try_into().unwrap());
    assert_eq!(sum, crc32fast::hash(&kept[..last - 3]));
    // With CRC32 a wrong one is damage.
    source.checksum = Checksum::Crc32;
    let mut format = source.format();
    format[last] ^= 0x55;
    assert!(matches!(
        log.append(&format),
        Err(EventLogError::Rejected(ReadFailure::Checksum))
    ));
}

#[test]
fn events_left_out_move_the_position() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = RelayLog::open(dir.path(), "relay", options()).unwrap();
    let mut source = Source::new(Checksum::Crc32);
    source.connect(&log);
    append_all(&log, &source.transaction(1, 50));
    let kept = source.log.len();
    for event in source.transaction(2, 50) {
        assert_eq!(log.skip(&event).unwrap(), Appended::NotStored);
    }
    let left_out = source.log.len();
    log.flush().unwrap();
    assert_eq!(log.published().received, Some(source.at()));
    append_all(&log, &source.transaction(1, 50));
    assert_eq!(log.skip(&source.next_file()).unwrap(), Appended::Stored);
    log.flush().unwrap();
    let mut expected = source.events();
    expected.drain(kept..left_out);
    assert_eq!(source_events(&log), expected);
    drop(log);
    let (_, recovery) = RelayLog::open(dir.path(), "relay", options()).unwrap();
    assert_eq!(recovery.resume, Some(source.at()));
}
