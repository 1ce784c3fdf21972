//! Relay logs written from the binary logs of real servers: they hold the source's events byte for byte at
//! the source's positions, `mysqlbinlog` of each family reads them, and the real servers' own appliers
//! apply them.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use common::*;
use understudy_event_log::{Appended, Checksum, RelayLog, SourcePosition};
use understudy_testkit::kind::Program;
use understudy_testkit::{Kind, ReferenceServer};

/// One event of a binary log file with where it ends.
struct Event {
    end: SourcePosition,
    bytes: Vec<u8>,
}

/// Reads a binary log file as the source's dump would send it.
fn read_binlog(path: &Path) -> anyhow::Result<Vec<Event>> {
    let bytes = fs::read(path)?;
    let file = path.file_name().context("name")?.to_string_lossy();
    let mut events = Vec::new();
    let mut at = 4;
    while at < bytes.len() {
        let size = u32::from_le_bytes(bytes[at + 9..at + 13].try_into()?) as usize;
        let mut event = bytes[at..at + size].to_vec();
        if event[4] == FORMAT {
            event[17] &= !1;
        }
        at += size;
        let mut end = SourcePosition::new(&*file, at as u64);
        if event[4] == ROTATE {
            let crc = usize::from(events_end_with_checksum(&bytes)) * 4;
            let next = std::str::from_utf8(&event[27..event.len() - crc])?;
            end = SourcePosition::new(next, 4);
        }
        events.push(Event { end, bytes: event });
    }
    Ok(events)
}

/// The checksum algorithm that the Format_description of a file announces.
fn events_end_with_checksum(file: &[u8]) -> bool {
    let size = u32::from_le_bytes([file[13], file[14], file[15], file[16]]) as usize;
    file[4 + size - 5] == 1
}

/// Gives a source's files to the log as a connection would.
fn feed(log: &RelayLog, files: &[PathBuf]) -> anyhow::Result<Vec<Event>> {
    let mut all = Vec::new();
    let mut sender = Source::new(Checksum::None);
    log.begin_connection(sender.checksum, None)?;
    for (number, path) in files.iter().enumerate() {
        sender.file = path.file_name().context("name")?.to_string_lossy().into();
        log.append(&sender.fake_rotate())?;
        sender.checksum = match events_end_with_checksum(&fs::read(path)?) {
            true => Checksum::Crc32,
            false => Checksum::None,
        };
        for (count, event) in read_binlog(path)?.into_iter().enumerate() {
            let appended = log.append(&event.bytes)?;
            let expected = match event.bytes[4] {
                PREVIOUS_GTIDS => Appended::Replaced,
                _ => Appended::Stored,
            };
            ensure!(appended == expected, "event {count} of {}", path.display());
            if (count + number) % 13 == 0 {
                log.rotate()?;
            }
            all.push(event);
        }
    }
    log.flush()?;
    Ok(all)
}

/// Work that leaves several files, formats, sizes and both checksums in the binary log.
fn work(source: &ReferenceServer) -> anyhow::Result<()> {
    let mut script = vec![
        "CREATE DATABASE d CHARACTER SET utf8mb4".to_owned(),
        "CREATE TABLE d.t (a INT PRIMARY KEY, b LONGTEXT, c DATETIME, d DECIMAL(20,5)) ENGINE=InnoDB"
            .to_owned(),
        "CREATE TABLE d.m (a INT AUTO_INCREMENT PRIMARY KEY, b DOUBLE) ENGINE=MyISAM".to_owned(),
    ];
    for round in 0..6 {
        script.push("BEGIN".to_owned());
        for row in 0..20 {
            let key = round * 100 + row;
            script.push(format!(
                "INSERT INTO d.t VALUES ({key}, REPEAT('x', {}), '2020-01-01 00:00:00', {key}.5)",
                row * 10
            ));
        }
        script.push("UPDATE d.t SET b = CONCAT(b, 'y') WHERE a % 3 = 0".to_owned());
        script.push("COMMIT".to_owned());
        script.push("INSERT INTO d.m (b) VALUES (1.5), (2.5)".to_owned());
        script.push("SET SESSION binlog_format = STATEMENT".to_owned());
        script.push("SET SESSION sql_log_bin = 1".to_owned());
        script.push("SET @x = 7".to_owned());
        script.push("INSERT INTO d.m (b) VALUES (@x), (RAND())".to_owned());
        script.push("SET SESSION binlog_format = ROW".to_owned());
        match round {
            1 => script.push("SET GLOBAL binlog_checksum = NONE".to_owned()),
            2 => script
                .push("INSERT INTO d.t VALUES (9999, REPEAT('z', 1200000), NULL, NULL)".to_owned()),
            3 => script.push("SET GLOBAL binlog_checksum = CRC32".to_owned()),
            4 => script.push("FLUSH LOGS".to_owned()),
            _ => script.push(format!("ALTER TABLE d.t ADD COLUMN e{round} INT")),
        }
        if round == 0 || round >= 5 {
            script.push("DELETE FROM d.t WHERE a < 5".to_owned());
        }
        if round == 0 {
            script.push("ALTER TABLE d.t DROP COLUMN e0".to_owned());
        }
    }
    let mut connection = source.connect()?;
    for statement in &script {
        connection
            .query(statement.as_bytes())
            .with_context(|| statement.clone())?;
    }
    Ok(())
}

