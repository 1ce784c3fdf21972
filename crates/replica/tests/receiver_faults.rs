//! The receiver against real sources through a network that cuts, corrupts and stalls: in the end the relay
//! log has the source's events, each once, byte for byte.

mod rig;

use std::time::Duration;

use rig::{Rig, source, work};
use understudy_testkit::proxy::{Fault, FaultProxy};
use understudy_testkit::rng::Rng;
use understudy_testkit::{Kind, ReferenceServer};

/// Runs `check` on a source of every kind.
fn each(
    options: &[&str],
    check: impl Fn(&mut ReferenceServer) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    for kind in Kind::ALL {
        if let Some(mut source) = source(kind, options)? {
            check(&mut source).map_err(|error| error.context(format!("{kind:?}")))?;
        }
    }
    Ok(())
}

#[test]
fn t17_cut_at_random_bytes() -> anyhow::Result<()> {
    each(&[], |source| {
        let proxy = FaultProxy::start(source.port())?;
        proxy.set(Fault::RandomCuts {
            rng: Rng::from_env("t17 cuts"),
            most_bytes: 60_000,
        });
        let mut rig = Rig::new(source, proxy.port())?;
        rig.start();
        for round in 0..4 {
            work(source, round * 1000)?;
            // Cut wherever it is, too.
            proxy.cut_now();
        }
        std::thread::sleep(Duration::from_secs(1));
        proxy.set(Fault::None);
        proxy.cut_now();
        rig.expect_equal(source)?;
        // How many depends on the machine; each cut is one.
        assert!(proxy.accepted() > 5, "{} connections", proxy.accepted());
        Ok(())
    })
}

#[test]
fn corrupted_bytes_on_the_wire_are_never_stored() -> anyhow::Result<()> {
    each(&[], |source| {
        work(source, 0)?;
        let proxy = FaultProxy::start(source.port())?;
        let mut rng = Rng::from_env("corrupt");
        let mut rig = Rig::new(source, proxy.port())?;
        for _ in 0..25 {
            proxy.set(Fault::Corrupt {
                at: rng.below(30_000),
            });
            rig.start();
            std::thread::sleep(Duration::from_millis(100));
            rig.stop();
        }
        proxy.set(Fault::None);
        rig.start();
        rig.expect_equal(source)
    })
}

#[test]
fn t17_stopped_and_reopened_at_any_moment() -> anyhow::Result<()> {
    each(&[], |source| {
        let mut rig = Rig::new(source, source.port())?;
        let mut rng = Rng::from_env("t17 stop");
        std::thread::scope(|scope| -> anyhow::Result<()> {
            let source = &*source;
            let worker = scope.spawn(move || -> anyhow::Result<()> {
                (0..4).try_for_each(|round| work(source, round * 1000))
            });
            while !worker.is_finished() {
                rig.start();
                std::thread::sleep(Duration::from_millis(rng.below(120)));
                rig.reopen()?;
            }
            worker.join().expect("worker")
        })?;
        rig.start();
        rig.expect_equal(source)
    })
}

#[test]
fn t14_t35_the_source_restarts() -> anyhow::Result<()> {
    each(&[], |source| {
        let mut rig = Rig::new(source, source.port())?;
        rig.start();
        work(source, 0)?;
        source.restart()?;
        work(source, 1000)?;
        rig.expect_equal(source)?;
        // Without a Stop event, and with whatever the crash left in the last file.
        source.kill9()?;
        source.restart()?;
        work(source, 2000)?;
        rig.expect_equal(source)
    })
}

#[test]
fn t16_checksums_change_while_connected() -> anyhow::Result<()> {
    each(&[], |source| {
        let mut rig = Rig::new(source, source.port())?;
        rig.start();
        for (round, algorithm) in ["NONE", "CRC32", "NONE"].into_iter().enumerate() {
            work(source, round as u32 * 1000)?;
            source.exec(format!("SET GLOBAL binlog_checksum = {algorithm}"))?;
            rig.wait_received(source)?;
            // In the midst of a file, too: the repeated Format_description's checksum is stale.
            source.exec(format!("INSERT INTO d.t VALUES ({}, 'z')", 90_000 + round))?;
            rig.reopen()?;
            rig.start();
        }
        rig.expect_equal(source)
    })
}

