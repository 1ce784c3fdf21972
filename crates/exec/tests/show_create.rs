//! SHOW CREATE TABLE of the real servers and ours, byte for byte, after every statement of the corpus.
//!
//! A statement that the real server refuses is left out here too (the corpus is one for all four). One that we
//! refuse has to be in `REFUSED`.

mod common;

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use understudy_exec::show::{self, ShowOptions};
use understudy_testkit::client::Connection;
use understudy_testkit::{Kind, reference};

const CORPUS: &[(&str, &str)] = &[
    ("create_table", include_str!("corpus/create_table.sql")),
    ("alter_table", include_str!("corpus/alter_table.sql")),
];

/// Constructs that are error 1235 by design.
const REFUSED: &[&str] = &["system versioning", "period for", " select "];

fn theirs(connection: &mut Connection) -> Result<BTreeMap<String, String>> {
    let mut out = BTreeMap::new();
    let names = connection
        .query("SELECT table_name FROM information_schema.tables WHERE table_schema='d1' AND table_type='BASE TABLE'")?
        .text();
    for name in names.concat() {
        let shown = connection.query(format!("SHOW CREATE TABLE d1.`{name}`"))?;
        let text = shown.rows.first().and_then(|r| r.get(1).cloned().flatten());
        out.insert(
            name,
            String::from_utf8_lossy(&text.unwrap_or_default()).into_owned(),
        );
    }
    Ok(out)
}

fn compare(kind: Kind) -> Result<()> {
    let server = reference!(kind);
    let mut connection = server.connect()?;
    let mut differences = Vec::new();
    let mut compared = 0;
    for (name, corpus) in CORPUS {
        for sql in [
            "SET NAMES utf8mb4",
            "DROP DATABASE IF EXISTS d1",
            "CREATE DATABASE d1",
            "USE d1",
        ] {
            connection.query(sql)?;
        }
        let ctx = common::context(kind, &mut connection)?;
        let (_dir, store) = common::store(&ctx)?;
        let mut writer = store.writer();
        for sql in common::statements(corpus) {
            if connection.query(&sql).is_err() {
                continue;
            }
            compared += 1;
            if let Err(error) = common::execute(&mut writer, &sql, &ctx) {
                let lower = sql.to_lowercase();
                if !REFUSED.iter().any(|word| lower.contains(word)) {
                    differences.push(format!("{name}: {sql}\n  {error}"));
                }
                continue;
            }
            for (table, want) in theirs(&mut connection)? {
                let Some(def) = writer.catalog().table("d1", &table).cloned() else {
                    continue;
                };
                let options = ShowOptions {
                    auto_increment: writer.auto_increment(&def).ok(),
                    ..ShowOptions::default()
                };
                let have = show::create_table(&def, &options);
                let have = String::from_utf8_lossy(&have).into_owned();
                if have != want {
                    differences.push(format!("{name}: {sql}\nours:   {have}\ntheirs: {want}"));
                }
            }
        }
    }
    ensure!(
        differences.is_empty(),
        "{} of {compared} statements differ on {}:\n{}",
        differences.len(),
        kind.name(),
        differences.join("\n\n")
    );
    ensure!(compared > 150, "only {compared} statements were compared");
    Ok(())
}

#[test]
fn definitions_print_as_mysql_97_prints_them() -> Result<()> {
    compare(Kind::Mysql97)
}

#[test]
fn definitions_print_as_mysql_56_prints_them() -> Result<()> {
    compare(Kind::Mysql56)
}

#[test]
fn definitions_print_as_mariadb_1011_prints_them() -> Result<()> {
    compare(Kind::Mariadb1011)
}

#[test]
fn definitions_print_as_mariadb_118_prints_them() -> Result<()> {
    compare(Kind::Mariadb118)
}
