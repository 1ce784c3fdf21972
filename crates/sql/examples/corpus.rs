//! How much of a corpus of statements the parser accepts, and how fast.
//!
//! usage: corpus FILE.jsonl [--failures N] [--dialect mysql:90700|mariadb:101106] [--rounds N] [--print]
//! `--print` also prints every accepted statement and parses that again, which must give the same tree.
//! Each line of the file is a JSON array whose second element is a statement, whose third says whether its shape
//! is new and whose fourth is the error number that a real server gave (see `sql-corpus` in the project's docs).

use std::collections::BTreeMap;
use std::time::Instant;

use understudy_sql::ast::Statement;
use understudy_sql::printer::{self, Parens};
use understudy_sql::{Dialect, ParseContext, parse_statement};

struct Options {
    file: String,
    failures: usize,
    dialect: Dialect,
    rounds: usize,
    print: bool,
}

fn options() -> Options {
    let mut out = Options {
        file: String::new(),
        failures: 20,
        dialect: Dialect::mysql(90700),
        rounds: 1,
        print: false,
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().unwrap_or_default();
        match arg.as_str() {
            "--failures" => out.failures = value().parse().unwrap_or(20),
            "--rounds" => out.rounds = value().parse().unwrap_or(1),
            "--print" => out.print = true,
            "--dialect" => {
                let text = value();
                let (name, version) = text.split_once(':').unwrap_or(("mysql", "90700"));
                out.dialect = Dialect {
                    mariadb: name == "mariadb",
                    version: version.parse().unwrap_or(90700),
                };
            }
            _ => out.file = arg,
        }
    }
    out
}

fn main() {
    let options = options();
    let ctx = ParseContext::new(options.dialect);
    let text = std::fs::read_to_string(&options.file).expect("corpus file");
    let statements: Vec<String> = text
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|row| row.get(1).and_then(|s| s.as_str()).map(str::to_owned))
        .collect();
    let mut failed = Vec::new();
    let mut families: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let bytes: usize = statements.iter().map(String::len).sum();
    let mut unprintable = 0;
    let started = Instant::now();
    for round in 0..options.rounds {
        for statement in &statements {
            let result = parse_statement(statement.as_bytes(), &ctx);
            if round > 0 {
                continue;
            }
            let first: String = statement
                .split(|c: char| !c.is_ascii_alphabetic())
                .find(|word| !word.is_empty())
                .unwrap_or("")
                .to_ascii_uppercase();
            let family = families.entry(first).or_default();
            family.1 += 1;
            match result {
                Ok(tree) => {
                    family.0 += 1;
                    if options.print {
                        unprintable +=
                            usize::from(!same_again(statement, &tree, &ctx, unprintable));
                    }
                }
                Err(error) => failed.push((statement, error)),
            }
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    for (name, (ok, all)) in &families {
        if ok < all {
            println!("{name:14} {ok:6} of {all:6}");
        }
    }
    let step = (failed.len() / options.failures.max(1)).max(1);
    for (statement, error) in failed.iter().step_by(step).take(options.failures) {
        let short: String = statement.chars().take(300).collect();
        println!("-- {}\n   {short}", error.near.replace('\n', " "));
    }
    if options.print {
        println!("printed texts that parse to another tree: {unprintable}");
    }
    let total = statements.len();
    println!(
        "accepted {} of {total} = {:.3} %; {:.0} statements/s, {:.1} MB/s",
        total - failed.len(),
        100.0 * (total - failed.len()) as f64 / total.max(1) as f64,
        (total * options.rounds) as f64 / seconds,
        (bytes * options.rounds) as f64 / seconds / 1e6,
    );
}

/// Whether the printed text parses to the same tree; the first failures are shown.
fn same_again(text: &str, tree: &Statement, ctx: &ParseContext, shown: usize) -> bool {
    for parens in [Parens::Needed, Parens::All] {
        let printed = if ctx.dialect.mariadb {
            printer::mariadb_statement(tree, parens)
        } else {
            printer::statement(tree, parens)
        };
        let again = parse_statement(&printed, ctx);
        if again.as_ref().ok() != Some(tree) {
            if shown < 20 {
                let why = again.err().map_or("another tree".to_owned(), |e| e.near);
                let short: String = text.chars().take(300).collect();
                println!(
                    "-- {why}\n   {short}\n   {:.400}",
                    String::from_utf8_lossy(&printed)
                );
            }
            return false;
        }
    }
    true
}