#[test]
fn t10_events_over_16_mib_and_cuts_inside_them() -> anyhow::Result<()> {
    for kind in [Kind::Mysql97, Kind::Mariadb118] {
        let Some(source) = source(kind, &["--max-allowed-packet=128M"])? else {
            continue;
        };
        let proxy = FaultProxy::start(source.port())?;
        let mut rig = Rig::new(&source, proxy.port())?;
        proxy.set(Fault::CutAfter { bytes: 18 << 20 });
        rig.start();
        for (key, mebibytes) in [17, 33].into_iter().enumerate() {
            source.exec(format!(
                "INSERT INTO d.t VALUES ({key}, REPEAT('x', {}))",
                mebibytes << 20
            ))?;
        }
        work(&source, 1000)?;
        let before = proxy.accepted();
        while proxy.accepted() < before + 2 {
            std::thread::sleep(Duration::from_millis(20));
        }
        proxy.set(Fault::None);
        proxy.cut_now();
        rig.expect_equal(&source)?;
    }
    Ok(())
}

#[test]
fn t20_t27_ignorable_v1_and_compressed_events() -> anyhow::Result<()> {
    for (kind, options) in [
        (Kind::Mysql56, "--log-bin-use-v1-row-events=1"),
        (Kind::Mysql56, "--binlog-rows-query-log-events=1"),
        (Kind::Mysql97, "--binlog-rows-query-log-events=1"),
        (Kind::Mysql97, "--binlog-transaction-compression=1"),
        (Kind::Mariadb1011, "--log-bin-compress=1"),
        (Kind::Mariadb118, "--log-bin-compress=1"),
    ] {
        let Some(source) = source(kind, &[options])? else {
            continue;
        };
        let mut rig = Rig::new(&source, source.port())?;
        rig.start();
        work(&source, 0)?;
        rig.reopen()?;
        work(&source, 1000)?;
        rig.start();
        rig.expect_equal(&source)
            .map_err(|error| error.context(format!("{kind:?} {options}")))?;
    }
    Ok(())
}

#[test]
fn t21_mariadb_sends_its_gtids() -> anyhow::Result<()> {
    const MARIADB_GTID: u8 = 162;
    const GTID_LIST: u8 = 163;
    for kind in [Kind::Mariadb1011, Kind::Mariadb118] {
        let Some(source) = source(kind, &[])? else {
            continue;
        };
        let mut rig = Rig::new(&source, source.port())?;
        rig.start();
        work(&source, 0)?;
        rig.expect_equal(&source)?;
        let types: Vec<u8> = rig.events()?.iter().map(|event| event.bytes[4]).collect();
        let count = |wanted| {
            types
                .iter()
                .filter(|event_type| **event_type == wanted)
                .count()
        };
        assert!(count(MARIADB_GTID) > 25);
        assert!(count(GTID_LIST) > 0);
    }
    Ok(())
}

#[test]
fn a_stalled_network_is_given_up_and_tried_again() -> anyhow::Result<()> {
    let Some(source) = source(Kind::Mysql97, &[])? else {
        return Ok(());
    };
    let proxy = FaultProxy::start(source.port())?;
    let mut rig = Rig::new(&source, proxy.port())?;
    proxy.set(Fault::Blackhole);
    rig.start();
    work(&source, 0)?;
    while proxy.accepted() < 2 {
        std::thread::sleep(Duration::from_millis(50));
    }
    proxy.set(Fault::Delay { ms: 5 });
    proxy.cut_now();
    rig.expect_equal(&source)
}

#[test]
fn damage_at_the_same_place_twice_stops_the_receiver() -> anyhow::Result<()> {
    each(&[], |source| {
        source.exec("INSERT INTO d.t VALUES (1, REPEAT('x', 1000000))")?;
        let proxy = FaultProxy::start(source.port())?;
        proxy.set(Fault::Corrupt { at: 500_000 });
        let mut rig = Rig::new(source, proxy.port())?;
        rig.start();
        let error = rig.wait_stopped();
        assert_eq!(error.errno, 1743, "{error:?}");
        assert_eq!(proxy.accepted(), 2);
        rig.stop();
        proxy.set(Fault::None);
        rig.start();
        rig.expect_equal(source)
    })
}
