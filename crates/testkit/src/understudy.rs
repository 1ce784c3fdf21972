//! The server under test: the `understudy` binary, started as `mysqld` is.

use crate::client::{Answer, Connection};
use crate::kind::repository;
use crate::port;
use crate::process::ServerProcess;
use anyhow::{Context, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

/// Path of the `understudy` binary: `UNDERSTUDY_BINARY`, else it is built now.
pub fn binary() -> anyhow::Result<PathBuf> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    BUILT
        .get_or_init(|| find_or_build().map_err(|error| format!("{error:#}")))
        .clone()
        .map_err(anyhow::Error::msg)
}

fn find_or_build() -> anyhow::Result<PathBuf> {
    if let Some(path) = std::env::var_os("UNDERSTUDY_BINARY") {
        return Ok(PathBuf::from(path));
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--package", "understudy-cli"])
        .current_dir(repository())
        .status()?;
    ensure!(status.success(), "building understudy failed");
    // This test is <target>/debug/deps/<name>.
    let own = std::env::current_exe()?;
    let folder = own.ancestors().nth(2).context("no target folder")?;
    Ok(folder.join("understudy"))
}

/// A running Understudy with a data directory of its own. Dropping it kills the process.
#[derive(Debug)]
pub struct Understudy {
    process: ServerProcess,
    port: u16,
    options: Vec<String>,
    folder: tempfile::TempDir,
}

impl Understudy {
    /// Starts `understudy serve` on a new data directory with `options` after the kit's own.
    pub fn start(options: &[&str]) -> anyhow::Result<Understudy> {
        let folder = tempfile::Builder::new()
            .prefix("understudy-own-")
            .tempdir()?;
        let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        let port = port::free();
        let mut server = Understudy {
            process: spawn(port, folder.path(), &options)?,
            port,
            options,
            folder,
        };
        server.wait_ready()?;
        Ok(server)
    }

    /// Loopback port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Data directory.
    pub fn datadir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Error log.
    pub fn error_log(&self) -> String {
        let path = self.folder.path().join("error.log");
        String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
    }

    /// The server's process.
    pub fn process(&mut self) -> &mut ServerProcess {
        &mut self.process
    }

    /// A new connection as root.
    pub fn connect(&self) -> anyhow::Result<Connection> {
        Connection::open(self.port, "root").context("understudy")
    }

    /// Runs one statement on a connection of its own.
    pub fn query(&self, sql: impl AsRef<[u8]>) -> anyhow::Result<Answer> {
        self.connect()?.query(sql)
    }

    /// SIGKILL.
    pub fn kill9(&mut self) -> anyhow::Result<()> {
        self.process.kill9()
    }

    /// Starts the server again on the same port and data directory and waits until it answers.
    pub fn restart(&mut self) -> anyhow::Result<()> {
        if self.process.is_running() {
            self.process.terminate(Duration::from_secs(60))?;
        }
        self.relaunch()?;
        self.wait_ready()
    }

    /// Starts the server again after a kill, without waiting: to kill it while it recovers.
    pub fn relaunch(&mut self) -> anyhow::Result<()> {
        self.process = spawn(self.port, self.folder.path(), &self.options)?;
        Ok(())
    }

    /// Waits until the server answers.
    pub fn wait_ready(&mut self) -> anyhow::Result<()> {
        let port = self.port;
        self.process.wait_until(Duration::from_secs(120), || {
            Connection::open(port, "root").is_ok()
        })
    }
}

fn spawn(port: u16, folder: &Path, options: &[String]) -> anyhow::Result<ServerProcess> {
    let mut command = Command::new(binary()?);
    command
        .arg("serve")
        .arg(format!("--datadir={}", folder.join("data").display()))
        .arg(format!("--socket={}", folder.join("s.sock").display()))
        .arg(format!(
            "--log-error={}",
            folder.join("error.log").display()
        ))
        .arg(format!("--port={port}"))
        .arg("--bind-address=127.0.0.1")
        .arg("--server-id=4000")
        .args(options)
        .env("MYSQL_ALLOW_EMPTY_PASSWORD", "yes");
    ServerProcess::spawn(command, "understudy", &folder.join("error.log"))
}
