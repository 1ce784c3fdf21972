//! `kill -9` of the replica at random moments under load, the source killed and the network cut as well; then the
//! data are equal: nothing lost, nothing applied twice.
//!
//! `UNDERSTUDY_LONG=1` kills 1,000 times instead of a good 50.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use understudy_proto_tests::compare::{self, Counters};
use understudy_proto_tests::{attach, workload};
use understudy_testkit::client::Connection;
use understudy_testkit::proxy::{Fault, FaultProxy};
use understudy_testkit::rng::Rng;
use understudy_testkit::{Kind, ReferenceServer, Understudy, reference};

/// Kills of the replica for one kind of source.
fn kills() -> u64 {
    if std::env::var("UNDERSTUDY_LONG").is_ok_and(|value| value == "1") {
        250
    } else {
        14
    }
}

fn check(kind: Kind) -> anyhow::Result<()> {
    let mut source = reference!(kind, &["--max-binlog-size=4M"]);
    let mut replica = Understudy::start(&["--max-relay-log-size=1M"])?;
    let proxy = FaultProxy::start(source.port())?;
    attach::follow(&replica, &source, proxy.port())?;
    let mut rng = Rng::from_env(kind.name());
    let plan = workload::Plan {
        kind,
        port: source.port(),
        seed: rng.next_u64(),
        transactions: u64::MAX,
        connections: 3,
        pause: Duration::from_millis(3),
        source_dies: true,
        schema_gate: Arc::default(),
    };
    let stop = AtomicBool::new(false);
    let outcome = std::thread::scope(|scope| -> anyhow::Result<workload::Outcome> {
        let load = scope.spawn(|| workload::run(&plan, &stop));
        let faults = torment(
            &mut source,
            &mut replica,
            &proxy,
            &plan.schema_gate,
            &mut rng,
        );
        stop.store(true, Ordering::Relaxed);
        let outcome = load
            .join()
            .unwrap_or_else(|_| anyhow::bail!("the workload panicked"))?;
        faults?;
        Ok(outcome)
    })?;
    assert!(outcome.committed > 200, "{outcome:#?}");
    proxy.set(Fault::None);
    proxy.cut_now();
    let applied = attach::wait_applied(&replica, &source, Duration::from_secs(300));
    if applied.is_err()
        && let Some(folder) = std::env::var_os("UNDERSTUDY_KEEP")
    {
        let mut copy = std::process::Command::new("cp");
        copy.arg("-r").arg(replica.datadir()).arg(folder).status()?;
    }
    applied?;
    let (mut left, mut right) = (source.connect()?, replica.connect()?);
    match equal(&mut left, &mut right) {
        Ok(()) => Ok(()),
        Err(difference) => judge(&source, &mut right, difference),
    }
}

fn equal(left: &mut Connection, right: &mut Connection) -> anyhow::Result<()> {
    compare::expect_equal(left, right, &["SET NAMES utf8mb4"], Counters::MayDiffer)
}

/// Says who is at fault for a difference: a source that was killed may itself have lost what its binary log has.
/// Then a new replica, which reads that log from its beginning and is never disturbed, has what the tormented one has.
fn judge(
    source: &ReferenceServer,
    tormented: &mut Connection,
    difference: anyhow::Error,
) -> anyhow::Result<()> {
    let fresh = Understudy::start(&[])?;
    attach::follow(&fresh, source, source.port())?;
    attach::wait_applied(&fresh, source, Duration::from_secs(300))?;
    let mut undisturbed = fresh.connect()?;
    let verdict = if equal(&mut source.connect()?, &mut undisturbed).is_ok() {
        "an undisturbed replica equals the source: the tormented one is wrong".to_owned()
    } else {
        match equal(&mut undisturbed, tormented) {
            Ok(()) => "the source's tables are not what its binary log says".to_owned(),
            Err(other) => format!("an undisturbed replica differs from both: {other:?}"),
        }
    };
    Err(difference.context(verdict))
}

fn torment(
    source: &mut ReferenceServer,
    replica: &mut Understudy,
    proxy: &FaultProxy,
    schema_gate: &RwLock<()>,
    rng: &mut Rng,
) -> anyhow::Result<()> {
    for round in 0..kills() {
        proxy.set(match rng.below(4) {
            0 => Fault::RandomCuts {
                rng: rng.fork(),
                most_bytes: 300_000,
            },
            1 => Fault::Delay { ms: 2 },
            _ => Fault::None,
        });
        rest(rng, 900);
        if rng.percent(30) {
            proxy.cut_now();
            rest(rng, 100);
        }
        if round % 7 == 3 {
            // 5.6 may have changed a table and not yet logged it; no replica could know.
            let gate = (source.kind() == Kind::Mysql56)
                .then(|| schema_gate.write().unwrap_or_else(PoisonError::into_inner));
            source.kill9()?;
            drop(gate);
            rest(rng, 300);
            source.restart()?;
        }
        replica.kill9()?;
        if rng.percent(25) {
            // Killed again while it recovers.
            replica.relaunch()?;
            rest(rng, 120);
            replica.kill9()?;
        }
        replica.relaunch()?;
        replica.wait_ready()?;
    }
    Ok(())
}

fn rest(rng: &mut Rng, most_ms: u64) {
    std::thread::sleep(Duration::from_millis(rng.below(most_ms)));
}

#[test]
fn heavy_crash_under_mysql_9_7() -> anyhow::Result<()> {
    check(Kind::Mysql97)
}

#[test]
fn heavy_crash_under_mysql_5_6() -> anyhow::Result<()> {
    check(Kind::Mysql56)
}

#[test]
fn heavy_crash_under_mariadb_10_11() -> anyhow::Result<()> {
    check(Kind::Mariadb1011)
}

#[test]
fn heavy_crash_under_mariadb_11_8() -> anyhow::Result<()> {
    check(Kind::Mariadb118)
}
