//! The scripted source as a replica sees it, packet by packet.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod common;

use bytes::Bytes;
use common::Replica;
use std::time::Duration;
use understudy_binlog::builder::BinlogBuilder;
use understudy_binlog::position::is_artificial;
use understudy_binlog::{
    ChecksumAlgorithm, Event, EventBody, EventContext, EventHeader, EventType, Flavour,
};
use understudy_source::scripted::{Fault, LogFile, Script, ScriptedSource};
use understudy_wire::client::HandshakeError;

fn file(next: Option<&str>) -> Vec<u8> {
    let mut builder = BinlogBuilder::new(7, "9.7.0", ChecksumAlgorithm::Crc32);
    builder.timestamp_s(1_700_000_000);
    builder.anonymous_gtid().query("d", "BEGIN").xid(1);
    if let Some(next) = next {
        builder.rotate(next);
    }
    builder.into_bytes()
}

fn script() -> Script {
    Script::new("9.7.0", 7)
        .with_password("pw")
        .with_file("b.000001", file(Some("b.000002")))
        .with_file("b.000002", file(None))
}

async fn start(script: Script) -> ScriptedSource {
    let address = "127.0.0.1:0".parse().unwrap();
    ScriptedSource::start(script, address).await.unwrap()
}

/// Connected, with checksums asked for.
async fn replica(source: &ScriptedSource) -> Replica {
    let mut replica = Replica::connect(source.address(), "repl", "pw")
        .await
        .unwrap();
    let set = "SET @master_binlog_checksum = @@global.binlog_checksum, @master_heartbeat_period = 50000000";
    assert_eq!(replica.query(set).await[0], 0);
    replica
}

fn types(events: &[Bytes]) -> Vec<EventType> {
    let header = |event: &Bytes| EventHeader::decode(event).unwrap().event_type;
    events.iter().map(header).collect()
}

const FILE: [EventType; 5] = [
    EventType::ROTATE,
    EventType::FORMAT_DESCRIPTION,
    EventType::ANONYMOUS_GTID,
    EventType::QUERY,
    EventType::XID,
];

#[tokio::test]
async fn t14_each_file_begins_with_an_artificial_rotate() {
    let source = start(script()).await;
    let mut replica = replica(&source).await;
    replica.dump("b.000001", 4, 1).await;
    let (events, end) = replica.events().await;
    assert_eq!(end, "eof");
    assert_eq!(
        types(&events),
        [&FILE[..], &[EventType::ROTATE], &FILE].concat()
    );
    let context = EventContext::initial(Flavour::Mysql, ChecksumAlgorithm::Crc32);
    for (index, artificial, name) in [
        (0, true, "b.000001"),
        (5, false, "b.000002"),
        (6, true, "b.000002"),
    ] {
        let event = Event::decode(&events[index], &context).unwrap();
        assert_eq!(is_artificial(&event.header), artificial);
        assert!(matches!(&event.body, EventBody::Rotate(rotate) if rotate.file == name));
    }
    // What is not artificial is the file, byte by byte.
    let sent: Vec<u8> = events[1..6].concat();
    assert_eq!(sent, source.log().files()[0].bytes[4..]);
}

#[tokio::test]
async fn t16_a_dump_from_the_midst_repeats_the_format_description_without_position() {
    let source = start(script()).await;
    let mut replica = replica(&source).await;
    let bytes = source.log().files()[1].bytes.clone();
    let description = EventHeader::decode(&bytes[4..]).unwrap().event_len;
    replica.dump("b.000002", 4 + description, 1).await;
    let (events, _) = replica.events().await;
    assert_eq!(types(&events), FILE);
    let context = EventContext::initial(Flavour::Mysql, ChecksumAlgorithm::Off);
    let repeated = Event::decode(&events[1], &context).unwrap();
    assert!(is_artificial(&repeated.header));
    assert_eq!(events[2..].concat(), bytes[4 + description as usize..]);
}

