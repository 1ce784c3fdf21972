//! Two servers side by side: databases, tables, definitions and rows, byte for byte.
//!
//! Both answer the same statements of the same client. Rows of a table with a primary key are compared in its
//! order, which checks the order too; others are sorted here.

use anyhow::Context;
use std::fmt;
use understudy_testkit::client::{Connection, Row};

/// One difference; prints what a reader needs to repeat it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What was compared: a statement.
    pub statement: String,
    /// The first differing part of the source's answer.
    pub source: String,
    /// The same part of the replica's answer.
    pub replica: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}\n  source:  {}\n  replica: {}",
            self.statement, self.source, self.replica
        )
    }
}

/// Compares everything but system databases and returns the differences.
///
/// `session` is run on both first, to vary time zone and character set of the answers.
pub fn all(
    source: &mut Connection,
    replica: &mut Connection,
    session: &[&str],
    counters: Counters,
) -> anyhow::Result<Vec<Difference>> {
    source.run(session)?;
    replica.run(session)?;
    let mut pair = Pair {
        source,
        replica,
        counters,
        differences: Vec::new(),
    };
    for database in pair.names("SHOW DATABASES")? {
        if SYSTEM_DATABASES.contains(&database.as_str()) {
            continue;
        }
        let quoted = quote(&database);
        pair.equal(&format!("SHOW CREATE DATABASE {quoted}"))?;
        for table in pair.names(&format!("SHOW TABLES FROM {quoted}"))? {
            pair.table(&format!("{quoted}.{}", quote(&table)))?;
        }
    }
    Ok(pair.differences)
}

/// Fails with the first differences when there are any.
pub fn expect_equal(
    source: &mut Connection,
    replica: &mut Connection,
    session: &[&str],
    counters: Counters,
) -> anyhow::Result<()> {
    let differences = all(source, replica, session, counters)?;
    if differences.is_empty() {
        return Ok(());
    }
    let shown: Vec<String> = differences
        .iter()
        .take(40)
        .map(ToString::to_string)
        .collect();
    anyhow::bail!("{} differences:\n{}", differences.len(), shown.join("\n"))
}

/// Whether `AUTO_INCREMENT=n` of definitions must be equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counters {
    /// It must: nothing was rolled back.
    Equal,
    /// Transactions were rolled back.
    MayDiffer,
}

const SYSTEM_DATABASES: [&str; 4] = ["mysql", "information_schema", "performance_schema", "sys"];

struct Pair<'a> {
    source: &'a mut Connection,
    replica: &'a mut Connection,
    counters: Counters,
    differences: Vec<Difference>,
}

