//! The table of compatibility: what real servers have of replication, and what Understudy makes of it.
//!
//! The names come from the servers: their `--verbose --help`, SHOW VARIABLES, SHOW STATUS, the columns of results
//! and of `performance_schema`, their lists of errors; [`rule`] says which belong to replication, and
//! [`statements`] has what is tried on both sides. A cell says what a server has: `-` (nothing of that name),
//! `same`, or what differs. `docs/compatibility.md` is this table, `proto-tests/tests/compatibility.rs` makes it.

pub mod rule;
pub mod statements;

use anyhow::Context;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use understudy_testkit::client::{Connection, ServerError};
use understudy_testkit::kind::{repository, servers_dir};
use understudy_testkit::{Kind, ReferenceServer, Understudy, understudy};

/// Columns of the table, oldest first.
pub const KINDS: [Kind; 4] = [
    Kind::Mysql56,
    Kind::Mysql97,
    Kind::Mariadb1011,
    Kind::Mariadb118,
];

/// Sections by title, each with rows by name; a row has a cell for each server.
#[derive(Debug, Default)]
pub struct Report {
    sections: BTreeMap<&'static str, BTreeMap<String, [Option<String>; 4]>>,
}

/// What a statement did.
type Outcome = Result<Vec<Vec<String>>, (u16, String)>;

/// Both sides of one comparison.
struct Pair {
    column: usize,
    kind: Kind,
    real: Connection,
    own: Connection,
    /// Of the real server and of Understudy.
    ports: (u16, u16),
    /// Text that depends on the instance, with what stands for it.
    instance: Vec<(String, &'static str)>,
}

impl Report {
    fn put(&mut self, section: &'static str, name: &str, column: usize, cell: String) {
        let rows = self.sections.entry(section).or_default();
        rows.entry(name.to_owned()).or_default()[column] = Some(cell);
    }

    /// Compares with one kind of server.
    pub fn compare(&mut self, column: usize, real: &ReferenceServer) -> anyhow::Result<()> {
        let own = Understudy::start(&["--relay-log=relay-bin", "--server-id=4000"])?;
        let kind = real.kind();
        // What both begin with; some statements below set variables on their way.
        let begins = [real.query(VARIABLES)?.text(), own.query(VARIABLES)?.text()];
        let mut pair = Pair {
            column,
            kind,
            real: real.connect()?,
            own: own.connect()?,
            ports: (real.port(), own.port()),
            instance: vec![
                (format!("{}/", real.datadir().display()), "<datadir>/"),
                (format!("{}/", own.datadir().display()), "<datadir>/"),
                (real.datadir().display().to_string(), "<datadir>"),
                (own.datadir().display().to_string(), "<datadir>"),
            ],
        };
        for side in [&mut pair.real, &mut pair.own] {
            for row in side.query("SHOW VARIABLES LIKE 'server_uuid'")?.text() {
                pair.instance.push((row[1].clone(), "<uuid>"));
            }
        }
        self.options(&mut pair)?;
        self.status_variables(&mut pair)?;
        self.tables(&mut pair)?;
        self.administration(&mut pair, "Statements before a source is configured");
        self.base(&mut pair);
        self.status_columns(&mut pair)?;
        self.administration(&mut pair, "Statements after a source is configured");
        self.change_and_start(&mut pair);
        self.variables(&pair, &begins);
        Ok(())
    }

    /// Options of `--verbose --help`.
    fn options(&mut self, pair: &mut Pair) -> anyhow::Result<()> {
        let mut command = pair.kind.server_command(Path::new("."));
        let output = command.args(["--verbose", "--help"]).output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (list, values) = text
            .split_once("\nVariables (--")
            .context("no list of values")?;
        let mut names = BTreeSet::new();
        for line in list.lines().filter(|line| line.starts_with("  --")) {
            let rest = line.trim_start().trim_start_matches('-');
            let name: String = rest
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_')
                .collect();
            names.insert(name.trim_end_matches('-').replace('_', "-"));
        }
        let defaults: BTreeMap<String, String> = values
            .lines()
            .filter_map(|line| line.split_once(' '))
            .map(|(name, value)| (name.replace('_', "-"), value.trim().to_owned()))
            .collect();
        for name in names.iter().filter(|name| rule::of_replication(name)) {
            let default = defaults.get(name).map(String::as_str);
            let default = default.filter(|value| !["", "(No default value)"].contains(value));
            let cell = taken(name, default)?;
            self.put("Options", &format!("--{name}"), pair.column, cell);
        }
        Ok(())
    }

