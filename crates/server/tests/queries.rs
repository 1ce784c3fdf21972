//! Queries over rows, by the stock client and by drivers.

mod support;

use std::process::Command;

use support::{PASSWORD, Running, clients_available, data};
use understudy_testkit::Kind;
use understudy_testkit::kind::Program;

#[test]
fn rows_definitions_and_metadata() -> anyhow::Result<()> {
    if !clients_available(&[Kind::Mysql97]) {
        return Ok(());
    }
    let server = Running::start(&[])?;
    data::shop(&server.store);
    let cases = [
        ("SHOW DATABASES LIKE 's%'", "shop\n"),
        ("USE shop; SHOW TABLES", "item\nspare\n"),
        ("SHOW FULL TABLES FROM shop LIKE 'i%'", "item\tBASE TABLE\n"),
        (
            "SELECT * FROM shop.item ORDER BY id DESC LIMIT 2",
            "3\tNULL\t-0.05\t2024-02-29 23:59:59\tNULL\n2\tzwei €\t20.00\tNULL\tNULL\n",
        ),
        (
            "SELECT COUNT(*) FROM shop.item WHERE name IS NOT NULL",
            "2\n",
        ),
        ("SELECT id FROM shop.item WHERE name = 'EINS'", "1\n"),
        (
            "SELECT id INTO @x FROM shop.item WHERE id = 2; SELECT @x + 1",
            "3\n",
        ),
        (
            "DESCRIBE shop.item name",
            "name\tvarchar(40)\tYES\tUNI\tNULL\t\n",
        ),
        (
            "SHOW INDEX FROM shop.item WHERE Key_name = 'PRIMARY'",
            "item\t0\tPRIMARY\t1\tid\tA\t0\tNULL\tNULL\t\tBTREE\t\t\tYES\tNULL\n",
        ),
        (
            "SET NAMES latin1; SELECT HEX(name) FROM shop.item WHERE id = 2",
            "7A77656920E282AC\n",
        ),
        ("SELECT MASTER_POS_WAIT('b.000001', 120, 1)", "2\n"),
        ("SELECT SLEEP(0)", "0\n"),
        (
            "SELECT user, command FROM information_schema.processlist WHERE id = CONNECTION_ID()",
            "root\tQuery\n",
        ),
        (
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'shop' \
             ORDER BY 1",
            "item\nspare\n",
        ),
        ("SELECT @@version_comment LIMIT 1", "Understudy\n"),
        (
            "SELECT USER(), CURRENT_USER(), DATABASE()",
            "root@localhost\troot@localhost\tNULL\n",
        ),
    ];
    for (sql, expected) in cases {
        assert_eq!(server.ask(sql), expected, "{sql}");
    }
    let create = server.ask("SHOW CREATE TABLE shop.item");
    assert!(create.starts_with("item\tCREATE TABLE `item` (\\n  `id` int NOT NULL AUTO_INCREMENT"));
    for (sql, errno) in [
        ("SELECT * FROM shop.nothing", "1146"),
        ("SELECT nothing FROM shop.item", "1054"),
        ("SHOW TABLES FROM nowhere", "1049"),
        ("SHOW CREATE TABLE shop.nothing", "1146"),
    ] {
        let error = server.refused(sql);
        assert!(error.contains(&format!("ERROR {errno} ")), "{sql}: {error}");
    }
    // The client's bytes are those of its character set.
    let output = server.mysql(
        Kind::Mysql97,
        &["-N", "-B", "--default-character-set=cp1250"],
        "SELECT name FROM shop.item WHERE id = 2",
    );
    assert_eq!(output.stdout, b"zwei \x80\n");
    Ok(())
}

#[test]
fn privileges_limit_what_is_seen() -> anyhow::Result<()> {
    if !clients_available(&[Kind::Mysql97]) {
        return Ok(());
    }
    let server = Running::start(&[])?;
    data::shop(&server.store);
    data::define(&server.store, "", &["CREATE DATABASE hidden"]);
    server.ask("CREATE USER reader; GRANT SELECT ON shop.item TO reader");
    let ask = |sql: &str| {
        let mut client = server.client(Kind::Mysql97, Program::Mysql, "reader", "");
        let output = client.args(["-N", "-B", "-e", sql]).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        (String::from_utf8(output.stdout).unwrap(), error)
    };
    assert_eq!(ask("SHOW DATABASES").0, "information_schema\nshop\n");
    assert_eq!(ask("SELECT COUNT(*) FROM shop.item").0, "3\n");
    for (sql, errno) in [
        ("SELECT * FROM shop.spare", "1142"),
        ("SELECT * FROM shop.item, shop.spare", "1142"),
        ("SHOW CREATE TABLE shop.spare", "1142"),
        ("USE hidden", "1044"),
        ("SHOW TABLES FROM hidden", "1044"),
        ("SET GLOBAL read_only=1", "1227"),
        ("SHOW REPLICA STATUS", "1227"),
    ] {
        let (_, error) = ask(sql);
        assert!(error.contains(&format!("ERROR {errno} ")), "{sql}: {error}");
    }
    Ok(())
}

#[test]
fn large_results_stream_and_can_be_killed() -> anyhow::Result<()> {
    if !clients_available(&[Kind::Mysql97]) {
        return Ok(());
    }
    let server = Running::start(&[])?;
    data::define(&server.store, "", &["CREATE DATABASE big"]);
    data::define(
        &server.store,
        "big",
        &["CREATE TABLE t (id INT PRIMARY KEY, pad VARCHAR(2000))"],
    );
    let pad = "p".repeat(1500);
    let ids: Vec<String> = (0..20_000).map(|i| i.to_string()).collect();
    let rows = ids
        .iter()
        .map(|id| vec![Some(id.as_str()), Some(pad.as_str())]);
    data::insert(&server.store, "big", "t", rows);
    let whole = server.ask("SELECT * FROM big.t");
    assert_eq!(whole.lines().count(), 20_000);
    // A client that does not read stops the statement until it is killed.
    let mut client = server.client(Kind::Mysql97, Program::Mysql, "root", PASSWORD);
    let client = client
        .args(["--quick", "-N", "-B", "-e", "SELECT * FROM big.t a"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()?;
    let find = "SELECT id FROM information_schema.processlist WHERE info LIKE '%big.t a'";
    let mut id = String::new();
    for _ in 0..100 {
        id = server.ask(find).trim().to_owned();
        if !id.is_empty() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    server.ask(&format!("KILL QUERY {id}"));
    let output = client.wait_with_output();
    let output = output?;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        errors.contains("1317") || output.status.success(),
        "{errors}"
    );
    Ok(())
}

#[test]
fn drivers_connect_query_and_prepare() -> anyhow::Result<()> {
    let python = std::env::var("UNDERSTUDY_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let drivers = Command::new(&python)
        .args(["-c", "import pymysql, mysql.connector"])
        .output()?;
    if !drivers.status.success() {
        let must = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!must, "PyMySQL and Connector/Python are missing");
        eprintln!("\n*** NOT RUN: {python} has no PyMySQL and Connector/Python\n");
        return Ok(());
    }
    let server = Running::start(&[])?;
    data::shop(&server.store);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/drivers.py");
    let port = server.port.to_string();
    let output = Command::new(&python)
        .args([script, &port, PASSWORD])
        .output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let checks = String::from_utf8(output.stdout)?.lines().count();
    assert!(checks >= 9, "{checks} checks");
    Ok(())
}