impl Pair<'_> {
    /// First column of both answers, system databases left out of the comparison; those that both have.
    fn names(&mut self, statement: &str) -> anyhow::Result<Vec<String>> {
        let ask = |connection: &mut Connection| -> anyhow::Result<Vec<String>> {
            let mut names: Vec<String> = connection
                .query(statement)
                .with_context(|| statement.to_owned())?
                .text()
                .into_iter()
                .filter_map(|row| row.into_iter().next())
                .filter(|name| !SYSTEM_DATABASES.contains(&name.as_str()))
                .collect();
            names.sort();
            Ok(names)
        };
        let source = ask(self.source)?;
        let replica = ask(self.replica)?;
        let only = |left: &[String], right: &[String]| -> String {
            let names: Vec<&str> = left
                .iter()
                .filter(|name| !right.contains(name))
                .map(String::as_str)
                .collect();
            format!("only here: {names:?}")
        };
        if source != replica {
            self.differences.push(Difference {
                statement: statement.to_owned(),
                source: only(&source, &replica),
                replica: only(&replica, &source),
            });
        }
        Ok(source
            .into_iter()
            .filter(|name| replica.contains(name))
            .collect())
    }

    fn table(&mut self, table: &str) -> anyhow::Result<()> {
        let definition = format!("SHOW CREATE TABLE {table}");
        self.equal(&definition)?;
        let key = self
            .source
            .query(format!(
                "SHOW INDEX FROM {table} WHERE Key_name = 'PRIMARY'"
            ))?
            .text();
        // A prefix of a TEXT column orders its rows no more than partly, and 5.6 sorts empty ones apart.
        let whole = key.iter().all(|row| row[7] == "NULL");
        let columns: Vec<String> = key.iter().map(|row| quote(&row[4])).collect();
        if columns.is_empty() || !whole {
            self.rows(&format!("SELECT * FROM {table}"), true)
        } else {
            let columns = columns.join(", ");
            self.rows(&format!("SELECT * FROM {table} ORDER BY {columns}"), false)
        }
    }

    fn equal(&mut self, statement: &str) -> anyhow::Result<()> {
        self.rows(statement, false)
    }

    /// Runs a statement on both sides; an error on one side is a difference, not an end.
    fn rows(&mut self, statement: &str, sort: bool) -> anyhow::Result<()> {
        let counters = self.counters;
        let ask = |connection: &mut Connection| match connection.query(statement) {
            Ok(mut answer) => {
                if sort {
                    answer.rows.sort();
                }
                if statement.starts_with("SHOW CREATE TABLE") {
                    let cells = answer.rows.iter_mut().flatten();
                    cells.for_each(|cell| definition(cell, counters));
                }
                let names: Vec<String> = answer.columns.into_iter().map(|c| c.name).collect();
                Ok((names, answer.rows))
            }
            Err(error) => Err(format!("{error:#}")),
        };
        let source = ask(self.source);
        let replica = ask(self.replica);
        if source == replica {
            return Ok(());
        }
        let (left, right) = match (source, replica) {
            (Ok(left), Ok(right)) if left.0 != right.0 => (
                format!("columns {:?}", left.0),
                format!("columns {:?}", right.0),
            ),
            (Ok(left), Ok(right)) => first_difference(&left.1, &right.1),
            (left, right) => (outcome(left), outcome(right)),
        };
        self.differences.push(Difference {
            statement: statement.to_owned(),
            source: left,
            replica: right,
        });
        Ok(())
    }
}

/// Takes out of a definition what differs between a real source and its real replica too.
///
/// MariaDB remarks which columns have the temporal format of before MySQL 5.6, which a replica makes in the format
/// of its own configuration. AUTO_INCREMENT counts numbers that a transaction took and rolled back, of which the
/// binary log says nothing.
fn definition(cell: &mut Option<Vec<u8>>, counters: Counters) {
    let Some(bytes) = cell else { return };
    while let Some((start, end)) = find(bytes, b" /* mariadb-5.3 */", |_| false) {
        bytes.drain(start..end);
    }
    if counters == Counters::MayDiffer
        && let Some((start, end)) = find(bytes, b" AUTO_INCREMENT=", |byte| byte.is_ascii_digit())
    {
        bytes.drain(start..end);
    }
}

/// Where `text` and the bytes after it that `more` accepts stand.
fn find(bytes: &[u8], text: &[u8], more: impl Fn(&u8) -> bool) -> Option<(usize, usize)> {
    let start = bytes.windows(text.len()).position(|part| part == text)?;
    let tail = bytes.get(start + text.len()..)?;
    let extra = tail.iter().take_while(|byte| more(byte)).count();
    Some((start, start + text.len() + extra))
}

fn outcome(answer: Result<(Vec<String>, Vec<Row>), String>) -> String {
    match answer {
        Ok((_, rows)) => format!("{} rows", rows.len()),
        Err(error) => error,
    }
}

fn first_difference(source: &[Row], replica: &[Row]) -> (String, String) {
    if source.len() != replica.len() {
        let missing = source.iter().find(|row| !replica.contains(row));
        let surplus = replica.iter().find(|row| !source.contains(row));
        return (
            format!("{} rows, only here {}", source.len(), show(missing)),
            format!("{} rows, only here {}", replica.len(), show(surplus)),
        );
    }
    let index = source
        .iter()
        .zip(replica)
        .position(|(left, right)| left != right)
        .unwrap_or(0);
    (
        format!("row {index} {}", show(source.get(index))),
        format!("row {index} {}", show(replica.get(index))),
    )
}

fn show(row: Option<&Row>) -> String {
    let Some(row) = row else {
        return "-".to_owned();
    };
    let cells: Vec<String> = row
        .iter()
        .map(|cell| match cell {
            None => "NULL".to_owned(),
            Some(bytes) if bytes.len() > 3000 => format!("({} bytes)", bytes.len()),
            Some(bytes) => bytes.escape_ascii().to_string(),
        })
        .collect();
    format!("[{}]", cells.join(" | "))
}

fn quote(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}
