//! Records `fixtures/binlog/<server>/<set>.bin` and `.events` by running `fixtures/binlog/sets/*.sql` on the
//! reference servers. `scripts/record-binlog-fixtures` runs it.
//!
//! A set is SQL with one statement a line end (`;`), led by comments that say on which servers and with which
//! options it runs; `-- error` before a statement lets that one fail. Each set runs on a server of its own and
//! gives the binary log file that it wrote; a `.events` file holds what the server's own SHOW BINLOG EVENTS
//! says of it: offset, type, server id, end.

use anyhow::{Context, ensure};
use std::fmt::Write;
use std::path::Path;
use understudy_testkit::{Kind, ReferenceServer, kind};

struct Set {
    name: String,
    kinds: Vec<Kind>,
    options: Vec<String>,
    statements: Vec<(String, bool)>,
}

fn parse(name: String, text: &str) -> Set {
    let words = |key: &str| -> Vec<String> {
        let line = text.lines().find_map(|line| line.strip_prefix(key));
        line.unwrap_or_default()
            .split_whitespace()
            .map(str::to_owned)
            .collect()
    };
    let kinds = words("-- kinds:");
    let mut statements = Vec::new();
    let (mut statement, mut may_fail) = (String::new(), false);
    for line in text.lines() {
        if line.starts_with("-- ") {
            may_fail |= line == "-- error";
            continue;
        }
        statement.push_str(line);
        match statement.strip_suffix(';') {
            Some(whole) => {
                statements.push((whole.to_owned(), may_fail));
                statement.clear();
                may_fail = false;
            }
            None => statement.push('\n'),
        }
    }
    Set {
        name,
        kinds: Kind::ALL
            .into_iter()
            .filter(|kind| kinds.iter().any(|name| name == kind.name()))
            .collect(),
        options: words("-- options:"),
        statements,
    }
}

/// Runs a set in a binary log file of its own, which the server then ends with a Stop event.
fn record(set: &Set, kind: Kind, folder: &Path) -> anyhow::Result<()> {
    let options: Vec<&str> = set.options.iter().map(String::as_str).collect();
    let mut server = ReferenceServer::start(kind, &options)?;
    server.exec("FLUSH LOGS")?;
    let first = server.binlog_position()?.0;
    let mut connection = server.connect()?;
    for (statement, may_fail) in &set.statements {
        let result = connection.query(statement);
        ensure!(*may_fail || result.is_ok(), "{statement}: {result:?}");
    }
    drop(connection);
    let last = server.binlog_position()?.0;
    server.restart()?;
    for (index, path) in server.binlog_files()?.iter().enumerate() {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .context("name")?;
        if name < first.as_str() || name > last.as_str() {
            continue;
        }
        let suffix = if name == first {
            String::new()
        } else {
            format!("_{index}")
        };
        let target = folder.join(format!("{}{suffix}", set.name));
        std::fs::copy(path, target.with_extension("bin"))?;
        let mut listing = String::new();
        for row in server
            .query(format!("SHOW BINLOG EVENTS IN '{name}'"))?
            .text()
        {
            writeln!(listing, "{}\t{}\t{}\t{}", row[1], row[2], row[3], row[4])?;
        }
        std::fs::write(target.with_extension("events"), listing)?;
    }
    Ok(())
}

fn main() -> anyhow::Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let fixtures = kind::repository().join("fixtures/binlog");
    let mut paths: Vec<_> = std::fs::read_dir(fixtures.join("sets"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    paths.sort();
    let mut failures = 0;
    for path in paths {
        let name = path
            .file_stem()
            .and_then(|name| name.to_str())
            .context("name")?;
        if !wanted.is_empty() && !wanted.iter().any(|wanted| wanted == name) {
            continue;
        }
        let set = parse(name.to_owned(), &std::fs::read_to_string(&path)?);
        ensure!(!set.kinds.is_empty(), "{name}: no server named");
        for kind in &set.kinds {
            let folder = fixtures.join(kind.name());
            std::fs::create_dir_all(&folder)?;
            eprintln!("{name} on {}", kind.name());
            if let Err(error) = record(&set, *kind, &folder) {
                eprintln!("{name} on {}: {error:#}", kind.name());
                failures += 1;
            }
        }
    }
    ensure!(failures == 0, "{failures} recordings failed");
    Ok(())
}
