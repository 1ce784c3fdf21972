//! A running real server on a free loopback port, with a data directory of its own.

use crate::client::{Answer, Connection};
use crate::kind::{Kind, Program};
use crate::process::ServerProcess;
use crate::{port, template};
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Password of the account `repl`.
pub const REPL_PASSWORD: &str = "repl_pw";

/// A real server. Dropping it kills the process and removes its folder.
#[derive(Debug)]
pub struct ReferenceServer {
    process: ServerProcess,
    kind: Kind,
    port: u16,
    server_id: u32,
    options: Vec<String>,
    folder: tempfile::TempDir,
}

impl ReferenceServer {
    /// Starts a server with `options` after the kit's own (so they win).
    ///
    /// The kit's own: row-format binary log named `binlog`, small caches, no fsync per commit, performance
    /// schema off (`--performance-schema=ON` turns it on), a server id of its own.
    pub fn start(kind: Kind, options: &[&str]) -> anyhow::Result<ReferenceServer> {
        static NEXT_SERVER_ID: AtomicU32 = AtomicU32::new(1);
        let folder = tempfile::Builder::new()
            .prefix("understudy-ref-")
            .tempdir()?;
        template::copy_tree(&template::directory(kind)?, &folder.path().join("data"))?;
        let server_id = NEXT_SERVER_ID.fetch_add(1, Ordering::Relaxed);
        let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        let mut last_error = None;
        // Someone else may take the port between our look and the server's start.
        for _ in 0..3 {
            let port = port::free();
            match launch(kind, port, server_id, folder.path(), &options) {
                Ok(process) => {
                    return Ok(ReferenceServer {
                        process,
                        kind,
                        port,
                        server_id,
                        options,
                        folder,
                    });
                }
                Err(error) => {
                    let text = error.to_string();
                    let collision = text.contains("port: ") && text.contains("in use");
                    last_error = Some(error);
                    if !collision {
                        break;
                    }
                }
            }
        }
        Err(last_error.context("no attempt made")?)
    }

    /// As [`ReferenceServer::start`]; `None` when the server is not on this machine.
    ///
    /// With `CI=true` a missing server is a failed test instead.
    pub fn start_if_available(
        kind: Kind,
        options: &[&str],
    ) -> anyhow::Result<Option<ReferenceServer>> {
        if kind.is_available() {
            return ReferenceServer::start(kind, options).map(Some);
        }
        let what = format!(
            "{} is not in {}; scripts/reference-servers puts it there",
            kind.name(),
            crate::kind::servers_dir().display()
        );
        if std::env::var("CI").is_ok_and(|ci| ci == "true") {
            bail!("{what}");
        }
        eprintln!("\n*** NOT RUN: {what}\n");
        Ok(None)
    }

    /// Which server it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Loopback port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `server_id`.
    pub fn server_id(&self) -> u32 {
        self.server_id
    }

    /// Socket file.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("s.sock")
    }

    /// Data directory; the binary log is `binlog.000001` and so on in it.
    pub fn datadir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Error log.
    pub fn error_log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.folder.path().join("log")).unwrap_or_default())
            .into_owned()
    }

    /// The server's process.
    pub fn process(&mut self) -> &mut ServerProcess {
        &mut self.process
    }

    /// The stock `mysql` client, told where this server listens.
    pub fn mysql_command(&self) -> Command {
        self.client_command(Program::Mysql)
    }

    /// A stock client program, told where this server listens.
    pub fn client_command(&self, program: Program) -> Command {
        let mut command = self.kind.client(program);
        command
            .arg("--host=127.0.0.1")
            .arg(format!("--port={}", self.port))
            .arg("--user=root");
        command
    }

    /// A new connection as root.
    pub fn connect(&self) -> anyhow::Result<Connection> {
        Connection::open(self.port, "root").with_context(|| self.kind.name().to_owned())
    }

    /// Runs one statement on a connection of its own.
    pub fn query(&self, sql: impl AsRef<[u8]>) -> anyhow::Result<Answer> {
        self.connect()?.query(sql)
    }

    /// Runs one statement on a connection of its own and forgets what it returns.
    pub fn exec(&self, sql: impl AsRef<[u8]>) -> anyhow::Result<()> {
        self.query(sql).map(drop)
    }

    /// Name and size of the binary log being written.
    pub fn binlog_position(&self) -> anyhow::Result<(String, u64)> {
        let answer = match self.kind {
            Kind::Mysql97 => self.query("SHOW BINARY LOG STATUS")?,
            Kind::Mysql56 | Kind::Mariadb1011 | Kind::Mariadb118 => {
                self.query("SHOW MASTER STATUS")?
            }
        };
        let rows = answer.text();
        let row = rows.first().context("no binary log")?;
        Ok((row[0].clone(), row[1].parse()?))
    }

    /// Paths of the binary log files, oldest first.
    pub fn binlog_files(&self) -> anyhow::Result<Vec<PathBuf>> {
        let answer = self.query("SHOW BINARY LOGS")?;
        Ok(answer
            .text()
            .iter()
            .map(|row| self.datadir().join(&row[0]))
            .collect())
    }

    /// SIGKILL.
    pub fn kill9(&mut self) -> anyhow::Result<()> {
        self.process.kill9()
    }

    /// SIGTERM, and waits for the end.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        self.process.terminate(Duration::from_secs(60)).map(drop)
    }

    /// Starts the server again on its port and data directory after `kill9` or `stop`, or instead of it.
    pub fn restart(&mut self) -> anyhow::Result<()> {
        if self.process.is_running() {
            self.stop()?;
        }
        self.process = launch(
            self.kind,
            self.port,
            self.server_id,
            self.folder.path(),
            &self.options,
        )?;
        Ok(())
    }
}

fn launch(
    kind: Kind,
    port: u16,
    server_id: u32,
    folder: &Path,
    options: &[String],
) -> anyhow::Result<ServerProcess> {
    let mut command = kind.server_command(&folder.join("data"));
    command
        .arg(format!("--socket={}", folder.join("s.sock").display()))
        .arg(format!("--pid-file={}", folder.join("pid").display()))
        .arg(format!("--tmpdir={}", folder.display()))
        .arg(format!("--port={port}"))
        .arg(format!("--server-id={server_id}"))
        .args(COMMON_OPTIONS);
    if kind == Kind::Mysql97 {
        command.arg("--mysqlx=OFF");
    }
    command.args(options);
    let mut process = ServerProcess::spawn(command, kind.name(), &folder.join("log"))?;
    process.wait_until(Duration::from_secs(120), || {
        Connection::open(port, "root").is_ok()
    })?;
    Ok(process)
}

const COMMON_OPTIONS: [&str; 12] = [
    "--bind-address=127.0.0.1",
    "--log-bin=binlog",
    "--log-bin-index=binlog.index",
    "--binlog-format=ROW",
    "--sync-binlog=0",
    "--innodb-flush-log-at-trx-commit=2",
    "--innodb-buffer-pool-size=64M",
    "--performance-schema=OFF",
    "--max-connections=60",
    "--table-open-cache=800",
    "--max-allowed-packet=64M",
    "--default-time-zone=+00:00",
];

/// Starts a reference server, or leaves the test with a loud line when it is not on this machine.
///
/// For tests that return `anyhow::Result<()>`: `let server = reference!(Kind::Mysql97, &["--option"]);`
#[macro_export]
macro_rules! reference {
    ($kind:expr) => {
        $crate::reference!($kind, &[])
    };
    ($kind:expr, $options:expr) => {
        match $crate::ReferenceServer::start_if_available($kind, $options)? {
            Some(server) => server,
            None => return Ok(()),
        }
    };
}
