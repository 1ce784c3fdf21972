//! Stock clients and drivers connect to Understudy and read what the source has.

use std::process::Command;
use std::time::Duration;
use understudy_proto_tests::attach;
use understudy_testkit::kind::Program;
use understudy_testkit::{Kind, ReferenceServer, Understudy, reference};

const STATEMENTS: [&str; 4] = [
    "CREATE DATABASE app DEFAULT CHARACTER SET utf8mb4",
    "CREATE TABLE app.items (id INT NOT NULL PRIMARY KEY, name VARCHAR(50), price DECIMAL(10,2), \
     added DATETIME(6), raw VARBINARY(20), flag BIT(8), ratio DOUBLE, note TEXT)",
    "INSERT INTO app.items VALUES \
     (1, '中文 😀', '12.50', '2024-02-29 12:34:56.789000', x'00ff', b'101', 0.1, NULL), \
     (2, 'plain', '-0.01', '1999-12-31 23:59:59', '', b'0', -1e100, 'text'), \
     (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
    "UPDATE app.items SET price = price + 1 WHERE id = 2",
];

fn replica_of(source: &ReferenceServer) -> anyhow::Result<Understudy> {
    source.connect()?.run(STATEMENTS)?;
    let replica = Understudy::start(&[])?;
    attach::follow(&replica, source, source.port())?;
    attach::wait_applied(&replica, source, Duration::from_secs(60))?;
    Ok(replica)
}

/// The same script against the source and against the replica must print the same.
const SCRIPT: &str = r#"
import sys
port = int(sys.argv[1])
def show(label, rows):
    for row in rows:
        print(label, [repr(cell) for cell in row])

import pymysql
with pymysql.connect(host="127.0.0.1", port=port, user="root", charset="utf8mb4") as c:
    with c.cursor() as cursor:
        cursor.execute("SELECT * FROM app.items ORDER BY id")
        show("pymysql", cursor.fetchall())
        cursor.execute("SELECT name, price FROM app.items WHERE id = %s", (2,))
        show("pymysql parameter", cursor.fetchall())
        cursor.execute("SELECT COUNT(*) FROM app.items")
        show("pymysql count", cursor.fetchall())
        cursor.execute("SHOW TABLES FROM app")
        show("pymysql tables", cursor.fetchall())
        try:
            cursor.execute("SELECT * FROM app.missing")
        except pymysql.err.ProgrammingError as error:
            print("pymysql error", error.args)

import mysql.connector
c = mysql.connector.connect(host="127.0.0.1", port=port, user="root", database="app", use_pure=True)
cursor = c.cursor()
cursor.execute("SELECT * FROM items WHERE id <= 2 ORDER BY id DESC")
show("connector", cursor.fetchall())
cursor.close()
cursor = c.cursor(prepared=True)
for key in (1, 2, 3):
    cursor.execute("SELECT id, name, price, added, ratio, note FROM items WHERE id = ?", (key,))
    show("connector prepared", cursor.fetchall())
cursor.close()
c.close()
"#;

#[test]
fn python_drivers_read_what_the_source_has() -> anyhow::Result<()> {
    let Some(python) = std::env::var_os("UNDERSTUDY_PYTHON") else {
        anyhow::ensure!(
            std::env::var_os("CI").is_none(),
            "UNDERSTUDY_PYTHON is not set; scripts/test sets it"
        );
        eprintln!("\n*** NOT RUN: UNDERSTUDY_PYTHON is not set; scripts/test sets it\n");
        return Ok(());
    };
    let source = reference!(Kind::Mysql97);
    let replica = replica_of(&source)?;
    let run = |port: u16| -> anyhow::Result<String> {
        let output = Command::new(&python)
            .args(["-c", SCRIPT, &port.to_string()])
            .env("PYTHONIOENCODING", "utf-8")
            .output()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "port {port}: {errors}");
        Ok(String::from_utf8(output.stdout)?)
    };
    let expected = run(source.port())?;
    assert!(expected.lines().count() > 10, "{expected}");
    assert_eq!(run(replica.port())?, expected);
    Ok(())
}

#[test]
fn stock_command_line_clients_read_what_the_source_has() -> anyhow::Result<()> {
    let source = reference!(Kind::Mysql97);
    let replica = replica_of(&source)?;
    for kind in [Kind::Mysql97, Kind::Mariadb1011, Kind::Mariadb118] {
        let ask = |port: u16, program: Program, arguments: &[&str]| -> anyhow::Result<String> {
            let output = kind
                .client(program)
                .args(["--host=127.0.0.1", &format!("--port={port}"), "--user=root"])
                .args(arguments)
                .output()?;
            let errors = String::from_utf8_lossy(&output.stderr);
            anyhow::ensure!(
                output.status.success(),
                "{} {arguments:?}: {errors}",
                kind.name()
            );
            Ok(output.stdout.escape_ascii().to_string())
        };
        for statement in [
            "SELECT * FROM app.items ORDER BY id",
            "SELECT id, name FROM app.items WHERE price > 0 AND id < 3",
            "SHOW CREATE TABLE app.items",
            "SHOW COLUMNS FROM app.items",
            "SHOW INDEX FROM app.items WHERE Key_name = 'PRIMARY' AND Seq_in_index = 2",
            "SHOW TABLES FROM app",
        ] {
            let arguments = [
                "--default-character-set=utf8mb4",
                "--table",
                "--execute",
                statement,
            ];
            let expected = ask(source.port(), Program::Mysql, &arguments)?;
            let answer = ask(replica.port(), Program::Mysql, &arguments)?;
            assert_eq!(answer, expected, "{} {statement}", kind.name());
        }
        let ping = ask(replica.port(), Program::Admin, &["ping"])?;
        assert!(ping.contains("is alive"), "{ping}");
    }
    Ok(())
}
