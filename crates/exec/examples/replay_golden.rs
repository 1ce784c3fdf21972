//! Replays statements recorded with a real server's SHOW CREATE TABLE output and reports the differences.
//!
//! usage: `replay_golden SERVER FILE.jsonl [--verbose]`; each line of FILE is
//! `{"s": statement, "errno": n, "tables": {name: text}}` or `{"reset": 1}`.

use std::collections::BTreeMap;

use understudy_exec::ddl::{self, StatementContext};
use understudy_exec::show;
use understudy_sql::parse_statement;
use understudy_storage::schema::{DatabaseDef, Flavour};
use understudy_storage::{Store, StoreOptions, Writer};

fn context(server: &str) -> StatementContext {
    let (mariadb, version) = match server {
        "my56" => (false, 50624),
        "my97" => (false, 90704),
        "ma1011" => (true, 101118),
        _ => (true, 110809),
    };
    let mut ctx = StatementContext::new(Flavour { mariadb, version }, "d1");
    let no_engine_substitution = 1 << 30;
    ctx.sql_mode = if server == "my56" { 0 } else { 1 << 21 } | no_engine_substitution;
    ctx
}

fn reset(writer: &mut Writer, ctx: &StatementContext) {
    let names: Vec<String> = writer
        .catalog()
        .databases()
        .map(|d| d.name.clone())
        .collect();
    for name in names {
        writer.drop_database(&name).expect("drop database");
    }
    writer
        .put_database(DatabaseDef {
            name: "d1".into(),
            collation: ctx.collation_server,
            flavour: ctx.flavour,
            comment: String::new(),
            options: Vec::new(),
        })
        .expect("put database");
    writer.commit().expect("commit");
}

/// Executes a statement; what the real server refused is taken back here too.
fn run(
    writer: &mut Writer,
    sql: &str,
    ctx: &StatementContext,
    keep: bool,
) -> Result<(), (u16, String)> {
    let mut ctx = ctx.clone();
    ctx.text = sql.as_bytes().to_vec();
    let statement = parse_statement(sql.as_bytes(), &ctx.parse_context())
        .map_err(|e| (e.errno(), e.message()))?;
    let result = ddl::execute(writer, &statement, &ctx);
    match result {
        Ok(outcome) => {
            if !keep && outcome.error.is_none() {
                writer.rollback().map_err(|e| (1, e.to_string()))?;
                return Ok(());
            }
            writer.end().map_err(|e| (1, e.to_string()))?;
            match outcome.error {
                Some(e) => Err((e.errno, e.message)),
                None => Ok(()),
            }
        }
        Err(e) => {
            writer.rollback().map_err(|e| (1, e.to_string()))?;
            Err((e.errno, e.message))
        }
    }
}

fn tables(writer: &Writer) -> BTreeMap<String, String> {
    writer
        .catalog()
        .tables_of("d1")
        .map(|t| {
            let options = show::ShowOptions {
                auto_increment: writer.auto_increment(t).ok(),
                ..Default::default()
            };
            let text = show::create_table(t, &options);
            (t.name.clone(), String::from_utf8_lossy(&text).into_owned())
        })
        .collect()
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let (server, file) = (&args[1], &args[2]);
    let single = args.iter().any(|a| a == "--single");
    let dir = tempfile::tempdir().expect("temporary folder");
    let store = Store::open(dir.path(), StoreOptions::default()).expect("open store");
    let ctx = context(server);
    let mut writer = store.writer();
    reset(&mut writer, &ctx);
    let (mut good, mut bad, mut refused) = (0, 0, 0);
    let mut seen = std::collections::BTreeSet::new();
    let text = std::fs::read_to_string(file).expect("read recording");
    for line in text.lines() {
        let record: serde_json::Value = serde_json::from_str(line).expect("json");
        let Some(sql) = record["s"].as_str() else {
            reset(&mut writer, &ctx);
            seen.clear();
            continue;
        };
        let is_ddl = ["create", "alter", "drop", "rename", "truncate"]
            .iter()
            .any(|w| sql.trim_start().to_lowercase().starts_with(w));
        if !is_ddl {
            continue;
        }
        let theirs = record["errno"].as_u64();
        let ours = run(&mut writer, sql, &ctx, theirs.is_none());
        let differs = match (&ours, theirs) {
            (Err((errno, text)), None) => {
                if *errno == 1235 || *errno == 1064 {
                    refused += 1;
                }
                Some(format!("  ours: ERROR {errno} {text}"))
            }
            (Ok(()), Some(errno)) if single => {
                let _ = errno;
                None
            }
            (Ok(()), Some(errno)) => Some(format!("  theirs: ERROR {errno} {}", record["msg"])),
            (Err((a, text)), Some(b)) if u64::from(*a) != b && !single => Some(format!(
                "  ours: {a} {text}\n  theirs: {b} {}",
                record["msg"]
            )),
            (Err(_), Some(_)) => None,
            (Ok(()), None) => {
                let mine = tables(&writer);
                let expected: BTreeMap<String, String> = record["tables"]
                    .as_object()
                    .map(|o| {
                        o.iter()
                            .map(|(k, v)| (k.clone(), v.as_str().unwrap_or_default().to_owned()))
                            .collect()
                    })
                    .unwrap_or_default();
                let mut text = String::new();
                for (name, want) in &expected {
                    if !seen.insert((name.clone(), want.clone())) {
                        continue;
                    }
                    match mine.get(name) {
                        Some(have) if have == want => {}
                        Some(have) => {
                            for pair in diff(have, want) {
                                text.push_str(&pair);
                            }
                        }
                        None => text.push_str(&format!("  missing table {name}\n")),
                    }
                }
                (!text.is_empty()).then_some(text)
            }
        };
        match differs {
            Some(text) => {
                bad += 1;
                println!("{sql}\n{text}\n");
            }
            None => good += 1,
        }
        if single {
            seen.clear();
            reset(&mut writer, &ctx);
        }
    }
    println!("{server}: {good} equal, {bad} different ({refused} refused)");
}

fn diff(have: &str, want: &str) -> Vec<String> {
    let (have, want): (Vec<&str>, Vec<&str>) = (have.lines().collect(), want.lines().collect());
    let mut out = Vec::new();
    for i in 0..have.len().max(want.len()) {
        let (a, b) = (have.get(i), want.get(i));
        if a != b {
            out.push(format!(
                "  ours:   {}\n  theirs: {}\n",
                a.unwrap_or(&""),
                b.unwrap_or(&"")
            ));
        }
    }
    out
}
