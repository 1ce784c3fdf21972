//! Initialised data directories, one per server kind, made once and copied for each test.
//!
//! Making one takes seconds and copying it a fraction of one. A template holds two accounts, neither of which
//! is in a binary log: `root` from anywhere without a password, and `repl` with the password `repl_pw` and the
//! right to replicate.

use crate::client::Connection;
use crate::kind::{Kind, servers_dir};
use crate::port;
use crate::process::ServerProcess;
use anyhow::{Context, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Changed whenever a template is made differently.
const RECIPE: u32 = 1;

/// Path of the template of `kind`, made now if it is not there yet.
///
/// Processes that want the same one at once wait for the first.
pub fn directory(kind: Kind) -> anyhow::Result<PathBuf> {
    let parent = servers_dir().join("templates");
    fs::create_dir_all(&parent)?;
    let finished = parent.join(format!("{}-{RECIPE}", kind.name()));
    let lock = fs::File::create(parent.join(format!("{}.lock", kind.name())))?;
    lock.lock()?;
    if !finished.exists() {
        let work = tempfile::tempdir_in(&parent)?;
        let data = work.path().join("data");
        initialise(kind, &data).with_context(|| format!("initialising {}", kind.name()))?;
        make_accounts(kind, &data, work.path())?;
        // The server's uuid belongs to an instance.
        let _ = fs::remove_file(data.join("auto.cnf"));
        fs::rename(&data, &finished)?;
    }
    Ok(finished)
}

fn initialise(kind: Kind, data: &Path) -> anyhow::Result<()> {
    match kind {
        Kind::Mysql97 => {
            let mut command = kind.server_command(data);
            command.arg("--initialize-insecure");
            finish(command, &[])
        }
        Kind::Mysql56 => copy_tree(&kind.dir().join("server/data/mysql"), data),
        Kind::Mariadb1011 => bootstrap_mariadb(kind, data, "usr/share/mysql", "mysql_"),
        Kind::Mariadb118 => bootstrap_mariadb(kind, data, "usr/share/mariadb", "mariadb_"),
    }
}

/// Feeds the server the scripts of its own `mariadb-install-db`.
fn bootstrap_mariadb(kind: Kind, data: &Path, share: &str, prefix: &str) -> anyhow::Result<()> {
    fs::create_dir_all(data.join("mysql"))?;
    let mut script =
        b"CREATE DATABASE IF NOT EXISTS mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n\
          SET @skip_auth_anonymous=1;\n"
            .to_vec();
    for name in ["system_tables", "performance_tables", "system_tables_data"] {
        let path = kind.dir().join(share).join(format!("{prefix}{name}.sql"));
        script.extend(fs::read(&path).with_context(|| path.display().to_string())?);
        script.push(b'\n');
    }
    let mut command = kind.server_command(data);
    command
        .args(["--bootstrap", "--log-warnings=0"])
        .arg(format!(
            "--lc-messages-dir={}",
            kind.dir().join(share).join("english").display()
        ));
    finish(command, &script)
}

/// Runs a command to its end with `input`; an unsuccessful end is an error with its output.
fn finish(mut command: Command, input: &[u8]) -> anyhow::Result<()> {
    let output = tempfile::tempfile()?;
    let mut script = tempfile::tempfile()?;
    std::io::Write::write_all(&mut script, input)?;
    std::io::Seek::rewind(&mut script)?;
    let status = command
        .stdin(Stdio::from(script))
        .stdout(output.try_clone()?)
        .stderr(output.try_clone()?)
        .status()?;
    if !status.success() {
        let mut text = String::new();
        let mut output = output;
        std::io::Seek::rewind(&mut output)?;
        std::io::Read::read_to_string(&mut output, &mut text)?;
        bail!("{command:?} ended with {status}:\n{text}");
    }
    Ok(())
}

fn make_accounts(kind: Kind, data: &Path, work: &Path) -> anyhow::Result<()> {
    let port = port::free();
    let mut command = kind.server_command(data);
    command
        .arg(format!("--port={port}"))
        .arg("--bind-address=127.0.0.1")
        .arg(format!("--socket={}", work.join("s.sock").display()))
        .arg(format!("--pid-file={}", work.join("pid").display()));
    match kind {
        Kind::Mysql97 => {
            command.args(["--skip-log-bin", "--mysqlx=OFF"]);
        }
        Kind::Mysql56 | Kind::Mariadb1011 | Kind::Mariadb118 => {}
    }
    let mut process = ServerProcess::spawn(command, kind.name(), &work.join("log"))?;
    let mut opened = None;
    process.wait_until(Duration::from_secs(120), || {
        opened = Connection::open(port, "root").ok();
        opened.is_some()
    })?;
    let mut root = opened.context("no connection")?;
    let repl = match kind {
        Kind::Mysql97 => "CREATE USER repl@'%' IDENTIFIED WITH caching_sha2_password BY 'repl_pw'",
        Kind::Mysql56 | Kind::Mariadb1011 | Kind::Mariadb118 => {
            "CREATE USER repl@'%' IDENTIFIED BY 'repl_pw'"
        }
    };
    if kind == Kind::Mysql56 {
        // The packaged data directory was not made by us: leave nothing of it but root.
        root.run([
            "DELETE FROM mysql.user WHERE user <> 'root' OR host NOT IN ('localhost', '127.0.0.1')",
            "DELETE FROM mysql.db",
            "DROP DATABASE IF EXISTS test",
            "FLUSH PRIVILEGES",
        ])?;
    }
    root.run([
        "CREATE USER root@'%'",
        "GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION",
        repl,
        "GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO repl@'%'",
    ])?;
    drop(root);
    match process.terminate(Duration::from_secs(60))? {
        Some(0) => Ok(()),
        other => bail!(
            "{} ended with {other:?}:\n{}",
            kind.name(),
            process.log_tail()
        ),
    }
}

/// Copies a directory tree of plain files.
pub fn copy_tree(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
