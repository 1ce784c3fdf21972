//! A damaged byte anywhere in a relay log file is detected and never applied.

use anyhow::Context;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use understudy_proto_tests::attach;
use understudy_testkit::client::Connection;
use understudy_testkit::rng::Rng;
use understudy_testkit::{Kind, ReferenceServer, Understudy, reference};

/// Damaged bytes tried.
const ATTEMPTS: u64 = 25;
/// Rows in the table; the value of each follows from its number.
const ROWS: u64 = 400;

#[test]
fn heavy_a_damaged_byte_is_never_applied() -> anyhow::Result<()> {
    let source = reference!(Kind::Mysql97);
    let mut replica = Understudy::start(&[
        "--relay-log-purge=OFF",
        "--max-relay-log-size=16K",
        "--skip-slave-start",
    ])?;
    source.connect()?.run([
        "CREATE DATABASE d",
        "CREATE TABLE d.t (id INT NOT NULL PRIMARY KEY, v CHAR(32))",
    ])?;
    attach::follow(&replica, &source, source.port())?;
    attach::wait_applied(&replica, &source, Duration::from_secs(60))?;
    replica.query("STOP SLAVE SQL_THREAD")?;
    let mut writer = source.connect()?;
    for id in 0..ROWS {
        writer.query(format!("INSERT INTO d.t VALUES ({id}, '{}')", value_of(id)))?;
    }
    wait_received(&replica, &source)?;
    replica.kill9()?;

    let kept = tempfile::tempdir()?;
    copy(&replica.datadir(), kept.path())?;
    let mut rng = Rng::from_env("damage");
    let (mut stopped, mut equal) = (0, 0);
    for _ in 0..ATTEMPTS {
        fs::remove_dir_all(replica.datadir())?;
        copy(kept.path(), &replica.datadir())?;
        let (file, at) = damage(&replica.datadir(), &mut rng)?;
        replica.relaunch()?;
        replica.wait_ready()?;
        // Refusing to start is one way to detect it.
        let _ = replica.query("START SLAVE");
        if settle(&replica, &source)? {
            equal += 1;
        } else {
            stopped += 1;
        }
        check_rows(&mut replica.connect()?)
            .with_context(|| format!("byte {at} of {} was damaged", file.display()))?;
        replica.kill9()?;
    }
    eprintln!("{stopped} times the applier stopped, {equal} times the events were fetched again");
    Ok(())
}

/// Waits until the replica is equal to its source (true) or has stopped with an error (false).
fn settle(replica: &Understudy, source: &ReferenceServer) -> anyhow::Result<bool> {
    let start = Instant::now();
    let (file, position) = source.binlog_position()?;
    while start.elapsed() < Duration::from_secs(30) {
        let status = attach::status(replica)?;
        let value = |name: &str| attach::column(&status, &[name]);
        if value("Last_SQL_Errno")? != "0" || value("Last_IO_Errno")? != "0" {
            return Ok(false);
        }
        if value("Relay_Master_Log_File")? == file
            && value("Exec_Master_Log_Pos")?.parse::<u64>()? >= position
        {
            let count = replica.query("SELECT COUNT(*) FROM d.t")?.text();
            assert_eq!(count[0][0], ROWS.to_string());
            return Ok(true);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    anyhow::bail!(
        "neither an error nor the end: {:?}",
        attach::status(replica)?
    )
}

/// The value of a row, 32 characters.
fn value_of(id: u64) -> String {
    format!("{:032x}", id.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// Whatever is there must be right and without a gap.
fn check_rows(replica: &mut Connection) -> anyhow::Result<()> {
    let rows = replica.query("SELECT id, v FROM d.t ORDER BY id")?.text();
    for (id, row) in (0..).zip(&rows) {
        anyhow::ensure!(
            row[0] == id.to_string() && row[1] == value_of(id),
            "row {id} is {row:?}"
        );
    }
    Ok(())
}

fn wait_received(replica: &Understudy, source: &ReferenceServer) -> anyhow::Result<()> {
    let (file, position) = source.binlog_position()?;
    let start = Instant::now();
    loop {
        let status = attach::status(replica)?;
        let received = attach::column(&status, &["Read_Master_Log_Pos"])?.parse::<u64>()?;
        if attach::column(&status, &["Master_Log_File"])? == file && received >= position {
            return Ok(());
        }
        anyhow::ensure!(start.elapsed() < Duration::from_secs(60), "{status:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Inverts one bit of one relay log file.
fn damage(datadir: &Path, rng: &mut Rng) -> anyhow::Result<(PathBuf, usize)> {
    let mut files: Vec<PathBuf> = fs::read_dir(datadir)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.contains("relay-bin.") && !name.ends_with("index")
        })
        .filter(|path| fs::metadata(path).is_ok_and(|data| data.len() > 1000))
        .collect();
    files.sort();
    anyhow::ensure!(!files.is_empty(), "no relay log file");
    let file = rng.choose(&files).clone();
    let mut bytes = fs::read(&file)?;
    let at = rng.below(bytes.len() as u64) as usize;
    bytes[at] ^= 1 << rng.below(8);
    fs::write(&file, bytes)?;
    Ok((file, at))
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
