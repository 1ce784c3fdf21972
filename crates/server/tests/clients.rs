//! The stock clients against the server.

mod support;

use support::{PASSWORD, Running, clients_available, path_in};
use understudy_testkit::Kind;
use understudy_testkit::kind::Program;

#[test]
fn every_generation_of_mysql_connects() -> anyhow::Result<()> {
    if !clients_available(&Kind::ALL) {
        return Ok(());
    }
    let server = Running::start(&[])?;
    for kind in Kind::ALL {
        let tls: &[&[&str]] = if kind.is_mariadb() {
            &[&["--skip-ssl-verify-server-cert"], &["--skip-ssl"]]
        } else {
            &[&[], &["--ssl-mode=DISABLED", "--get-server-public-key"]]
        };
        for options in tls {
            let mut options = options.to_vec();
            options.extend(["-N", "-B"]);
            if kind == Kind::Mariadb1011 {
                options.retain(|o| *o != "--skip-ssl-verify-server-cert");
            }
            let sql = "SELECT 'x', @@version_comment; SHOW DATABASES";
            let output = server.mysql(kind, &options, sql);
            let errors = String::from_utf8_lossy(&output.stderr);
            let text = String::from_utf8(output.stdout)?;
            assert_eq!(
                text, "x\tUnderstudy\ninformation_schema\n",
                "{kind:?} {options:?} {errors}"
            );
        }
        for command in [
            "ping",
            "status",
            "processlist",
            "variables",
            "extended-status",
        ] {
            let mut client = server.client(kind, Program::Admin, "root", PASSWORD);
            if kind == Kind::Mariadb118 {
                client.arg("--skip-ssl-verify-server-cert");
            }
            let output = client.arg(command).output()?;
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{kind:?} {command} {errors}");
        }
    }
    Ok(())
}

#[test]
fn passwords_are_checked_on_every_channel() -> anyhow::Result<()> {
    if !clients_available(&[Kind::Mysql97]) {
        return Ok(());
    }
    let server = Running::start(&[])?;
    let try_with = |password: &str, options: &[&str]| {
        let mut command = server.client(Kind::Mysql97, Program::Mysql, "root", password);
        let output = command
            .args(options)
            .args(["-N", "-e", "SELECT 7"])
            .output();
        let output = output.unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        let error = errors.lines().find(|l| l.starts_with("ERROR"));
        (
            String::from_utf8_lossy(&output.stdout).trim().to_owned(),
            error.unwrap_or_default().to_owned(),
        )
    };
    let denied = "ERROR 1045 (28000): Access denied for user 'root'@'localhost' \
                  (using password: YES)";
    let plain = ["--ssl-mode=DISABLED", "--get-server-public-key"];
    let ca = format!("--ssl-ca={}", path_in(&server.datadir(), "ca.pem"));
    let verified = ["--ssl-mode=VERIFY_CA", ca.as_str()];
    let socket = format!("--socket={}", server.socket().display());
    let socket = ["--host=localhost", "--protocol=socket", socket.as_str()];
    // Before the password is cached a channel without protection needs the key to be asked for.
    let (_, error) = try_with(PASSWORD, &["--ssl-mode=DISABLED"]);
    assert!(error.contains("ERROR 2061"), "{error}");
    for options in [&plain[..], &verified, &socket] {
        assert_eq!(try_with("wrong", options).1, denied, "{options:?}");
        assert_eq!(try_with(PASSWORD, options).0, "7", "{options:?}");
    }
    assert_eq!(try_with(PASSWORD, &["--ssl-mode=DISABLED"]).0, "7");
    let without = "ERROR 1045 (28000): Access denied for user 'root'@'localhost' \
                   (using password: NO)";
    assert_eq!(try_with("", &[]).1, without);
    for algorithm in ["zlib", "zstd"] {
        let option = format!("--compression-algorithms={algorithm}");
        assert_eq!(try_with(PASSWORD, &[&option]).0, "7");
    }
    Ok(())
}

