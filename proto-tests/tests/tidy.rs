//! House rules that a reviewer should not have to look for: who may know whom, file length, words.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use understudy_testkit::kind::repository;

/// What each crate may depend on directly, dev-dependencies aside.
const MAY_KNOW: [(&str, &[&str]); 15] = [
    ("base", &[]),
    ("values", &["base"]),
    ("wire", &["base", "values"]),
    ("binlog", &["base", "values"]),
    ("sql", &["base", "values"]),
    ("event-log", &["base", "values", "binlog"]),
    ("storage", &["base", "values"]),
    ("exec", &["base", "values", "sql", "storage"]),
    (
        "replica",
        &[
            "base",
            "values",
            "wire",
            "binlog",
            "event-log",
            "sql",
            "storage",
            "exec",
        ],
    ),
    (
        "source",
        &[
            "base",
            "values",
            "wire",
            "binlog",
            "event-log",
            "sql",
            "storage",
            "exec",
        ],
    ),
    (
        "server",
        &["base", "values", "wire", "sql", "storage", "exec"],
    ),
    (
        "cli",
        &[
            "base",
            "values",
            "wire",
            "binlog",
            "event-log",
            "sql",
            "storage",
            "exec",
            "replica",
            "source",
            "server",
        ],
    ),
    ("testkit", &[]),
    ("proto-tests", EVERYTHING),
    ("benches", EVERYTHING),
];

const EVERYTHING: &[&str] = &[
    "base",
    "values",
    "wire",
    "binlog",
    "event-log",
    "sql",
    "storage",
    "exec",
    "replica",
    "source",
    "server",
    "testkit",
];

/// Crates that do no network I/O and know no async runtime.
const WITHOUT_TOKIO: [&str; 8] = [
    "base",
    "values",
    "wire",
    "binlog",
    "event-log",
    "sql",
    "storage",
    "exec",
];

/// Files that may be longer than [`MAX_LINES`], each with its reason.
const LONG_FILES: [(&str, &str); 0] = [];

const MAX_LINES: usize = 1000;

/// Hosts that a text here may point at: manuals, standards, sources. Package hosts are not among them.
const LINK_HOSTS: [&str; 8] = [
    "dev.mysql.com",
    "bugs.mysql.com",
    "mariadb.com",
    "jira.mariadb.org",
    "github.com",
    "docs.rs",
    "www.rfc-editor.org",
    "www.unicode.org",
];

#[test]
fn crates_know_only_whom_they_may() -> anyhow::Result<()> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(repository())
        .output()?;
    anyhow::ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let allowed: BTreeMap<&str, &[&str]> = MAY_KNOW.into_iter().collect();
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for package in array(&metadata["packages"]) {
        let name = short(text(&package["name"]));
        seen.insert(name.to_owned());
        let Some(may) = allowed.get(name) else {
            problems.push(format!("{name} is not in MAY_KNOW"));
            continue;
        };
        for dependency in array(&package["dependencies"]) {
            if dependency["kind"].as_str() == Some("dev") {
                continue;
            }
            let on = text(&dependency["name"]);
            if on.starts_with("understudy-") && !may.contains(&short(on)) {
                problems.push(format!("{name} may not depend on {}", short(on)));
            }
            if on == "tokio" && WITHOUT_TOKIO.contains(&name) {
                problems.push(format!("{name} may not depend on tokio"));
            }
        }
    }
    for (name, _) in MAY_KNOW {
        if !seen.contains(name) {
            problems.push(format!("{name} is in MAY_KNOW and not in the workspace"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}

#[test]
fn files_hold_one_thing_each() -> anyhow::Result<()> {
    let mut problems = Vec::new();
    for (name, content) in tracked_texts()? {
        if !name.ends_with(".rs") || name.contains("/generated/") {
            continue;
        }
        let lines = content.lines().count();
        let excused = LONG_FILES.iter().any(|(file, _)| *file == name);
        if lines > MAX_LINES && !excused {
            problems.push(format!("{name} has {lines} lines"));
        }
        let is_test_part = name.ends_with("/tests.rs") || name.contains("/tests/");
        if !is_test_part && !content.starts_with("//!") {
            problems.push(format!("{name} does not begin with //!"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}

#[test]
fn nothing_is_left_to_do_and_nothing_names_a_machine() -> anyhow::Result<()> {
    // Written in two parts, so that this file does not contain them.
    let words = [
        ["todo", "!("].concat(),
        ["unimplemented", "!("].concat(),
        ["#[", "ignore"].concat(),
        ["FIX", "ME"].concat(),
        ["XX", "X:"].concat(),
        ["dbg", "!("].concat(),
        ["/wo", "rk/"].concat(),
        ["/ro", "ot/"].concat(),
        ["/ho", "me/"].concat(),
    ];
    let mut problems = Vec::new();
    for (name, content) in tracked_texts()? {
        for (number, line) in content.lines().enumerate() {
            for word in words.iter().filter(|word| line.contains(word.as_str())) {
                problems.push(format!("{name}:{}: {word}", number + 1));
            }
            for host in link_hosts(line) {
                if !LINK_HOSTS.contains(&host) {
                    problems.push(format!("{name}:{}: link to {host}", number + 1));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}

/// Hosts of the links in a line; a host of loopback or made of a placeholder is none.
fn link_hosts(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("://").filter_map(|(at, _)| {
        let scheme_is_web = line[..at].ends_with("http") || line[..at].ends_with("https");
        let rest = &line[at + 3..];
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-'))
            .unwrap_or(rest.len());
        let host = &rest[..end];
        (scheme_is_web && host.contains('.') && !host.starts_with("127.")).then_some(host)
    })
}

/// Name and content of every text file of the repository that is not ignored.
fn tracked_texts() -> anyhow::Result<Vec<(String, String)>> {
    let root = repository();
    let mut files = Vec::new();
    for top in [
        "crates",
        "proto-tests",
        "benches",
        "fixtures",
        "fuzz",
        "scripts",
        ".ci",
        ".config",
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "deny.toml",
        "Cargo.toml",
    ] {
        collect(&root.join(top), &mut files)?;
    }
    anyhow::ensure!(files.len() > 30, "only {} files found", files.len());
    let mut texts = Vec::new();
    for file in files {
        // Recorded fixtures are bytes, not texts.
        if let Ok(content) = String::from_utf8(std::fs::read(&file)?) {
            let name = file.strip_prefix(&root)?.to_string_lossy().into_owned();
            texts.push((name, content));
        }
    }
    Ok(texts)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if path.is_dir() {
        let name = path.file_name().unwrap_or_default();
        // Outputs of builds and of the fuzzer, ignored by git.
        if ["target", "corpus", "artifacts"]
            .iter()
            .any(|own| name == *own)
        {
            return Ok(());
        }
        for entry in std::fs::read_dir(path)? {
            collect(&entry?.path(), files)?;
        }
    } else if path.is_file() {
        files.push(path.to_owned());
    }
    Ok(())
}

fn array(value: &serde_json::Value) -> &[serde_json::Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &serde_json::Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn short(package: &str) -> &str {
    package.trim_start_matches("understudy-")
}
