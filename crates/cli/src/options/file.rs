//! MySQL option files: groups, `key=value`, `!include`, `!includedir`.
//!
//! Manual: "Using Option Files". Read groups are `[mysqld]`, `[server]`, `[mysqld-*]` are not ours; plus
//! `[understudy]`. Later values win; that is the caller's business.

use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

/// One option as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Name as written, without leading dashes.
    pub name: String,
    /// Value; `None` for an option without one.
    pub value: Option<String>,
    /// Where it was written, for messages.
    pub origin: String,
}

/// Groups whose options are read.
const GROUPS: [&str; 4] = ["mysqld", "server", "mariadbd", "understudy"];

/// Files may include each other this deep.
const MAX_DEPTH: usize = 10;

/// Reads `path` and what it includes.
pub fn read(path: &Path) -> anyhow::Result<Vec<Written>> {
    let mut out = Vec::new();
    read_into(path, 0, &mut out)?;
    Ok(out)
}

fn read_into(path: &Path, depth: usize, out: &mut Vec<Written>) -> anyhow::Result<()> {
    if depth > MAX_DEPTH {
        bail!(
            "{}: option files include each other more than {MAX_DEPTH} deep",
            path.display()
        );
    }
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("Could not open required defaults file: {}", path.display()))?;
    let mut ours = None;
    for (index, line) in text.lines().enumerate() {
        let origin = format!("{}:{}", path.display(), index + 1);
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(directive) = line.strip_prefix('!') {
            include(directive, path, depth, out).with_context(|| origin)?;
            continue;
        }
        if let Some(group) = line.strip_prefix('[') {
            let Some((group, _)) = group.split_once(']') else {
                bail!("{origin}: Wrong group definition in config file");
            };
            ours = Some(GROUPS.contains(&group.trim()));
            continue;
        }
        match ours {
            None => bail!("{origin}: Found option without preceding group in config file"),
            Some(false) => {}
            Some(true) => out.push(option(line, origin)),
        }
    }
    Ok(())
}

fn include(
    directive: &str,
    from: &Path,
    depth: usize,
    out: &mut Vec<Written>,
) -> anyhow::Result<()> {
    let relative = |name: &str| -> PathBuf {
        let name = Path::new(name.trim());
        match from.parent() {
            Some(parent) if name.is_relative() => parent.join(name),
            _ => name.to_path_buf(),
        }
    };
    if let Some(dir) = directive
        .strip_prefix("includedir")
        .filter(|d| d.starts_with(char::is_whitespace))
    {
        let dir = relative(dir);
        let entries =
            std::fs::read_dir(&dir).with_context(|| format!("!includedir {}", dir.display()))?;
        let mut files: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
        files.retain(|f| f.extension().is_some_and(|e| e == "cnf"));
        files.sort();
        return files
            .iter()
            .try_for_each(|file| read_into(file, depth + 1, out));
    }
    if let Some(file) = directive
        .strip_prefix("include")
        .filter(|d| d.starts_with(char::is_whitespace))
    {
        return read_into(&relative(file), depth + 1, out);
    }
    bail!("unknown directive !{directive}")
}

/// `name`, `name=value`, `name = "value"  # comment`.
fn option(line: &str, origin: String) -> Written {
    let (name, value) = match line.split_once('=') {
        Some((name, value)) => (name, Some(unquote(value.trim()))),
        None => (strip_comment(line), None),
    };
    Written {
        name: name.trim().to_owned(),
        value,
        origin,
    }
}

fn strip_comment(text: &str) -> &str {
    text.split_once(" #")
        .map_or(text, |(before, _)| before)
        .trim_end()
}

/// Takes quotes off and resolves escapes (`\n`, `\t`, `\r`, `\b`, `\s`, `\\`, quotes); without quotes a `#`
/// after white space begins a comment.
fn unquote(value: &str) -> String {
    let mut chars = value.chars();
    let quote = chars.next().filter(|c| *c == '"' || *c == '\'');
    let body = match quote {
        Some(quote) => match value[1..].rfind(quote) {
            Some(end) => &value[1..=end],
            None => strip_comment(value),
        },
        None => strip_comment(value),
    };
    let mut out = String::with_capacity(body.len());
    let mut chars = body.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('b') => out.push('\u{8}'),
            Some('s') => out.push(' '),
            Some(c @ ('\\' | '"' | '\'')) => out.push(c),
            Some(other) => {
                out.push('\\');
                out.push(other);
            }
            None => out.push('\\'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> anyhow::Result<Vec<(String, Option<String>)>> {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("my.cnf");
        std::fs::write(&path, text)?;
        Ok(read(&path)?
            .into_iter()
            .map(|w| (w.name, w.value))
            .collect())
    }

    #[test]
    fn lines() {
        for (line, name, value) in [
            ("port=3307", "port", Some("3307")),
            ("port = 3307 # why", "port", Some("3307")),
            ("skip-slave-start", "skip-slave-start", None),
            ("skip-slave-start # not yet", "skip-slave-start", None),
            ("datadir=\"/a b/#c\"", "datadir", Some("/a b/#c")),
            ("datadir='/a'", "datadir", Some("/a")),
            (r"x=a\sb\\c\q", "x", Some(r"a b\c\q")),
            ("x=", "x", Some("")),
        ] {
            let got = parse(&format!("[client]\nuser=x\n[mysqld]\n; c\n{line}\n")).unwrap();
            assert_eq!(got, [(name.to_owned(), value.map(str::to_owned))], "{line}");
        }
    }

    #[test]
    fn errors_name_the_line() {
        let error = parse("port=1\n").unwrap_err().to_string();
        assert!(
            error.contains("my.cnf:1") && error.contains("without preceding group"),
            "{error}"
        );
        assert!(
            parse("[mysqld\n")
                .unwrap_err()
                .to_string()
                .contains("Wrong group")
        );
        assert!(format!("{:#}", parse("!nonsense x\n").unwrap_err()).contains("unknown directive"));
    }

    #[test]
    fn includes_are_read_in_order_and_bounded() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("conf.d")).unwrap();
        std::fs::write(dir.path().join("conf.d/b.cnf"), "[mysqld]\nport=2\n").unwrap();
        std::fs::write(dir.path().join("conf.d/a.cnf"), "[mysqld]\nport=1\n").unwrap();
        std::fs::write(dir.path().join("conf.d/c.txt"), "nonsense").unwrap();
        let main = dir.path().join("my.cnf");
        std::fs::write(&main, "!includedir conf.d\n[mysqld]\nport=3\n").unwrap();
        let ports: Vec<_> = read(&main)
            .unwrap()
            .into_iter()
            .filter_map(|w| w.value)
            .collect();
        assert_eq!(ports, ["1", "2", "3"]);
        std::fs::write(&main, "!include my.cnf\n").unwrap();
        assert!(format!("{:#}", read(&main).unwrap_err()).contains("deep"));
    }
}
