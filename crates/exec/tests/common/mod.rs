//! What the tests against real servers share.
#![allow(dead_code)] // each test file takes what it needs

use anyhow::{Context, Result};
use understudy_exec::ddl::{self, StatementContext};
use understudy_sql::parse_statement;
use understudy_storage::schema::{DatabaseDef, Flavour};
use understudy_storage::{Store, StoreOptions, Writer};
use understudy_testkit::Kind;

/// Statements of a corpus file.
pub fn statements(text: &str) -> Vec<String> {
    text.split(";\n")
        .map(str::trim)
        .filter(|s| !s.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The context of a session of that server, with its own `sql_mode` and collations.
pub fn context(
    kind: Kind,
    connection: &mut understudy_testkit::client::Connection,
) -> Result<StatementContext> {
    let version = connection.server_version.clone();
    let number = version_number(&version).context("server version")?;
    let flavour = Flavour {
        mariadb: kind.is_mariadb(),
        version: number,
    };
    let mut ctx = StatementContext::new(flavour, "d1");
    let mode = connection.query("SELECT @@sql_mode")?.text();
    let mode = mode.concat().concat();
    ctx.sql_mode = 0;
    for (name, bit) in [
        ("STRICT_TRANS_TABLES", 1 << 21),
        ("NO_ENGINE_SUBSTITUTION", 1 << 30),
    ] {
        if mode.contains(name) {
            ctx.sql_mode |= bit;
        }
    }
    Ok(ctx)
}

/// `10.11.6-MariaDB` as 101106.
fn version_number(text: &str) -> Option<u32> {
    let text = text.strip_prefix("5.5.5-").unwrap_or(text);
    let mut parts = text
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|p| p.parse::<u32>().ok());
    let (major, minor, patch) = (parts.next()?, parts.next()?, parts.next()?);
    Some(major * 10000 + minor * 100 + patch)
}

/// An empty store with database `d1`.
pub fn store(ctx: &StatementContext) -> Result<(tempfile::TempDir, Store)> {
    let dir = tempfile::tempdir()?;
    let store = Store::open(dir.path(), StoreOptions::default())?;
    let mut writer = store.writer();
    writer.put_database(DatabaseDef {
        name: "d1".into(),
        collation: ctx.collation_server,
        flavour: ctx.flavour,
        comment: String::new(),
        options: Vec::new(),
    })?;
    writer.commit()?;
    drop(writer);
    Ok((dir, store))
}

/// Parses and executes a DDL statement, and ends its transaction.
pub fn execute(writer: &mut Writer, sql: &str, ctx: &StatementContext) -> Result<()> {
    let statement = parse_statement(sql.as_bytes(), &ctx.parse_context())?;
    match ddl::execute(writer, &statement, ctx) {
        Ok(outcome) => {
            writer.end()?;
            outcome.error.map_or(Ok(()), |e| Err(e.into()))
        }
        Err(error) => {
            writer.rollback()?;
            Err(error.into())
        }
    }
}
