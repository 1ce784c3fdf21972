//! Every recorded file of `fixtures/binlog` against the server's own listing of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use understudy_binlog::events::{FormatDescriptionEvent, RowsFlags, RowsKind};
use understudy_binlog::group::{GroupTracker, Place};
use understudy_binlog::position::{Step, StreamPosition};
use understudy_binlog::{
    ChecksumAlgorithm, DecodeError, Event, EventBody, EventContext, EventHeader, EventType,
    Flavour, MAGIC, checksum,
};
use understudy_values::row::RowLayout;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/binlog")
}

/// Every recording: its path without extension, its bytes.
fn recordings() -> Vec<(PathBuf, Bytes)> {
    let mut found = Vec::new();
    for folder in std::fs::read_dir(root()).unwrap() {
        let folder = folder.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "bin") {
                let bytes = std::fs::read(&path).unwrap();
                found.push((path.with_extension(""), bytes.into()));
            }
        }
    }
    found.sort();
    assert!(found.len() > 40, "only {} recordings", found.len());
    found
}

struct Item {
    offset: u64,
    bytes: Bytes,
    context: EventContext,
    event: Event,
}

/// The events of a file, each with the context it was read in.
fn events(file: &Bytes) -> Vec<Item> {
    assert_eq!(file[..4], MAGIC);
    let mut context = EventContext::initial(Flavour::Mysql, ChecksumAlgorithm::Off);
    let (mut offset, mut items) = (4, Vec::new());
    while offset < file.len() {
        let header = EventHeader::decode(&file[offset..]).unwrap();
        let bytes = file.slice(offset..offset + header.event_len as usize);
        let event =
            Event::decode(&bytes, &context).unwrap_or_else(|error| panic!("at {offset}: {error}"));
        let used = context.clone();
        if let EventBody::FormatDescription(description) = &event.body {
            context = description.context();
        }
        items.push(Item {
            offset: offset as u64,
            bytes: bytes.clone(),
            context: used,
            event,
        });
        offset += bytes.len();
    }
    items
}

#[test]
fn every_event_is_known_and_written_back_as_it_was() {
    for (path, file) in recordings() {
        for item in events(&file) {
            let what = format!("{} at {}", path.display(), item.offset);
            assert!(!matches!(item.event.body, EventBody::Unknown(_)), "{what}");
            assert_eq!(item.event.encode(&item.context), item.bytes, "{what}");
        }
    }
}

#[test]
fn types_and_positions_are_those_that_the_server_lists() {
    for (path, file) in recordings() {
        let Ok(listing) = std::fs::read_to_string(path.with_extension("events")) else {
            panic!("{} has no listing", path.display());
        };
        let items = events(&file);
        let flavour = match &items[0].event.body {
            EventBody::FormatDescription(description) => description.flavour(),
            other => panic!("{other:?}"),
        };
        let line = |offset: u64, header: &EventHeader| {
            let name = header.event_type.name(flavour);
            format!("{offset}\t{name}\t{}\t{}", header.server_id, header.log_pos)
        };
        let mut ours = Vec::new();
        for item in &items {
            ours.push(line(item.offset, &item.event.header));
            // The server lists what is inside a payload at the payload's end.
            for inner in inner_events(item) {
                let mut header = inner.header;
                header.log_pos = item.event.header.log_pos;
                ours.push(line(u64::from(header.log_pos), &header));
            }
        }
        let listed: Vec<&str> = listing.lines().collect();
        assert_eq!(ours, listed, "{}", path.display());
    }
}

#[test]
fn format_descriptions_are_made_as_the_servers_make_them() {
    let mut versions = BTreeSet::new();
    for (path, file) in recordings() {
        let EventBody::FormatDescription(read) = &events(&file)[0].event.body else {
            panic!("{}", path.display());
        };
        let made = FormatDescriptionEvent::new(&read.server_version(), read.algorithm());
        assert_eq!(made.post_header_lengths, read.post_header_lengths);
        assert_eq!(made.context(), read.context());
        versions.insert(read.version_numbers());
    }
    assert_eq!(versions.len(), 4);
}

#[test]
fn t12_own_count_and_headers_agree() {
    for (path, file) in recordings() {
        let mut position = StreamPosition::new("file", 4);
        for item in events(&file) {
            let step = position.observe(&item.event);
            let end = item.offset + u64::from(item.event.header.event_len);
            match step {
                Step::NextFile => {}
                other => assert_eq!(
                    (other, position.offset),
                    (Step::Moved, end),
                    "{}",
                    path.display()
                ),
            }
        }
    }
}

