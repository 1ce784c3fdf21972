//! What real sources send: their made-up events are told from real ones, and all are written back exactly.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod common;

use anyhow::ensure;
use bytes::Bytes;
use common::Replica;
use understudy_binlog::dummy::is_dummy;
use understudy_binlog::position::{Step, StreamPosition, is_artificial};
use understudy_binlog::{ChecksumAlgorithm, Event, EventBody, EventContext, EventType, Flavour};
use understudy_testkit::{Kind, reference};

/// Of COM_BINLOG_DUMP: to MySQL "send heartbeats of the second kind", to MariaDB "send Annotate_rows".
const FLAG_2: u16 = 2;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// The first events of a dump, up to and with the second heartbeat.
async fn receive(
    port: u16,
    user: &str,
    password: &str,
    start: (&str, u32),
    flags: u16,
    capability: u8,
) -> Vec<Bytes> {
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], port));
    let mut replica = Replica::connect(address, user, password).await.unwrap();
    let capability = format!("SET @mariadb_slave_capability = {capability}");
    for statement in [
        "SET @master_heartbeat_period = 100000000, @source_heartbeat_period = 100000000",
        "SET @master_binlog_checksum = @@global.binlog_checksum, \
         @source_binlog_checksum = @@global.binlog_checksum",
        &capability,
    ] {
        assert_eq!(replica.query(statement).await[0], 0, "{statement}");
    }
    replica.dump(start.0, start.1, flags).await;
    let (mut events, mut heartbeats) = (Vec::new(), 0);
    while heartbeats < 2 {
        let event = replica.event().await.unwrap();
        heartbeats += usize::from(matches!(event[4], 27 | 41));
        events.push(event);
    }
    events
}

/// Reads the events in their order; they go back into bytes exactly.
fn decode(events: &[Bytes], flavour: Flavour) -> anyhow::Result<Vec<Event>> {
    let mut context = EventContext::initial(flavour, ChecksumAlgorithm::Crc32);
    let mut decoded = Vec::new();
    for bytes in events {
        let event = Event::decode(bytes, &context)?;
        ensure!(event.encode(&context) == *bytes, "{event:?}");
        if let EventBody::FormatDescription(description) = &event.body {
            context = description.context();
        }
        decoded.push(event);
    }
    Ok(decoded)
}

fn check(kind: Kind) -> anyhow::Result<()> {
    let source = reference!(kind, &[]);
    source.exec("CREATE DATABASE d")?;
    source.exec("CREATE TABLE d.t (a INT PRIMARY KEY)")?;
    let (first_file, middle) = source.binlog_position()?;
    source.exec("INSERT INTO d.t VALUES (1)")?;
    source.exec("FLUSH LOGS")?;
    source.exec("INSERT INTO d.t VALUES (2)")?;
    let (last_file, end) = source.binlog_position()?;
    let flavour = if kind.is_mariadb() {
        Flavour::Mariadb
    } else {
        Flavour::Mysql
    };
    for heartbeat_v2 in [false, true] {
        if heartbeat_v2 && kind != Kind::Mysql97 {
            continue;
        }
        for start in [4, u32::try_from(middle)?] {
            let place = (first_file.as_str(), start);
            let received = receive(
                source.port(),
                "root",
                "",
                place,
                if heartbeat_v2 { FLAG_2 } else { 0 },
                4,
            );
            let events = runtime().block_on(received);
            let events = decode(&events, flavour)?;
            follow(&events, &first_file, u64::from(start), (&last_file, end))?;
            let last = events.last().unwrap();
            ensure!(
                matches!(last.body, EventBody::HeartbeatV2(_)) == heartbeat_v2,
                "{last:?}"
            );
            if let EventBody::HeartbeatV2(heartbeat) = &last.body {
                ensure!(
                    heartbeat.position == end && heartbeat.file == last_file,
                    "{last:?}"
                );
            }
        }
    }
    Ok(())
}

/// The position by our own count, and what headers say of events left out, is where the source's log ends, whatever it makes up on the way.
fn follow(events: &[Event], file: &str, start: u64, end: (&str, u64)) -> anyhow::Result<()> {
    let mut position = StreamPosition::new(file.to_owned(), start);
    let mut made_up = Vec::new();
    for event in events {
        let step = position.observe(event);
        ensure!(!matches!(step, Step::Behind { .. }), "{step:?} {event:?}");
        if is_artificial(&event.header) {
            made_up.push(event.header.event_type);
        }
    }
    ensure!(
        position == StreamPosition::new(end.0.to_owned(), end.1),
        "{position:?} not {end:?}"
    );
    let rotates = made_up
        .iter()
        .filter(|made| **made == EventType::ROTATE)
        .count();
    ensure!(rotates == 2, "{made_up:?}");
    let described = made_up.contains(&EventType::FORMAT_DESCRIPTION);
    ensure!(described == (start > 4), "{made_up:?}");
    Ok(())
}

#[test]
fn t14_t15_mysql_97() -> anyhow::Result<()> {
    check(Kind::Mysql97)
}

#[test]
fn t14_t15_mysql_56() -> anyhow::Result<()> {
    check(Kind::Mysql56)
}

#[test]
fn t14_t15_mariadb_1011() -> anyhow::Result<()> {
    check(Kind::Mariadb1011)
}

#[test]
fn t14_t15_mariadb_118() -> anyhow::Result<()> {
    check(Kind::Mariadb118)
}

#[test]
fn t21_mariadb_puts_dummies_in_place_of_what_we_do_not_claim_to_know() -> anyhow::Result<()> {
    let source = reference!(Kind::Mariadb118, &[]);
    source.exec("CREATE DATABASE d")?;
    source.exec("CREATE TABLE d.t (a INT PRIMARY KEY)")?;
    source.exec("INSERT INTO d.t VALUES (1)")?;
    let (file, end) = source.binlog_position()?;
    for (capability, flags, dummies) in [(4, FLAG_2, false), (0, FLAG_2, true), (1, FLAG_2, true)] {
        let received = receive(source.port(), "root", "", (&file, 4), flags, capability);
        let events = decode(&runtime().block_on(received), Flavour::Mariadb)?;
        let gtid = |event: &Event| event.header.event_type == EventType::MARIADB_GTID;
        ensure!(events.iter().any(gtid) != dummies, "{events:?}");
        ensure!(
            events.iter().any(is_dummy) == dummies,
            "capability {capability}: {events:?}"
        );
        let mut position = StreamPosition::new(file.clone(), 4);
        for event in &events {
            ensure!(position.observe(event) != Step::NextFile);
        }
        ensure!(position.offset == end, "{position:?} not {end}");
    }
    Ok(())
}
