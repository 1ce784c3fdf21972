//! Programs that administrators run against replicas, first against a real replica and then against Understudy as
//! another replica of the same source: the same exit status, the same findings.
//!
//! The programs are in the folder `replication-tools` beside the real servers. Without it these tests print
//! `NOT RUN`; with `CI=true` they fail.

use anyhow::{Context, bail, ensure};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use understudy_proto_tests::attach;
use understudy_testkit::client::{Answer, Connection, ServerError};
use understudy_testkit::kind::{Program, servers_dir};
use understudy_testkit::{Kind, ReferenceServer, Understudy, port};

const LIMIT: Duration = Duration::from_secs(60);

/// A source with a real replica and Understudy.
struct Trio {
    source: ReferenceServer,
    real: ReferenceServer,
    own: Understudy,
    tools: PathBuf,
}

/// `None` when a server or the programs are not on this machine.
fn trio(kind: Kind) -> anyhow::Result<Option<Trio>> {
    let tools = servers_dir().join("replication-tools");
    if !tools.join(".complete").exists() {
        let what = format!(
            "{} is not there; scripts/reference-servers puts it there",
            tools.display()
        );
        ensure!(!std::env::var("CI").is_ok_and(|ci| ci == "true"), "{what}");
        eprintln!("\n*** NOT RUN: {what}\n");
        return Ok(None);
    }
    // The programs connect to hosts as the source names them.
    let names = ["--skip-name-resolve", "--report-host=127.0.0.1"];
    let Some(source) = ReferenceServer::start_if_available(kind, &names[..1])? else {
        return Ok(None);
    };
    let real = ReferenceServer::start(kind, &names)?;
    let own = Understudy::start(&["--server-id=4000", "--report-host=127.0.0.1"])?;
    source.connect()?.run([
        "CREATE DATABASE app",
        "CREATE TABLE app.t (id INT PRIMARY KEY, v VARCHAR(20)) ENGINE=InnoDB",
        "INSERT INTO app.t VALUES (1, 'a')",
        "CREATE DATABASE heartbeat",
    ])?;
    attach::follow(&real, &source, source.port())?;
    attach::follow(&own, &source, source.port())?;
    let trio = Trio {
        source,
        real,
        own,
        tools,
    };
    trio.wait()?;
    Ok(Some(trio))
}

impl Trio {
    fn wait(&self) -> anyhow::Result<()> {
        attach::wait_applied(&self.real, &self.source, LIMIT)?;
        attach::wait_applied(&self.own, &self.source, LIMIT)
    }

    /// Ports of the real replica and of Understudy.
    fn replicas(&self) -> [u16; 2] {
        [self.real.port(), self.own.port()]
    }

    /// A program of the tools' folder, with the libraries of that folder.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.tools.join("run"));
        command.arg(self.tools.join("usr/bin").join(program));
        let plugins = "usr/lib/x86_64-linux-gnu/libmariadb3/plugin";
        command
            .env("MARIADB_PLUGIN_DIR", self.tools.join(plugins))
            .env("HOME", self.tools.join("nobody"))
            .stdin(Stdio::null());
        command
    }

    /// A script in Perl.
    fn script(&self, name: &str) -> Command {
        let folders: Vec<String> = [
            "usr/share/perl5",
            "usr/lib/x86_64-linux-gnu/perl5/5.36",
            "usr/share/perl/5.36",
            "usr/lib/x86_64-linux-gnu/perl/5.36",
            "usr/lib/x86_64-linux-gnu/perl-base",
        ]
        .iter()
        .map(|folder| self.tools.join(folder).display().to_string())
        .collect();
        let mut command = self.command("perl");
        command
            .env("PERL5LIB", folders.join(":"))
            .arg(self.tools.join("usr/bin").join(name));
        command
    }

    /// One of Percona's tools with the address that it is to connect to.
    fn percona(&self, name: &str, port: u16, arguments: &[&str]) -> anyhow::Result<Ended> {
        let mut command = self.script(name);
        command
            .args(arguments)
            .arg(format!("h=127.0.0.1,P={port},u=root"));
        end(command)
    }
}