/// Runs the `mysqlbinlog` of `owner` over files; what it complained about, if it did.
fn complaint(owner: Kind, options: &[&str], files: &[PathBuf]) -> anyhow::Result<Option<String>> {
    let output = owner
        .client(Program::Binlog)
        .args(options)
        .args(files)
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let text = String::from_utf8_lossy(&output.stdout);
    let warned = text.lines().find(|line| {
        line.starts_with("# Warning") || line.contains("ERROR") || line.contains("corrupt")
    });
    if output.status.success() && said.is_empty() && warned.is_none() {
        return Ok(None);
    }
    Ok(Some(format!("{} {said} {warned:?}", output.status)))
}

/// Every reader that reads the source's own files without complaint must read ours so.
fn check_readers(kind: Kind, binlogs: &[PathBuf], segments: &[PathBuf]) -> anyhow::Result<()> {
    let mut readers = 0;
    for owner in [Kind::Mysql97, Kind::Mariadb1011, Kind::Mariadb118] {
        if !owner.is_available() {
            continue;
        }
        for options in [
            &["--verify-binlog-checksum", "--verbose"][..],
            &["--verify-binlog-checksum", "--hexdump"],
            &["--base64-output=decode-rows", "-vv"],
        ] {
            // The newest file of a running source is in use; the reader says so.
            let finished = &binlogs[..binlogs.len() - 1];
            if let Some(said) = complaint(owner, options, finished)? {
                // The reader does not know this family's events.
                let foreign = owner.is_mariadb() != kind.is_mariadb();
                ensure!(foreign, "{owner:?} {options:?} on {kind:?}: {said}");
                continue;
            }
            readers += 1;
            for segment in segments {
                let complaint = complaint(owner, options, std::slice::from_ref(segment))?;
                ensure!(
                    complaint.is_none(),
                    "{owner:?} {options:?} {}: {complaint:?}",
                    segment.display()
                );
            }
            let complaint = complaint(owner, options, segments)?;
            ensure!(complaint.is_none(), "{owner:?} all segments: {complaint:?}");
        }
    }
    ensure!(readers >= 3, "{readers} readers");
    Ok(())
}