    fn status_variables(&mut self, pair: &mut Pair) -> anyhow::Result<()> {
        let all = "SHOW GLOBAL STATUS";
        let ours = pair.own.query(all)?.text();
        for row in pair.real.query(all)?.text() {
            if !rule::status_of_replication(&row[0]) {
                continue;
            }
            let found = ours.iter().find(|own| own[0].eq_ignore_ascii_case(&row[0]));
            let cell = match found {
                None => "not here".to_owned(),
                Some(own) if own[0] != row[0] => format!("differs: named {}", own[0]),
                Some(own) if own[1].parse::<f64>().is_ok() == row[1].parse::<f64>().is_ok() => {
                    "same".to_owned()
                }
                Some(own) => differs(&row[1], &own[1]),
            };
            self.put("Status variables", &row[0], pair.column, cell);
        }
        Ok(())
    }

    /// Columns of tables about replication.
    fn tables(&mut self, pair: &mut Pair) -> anyhow::Result<()> {
        let sql = "SELECT table_schema, table_name, column_name FROM information_schema.columns \
                   WHERE table_schema = 'performance_schema' AND table_name LIKE 'replication%' \
                   OR table_schema = 'mysql' AND (table_name LIKE 'slave%' OR table_name LIKE '%gtid%' \
                   OR table_name LIKE 'replication%') ORDER BY 1, 2, ordinal_position";
        let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in pair.real.query(sql)?.text() {
            let table = format!("{}.{}", row[0], row[1]);
            columns.entry(table).or_default().push(row[2].clone());
        }
        for (table, names) in columns {
            let whole = format!("SELECT * FROM {table} LIMIT 0");
            let theirs = pair.real.query(&whole)?.columns;
            let ours = pair.own.query(&whole).map(|answer| answer.columns);
            for (at, name) in names.iter().enumerate() {
                let cell = match &ours {
                    Err(error) => error_text(error).1,
                    Ok(ours) => match ours.iter().position(|c| c.name.eq_ignore_ascii_case(name)) {
                        None => "not here".to_owned(),
                        Some(own) if ours[own].type_code != theirs[at].type_code => {
                            "differs: another type".to_owned()
                        }
                        Some(own) if own != at => "differs: at another place".to_owned(),
                        Some(_) => "same".to_owned(),
                    },
                };
                self.put(
                    "Columns of tables",
                    &format!("{table}.{name}"),
                    pair.column,
                    cell,
                );
            }
        }
        Ok(())
    }

    /// A source that never answers.
    fn base(&mut self, pair: &mut Pair) {
        for sql in [
            "STOP SLAVE",
            "RESET SLAVE ALL",
            "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=1, MASTER_USER='repl', MASTER_PASSWORD='x', \
             MASTER_LOG_FILE='binlog.000001', MASTER_LOG_POS=4, MASTER_CONNECT_RETRY=60",
        ] {
            let _ = pair.real.query(words(pair.kind, sql));
            let _ = pair.own.query(sql);
        }
    }

