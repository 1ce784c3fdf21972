//! Queries on MySQL 9.7 and here, over the same rows: the same rows in the same order, and the same column
//! names and types.

mod common;

use anyhow::{Context, Result, ensure};
use understudy_exec::select::{NoVariables, SessionContext, execute};
use understudy_sql::ast::Statement;
use understudy_sql::parse_statement;
use understudy_storage::{DuplicateMode, Store};
use understudy_testkit::client::Connection;
use understudy_testkit::{Kind, reference};
use understudy_values::cast::{CastContext, from_literal};
use understudy_values::charset::Server;
use understudy_values::row;
use understudy_values::temporal::Date;
use understudy_values::temporal::zone::TimeZone;
use understudy_values::text::{TextContext, write_text};

const CORPUS: &str = include_str!("corpus/select.sql");

/// Copies a table's rows from the real server.
fn copy_rows(store: &Store, connection: &mut Connection, table: &str) -> Result<()> {
    let mut writer = store.writer();
    let def = writer
        .catalog()
        .table("d1", table)
        .cloned()
        .context("table")?;
    let casts = CastContext {
        strict: true,
        time_zone: TimeZone::UTC,
        today: Date::default(),
        server: Server::MySql8,
    };
    for cells in connection.query(format!("SELECT * FROM d1.{table}"))?.rows {
        let fields = cells
            .iter()
            .zip(def.types())
            .map(|(cell, ty)| {
                let Some(cell) = cell else { return Ok(None) };
                let text = std::str::from_utf8(cell)?;
                let value = from_literal(text, ty, &casts)?.value;
                Ok(Some(ty.encode(&value)?))
            })
            .collect::<Result<Vec<_>>>()?;
        let parts: Vec<Option<&[u8]>> = fields.iter().map(Option::as_deref).collect();
        writer.insert(&def, &row::build(&parts), DuplicateMode::Strict)?;
    }
    writer.commit()?;
    Ok(())
}

/// Rows as text, and names and types of the columns.
fn ours(
    store: &Store,
    sql: &str,
    session: &SessionContext<'_>,
    ctx: &understudy_exec::ddl::StatementContext,
) -> Result<(Vec<Vec<String>>, Vec<String>)> {
    let Statement::Select(query) = parse_statement(sql.as_bytes(), &ctx.parse_context())? else {
        anyhow::bail!("not a query: {sql}");
    };
    let result = execute(&store.snapshot(), &query, session)?;
    let columns: Vec<String> = result
        .columns
        .iter()
        .map(|c| format!("{} {}", c.name, c.type_code))
        .collect();
    let mut rows = Vec::new();
    for fields in result.rows {
        let mut line = Vec::new();
        for (field, column) in fields?.iter().zip(&result.columns) {
            let mut text = Vec::new();
            match field {
                Some(field) => write_text(&column.ty, field, &TextContext::raw(), &mut text)?,
                None => text.extend_from_slice(b"NULL"),
            }
            line.push(String::from_utf8_lossy(&text).into_owned());
        }
        rows.push(line);
    }
    Ok((rows, columns))
}

#[test]
fn queries_answer_as_mysql_97_answers_them() -> Result<()> {
    let server = reference!(Kind::Mysql97);
    let mut connection = server.connect()?;
    for sql in ["CREATE DATABASE d1", "USE d1"] {
        connection.query(sql)?;
    }
    let ctx = common::context(Kind::Mysql97, &mut connection)?;
    let (_dir, store) = common::store(&ctx)?;
    let session = SessionContext::new(ctx.flavour, "d1", &NoVariables);
    let mut differences = Vec::new();
    let mut compared = 0;
    for sql in common::statements(CORPUS) {
        let answer = connection.query(&sql).with_context(|| sql.clone())?;
        let lower = sql.to_lowercase();
        if lower.starts_with("create") {
            common::execute(&mut store.writer(), &sql, &ctx)?;
            let mut writer = store.writer();
            common::execute(
                &mut writer,
                &sql.replacen("create table", "create table if not exists", 1),
                &ctx,
            )?;
            writer.commit()?;
        } else if lower.starts_with("insert") {
            let table = sql.split_whitespace().nth(2).unwrap_or_default();
            copy_rows(&store, &mut connection, table)?;
        } else {
            compared += 1;
            let columns: Vec<String> = answer
                .columns
                .iter()
                .map(|c| format!("{} {}", c.name, c.type_code))
                .collect();
            match ours(&store, &sql, &session, &ctx) {
                Ok((rows, ours)) if rows == answer.text() && ours == columns => {}
                Ok((rows, ours)) => differences.push(format!(
                    "{sql}\n  ours:   {ours:?} {rows:?}\n  theirs: {columns:?} {:?}",
                    answer.text()
                )),
                Err(error) => differences.push(format!("{sql}\n  {error}")),
            }
        }
    }
    ensure!(
        differences.is_empty(),
        "{} of {compared} queries differ:\n{}",
        differences.len(),
        differences.join("\n")
    );
    ensure!(compared > 25, "only {compared} queries were compared");
    Ok(())
}