/// How a program ended and what it said.
#[derive(Debug)]
struct Ended {
    status: Option<i32>,
    out: String,
    errors: String,
}

fn end(mut command: Command) -> anyhow::Result<Ended> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    Ok(Ended {
        status: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        errors: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// Numbers become `#`: times and positions differ between two runs.
fn without_numbers(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c.is_ascii_digit() {
            true if out.ends_with('#') => {}
            true => out.push('#'),
            false => out.push(c),
        }
    }
    out
}

fn heartbeat(kind: Kind) -> anyhow::Result<()> {
    let Some(trio) = trio(kind)? else {
        return Ok(());
    };
    let database = ["--database", "heartbeat"];
    let id = trio.source.server_id().to_string();
    let mut update = database.to_vec();
    update.extend(["--update", "--create-table", "--run-time", "2"]);
    let updated = trio.percona("pt-heartbeat", trio.source.port(), &update)?;
    assert_eq!(updated.status, Some(0), "{updated:?}");
    trio.wait()?;
    for arguments in [
        &["--check", "--master-server-id", &id][..],
        &["--monitor", "--run-time", "2", "--master-server-id", &id],
        &[
            "--monitor",
            "--run-time",
            "2",
            "--print-master-server-id",
            "--master-server-id",
            &id,
        ],
    ] {
        let mut all = database.to_vec();
        all.extend(arguments);
        let [real, own] = trio
            .replicas()
            .map(|port| trio.percona("pt-heartbeat", port, &all));
        let (real, own) = (real?, own?);
        assert_eq!(real.status, Some(0), "{real:?}");
        assert_eq!(
            (own.status, &own.errors),
            (real.status, &real.errors),
            "{own:?}"
        );
        // Seconds behind: the second run is a little later.
        let behind = |ended: &Ended| -> anyhow::Result<f64> {
            let text = ended.out.trim_start();
            let number: String = text
                .chars()
                .take_while(|c| c.is_ascii_digit() || *c == '.')
                .collect();
            number.parse().with_context(|| format!("{ended:?}"))
        };
        let (there, here) = (behind(&real)?, behind(&own)?);
        assert!((there..there + 30.0).contains(&here), "{there} {here}");
    }
    Ok(())
}

/// The version that Debian has asks a source for SHOW MASTER STATUS, which 9.7 refuses.
#[test]
fn pt_heartbeat_beside_mysql_5_6() -> anyhow::Result<()> {
    heartbeat(Kind::Mysql56)
}

#[test]
fn pt_heartbeat_beside_mariadb_10_11() -> anyhow::Result<()> {
    heartbeat(Kind::Mariadb1011)
}

/// It stops and starts the applier; the version that Debian has speaks the old vocabulary only, which 9.7 refuses.
fn slave_delay(kind: Kind) -> anyhow::Result<()> {
    let Some(trio) = trio(kind)? else {
        return Ok(());
    };
    let arguments = ["--delay", "1m", "--interval", "1s", "--run-time", "4s"];
    let [real, own] = trio
        .replicas()
        .map(|port| trio.percona("pt-slave-delay", port, &arguments));
    let (real, own) = (real?, own?);
    assert!(real.out.contains("STOP SLAVE until"), "{real:?}");
    // How often it looks within its time differs by one.
    let lines =
        |ended: &Ended| -> BTreeSet<String> { ended.out.lines().map(without_numbers).collect() };
    assert_eq!(lines(&own), lines(&real));
    assert_eq!((own.status, &own.errors), (real.status, &real.errors));
    for replica in [&trio.real as &dyn attach::Replica, &trio.own] {
        let status = attach::status(replica)?;
        assert_eq!(attach::column(&status, &["Slave_SQL_Running"])?, "Yes");
    }
    let stops = trio.own.query("SHOW GLOBAL STATUS LIKE 'Com_slave_stop'")?;
    assert_ne!(stops.text()[0][1], "0");
    Ok(())
}

#[test]
fn pt_slave_delay_beside_mysql_5_6() -> anyhow::Result<()> {
    slave_delay(Kind::Mysql56)
}

#[test]
fn pt_slave_delay_beside_mariadb_11_8() -> anyhow::Result<()> {
    slave_delay(Kind::Mariadb118)
}

/// Finds both replicas from the source, and tells of each what it is.
fn slave_find(kind: Kind) -> anyhow::Result<()> {
    let Some(trio) = trio(kind)? else {
        return Ok(());
    };
    for method in ["hosts", "processlist"] {
        let found = trio.percona(
            "pt-slave-find",
            trio.source.port(),
            &["--recursion-method", method, "--report-format", "summary"],
        )?;
        assert_eq!(found.status, Some(0), "{found:?}");
        if method == "processlist" {
            // The port in the process list is the client's; all it finds is that somebody replicates.
            assert!(found.out.contains("has 2 slaves connected"), "{found:?}");
            continue;
        }
        // Below the source, indented: one paragraph a replica.
        let [real, own] = trio.replicas().map(|port| -> Vec<String> {
            let head = format!("+- 127.0.0.1:{port}");
            found
                .out
                .lines()
                .skip_while(|line| !line.trim_start().starts_with(&head))
                .skip(1)
                .take_while(|line| !line.trim_start().starts_with("+-"))
                .map(str::to_owned)
                .collect()
        });
        let line = |of: &[String], name: &str| -> String {
            let line = of.iter().find(|line| line.trim_start().starts_with(name));
            line.map(|line| line.trim().to_owned()).unwrap_or_default()
        };
        assert!(!real.is_empty() && !own.is_empty(), "{found:?}");
        for name in ["Replication", "Filters", "Slave status", "Auto-increment"] {
            assert_eq!(
                without_numbers(&line(&own, name)),
                without_numbers(&line(&real, name)),
                "{found:?}"
            );
        }
        assert!(line(&own, "Server ID").ends_with("4000"), "{found:?}");
    }
    Ok(())
}

#[test]
fn pt_slave_find_below_mysql_5_6() -> anyhow::Result<()> {
    slave_find(Kind::Mysql56)
}

#[test]
fn pt_slave_find_below_mariadb_10_11() -> anyhow::Result<()> {
    slave_find(Kind::Mariadb1011)
}

/// A program that serves until it is dropped.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What prometheus-mysqld-exporter says of a server.
fn metrics(trio: &Trio, server: u16) -> anyhow::Result<String> {
    let listen = port::free();
    let mut command = trio.command("prometheus-mysqld-exporter");
    command
        .env("DATA_SOURCE_NAME", format!("root@tcp(127.0.0.1:{server})/"))
        .arg(format!("--web.listen-address=127.0.0.1:{listen}"))
        .args([
            "--collect.slave_status",
            "--collect.slave_hosts",
            "--collect.heartbeat",
            "--collect.binlog_size",
            "--collect.perf_schema.replication_applier_status_by_worker",
            "--no-collect.info_schema.innodb_cmp",
            "--no-collect.info_schema.innodb_cmpmem",
            "--no-collect.info_schema.query_response_time",
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let _serving = Serving(command.spawn()?);
    let start = Instant::now();
    let mut stream = loop {
        match TcpStream::connect(("127.0.0.1", listen)) {
            Ok(stream) => break stream,
            Err(error) if start.elapsed() > LIMIT => bail!("the exporter does not serve: {error}"),
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    };
    stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

/// Lines of a metric of `prefix`: name with labels, value.
fn of_prefix<'a>(text: &'a str, prefix: &str) -> Vec<(&'a str, &'a str)> {
    text.lines()
        .filter(|line| line.starts_with(prefix))
        .filter_map(|line| line.rsplit_once(' '))
        .collect()
}

fn exporter(kind: Kind) -> anyhow::Result<()> {
    let Some(trio) = trio(kind)? else {
        return Ok(());
    };
    let id = trio.source.server_id().to_string();
    let update = [
        "--update",
        "--create-table",
        "--run-time",
        "1",
        "--database",
        "heartbeat",
    ];
    let updated = trio.percona("pt-heartbeat", trio.source.port(), &update)?;
    assert_eq!(updated.status, Some(0), "{updated:?}");
    trio.wait()?;
    let [real, own] = trio.replicas().map(|port| metrics(&trio, port));
    let (real, own) = (real?, own?);
    for text in [&real, &own] {
        assert_eq!(of_prefix(text, "mysql_up"), [("mysql_up", "1")]);
    }
    // Collectors that work on a real replica of the kind work here.
    let succeeded = |text| -> BTreeSet<String> {
        of_prefix(text, "mysql_exporter_collector_success{")
            .iter()
            .filter(|(_, value)| *value == "1")
            .map(|(name, _)| (*name).to_owned())
            .collect()
    };
    let missing: Vec<String> = succeeded(&real)
        .difference(&succeeded(&own))
        .filter(|name| !NO_BINARY_LOG.iter().any(|other| name.contains(other)))
        .cloned()
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    // Metrics of the replica's status: those of the kind, or of MySQL's columns.
    let ours = of_prefix(&own, "mysql_slave_status_");
    let value = |name: &str| {
        let full = format!("mysql_slave_status_{name}{{");
        let found = ours.iter().find(|(metric, _)| metric.starts_with(&full));
        found.map(|(_, value)| *value)
    };
    for name in ["slave_io_running", "slave_sql_running"] {
        assert_eq!(value(name), Some("1"), "{ours:?}");
    }
    for name in ["last_io_errno", "last_sql_errno", "seconds_behind_master"] {
        assert_eq!(value(name), Some("0"), "{ours:?}");
    }
    let names = |metrics: &[(&str, &str)]| -> BTreeSet<String> {
        let names = metrics
            .iter()
            .filter_map(|(name, _)| name.split('{').next());
        names.map(str::to_owned).collect()
    };
    let theirs = names(&of_prefix(&real, "mysql_slave_status_"));
    let missing: Vec<String> = theirs
        .difference(&names(&ours))
        .filter(|name| !OF_MYSQL_ALONE.iter().any(|other| name.ends_with(other)))
        .cloned()
        .collect();
    assert!(missing.is_empty(), "{missing:?} are missing in {ours:?}");
    let beat = format!("mysql_heartbeat_stored_timestamp_seconds{{server_id=\"{id}\"}}");
    assert_eq!(of_prefix(&own, &beat), of_prefix(&real, &beat));
    Ok(())
}

/// The exporter asks for SHOW ALL SLAVES STATUS first, which MySQL refuses and which has MariaDB's columns here: these
/// of SHOW SLAVE STATUS are not among them.
const OF_MYSQL_ALONE: [&str; 3] = [
    "_auto_position",
    "_master_retry_count",
    "_sql_remaining_delay",
];

/// Collectors that need what is not there yet: SHOW BINARY LOGS of a server without a binary log.
const NO_BINARY_LOG: [&str; 1] = ["collect.binlog_size"];

#[test]
fn prometheus_mysqld_exporter_beside_mysql_5_6() -> anyhow::Result<()> {
    exporter(Kind::Mysql56)
}

#[test]
fn prometheus_mysqld_exporter_beside_mariadb_10_11() -> anyhow::Result<()> {
    exporter(Kind::Mariadb1011)
}

/// What mysqltuner finds out about replication.
#[test]
fn mysqltuner_beside_mysql_5_6() -> anyhow::Result<()> {
    let Some(trio) = trio(Kind::Mysql56)? else {
        return Ok(());
    };
    // It calls the command-line programs by name.
    let folder = tempfile::tempdir()?;
    for (name, program) in [("mysql", Program::Mysql), ("mysqladmin", Program::Admin)] {
        let command = Kind::Mariadb1011.client(program);
        let mut line = format!("#!/bin/sh\nexec '{}'", command.get_program().display());
        for argument in command.get_args() {
            line += &format!(" '{}'", argument.display());
        }
        let path = folder.path().join(name);
        std::fs::write(&path, format!("{line} \"$@\"\n"))?;
        let status = Command::new("chmod").arg("+x").arg(&path).status()?;
        ensure!(status.success(), "chmod");
    }
    let [real, own] = trio.replicas().map(|port| {
        let mut command = trio.script("mysqltuner");
        command
            .args(["--host", "127.0.0.1", "--user", "root", "--pass", ""])
            .arg(format!("--port={port}"))
            .args([
                "--forcemem",
                "4000",
                "--forceswap",
                "100",
                "--nocolor",
                "--skippassword",
            ])
            .arg("--mysqlcmd")
            .arg(folder.path().join("mysql"))
            .arg("--mysqladmin")
            .arg(folder.path().join("mysqladmin"));
        end(command)
    });
    let (real, own) = (real?, own?);
    assert_eq!((own.status, real.status), (Some(0), Some(0)), "{own:?}");
    // From the heading of replication to the next one.
    let section = |ended: &Ended| -> Vec<String> {
        ended
            .out
            .lines()
            .skip_while(|line| !line.contains("Replication Metrics"))
            .skip(1)
            .take_while(|line| !line.contains("------"))
            .map(without_numbers)
            // The plugin is not loaded there; here the variable of MariaDB, which has it built in, is always shown.
            .filter(|line| !line.contains("Semi synchronous replication Slave"))
            .filter(|line| !line.trim().is_empty())
            .collect()
    };
    assert!(
        section(&own).iter().any(|line| line.contains("up to date")),
        "{own:?}"
    );
    assert_eq!(section(&own), section(&real), "{own:?}");
    Ok(())
}

/// What monitors and proxies ask a replica, and whether the values belong to the server that is asked.
const PROBES: &[(&str, Values)] = &[
    // ProxySQL's monitor.
    ("SELECT @@global.read_only read_only", Values::Alike),
    ("SELECT @@global.super_read_only read_only", Values::Alike),
    ("SELECT @@global.innodb_read_only read_only", Values::Alike),
    (
        "SELECT @@global.read_only&@@global.innodb_read_only read_only",
        Values::Alike,
    ),
    (
        "SELECT @@global.read_only|@@global.innodb_read_only read_only",
        Values::Alike,
    ),
    ("SHOW SLAVE STATUS", Values::Own),
    ("SHOW REPLICA STATUS", Values::Own),
    ("SET wait_timeout=2000", Values::Alike),
    ("SELECT @@version", Values::Own),
    // orchestrator's reading of an instance.
    ("show global status like 'Uptime'", Values::Own),
    (
        "select @@global.hostname, ifnull(@@global.report_host, ''), @@global.server_id, @@global.version, \
         @@global.version_comment, @@global.read_only, @@global.binlog_format, @@global.log_bin, \
         @@global.log_slave_updates",
        Values::Own,
    ),
    ("show global variables like 'rpl_semi_sync_%'", Values::Own),
    ("show global status like 'rpl_semi_sync_%'", Values::Own),
    (
        "select @@global.gtid_mode, @@global.server_uuid, @@global.gtid_executed, @@global.gtid_purged, \
         @@global.master_info_repository = 'TABLE', @@global.binlog_row_image",
        Values::Own,
    ),
    ("show slave hosts", Values::Own),
    ("show replicas", Values::Own),
    (
        "select count(*) > 0 and MAX(User_name) != '' from mysql.slave_master_info",
        Values::Own,
    ),
    (
        "select substring_index(host, ':', 1) as slave_hostname from information_schema.processlist \
         where command IN ('Binlog Dump', 'Binlog Dump GTID')",
        Values::Alike,
    ),
    ("show variables like 'maxscale%'", Values::Alike),
    // MaxScale's monitor.
    ("SHOW ALL SLAVES STATUS", Values::Own),
    ("SELECT @@gtid_current_pos, @@gtid_binlog_pos;", Values::Own),
    ("SELECT @@global.server_id, @@read_only", Values::Own),
    // MHA.
    ("SELECT @@global.server_id As Value", Values::Own),
    ("SELECT @@global.relay_log_purge As Value", Values::Alike),
    ("SET GLOBAL relay_log_purge=0", Values::Alike),
    ("SET GLOBAL relay_log_purge=1", Values::Alike),
    (
        "FLUSH NO_WRITE_TO_BINLOG /*!50501 RELAY */ LOGS",
        Values::Alike,
    ),
    (
        "SELECT GET_LOCK('MHA_Master_High_Availability_Monitor', 10) AS Value",
        Values::Alike,
    ),
    (
        "SELECT RELEASE_LOCK('MHA_Master_High_Availability_Monitor') As Value",
        Values::Alike,
    ),
    // Agents of monitoring services.
    ("SHOW /*!50002 GLOBAL */ STATUS LIKE 'Uptime'", Values::Own),
    (
        "SELECT service_state FROM performance_schema.replication_connection_status",
        Values::Alike,
    ),
    (
        "SELECT service_state FROM performance_schema.replication_applier_status",
        Values::Alike,
    ),
    (
        "SELECT plugin_status FROM information_schema.plugins WHERE plugin_name='group_replication'",
        Values::Alike,
    ),
    (
        "SELECT * FROM information_schema.PROCESSLIST WHERE COMMAND LIKE '%Binlog dump%'",
        Values::Alike,
    ),
];

/// Whether two replicas answer with the same values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Values {
    Alike,
    /// Of the server that is asked: names of columns are compared.
    Own,
}

/// Probes that Understudy does not answer as every real replica does, with the reason.
const OTHER_PROBES: &[(&str, &str)] = &[
    (
        "SELECT GET_LOCK('MHA_Master_High_Availability_Monitor', 10) AS Value",
        "error 1235: there are no user locks yet",
    ),
    (
        "SELECT RELEASE_LOCK('MHA_Master_High_Availability_Monitor') As Value",
        "error 1235: there are no user locks yet",
    ),
    (
        "SHOW SLAVE STATUS",
        "MariaDB has columns of its own, which are in SHOW ALL SLAVES STATUS here",
    ),
    (
        "SHOW REPLICA STATUS",
        "MariaDB keeps the old names of columns; here each vocabulary has its own",
    ),
    (
        "SELECT service_state FROM performance_schema.replication_applier_status",
        "MariaDB's table is empty",
    ),
    (
        "SELECT * FROM information_schema.PROCESSLIST WHERE COMMAND LIKE '%Binlog dump%'",
        "MariaDB has columns of its own",
    ),
];

/// What a probe gives: names of columns, then values; a statement or name that the server does not know is `None`.
fn probe(
    connection: &mut Connection,
    sql: &str,
    values: Values,
) -> anyhow::Result<Option<(Vec<String>, String)>> {
    let answer = match connection.query(sql) {
        Ok(answer) => answer,
        Err(error) => match error.downcast_ref::<ServerError>() {
            Some(refusal) if [1064, 1193, 1146, 1305].contains(&refusal.errno) => return Ok(None),
            Some(refusal) => return Ok(Some((Vec::new(), refusal.to_string()))),
            None => return Err(error),
        },
    };
    let names: Vec<String> = answer.columns.iter().map(|c| c.name.clone()).collect();
    let values = match values {
        Values::Alike => format!("{:?}", answer.text()),
        Values::Own => String::new(),
    };
    Ok(Some((names, values)))
}

fn probes(kind: Kind) -> anyhow::Result<()> {
    let Some(trio) = trio(kind)? else {
        return Ok(());
    };
    let (mut real, mut own) = (trio.real.connect()?, trio.own.connect()?);
    let mut differences = Vec::new();
    for (sql, values) in PROBES {
        // What the real one does not know, a tool does not ask of its kind.
        let Some(expected) = probe(&mut real, sql, *values)? else {
            continue;
        };
        let answer = probe(&mut own, sql, *values)?;
        // More columns at the end disturb nobody.
        let has_all = answer.as_ref().is_some_and(|(names, values)| {
            expected.0.iter().all(|name| names.contains(name)) && *values == expected.1
        });
        if !has_all && !OTHER_PROBES.iter().any(|(other, _)| other == sql) {
            differences.push(format!("{sql}\n  real {expected:?}\n  here {answer:?}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    Ok(())
}

#[test]
fn probes_of_monitors_beside_mysql_9_7() -> anyhow::Result<()> {
    probes(Kind::Mysql97)
}

#[test]
fn probes_of_monitors_beside_mysql_5_6() -> anyhow::Result<()> {
    probes(Kind::Mysql56)
}

#[test]
fn probes_of_monitors_beside_mariadb_11_8() -> anyhow::Result<()> {
    probes(Kind::Mariadb118)
}

/// Digits behind the point of UNIX_TIMESTAMP, on which measures of lag rest, and parts of a host's name.
#[test]
fn functions_that_monitors_use() -> anyhow::Result<()> {
    let Some(trio) = trio(Kind::Mysql97)? else {
        return Ok(());
    };
    trio.source.connect()?.run([
        "CREATE TABLE app.u (id INT PRIMARY KEY, d DATETIME(3), v VARCHAR(30), t TIMESTAMP NULL, n DECIMAL(20,2))",
        "INSERT INTO app.u VALUES (1, '2026-01-02 03:04:05.678', '2026-01-02T03:04:05.123450', '2026-01-02 03:04:05', \
         20260102030405.25)",
    ])?;
    trio.wait()?;
    let (mut real, mut own) = (trio.real.connect()?, trio.own.connect()?);
    for sql in [
        "SELECT UNIX_TIMESTAMP(d), UNIX_TIMESTAMP(v), UNIX_TIMESTAMP(t), UNIX_TIMESTAMP(n) FROM app.u",
        "SELECT UNIX_TIMESTAMP('2026-01-02 03:04:05.123'), UNIX_TIMESTAMP('2026-01-02'), UNIX_TIMESTAMP(NULL)",
        "SELECT UNIX_TIMESTAMP(20260102030405), UNIX_TIMESTAMP('3100-01-01 01:01:01.5')",
        "SELECT SUBSTRING_INDEX('a.b.c', '.', 1), SUBSTRING_INDEX('a.b.c', '.', 2), SUBSTRING_INDEX('a.b.c', '.', 5)",
        "SELECT SUBSTRING_INDEX('a.b.c', '.', -1), SUBSTRING_INDEX('a.b.c', '.', -2), SUBSTRING_INDEX('a.b.c', '.', -5)",
        "SELECT SUBSTRING_INDEX('aXbxc', 'x', 1), SUBSTRING_INDEX('a.b', '.', 0), SUBSTRING_INDEX('a.b', '', 1)",
        "SELECT SUBSTRING_INDEX('üü中ü', 'ü', 2), SUBSTRING_INDEX('aaaa', 'aa', 1), SUBSTRING_INDEX('aaaaa', 'aa', -2)",
        "SELECT SUBSTRING_INDEX('a', NULL, 1), SUBSTRING_INDEX(12.34, '.', 1)",
        "SELECT UNIX_TIMESTAMP(NOW(6)) > 1.5, UNIX_TIMESTAMP('0000-00-00')",
    ] {
        let (there, here) = (real.query(sql)?, own.query(sql)?);
        assert_eq!(here.text(), there.text(), "{sql}");
        let types = |answer: &Answer| -> Vec<(u8, u8)> {
            let columns = answer.columns.iter();
            columns.map(|c| (c.type_code, c.decimals)).collect()
        };
        assert_eq!(types(&here), types(&there), "{sql}");
    }
    Ok(())
}