    fn status_columns(&mut self, pair: &mut Pair) -> anyhow::Result<()> {
        let statements: &[(&str, &'static str)] = match pair.kind {
            Kind::Mysql97 => &[("SHOW REPLICA STATUS", "Columns of SHOW REPLICA STATUS")],
            Kind::Mysql56 => &[("SHOW SLAVE STATUS", "Columns of SHOW SLAVE STATUS")],
            Kind::Mariadb1011 | Kind::Mariadb118 => &[
                ("SHOW SLAVE STATUS", "Columns of SHOW SLAVE STATUS"),
                (
                    "SHOW ALL SLAVES STATUS",
                    "Columns of SHOW ALL SLAVES STATUS",
                ),
            ],
        };
        for (sql, section) in statements {
            let (theirs, ours) = (pair.real.query(sql)?, pair.own.query(sql)?);
            let (their_row, our_row) = (theirs.text(), ours.text());
            for (at, column) in theirs.columns.iter().enumerate() {
                let found = ours.columns.iter().position(|c| c.name == column.name);
                let cell = match found {
                    None => "not here".to_owned(),
                    Some(own) => {
                        let there = pair.plain(&their_row[0][at]);
                        let here = pair.plain(&our_row[0][own]);
                        if there == here {
                            "same".to_owned()
                        } else {
                            differs(&there, &here)
                        }
                    }
                };
                self.put(section, &column.name, pair.column, cell);
            }
        }
        Ok(())
    }

    fn administration(&mut self, pair: &mut Pair, section: &'static str) {
        for (number, sql) in statements::ADMINISTRATION.iter().enumerate() {
            self.statement(pair, section, &format!("{:02} `{sql}`", number + 1), sql);
        }
    }

    fn change_and_start(&mut self, pair: &mut Pair) {
        for option in statements::CHANGE_OPTIONS {
            self.base(pair);
            let sql = format!("CHANGE MASTER TO {option}");
            self.statement(
                pair,
                "Options of CHANGE MASTER",
                &format!("`{option}`"),
                &sql,
            );
        }
        for form in statements::START_FORMS {
            self.base(pair);
            let sql = format!("START SLAVE {form}");
            self.statement(
                pair,
                "Forms of START SLAVE",
                &format!("`{}`", sql.trim()),
                &sql,
            );
        }
        self.base(pair);
    }

    /// Runs a statement on both sides, in the words that the real server knows.
    fn statement(&mut self, pair: &mut Pair, section: &'static str, name: &str, sql: &str) {
        let spoken = words(pair.kind, sql);
        let there = pair.outcome(true, &spoken);
        let here = pair.outcome(false, &spoken);
        let cell = match (&there, &here) {
            (Err((1064, _)), _) => return,
            (Ok(there), Ok(here)) if there == here => "same".to_owned(),
            (Err((number, there)), Err((_, here))) if there.trim() == here.trim() => {
                format!("same: {number}")
            }
            (there, here) => differs(&shown(there), &shown(here)),
        };
        self.put(section, name, pair.column, cell);
    }

    fn variables(&mut self, pair: &Pair, begins: &[Vec<Vec<String>>; 2]) {
        let [theirs, ours] = begins;
        for row in theirs.iter().filter(|row| rule::of_replication(&row[0])) {
            let cell = match ours.iter().find(|own| own[0] == row[0]) {
                Some(own) => pair.variable(&row[0], &row[1], &own[1]),
                None => "not here: 1193".to_owned(),
            };
            self.put("System variables", &row[0], pair.column, cell);
        }
    }

    /// Errors that the servers list, and whether Understudy has the number in its sources.
    pub fn errors(&mut self) -> anyhow::Result<()> {
        let raised = numbers_in_sources(&repository().join("crates"))?;
        let mut put = |column, number: u16, name: &str| {
            let cell = if raised.contains(&number) {
                "raised"
            } else {
                "not raised"
            };
            self.put(
                "Errors",
                &format!("{number} {name}"),
                column,
                cell.to_owned(),
            );
        };
        let mysql = ReferenceServer::start(Kind::Mysql97, &["--performance-schema=ON"])?;
        let sql = "SELECT error_number, error_name FROM performance_schema.events_errors_summary_global_by_error \
                   WHERE error_number IS NOT NULL";
        for row in mysql.query(sql)?.text() {
            if rule::error_of_replication(&row[1]) {
                put(1, row[0].parse()?, &row[1]);
            }
        }
        for (column, kind) in [(2, Kind::Mariadb1011), (3, Kind::Mariadb118)] {
            let program = servers_dir()
                .join(Kind::Mariadb1011.name())
                .join("usr/bin/perror");
            let messages = kind.dir().join(match kind {
                Kind::Mariadb118 => "usr/share/mariadb/english",
                _ => "usr/share/mysql/english",
            });
            let numbers = (1000..1980)
                .chain(3000..3060)
                .chain(4000..4220)
                .map(|n| n.to_string());
            let output = Kind::Mariadb1011
                .run(&program)
                .arg(format!("--lc-messages-dir={}", messages.display()))
                .args(numbers)
                .output();
            let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned())?;
            for line in text.lines() {
                let Some(rest) = line.strip_prefix("MariaDB error code ") else {
                    continue;
                };
                let Some((number, rest)) = rest.split_once(" (") else {
                    continue;
                };
                let Some((name, _)) = rest.split_once(')') else {
                    continue;
                };
                if rule::error_of_replication(name) {
                    put(column, number.parse()?, name);
                }
            }
        }
        Ok(())
    }

