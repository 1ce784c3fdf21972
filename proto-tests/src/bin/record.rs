//! Records what a real server writes: its binary logs and, as text, what it then answers.
//!
//! ```sh
//! cargo run -p understudy-proto-tests --bin record -- mysql-9.7 types FOLDER
//! ```
//!
//! The second word is `types`, `collations`, `workload`, or the path of a file with one SQL statement a line.
//! FOLDER then has `binlog.000001` and on, and `answers.txt`: for each table its SHOW CREATE TABLE and its rows,
//! cells in hexadecimal, sorted.

use anyhow::{Context, bail};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use understudy_proto_tests::{matrix, workload};
use understudy_testkit::client::Connection;
use understudy_testkit::{Kind, ReferenceServer};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, what, folder] = arguments.as_slice() else {
        bail!("usage: record KIND types|collations|workload|FILE FOLDER");
    };
    let kind = Kind::ALL
        .into_iter()
        .find(|known| known.name() == kind)
        .with_context(|| format!("unknown server {kind}"))?;
    let source = ReferenceServer::start(kind, &[])?;
    let mut connection = source.connect()?;
    match what.as_str() {
        "types" => drop(matrix::build(kind, &mut connection)?),
        "collations" => drop(matrix::build_collations(&mut connection)?),
        "workload" => drop(workload::run(
            &workload::Plan {
                kind,
                port: source.port(),
                seed: 1,
                transactions: 2_000,
                connections: 4,
                pause: Duration::ZERO,
                source_dies: false,
                schema_gate: std::sync::Arc::default(),
            },
            &AtomicBool::new(false),
        )?),
        file => {
            let text = std::fs::read_to_string(file).with_context(|| file.to_owned())?;
            connection.run(text.lines().filter(|line| !line.trim().is_empty()))?;
        }
    }
    let folder = Path::new(folder);
    std::fs::create_dir_all(folder)?;
    for file in source.binlog_files()? {
        std::fs::copy(&file, folder.join(file.file_name().context("no name")?))?;
    }
    std::fs::write(folder.join("answers.txt"), answers(&mut connection)?)?;
    Ok(())
}

fn answers(connection: &mut Connection) -> anyhow::Result<String> {
    connection.run(["SET NAMES utf8mb4", "SET time_zone='+00:00'"])?;
    let tables = connection
        .query(
            "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA NOT IN \
             ('mysql', 'information_schema', 'performance_schema', 'sys') ORDER BY 1, 2",
        )?
        .text();
    let mut out = String::new();
    for table in tables {
        let name = format!(
            "`{}`.`{}`",
            table[0].replace('`', "``"),
            table[1].replace('`', "``")
        );
        let definition = connection
            .query(format!("SHOW CREATE TABLE {name}"))?
            .text();
        writeln!(out, "== {name}\n{}", definition[0][1])?;
        let mut rows = connection.query(format!("SELECT * FROM {name}"))?.rows;
        rows.sort();
        for row in rows {
            let cells: Vec<String> = row
                .iter()
                .map(|cell| {
                    cell.as_ref()
                        .map_or_else(|| "NULL".to_owned(), |bytes| hex(bytes))
                })
                .collect();
            writeln!(out, "-- {}", cells.join(" "))?;
        }
    }
    Ok(out)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold("x".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
