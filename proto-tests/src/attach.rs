//! A replica's life in a few calls, for a real server and for Understudy alike.

use crate::compare::{self, Counters};
use anyhow::{Context, bail};
use std::time::{Duration, Instant};
use understudy_testkit::client::Connection;
use understudy_testkit::reference::REPL_PASSWORD;
use understudy_testkit::{Kind, ReferenceServer, Understudy};

/// Words of replication statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vocabulary {
    /// CHANGE MASTER, START SLAVE.
    Master,
    /// CHANGE REPLICATION SOURCE, START REPLICA.
    Source,
}

/// A server that replicates.
pub trait Replica {
    /// A connection as root.
    fn connect(&self) -> anyhow::Result<Connection>;
    /// Words it understands.
    fn vocabulary(&self) -> Vocabulary;
    /// What it wrote to its error log.
    fn log(&self) -> String;
}

impl Replica for ReferenceServer {
    fn connect(&self) -> anyhow::Result<Connection> {
        ReferenceServer::connect(self)
    }

    fn vocabulary(&self) -> Vocabulary {
        match self.kind() {
            Kind::Mysql97 => Vocabulary::Source,
            Kind::Mysql56 | Kind::Mariadb1011 | Kind::Mariadb118 => Vocabulary::Master,
        }
    }

    fn log(&self) -> String {
        self.error_log()
    }
}

impl Replica for Understudy {
    fn connect(&self) -> anyhow::Result<Connection> {
        Understudy::connect(self)
    }

    fn vocabulary(&self) -> Vocabulary {
        Vocabulary::Master
    }

    fn log(&self) -> String {
        self.error_log()
    }
}

/// Makes `replica` follow `source` from its first binary log, through `port` (the source's own or a proxy's).
pub fn follow(replica: &dyn Replica, source: &ReferenceServer, port: u16) -> anyhow::Result<()> {
    let mut connection = replica.connect()?;
    let words = replica.vocabulary();
    let key = match (source.kind(), words) {
        (Kind::Mysql97, Vocabulary::Master) => ", GET_MASTER_PUBLIC_KEY=1",
        (Kind::Mysql97, Vocabulary::Source) => ", GET_SOURCE_PUBLIC_KEY=1",
        (Kind::Mysql56 | Kind::Mariadb1011 | Kind::Mariadb118, _) => "",
    };
    let (statement, start) = match words {
        Vocabulary::Master => (
            format!(
                "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={port}, MASTER_USER='repl', \
                 MASTER_PASSWORD='{REPL_PASSWORD}', MASTER_LOG_FILE='binlog.000001', MASTER_LOG_POS=4, \
                 MASTER_CONNECT_RETRY=1{key}"
            ),
            "START SLAVE",
        ),
        Vocabulary::Source => (
            format!(
                "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={port}, \
                 SOURCE_USER='repl', SOURCE_PASSWORD='{REPL_PASSWORD}', \
                 SOURCE_LOG_FILE='binlog.000001', SOURCE_LOG_POS=4, SOURCE_CONNECT_RETRY=1{key}"
            ),
            "START REPLICA",
        ),
    };
    connection.run([statement.as_str(), start])
}

/// SHOW SLAVE STATUS as name and value pairs; empty when nothing is configured.
pub fn status(replica: &dyn Replica) -> anyhow::Result<Vec<(String, String)>> {
    let statement = match replica.vocabulary() {
        Vocabulary::Master => "SHOW SLAVE STATUS",
        Vocabulary::Source => "SHOW REPLICA STATUS",
    };
    let answer = replica.connect()?.query(statement)?;
    let names = answer.columns.iter().map(|column| column.name.clone());
    let values = answer.text().into_iter().next().unwrap_or_default();
    Ok(names.zip(values).collect())
}

/// One of several columns of a status: the names differ between vocabularies.
pub fn column<'a>(status: &'a [(String, String)], names: &[&str]) -> anyhow::Result<&'a str> {
    status
        .iter()
        .find(|(name, _)| names.contains(&name.as_str()))
        .map(|(_, value)| value.as_str())
        .with_context(|| format!("no column {names:?} in the status"))
}

/// Waits until `replica` has applied everything `source` has written.
///
/// An applier that stops with an error ends the wait at once with the error's text.
pub fn wait_applied(
    replica: &dyn Replica,
    source: &ReferenceServer,
    limit: Duration,
) -> anyhow::Result<()> {
    let (file, position) = source.binlog_position()?;
    let start = Instant::now();
    loop {
        let status = status(replica)?;
        let errno = column(&status, &["Last_SQL_Errno"])?;
        if errno != "0" {
            let text = column(&status, &["Last_SQL_Error"])?;
            keep(source)?;
            bail!("the applier stopped: {errno} {text}\n{}", replica.log());
        }
        let applied_file = column(&status, &["Relay_Master_Log_File", "Relay_Source_Log_File"])?;
        let applied = column(&status, &["Exec_Master_Log_Pos", "Exec_Source_Log_Pos"])?;
        if (applied_file, applied.parse()?) >= (file.as_str(), position) {
            return Ok(());
        }
        if start.elapsed() > limit {
            keep(source)?;
            let lines: Vec<String> = status
                .iter()
                .map(|(name, value)| format!("{name}: {value}"))
                .collect();
            bail!(
                "not at {file}:{position} after {limit:?}\n{}\n{}",
                lines.join("\n"),
                replica.log()
            );
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Waits until `own` has applied everything and compares all tables under two kinds of session.
pub fn expect_equal(source: &ReferenceServer, own: &Understudy) -> anyhow::Result<()> {
    wait_applied(own, source, Duration::from_secs(60))?;
    for session in [
        &["SET NAMES utf8mb4", "SET time_zone='+00:00'"][..],
        &["SET character_set_results=NULL", "SET time_zone='+05:45'"],
    ] {
        let (mut left, mut right) = (source.connect()?, own.connect()?);
        compare::expect_equal(&mut left, &mut right, session, Counters::Equal)
            .map_err(|error| error.context(source.kind().name()))?;
    }
    Ok(())
}

/// Copies the source's binary logs to the folder `UNDERSTUDY_KEEP`, when set, for a look after a failure.
pub fn keep(source: &ReferenceServer) -> anyhow::Result<()> {
    let Some(folder) = std::env::var_os("UNDERSTUDY_KEEP") else {
        return Ok(());
    };
    let folder = std::path::PathBuf::from(folder);
    std::fs::create_dir_all(&folder)?;
    for file in source.binlog_files()? {
        let name = file.file_name().context("binary log without a name")?;
        std::fs::copy(&file, folder.join(name))?;
    }
    eprintln!("the source's binary logs are in {}", folder.display());
    Ok(())
}