    /// The document.
    pub fn render(&self) -> String {
        let mut out = String::from(INTRODUCTION);
        for (title, rows) in &self.sections {
            let cells = || rows.values().flatten().flatten();
            let like = |word: &str| cells().filter(|cell| cell.starts_with(word)).count();
            let (word, same) = match *title {
                "Errors" => ("raised", like("raised")),
                _ => ("the same", like("same")),
            };
            let heads: Vec<String> = KINDS.iter().map(|kind| heading(*kind)).collect();
            let _ = writeln!(
                out,
                "\n## {title}\n\n{same} of {} {word}.\n",
                cells().count()
            );
            let _ = writeln!(out, "| | {} |\n|---|---|---|---|---|", heads.join(" | "));
            for (name, row) in rows {
                let row = row.iter().map(|cell| cell.as_deref().unwrap_or("-"));
                let row: Vec<String> = row.map(|cell| cell.replace('|', "\\|")).collect();
                let _ = writeln!(
                    out,
                    "| {} | {} |",
                    name.replace('|', "\\|"),
                    row.join(" | ")
                );
            }
        }
        out
    }
}

const VARIABLES: &str = "SHOW GLOBAL VARIABLES";

const INTRODUCTION: &str = "# Compatibility of replication

Generated by `proto-tests/tests/compatibility.rs`, which asks real servers and Understudy; do not edit. How to make it
anew is in CONTRIBUTING.md.

A row is a name or a statement, a column a server. `-`: that server has nothing of the name. `same`: Understudy
answers it alike (with the same error, where there is a number). `differs: x; here y`: what that server says, and what
Understudy says. Which names belong to replication says `proto-tests/src/compatibility/rule.rs`. Of errors it says whether Understudy's
sources have the number; their texts are compared where a statement here provokes them.
";

fn heading(kind: Kind) -> String {
    kind.name()
        .replace("mysql-", "MySQL ")
        .replace("mariadb-", "MariaDB ")
}

fn differs(there: &str, here: &str) -> String {
    format!("differs: {}; here {}", quoted(there), quoted(here))
}

fn quoted(text: &str) -> String {
    match text {
        "" => "empty".to_owned(),
        text => text.replace('\n', " ").trim().to_owned(),
    }
}

/// A statement in the words of a server that knows one vocabulary only.
fn words(kind: Kind, sql: &str) -> String {
    let translated = [
        "CHANGE MASTER TO",
        "START SLAVE",
        "STOP SLAVE",
        "RESET SLAVE",
    ];
    if kind != Kind::Mysql97 || !translated.iter().any(|start| sql.starts_with(start)) {
        return sql.to_owned();
    }
    sql.replace("CHANGE MASTER TO", "CHANGE REPLICATION SOURCE TO")
        .replace(" SLAVE", " REPLICA")
        .replace("GET_MASTER_", "GET_SOURCE_")
        .replace("MASTER_", "SOURCE_")
}

fn error_text(error: &anyhow::Error) -> (u16, String) {
    match error.downcast_ref::<ServerError>() {
        Some(error) => (error.errno, format!("{} {}", error.errno, error.message)),
        None => (0, format!("{error:#}")),
    }
}

/// An answer in few words: rows belong to the data, warnings do not.
fn shown(outcome: &Outcome) -> String {
    match outcome {
        Ok(warnings) if warnings.is_empty() => "done".to_owned(),
        Ok(warnings) => {
            let warnings: Vec<String> = warnings.iter().map(|row| row[1..].join(" ")).collect();
            format!("done, {}", warnings.join(", "))
        }
        Err((_, text)) => text.clone(),
    }
}

impl Pair {
    /// Without what depends on the instance.
    fn plain(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (found, stands) in &self.instance {
            text = text.replace(found, stands);
        }
        text.replace("MariaDB server version", "MySQL server version")
    }