#[test]
fn files_hold_whole_groups_that_end_where_transactions_do() {
    for (path, file) in recordings() {
        let mut tracker = GroupTracker::new();
        let mut groups = 0;
        for item in events(&file) {
            let boundary = tracker.observe(&item.event);
            let what = format!("{} at {}", path.display(), item.offset);
            assert!(!boundary.abandons, "{what}");
            groups += usize::from(matches!(boundary.place, Place::Last(_) | Place::Only(_)));
            if matches!(item.event.body, EventBody::Xid(_) | EventBody::XaPrepare(_)) {
                assert!(
                    matches!(boundary.place, Place::Last(_)),
                    "{what}: {boundary:?}"
                );
            }
        }
        assert!(tracker.is_between_groups(), "{}", path.display());
        assert!(groups > 0, "{}", path.display());
    }
}

/// The events inside a payload.
fn inner_events(item: &Item) -> Vec<Event> {
    let EventBody::TransactionPayload(payload) = &item.event.body else {
        return Vec::new();
    };
    let context = item.context.inside_payload();
    let decode = |bytes: Result<Bytes, DecodeError>| {
        let bytes = bytes.unwrap();
        let event = Event::decode(&bytes, &context).unwrap();
        assert_eq!(event.encode(&context), bytes);
        event
    };
    payload.events(1 << 20).unwrap().map(decode).collect()
}

/// The events of a file, those inside payloads as well.
fn all_events(file: &Bytes) -> Vec<Event> {
    let mut all = Vec::new();
    for item in events(file) {
        all.extend(inner_events(&item));
        all.push(item.event);
    }
    all
}

#[test]
fn t04_metadata_status_variables_and_row_images_are_read_to_their_ends() {
    let mut rows_seen = BTreeSet::new();
    for (path, file) in recordings() {
        let mut layouts = BTreeMap::new();
        for event in all_events(&file) {
            let what = format!("{}: {event:?}", path.display());
            let flavour = match path.to_string_lossy().contains("mariadb") {
                true => Flavour::Mariadb,
                false => Flavour::Mysql,
            };
            match &event.body {
                EventBody::Query(query) => {
                    let session = query.status.session().unwrap();
                    assert_eq!(session.unknown_code, None, "{what}");
                    query.statement(1 << 20).unwrap();
                }
                EventBody::ExecuteLoadQuery(query) => {
                    assert_eq!(query.status.session().unwrap().unknown_code, None, "{what}");
                    let (before, _) = query.around_name().unwrap();
                    assert!(before.trim_ascii_end().ends_with(b"DATA"), "{what}");
                }
                EventBody::TableMap(map) => {
                    let metadata = map
                        .metadata(flavour)
                        .unwrap_or_else(|error| panic!("{what}: {error}"));
                    assert_eq!(metadata.unknown_fields, [0; 0], "{what}");
                    let mut columns = map.columns.clone();
                    if path.ends_with("old_temporal") {
                        // T8: MariaDB's own temporal formats travel without their fractional digits; the
                        // replica's table definition has them.
                        for (column, digits) in columns.iter_mut().zip([0, 0, 3, 0, 6, 0, 2]) {
                            column.meta = digits;
                        }
                    }
                    layouts.insert(map.table_id, RowLayout::of_wire(&columns).unwrap());
                }
                EventBody::Rows(rows) => {
                    rows_seen.insert(event.header.event_type);
                    rows.extra_info().unwrap();
                    let data = rows.rows(1 << 20).unwrap();
                    let layout = &layouts[&rows.table_id];
                    let mut images = rows.images(layout, &data).unwrap();
                    let (mut before, mut after, mut count) = (Vec::new(), Vec::new(), 0);
                    while images
                        .next_row(&mut before, &mut after)
                        .unwrap_or_else(|error| panic!("{what} of {layout:?}: {error:?}"))
                        .is_some()
                    {
                        count += 1;
                    }
                    assert!(count > 0, "{what}");
                }
                EventBody::PreviousGtids(previous) => assert!(previous.set().is_ok(), "{what}"),
                _ => {}
            }
        }
    }
    let expected = [
        EventType::WRITE_ROWS_V1,
        EventType::UPDATE_ROWS_V1,
        EventType::DELETE_ROWS_V1,
        EventType::WRITE_ROWS,
        EventType::UPDATE_ROWS,
        EventType::DELETE_ROWS,
        EventType::PARTIAL_UPDATE_ROWS,
        EventType::WRITE_ROWS_COMPRESSED_V1,
        EventType::UPDATE_ROWS_COMPRESSED_V1,
        EventType::DELETE_ROWS_COMPRESSED_V1,
    ];
    assert_eq!(rows_seen, BTreeSet::from(expected));
}

