//! What ALTER TABLE ... MODIFY makes of values: each file in `fixtures/casts` is a server's answers,
//! recorded by `generated/casts.py`.

use serde_json::Value as Json;
use std::collections::HashMap;
use std::path::Path;
use understudy_values::cast::{CastContext, convert};
use understudy_values::charset::Server;
use understudy_values::temporal::Date;
use understudy_values::temporal::zone::TimeZone;
use understudy_values::text::{TextContext, write_text};
use understudy_values::types::ColumnType;
use understudy_values::value::Value;

/// The stored value that an INSERT of this literal gives, by our own conversion from text in lax mode.
fn stored(literal: &str, ty: &ColumnType, server: Server) -> Option<Value> {
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect()
    };
    let context = context(false, server);
    let raw = match literal.split_once("X'") {
        Some((_, hex)) => bytes(hex.trim_end_matches('\'')),
        None => match literal.strip_prefix("REPEAT('") {
            Some(rest) => {
                let count: usize = rest[4..].trim_end_matches(')').trim().parse().unwrap();
                rest[..1].repeat(count).into_bytes()
            }
            None => literal.trim_matches('\'').as_bytes().to_vec(),
        },
    };
    match ty {
        ColumnType::Char { .. } | ColumnType::VarChar { .. } | ColumnType::Text { .. } => {
            Some(Value::Text(raw))
        }
        ColumnType::Binary { length } => {
            let mut raw = raw;
            raw.resize(*length as usize, 0);
            Some(Value::Bytes(raw))
        }
        ColumnType::VarBinary { .. } | ColumnType::Blob { .. } => Some(Value::Bytes(raw)),
        ColumnType::Bit { .. } => Some(Value::Bit(literal.parse().unwrap())),
        ColumnType::Year { .. } => Some(Value::Year(literal.parse().unwrap())),
        _ => {
            let text = String::from_utf8(raw).unwrap();
            let converted = understudy_values::cast::from_literal(&text, ty, &context).ok()?;
            Some(converted.value)
        }
    }
}

fn context(strict: bool, server: Server) -> CastContext {
    CastContext {
        strict,
        server,
        time_zone: TimeZone::UTC,
        // SET timestamp=1700000000
        today: Date {
            year: 2023,
            month: 11,
            day: 14,
        },
    }
}

fn answer(value: &Value, from: &ColumnType, to: &ColumnType, context: &CastContext) -> String {
    match convert(value, from, to, context) {
        Err(error) => {
            let error = error.to_mysql("v", 1);
            format!("{} {}", error.errno, error.message)
        }
        Ok(converted) => match to.encode(&converted.value) {
            Err(error) => format!("cannot be packed: {error}"),
            Ok(field) => {
                let mut out = Vec::new();
                match write_text(to, &field, &TextContext::raw(), &mut out) {
                    Ok(()) => out.iter().map(|byte| format!("{byte:02x}")).collect(),
                    Err(error) => format!("cannot be printed: {error}"),
                }
            }
        },
    }
}

fn recorded(answer: &Json) -> String {
    match answer {
        Json::Array(parts) => format!("{} {}", parts[0], parts[1].as_str().unwrap()),
        Json::String(hex) => hex.clone(),
        other => other.to_string(),
    }
}

#[test]
fn t30_conversions_as_the_server_makes_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/casts");
    let (mut wrong, mut checked) = (Vec::new(), 0);
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let at = path.file_stem().unwrap().to_string_lossy().into_owned();
        let fixture: Json = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let server = match at.as_str() {
            "mysql-9.7" => Server::MySql8,
            "mariadb-11.8" => Server::MariaDb11,
            other => panic!("fixture of an unknown server {other}"),
        };
        let types: HashMap<String, ColumnType> =
            serde_json::from_value(fixture["types"].clone()).unwrap();
        for row in fixture["rows"].as_array().unwrap() {
            let name = |index: usize| row[index].as_str().unwrap();
            let (from, to) = (&types[name(0)], &types[name(1)]);
            let Some(value) = stored(name(2), from, server) else {
                wrong.push(format!("{at} {} {}: not stored", name(0), name(2)));
                continue;
            };
            for (strict, expected) in [(true, &row[3]), (false, &row[4])] {
                let (own, expected) = (
                    answer(&value, from, to, &context(strict, server)),
                    recorded(expected),
                );
                checked += 1;
                // What fails there fails here; the texts of errors are compared in another test.
                let both_fail = own.contains(' ') && expected.contains(' ');
                if own != expected && !both_fail {
                    wrong.push(format!(
                        "{at} {} -> {}: {} strict={strict}: {own} instead of {expected}",
                        name(0),
                        name(1),
                        name(2)
                    ));
                }
            }
        }
    }
    assert!(checked > 1000);
    // Errors of MariaDB's strict mode that are none here: a source never logs such a statement.
    let known = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/casts-known-differences.txt"),
    )
    .unwrap();
    let known: Vec<&str> = known.lines().collect();
    wrong.sort();
    let fresh: Vec<_> = wrong
        .iter()
        .filter(|line| !known.contains(&line.as_str()))
        .collect();
    assert!(
        fresh.is_empty(),
        "{} of {checked} wrong:\n{fresh:#?}",
        fresh.len()
    );
    let gone: Vec<_> = known
        .iter()
        .filter(|line| !wrong.iter().any(|wrong| wrong == *line))
        .collect();
    assert!(gone.is_empty(), "listed and equal now:\n{gone:#?}");
}