#[tokio::test]
async fn dumps_that_cannot_be_served_are_refused_with_1236() {
    let source = start(script()).await;
    for (file, position, expected) in [
        (
            "b.000009",
            4,
            "1236 Could not find first log file name in binary log index file",
        ),
        (
            "b.000001",
            100_000,
            "1236 Client requested source to start replication from position > file size",
        ),
        (
            "b.000001",
            3,
            "1236 Client requested source to start replication from position < 4",
        ),
    ] {
        let mut replica = replica(&source).await;
        replica.dump(file, position, 0).await;
        assert_eq!(replica.event().await, Err(expected.to_owned()));
    }
    let mut unaware = Replica::connect(source.address(), "repl", "pw")
        .await
        .unwrap();
    unaware.dump("b.000001", 4, 0).await;
    assert!(
        unaware
            .event()
            .await
            .unwrap_err()
            .contains("can not handle")
    );
    assert!(matches!(
        Replica::connect(source.address(), "repl", "wrong").await,
        Err(HandshakeError::Server(error)) if error.errno == 1045
    ));
    let mut connected = Replica::connect(source.address(), "repl", "pw")
        .await
        .unwrap();
    assert_eq!(connected.query("DROP TABLE t").await[0], 0xff);
    assert_eq!(source.unanswered(), ["DROP TABLE t"]);
}

#[tokio::test]
async fn t15_waiting_is_filled_with_heartbeats_until_more_comes() {
    let source = start(script().with_fault(Fault::EarlyHeartbeat)).await;
    let mut replica = replica(&source).await;
    replica.dump("b.000002", 4, 0).await;
    let mut events = Vec::new();
    for _ in 0..7 {
        events.push(replica.event().await.unwrap());
    }
    let mut expected = FILE.to_vec();
    expected.insert(1, EventType::HEARTBEAT);
    expected.push(EventType::HEARTBEAT);
    assert_eq!(types(&events), expected);
    source.log().append(&events[3]);
    source.log().add_file(LogFile {
        name: "b.000003".to_owned(),
        bytes: file(None).into(),
    });
    let mut next = Vec::new();
    while next.len() < 3 {
        let event = replica.event().await.unwrap();
        if EventHeader::decode(&event).unwrap().event_type != EventType::HEARTBEAT {
            next.push(event);
        }
    }
    assert_eq!(
        types(&next),
        [
            EventType::ANONYMOUS_GTID,
            EventType::ROTATE,
            EventType::FORMAT_DESCRIPTION
        ]
    );
}

#[tokio::test]
async fn each_fault_does_what_it_says_once() {
    let cases = [
        (Fault::CutAfterEvents(2), "cut", 4),
        (Fault::CutAfterBytes(60), "cut", 1),
        (Fault::DamageEvent(1), "eof", 5),
        (Fault::RepeatEvent(0), "eof", 6),
        (
            Fault::ErrorAfterEvents(1, 1236, "no".to_owned()),
            "1236 no",
            3,
        ),
        (Fault::None, "eof", 5),
    ];
    let mut script = script();
    for (fault, _, _) in &cases {
        script = script.with_fault(fault.clone());
    }
    let source = start(script).await;
    for (fault, expected, count) in &cases {
        let mut replica = replica(&source).await;
        replica.dump("b.000002", 4, 1).await;
        let (events, end) = replica.events().await;
        assert_eq!((&end[..], events.len()), (*expected, *count), "{fault:?}");
        let damaged = events
            .iter()
            .filter(|event| understudy_binlog::checksum::verify(event).is_err());
        assert_eq!(
            damaged.count(),
            usize::from(matches!(fault, Fault::DamageEvent(_)))
        );
    }
    assert_eq!(source.dumps().len(), cases.len());
    // Silence: nothing comes, and the connection stays.
    source.add_fault(Fault::SilentAfterEvents(0));
    let mut replica = replica(&source).await;
    replica.dump("b.000002", 4, 0).await;
    assert_eq!(
        replica.event().await.map(|event| types(&[event])),
        Ok(vec![EventType::ROTATE])
    );
    replica.event().await.unwrap();
    let silence = tokio::time::timeout(Duration::from_millis(300), replica.event()).await;
    assert!(silence.is_err());
}
