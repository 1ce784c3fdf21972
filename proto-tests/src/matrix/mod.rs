//! The type matrix: every column type with its boundary values, every character set, every kind of definition.
//!
//! [`build`] runs on a real source. A statement that the source refuses is a mistake here and ends the build.
//!
//! Each type gets three tables: `a` with a number as primary key and the column nullable, `b` without a primary
//! key and with equal rows, `k` with the column itself as the primary key where a type allows it. Values are
//! inserted, changed into one another and partly deleted, under varying row images.

mod charsets;
mod definitions;
mod types;

use anyhow::Context;
use understudy_testkit::Kind;
use understudy_testkit::client::Connection;

/// A column type and values to store in it, as SQL.
#[derive(Clone, Debug)]
pub struct Spec {
    ty: String,
    values: Vec<String>,
    /// How a key over the column is written: `c` or `c(10)`; none when it cannot be one.
    key: Option<&'static str>,
}

impl Spec {
    fn new<V: Into<String>>(ty: impl Into<String>, values: impl IntoIterator<Item = V>) -> Spec {
        Spec {
            ty: ty.into(),
            values: values.into_iter().map(Into::into).collect(),
            key: None,
        }
    }

    fn key(mut self, key: &'static str) -> Spec {
        self.key = Some(key);
        self
    }
}

/// Makes everything on `source` and returns the number of tables.
pub fn build(kind: Kind, source: &mut Connection) -> anyhow::Result<usize> {
    build_types(source, &types::specs(kind))?;
    types::wide_tables(kind, source)?;
    charsets::build(source)?;
    definitions::build(kind, source)?;
    count_tables(source)
}

/// Makes a table of every collation of `source`; returns their number.
pub fn build_collations(source: &mut Connection) -> anyhow::Result<usize> {
    charsets::build_collations(source)?;
    count_tables(source)
}

/// Makes tables with MariaDB's compressed columns; returns their number.
pub fn build_compressed(source: &mut Connection) -> anyhow::Result<usize> {
    build_types(source, &types::compressed())?;
    count_tables(source)
}

/// Makes tables with MariaDB's temporal formats of before MySQL 5.6; returns their number.
pub fn build_old_temporals(source: &mut Connection) -> anyhow::Result<usize> {
    source.run([
        "CREATE DATABASE types",
        "USE types",
        "SET SESSION sql_mode='ALLOW_INVALID_DATES'",
    ])?;
    types::old_temporal_tables(source)?;
    count_tables(source)
}

fn build_types(source: &mut Connection, specs: &[Spec]) -> anyhow::Result<()> {
    source.run([
        "SET NAMES utf8mb4",
        "SET SESSION sql_mode='ALLOW_INVALID_DATES'",
        "CREATE DATABASE types DEFAULT CHARACTER SET utf8mb4",
        "USE types",
    ])?;
    for (number, spec) in specs.iter().enumerate() {
        let statements = tables_of(number, spec);
        source
            .run(&statements)
            .with_context(|| format!("type {}", spec.ty))?;
    }
    Ok(())
}

fn count_tables(source: &mut Connection) -> anyhow::Result<usize> {
    let answer = source.query(
        "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA NOT IN \
         ('mysql', 'information_schema', 'performance_schema', 'sys')",
    )?;
    Ok(answer.text()[0][0].parse()?)
}

fn tables_of(number: usize, spec: &Spec) -> Vec<String> {
    let (ty, values) = (&spec.ty, &spec.values);
    let name = format!("t{number:03}");
    let image = ["FULL", "MINIMAL", "NOBLOB"][number % 3];
    let listed = |row: &dyn Fn(usize, &String) -> String| -> String {
        let rows: Vec<String> = values.iter().enumerate().map(|(i, v)| row(i, v)).collect();
        rows.join(", ")
    };
    let mut out = vec![
        format!("CREATE TABLE {name}_a (id INT NOT NULL PRIMARY KEY, c {ty} NULL)"),
        format!(
            "INSERT IGNORE INTO {name}_a VALUES {}, (1000, NULL)",
            listed(&|i, v| format!("({i}, {v})"))
        ),
        format!("SET SESSION binlog_row_image={image}"),
    ];
    for (index, value) in values.iter().enumerate().step_by(2) {
        let id = (index + 1) % values.len();
        out.push(format!(
            "UPDATE IGNORE {name}_a SET c = {value} WHERE id = {id}"
        ));
    }
    out.extend([
        format!("INSERT IGNORE INTO {name}_a VALUES (1001, {})", values[0]),
        format!("UPDATE IGNORE {name}_a SET c = NULL WHERE id = 1001"),
        format!("DELETE FROM {name}_a WHERE id = 2"),
        "SET SESSION binlog_row_image=FULL".to_owned(),
    ]);
    let index = spec
        .key
        .map_or_else(String::new, |key| format!(", KEY ({key})"));
    out.extend([
        format!("CREATE TABLE {name}_b (c {ty} NOT NULL, n INT{index})"),
        format!(
            "INSERT IGNORE INTO {name}_b VALUES {}",
            listed(&|i, v| format!("({v}, {i}), ({v}, {})", i % 2))
        ),
        format!("UPDATE {name}_b SET n = n + 10 WHERE n < 3"),
        format!("DELETE FROM {name}_b WHERE n = 11 LIMIT 2"),
    ]);
    if let Some(key) = spec.key {
        out.extend([
            format!("CREATE TABLE {name}_k (n INT, c {ty} NOT NULL, PRIMARY KEY ({key}))"),
            format!(
                "INSERT IGNORE INTO {name}_k VALUES {}",
                listed(&|i, v| format!("({i}, {v})"))
            ),
            format!("UPDATE IGNORE {name}_k SET n = n + 1"),
            format!("DELETE FROM {name}_k WHERE n = 2"),
        ]);
    }
    out
}