    /// Runs a statement: its warnings, or its error.
    fn outcome(&self, real: bool, sql: &str) -> Outcome {
        // What a statement does to its session must not reach the next.
        let port = if real { self.ports.0 } else { self.ports.1 };
        let mut side = match Connection::open(port, "root") {
            Ok(side) => side,
            Err(error) => return Err((0, format!("{error:#}"))),
        };
        let result = side.query(sql).map(drop);
        let warnings = match &result {
            Ok(()) => side
                .query("SHOW WARNINGS")
                .map(|answer| answer.text())
                .unwrap_or_default(),
            Err(_) => Vec::new(),
        };
        match result {
            Ok(()) => Ok(warnings
                .into_iter()
                .map(|row| row.iter().map(|cell| self.plain(cell)).collect())
                .collect()),
            Err(error) => {
                let (number, text) = error_text(&error);
                Err((number, self.plain(&text)))
            }
        }
    }

    /// Default and what SET GLOBAL of another value does.
    fn variable(&self, name: &str, now: &str, default: &str) -> String {
        let mut found = Vec::new();
        let (there, here) = (self.plain(now), self.plain(default));
        if there != here && !BY_THE_KIT.contains(&name) {
            found.push(format!(
                "differs: {}; here {}",
                quoted(&there),
                quoted(&here)
            ));
        }
        let other = match now {
            "ON" => "OFF".to_owned(),
            "OFF" => "ON".to_owned(),
            number => match number.parse::<u64>() {
                Ok(number) => (number / 2 + 1).to_string(),
                Err(_) => format!("'{}'", now.replace('\'', "''")),
            },
        };
        let set = format!("SET GLOBAL {name} = {other}");
        let there = self.outcome(true, &set);
        let here = self.outcome(false, &set);
        let number = |outcome: &Outcome| outcome.as_ref().err().map(|(number, _)| *number);
        let no_effect = here
            .as_ref()
            .is_ok_and(|warnings| warnings.iter().any(|warning| warning[1] == "1235"));
        if no_effect {
            found.push("kept without effect (warning 1235)".to_owned());
        } else if number(&there) != number(&here) {
            found.push(format!("SET: {}; here {}", shown(&there), shown(&here)));
        }
        let back = now.parse::<u64>().map_or_else(
            |_| format!("'{}'", now.replace('\'', "''")),
            |n| n.to_string(),
        );
        let set = format!("SET GLOBAL {name} = {back}");
        let _ = self.outcome(true, &set);
        let _ = self.outcome(false, &set);
        if found.is_empty() {
            "same".to_owned()
        } else {
            found.join("; ")
        }
    }
}

/// Variables that the test kit gives its servers, or that name the instance.
const BY_THE_KIT: [&str; 20] = [
    "binlog_format",
    "log_bin",
    "log_bin_basename",
    "log_bin_index",
    "server_id",
    "server_uuid",
    "sync_binlog",
    "report_port",
    "relay_log_basename",
    "relay_log_index",
    "relay_log",
    "gtid_executed",
    "gtid_purged",
    "gtid_binlog_pos",
    "gtid_binlog_state",
    "gtid_current_pos",
    "gtid_slave_pos",
    "slave_load_tmpdir",
    "replica_load_tmpdir",
    "server_uid",
];

/// Whether `understudy serve` takes an option: a nonsensical one behind it ends the run. Without a default nothing but
/// the name can be tried.
fn taken(name: &str, default: Option<&str>) -> anyhow::Result<String> {
    let argument = match default {
        None => format!("--{name}=x"),
        Some(value) => format!("--{name}={value}"),
    };
    let output = Command::new(understudy::binary()?)
        .args(["serve", "--no-defaults", "--datadir=."])
        .args([&argument, "--end-of-the-test"])
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .output()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = text.lines().find(|line| line.contains("Error: "));
    let line = line.unwrap_or_default();
    let error = line
        .split_once("command line: ")
        .map_or(line, |(_, error)| error);
    Ok(if error.contains("end-of-the-test") {
        "same".to_owned()
    } else if error.contains("unknown ") {
        "not here: refused as unknown".to_owned()
    } else if default.is_none() && error.contains("Error while setting value") {
        "same".to_owned()
    } else {
        format!("differs: {error}")
    })
}

/// Numbers that stand in the product's sources where error numbers do.
fn numbers_in_sources(folder: &Path) -> anyhow::Result<BTreeSet<u16>> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() && !["generated", "tests", "testkit", "target"].contains(&name.as_str()) {
            found.extend(numbers_in_sources(&path)?);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            let text = std::fs::read_to_string(&path)?;
            let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            found.extend(words.filter_map(|word| word.parse::<u16>().ok()));
        }
    }
    Ok(found)
}