#[test]
fn every_truncation_fails_and_no_damaged_byte_goes_unseen_or_panics() {
    let mut seen = BTreeSet::new();
    for (_, file) in recordings() {
        for item in events(&file) {
            let (bytes, context) = (&item.bytes, &item.context);
            // One of each type and length class keeps this quick.
            if !seen.insert((item.event.header.event_type, bytes.len() / 64)) {
                continue;
            }
            for at in 0..bytes.len() {
                assert!(Event::decode(&bytes.slice(..at), context).is_err());
                let mut damaged = bytes.to_vec();
                damaged[at] ^= 1 << (at % 8);
                check_damaged(&damaged, &item, at);
                damaged[at] = !bytes[at];
                check_damaged(&damaged, &item, at);
            }
        }
    }
}

/// A damaged byte is either found by the checksum, or, without one, read without panic and written back.
fn check_damaged(damaged: &[u8], item: &Item, at: usize) {
    let summed = match &item.event.body {
        EventBody::FormatDescription(description) => description.algorithm(),
        _ => item.context.checksum,
    };
    let description = matches!(item.event.body, EventBody::FormatDescription(_));
    let bytes = Bytes::copy_from_slice(damaged);
    let read = Event::decode(&bytes, &item.context);
    // The in-use flag is not summed, and a format description's version decides whether it is summed at all.
    if summed == ChecksumAlgorithm::Crc32 && !description {
        assert!(read.is_err(), "{:?} at {at}", item.event.header);
    }
    // The same without the guard of the checksum: whatever is accepted must come out as it went in.
    if let Ok(event) = Event::decode_verified(&bytes, &item.context) {
        let mut expected = damaged.to_vec();
        if summed == ChecksumAlgorithm::Crc32 && event.encode(&item.context).len() == expected.len()
        {
            expected.truncate(expected.len() - checksum::LEN);
            checksum::append(&mut expected);
        }
        if !description {
            assert_eq!(event.encode(&item.context), expected, "{event:?} at {at}");
        }
        exercise(&event);
    }
}

/// What is read lazily must not panic either.
fn exercise(event: &Event) {
    match &event.body {
        EventBody::Query(query) => {
            let _ = (query.status.session(), query.statement(1 << 20));
        }
        EventBody::TableMap(map) => {
            let _ = (
                map.metadata(Flavour::Mysql),
                RowLayout::of_wire(&map.columns),
            );
        }
        EventBody::Rows(rows) => {
            let _ = (rows.extra_info(), rows.rows(1 << 20));
        }
        EventBody::PreviousGtids(previous) => {
            let _ = previous.set();
        }
        EventBody::TransactionPayload(payload) => {
            if let Ok(events) = payload.events(1 << 20) {
                assert!(events.take(100_000).count() < 100_000);
            }
        }
        _ => {}
    }
}

#[test]
fn t25_rows_say_whether_cascades_are_in_the_log() {
    use RowsKind::{Delete, Update, Write};
    let cascades = 0x10;
    // With cascades the child's rows come before the parent's, and are not to be checked against it.
    let mysql_97: &[(&str, RowsKind, u16)] = &[
        ("parent", Write, 0x01),
        ("child", Write, 0x01),
        ("child", Update, 0x02),
        ("parent", Update, 0x01),
        ("child", Delete, 0x02),
        ("parent", Delete, 0x01),
        ("child", Write, 0x07),
    ];
    let others: &[(&str, RowsKind, u16)] = &[
        ("parent", Write, 0x01),
        ("child", Write, 0x01),
        ("parent", Update, 0x01),
        ("parent", Delete, 0x01),
        ("child", Write, 0x07),
    ];
    for (kind, expected, flag) in [
        ("mysql-9.7", mysql_97, cascades),
        ("mysql-5.6", others, 0),
        ("mariadb-10.11", others, 0),
        ("mariadb-11.8", others, 0),
    ] {
        let bytes = std::fs::read(root().join(kind).join("foreign_keys.bin")).unwrap();
        let (mut names, mut read) = (BTreeMap::new(), Vec::new());
        for event in all_events(&bytes.into()) {
            match event.body {
                EventBody::TableMap(map) => {
                    names.insert(map.table_id, map.table);
                }
                EventBody::Rows(rows) => {
                    let in_log = rows.flags.contains(RowsFlags::USE_SQL_FOREIGN_KEY);
                    assert_eq!(in_log, flag != 0, "{kind}: {rows:?}");
                    read.push((
                        names[&rows.table_id].clone(),
                        rows.kind,
                        rows.flags.0 & !flag,
                    ));
                }
                _ => {}
            }
        }
        let expected: Vec<_> = expected
            .iter()
            .map(|(name, kind, flags)| (Bytes::from_static(name.as_bytes()), *kind, *flags))
            .collect();
        assert_eq!(read, expected, "{kind}");
    }
}