/// Lets a real server of the same kind apply our relay log; its tables must equal the source's.
fn check_applier(
    kind: Kind,
    source: &ReferenceServer,
    log: &RelayLog,
    dir: &Path,
) -> anyhow::Result<()> {
    let options = [
        "--relay-log=relay",
        "--skip-slave-start",
        "--relay-log-purge=0",
    ];
    let mut replica = ReferenceServer::start(kind, &options)?;
    replica.stop()?;
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        fs::copy(
            &path,
            replica.datadir().join(path.file_name().context("name")?),
        )?;
    }
    replica.restart()?;
    let first = log.file_name(log.first_position().segment);
    let modern = kind == Kind::Mysql97;
    let (change, start, status) = match modern {
        true => (
            "CHANGE REPLICATION SOURCE TO SOURCE_HOST='nowhere', RELAY_LOG_FILE='%', RELAY_LOG_POS=4",
            "START REPLICA SQL_THREAD",
            "SHOW REPLICA STATUS",
        ),
        false => (
            "CHANGE MASTER TO MASTER_HOST='nowhere', RELAY_LOG_FILE='%', RELAY_LOG_POS=4",
            "START SLAVE SQL_THREAD",
            "SHOW SLAVE STATUS",
        ),
    };
    replica.exec(change.replace('%', &first))?;
    replica.exec(start)?;
    let expected = format!("{:?}", checksums(source)?);
    let end = source.binlog_position()?;
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let answer = replica.query(status)?;
        let row = answer.text().first().cloned().context("no status")?;
        let at = |name: &str| -> anyhow::Result<String> {
            let column = answer.columns.iter().position(|column| column.name == name);
            Ok(row[column.with_context(|| name.to_owned())?].clone())
        };
        ensure!(
            at("Last_SQL_Error")?.is_empty(),
            "{}",
            at("Last_SQL_Error")?
        );
        let (file, pos) = match modern {
            true => (at("Relay_Source_Log_File")?, at("Exec_Source_Log_Pos")?),
            false => (at("Relay_Master_Log_File")?, at("Exec_Master_Log_Pos")?),
        };
        if (file.clone(), pos.parse::<u64>()?) == end {
            break;
        }
        ensure!(
            Instant::now() < deadline,
            "applied to {file}:{pos}, source at {end:?}"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    ensure!(
        format!("{:?}", checksums(&replica)?) == expected,
        "tables differ"
    );
    for (number, len) in log.segments() {
        let name = log.file_name(number);
        let listed = replica.query(format!("SHOW RELAYLOG EVENTS IN '{name}'"))?;
        ensure!(!listed.rows.is_empty(), "{name} of {len} bytes");
    }
    replica.stop()
}

fn checksums(server: &ReferenceServer) -> anyhow::Result<Vec<Vec<String>>> {
    Ok(server.query("CHECKSUM TABLE d.t, d.m")?.text())
}

fn check(kind: Kind) -> anyhow::Result<()> {
    let Some(source) = ReferenceServer::start_if_available(kind, &[])? else {
        return Ok(());
    };
    work(&source)?;
    let binlogs = source.binlog_files()?;
    let folder = tempfile::tempdir()?;
    let dir = folder.path().join("relay");
    fs::create_dir(&dir)?;
    let (log, _) = RelayLog::open(&dir, "relay", options())?;
    let sent = feed(&log, &binlogs)?;

    let kept: Vec<_> = sent
        .iter()
        .filter(|event| event.bytes[4] != PREVIOUS_GTIDS)
        .collect();
    let read: Vec<_> = read_all(&log).into_iter().filter(is_real).collect();
    assert_eq!(read.len(), kept.len());
    for (ours, theirs) in read.iter().zip(kept) {
        assert_eq!(ours.bytes, theirs.bytes, "{}", theirs.end);
        assert_eq!(ours.source_end.as_ref(), Some(&theirs.end));
    }
    let (file, pos) = source.binlog_position()?;
    assert_eq!(log.resume_position()?, Some(SourcePosition::new(file, pos)));

    let segments: Vec<PathBuf> = log
        .segments()
        .iter()
        .map(|(number, _)| dir.join(log.file_name(*number)))
        .collect();
    assert!(segments.len() > 8, "{segments:?}");
    check_readers(kind, &binlogs, &segments)?;
    check_applier(kind, &source, &log, &dir)
}

#[test]
fn relay_log_of_mysql_97() -> anyhow::Result<()> {
    check(Kind::Mysql97)
}

#[test]
fn relay_log_of_mysql_56() -> anyhow::Result<()> {
    check(Kind::Mysql56)
}

#[test]
fn relay_log_of_mariadb_1011() -> anyhow::Result<()> {
    check(Kind::Mariadb1011)
}

#[test]
fn t12_relay_log_of_mariadb_118() -> anyhow::Result<()> {
    check(Kind::Mariadb118)
}
