//! `understudy serve` as an operator meets it: option files, the first start, signals; and `understudy demo`.

use anyhow::Context;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};
use understudy_testkit::kind::Program;
use understudy_testkit::process::ServerProcess;
use understudy_testkit::{Kind, Understudy, port, understudy};

/// A server started by an option file, without the kit's own options.
struct Server {
    process: ServerProcess,
    folder: tempfile::TempDir,
}

impl Server {
    fn start(environment: &[(&str, &str)], options: &[&str]) -> anyhow::Result<Server> {
        let folder = tempfile::tempdir()?;
        let path = |name: &str| folder.path().join(name).display().to_string();
        fs::create_dir(folder.path().join("conf.d"))?;
        fs::write(
            folder.path().join("my.cnf"),
            format!(
                "# a comment\n[client]\nport=1\n[mysqld]\ndatadir = '{}'\nsocket=\"{}\"\nport={}\nlog-error={}\n\
                 server_id = 77 # here too\nmax-relay-log-size=8M\nskip-slave-start\nrelay_log=rel\n!includedir {}\n",
                path("data"),
                path("s.sock"),
                port::free(),
                path("error.log"),
                path("conf.d"),
            ),
        )?;
        fs::write(
            folder.path().join("conf.d/more.cnf"),
            "[mysqld]\nsync-relay-log=17\ninnodb_buffer_pool_size=1G\nloose-no-such-option=1\n",
        )?;
        let mut command = Command::new(understudy::binary()?);
        command
            .arg("serve")
            .arg(format!("--defaults-file={}", path("my.cnf")))
            .args(options)
            .env_remove("MYSQL_ROOT_PASSWORD")
            .env_remove("MYSQL_ALLOW_EMPTY_PASSWORD")
            .envs(environment.iter().copied());
        let process = ServerProcess::spawn(command, "understudy", Path::new(&path("output")))?;
        let mut server = Server { process, folder };
        let log = server.log_path();
        server.process.wait_until(Duration::from_secs(60), || {
            fs::read_to_string(&log).is_ok_and(|log| log.contains("ready for connections"))
        })?;
        Ok(server)
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("error.log")
    }

    fn output(&self) -> anyhow::Result<String> {
        Ok(fs::read_to_string(self.folder.path().join("output"))?)
    }