#[test]
fn accounts_are_made_and_limited() -> anyhow::Result<()> {
    if !clients_available(&[Kind::Mysql97]) {
        return Ok(());
    }
    let server = Running::start(&[])?;
    for (user, plugin) in [
        ("old", " WITH mysql_native_password"),
        ("new", " WITH caching_sha2_password"),
        ("plain", ""),
    ] {
        server.ask(&format!(
            "CREATE USER '{user}'@'%' IDENTIFIED{plugin} BY 'it''s'; \
             GRANT SELECT, REPLICATION CLIENT ON *.* TO '{user}'@'%'"
        ));
        let mut client = server.client(Kind::Mysql97, Program::Mysql, user, "it's");
        let output = client.args(["-N", "-e", "SHOW GRANTS"]).output()?;
        let text = String::from_utf8(output.stdout)?;
        let expected = format!("GRANT SELECT, REPLICATION CLIENT ON *.* TO `{user}`@`%`\n");
        assert_eq!(
            text,
            expected,
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let mut client = server.client(Kind::Mysql97, Program::Mysql, user, "it's");
        let output = client.args(["-e", "STOP REPLICA"]).output()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        let text = "ERROR 1227 (42000) at line 1: Access denied; you need (at least one of) the \
                    SUPER or REPLICATION_SLAVE_ADMIN privilege(s) for this operation";
        assert!(errors.contains(text), "{errors}");
    }
    let error = server.refused("CREATE USER 'old'@'%'");
    assert!(
        error.contains("1396") && error.contains("'old'@'%'"),
        "{error}"
    );
    server.ask("ALTER USER 'old'@'%' ACCOUNT LOCK; DROP USER 'new'@'%'");
    let mut locked = server.client(Kind::Mysql97, Program::Mysql, "old", "it's");
    let errors = locked.args(["-e", "SELECT 1"]).output()?.stderr;
    assert!(String::from_utf8_lossy(&errors).contains("3118"));
    Ok(())
}

#[test]
fn statements_steer_replication_in_both_vocabularies() -> anyhow::Result<()> {
    if !clients_available(&[Kind::Mysql97]) {
        return Ok(());
    }
    let server = Running::start(&[])?;
    assert_eq!(server.ask("SHOW SLAVE STATUS; SHOW REPLICA STATUS"), "");
    server.ask(
        "CHANGE MASTER TO MASTER_HOST='h', MASTER_PORT=3307, MASTER_USER='u', \
         MASTER_PASSWORD='p', MASTER_LOG_FILE='b.000001', MASTER_LOG_POS=154; START SLAVE",
    );
    server.ask("STOP REPLICA IO_THREAD; START SLAVE SQL_THREAD; RESET SLAVE ALL; FLUSH RELAY LOGS");
    server.ask("SET GLOBAL slave_exec_mode='IDEMPOTENT'; SET GLOBAL sql_slave_skip_counter=2, GLOBAL relay_log_purge=OFF");
    let calls = server.control.calls.lock().unwrap().clone();
    let expected = [
        "start None Threads { receiver: true, applier: true } None",
        "stop None Threads { receiver: true, applier: false }",
        "start None Threads { receiver: false, applier: true } None",
        "reset None true",
        "flush",
        "set replica_exec_mode=IDEMPOTENT",
        "set sql_replica_skip_counter=2",
        "set relay_log_purge=0",
    ];
    assert_eq!(calls[1..], expected);
    for part in [
        "host: Some(\"h\")",
        "port: Some(3307)",
        "log_file: Some(\"b.000001\")",
        "log_pos: Some(154)",
    ] {
        assert!(calls[0].contains(part), "{}", calls[0]);
    }
    for (sql, host, running) in [
        (
            "SHOW SLAVE STATUS",
            "Master_Host: h",
            "Slave_IO_Running: Connecting",
        ),
        (
            "SHOW REPLICA STATUS",
            "Source_Host: h",
            "Replica_IO_Running: Connecting",
        ),
    ] {
        let output = server.mysql(Kind::Mysql97, &["-E"], sql);
        let text = String::from_utf8(output.stdout)?;
        assert!(text.contains(host) && text.contains(running), "{text}");
        assert!(!text.contains("password"), "{text}");
    }
    let events = server.ask("SHOW RELAYLOG EVENTS IN 'relay-bin.000001' FROM 4 LIMIT 1, 2");
    assert_eq!(
        events,
        "relay-bin.000001\t4\tFormat_desc\t1\t126\tServer ver: 9.7.0\n"
    );
    let notes = server.ask("START SLAVE; SHOW WARNINGS");
    assert_eq!(notes, "Note\t1254\tReplica is already running\n");
    let list = server.ask("SHOW PROCESSLIST");
    assert!(list.starts_with(
        "5\tsystem user\tconnecting host\tNULL\tConnect\t7\tConnecting to source\tNULL\n"
    ));
    let counters = server.ask("SHOW STATUS LIKE 'Understudy_events_%'");
    assert_eq!(counters, "Understudy_events_received\t3\n");
    Ok(())
}

#[test]
fn variables_are_set_and_shown() -> anyhow::Result<()> {
    if !clients_available(&[Kind::Mysql97]) {
        return Ok(());
    }
    let server = Running::start(&[("server-id", "42"), ("read_only", "1")])?;
    let cases = [
        ("SELECT @@server_id, @@global.read_only", "42\t1\n"),
        ("SHOW VARIABLES LIKE 'server_id'", "server_id\t42\n"),
        (
            "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('port2', 'read_only')",
            "read_only\tON\n",
        ),
        (
            "SHOW VARIABLES LIKE 'slave_exec_mode'",
            "slave_exec_mode\tSTRICT\n",
        ),
        (
            "SET NAMES latin1; SELECT @@character_set_client, @@collation_connection",
            "latin1\tlatin1_swedish_ci\n",
        ),
        (
            "SET @old=@@sql_mode, SESSION sql_mode='ANSI'; SELECT @@sql_mode = @old",
            "0\n",
        ),
        ("SET @a='x', @b=5; SELECT @a, @b, @c", "x\t5\tNULL\n"),
        (
            "SET GLOBAL slave_net_timeout=0; SHOW WARNINGS",
            "Warning\t1292\tTruncated incorrect replica_net_timeout value: '0'\n",
        ),
        (
            "PREPARE s FROM 'SELECT ?, ?'; SET @q='it''s'; EXECUTE s USING @q, @q",
            "it's\tit's\n",
        ),
    ];
    for (sql, expected) in cases {
        assert_eq!(server.ask(sql), expected, "{sql}");
    }
    for (sql, errno) in [
        ("SET nonsense=1", "1193"),
        ("SELECT @@nonsense", "1193"),
        ("SET SESSION server_id=1", "1229"),
        ("SET GLOBAL gtid_next=1", "1228"),
        ("SET GLOBAL version='x'", "1238"),
        ("SET sql_mode='nonsense'", "1231"),
        ("SET NAMES klingon", "1115"),
        ("INSERT INTO t VALUES (1)", "1290"),
        ("CREATE TABLE t (a INT)", "1290"),
        ("SELEKT 1", "1064"),
        ("USE nowhere", "1049"),
        ("KILL 99999", "1094"),
        ("SHOW TABLES", "1046"),
    ] {
        let error = server.refused(sql);
        assert!(error.contains(&format!("ERROR {errno} ")), "{sql}: {error}");
    }
    server.ask("SET GLOBAL read_only=OFF");
    assert!(server.refused("DELETE FROM t").contains("ERROR 1235 "));
    Ok(())
}

#[test]
fn shutdown_ends_connections_and_removes_the_socket() -> anyhow::Result<()> {
    let mut server = Running::start(&[])?;
    let mut idle = std::net::TcpStream::connect(("127.0.0.1", server.port))?;
    std::io::Read::read_exact(&mut idle, &mut [0; 5])?;
    assert!(server.socket().exists());
    server.stop();
    assert!(!server.socket().exists());
    let port = server.port;
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    Ok(())
}