    /// A statement through the socket with the stock client, as root with this password.
    fn ask(&self, password: &str, statement: &str) -> anyhow::Result<Output> {
        let mut client = Kind::Mysql97.client(Program::Mysql);
        client
            .arg("--protocol=socket")
            .arg(format!(
                "--socket={}",
                self.folder.path().join("s.sock").display()
            ))
            .args(["--user=root", "--batch", "--skip-column-names"])
            .env("MYSQL_PWD", password)
            .args(["--execute", statement]);
        Ok(client.output()?)
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The stock client is part of the reference servers.
fn has_client() -> anyhow::Result<bool> {
    if Kind::Mysql97.is_available() {
        return Ok(true);
    }
    anyhow::ensure!(
        std::env::var("CI").is_ok_and(|ci| ci == "true").eq(&false),
        "no mysql client"
    );
    eprintln!("\n*** NOT RUN: no mysql client\n");
    Ok(false)
}

#[test]
fn an_option_file_configures_the_server() -> anyhow::Result<()> {
    if !has_client()? {
        return Ok(());
    }
    let server = Server::start(
        &[("MYSQL_ROOT_PASSWORD", "s3 cret'")],
        &["--sync_relay_log=18"],
    )?;
    let denied = server.ask("wrong", "SELECT 1")?;
    let denied = String::from_utf8_lossy(&denied.stderr).into_owned();
    assert!(denied.contains("ERROR 1045 (28000)"), "{denied}");
    let answer = server.ask(
        "s3 cret'",
        "SELECT @@server_id, @@max_relay_log_size, @@sync_relay_log, @@relay_log_basename LIKE '%/data/rel'",
    )?;
    assert_eq!(text(&answer), "77\t8388608\t18\t1", "{answer:?}");
    let log = fs::read_to_string(server.log_path())?;
    assert!(
        log.contains("innodb"),
        "an option without effect is named: {log}"
    );
    assert!(!log.contains("s3 cret"), "the password is in the log");
    Ok(())
}

#[test]
fn the_first_start_makes_a_password_unless_told_otherwise() -> anyhow::Result<()> {
    if !has_client()? {
        return Ok(());
    }
    let server = Server::start(&[], &[])?;
    let output = server.output()?;
    let line = output
        .lines()
        .find(|line| line.contains("password is generated"))
        .context("no password printed")?;
    let password = line.rsplit(' ').next().unwrap_or_default();
    assert!(password.len() >= 16, "{line}");
    assert_eq!(text(&server.ask(password, "SELECT 1")?), "1");
    assert!(!server.ask("", "SELECT 1")?.status.success());
    let log = fs::read_to_string(server.log_path())?;
    assert!(!log.contains(password), "the password is in the log");

    let open = Server::start(&[("MYSQL_ALLOW_EMPTY_PASSWORD", "yes")], &[])?;
    assert_eq!(text(&open.ask("", "SELECT 1")?), "1");
    Ok(())
}

#[test]
fn signals_end_the_server_cleanly_and_reopen_its_log() -> anyhow::Result<()> {
    let mut server = Server::start(&[("MYSQL_ALLOW_EMPTY_PASSWORD", "yes")], &[])?;
    let moved = server.folder.path().join("error.log.1");
    fs::rename(server.log_path(), &moved)?;
    server.process.signal("HUP")?;
    let start = Instant::now();
    while !server.log_path().exists() {
        anyhow::ensure!(start.elapsed() < Duration::from_secs(20), "no new log");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(server.process.terminate(Duration::from_secs(60))?, Some(0));
    let log = fs::read_to_string(server.log_path())?;
    assert!(log.contains("Shutdown complete"), "{log}");
    assert!(!fs::read_to_string(moved)?.contains("Shutdown complete"));
    Ok(())
}

/// Runs the binary to its end.
fn refused(options: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(understudy::binary()?)
        .arg("serve")
        .args(options)
        .env("MYSQL_ALLOW_EMPTY_PASSWORD", "yes")
        .output()?;
    assert!(!output.status.success(), "{options:?} is accepted");
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn what_cannot_work_is_refused_by_name() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let datadir = format!("--datadir={}", folder.path().join("data").display());
    let error = refused(&[&datadir, "--no-such-option=1"])?;
    assert!(error.contains("no-such-option"), "{error}");
    let error = refused(&["--defaults-file=/nonexistent/my.cnf", &datadir])?;
    assert!(error.contains("/nonexistent/my.cnf"), "{error}");
    // A running server's data directory.
    let own = Understudy::start(&[])?;
    let held = format!("--datadir={}", own.datadir().display());
    let error = refused(&[&held, &format!("--port={}", port::free())])?;
    assert!(error.contains("data"), "{error}");
    // Another server's data directory.
    fs::create_dir_all(folder.path().join("other"))?;
    fs::write(folder.path().join("other/ibdata1"), b"not ours")?;
    let other = format!("--datadir={}", folder.path().join("other").display());
    let error = refused(&[&other, &format!("--port={}", port::free())])?;
    assert!(error.contains("other"), "{error}");
    assert_eq!(fs::read(folder.path().join("other/ibdata1"))?, b"not ours");
    Ok(())
}

#[test]
fn the_demonstration_needs_no_server() -> anyhow::Result<()> {
    let output = Command::new(understudy::binary()?)
        .args(["demo", "--once"])
        .output()?;
    let said = text(&output);
    assert!(output.status.success(), "{said}\n{output:?}");
    for part in [
        "CHANGE MASTER TO",
        "START SLAVE",
        "shop",
        "Slave_SQL_Running: Yes",
    ] {
        assert!(said.contains(part), "{part} is not in:\n{said}");
    }
    Ok(())
}
