//! Every character set and collation that a server has.

use anyhow::Context;
use understudy_testkit::client::Connection;

/// Texts of many scripts; what a character set lacks becomes a question mark.
const TEXTS: [&str; 12] = [
    "plain ASCII",
    "Ünïcödé ß",
    "Ελληνικά",
    "Русский",
    "עברית",
    "العربية",
    "中文字符",
    "日本語テキスト",
    "한국어",
    "ไทย",
    "😀👍",
    "€ § ¥ ½",
];

/// A table for each character set with columns of every character type.
pub fn build(source: &mut Connection) -> anyhow::Result<()> {
    source.run(["CREATE DATABASE charsets", "USE charsets"])?;
    let sets = source
        .query(
            "SELECT CHARACTER_SET_NAME, MAXLEN FROM information_schema.CHARACTER_SETS ORDER BY 1",
        )?
        .text();
    anyhow::ensure!(sets.len() > 30, "only {} character sets", sets.len());
    for row in &sets {
        let (name, longest) = (row[0].as_str(), row[1].as_str());
        one(source, name, longest).with_context(|| format!("character set {name}"))?;
    }
    Ok(())
}

fn one(source: &mut Connection, name: &str, longest: &str) -> anyhow::Result<()> {
    source.run([
        format!(
            "CREATE TABLE `{name}` (id INT NOT NULL PRIMARY KEY, c CHAR(30), v VARCHAR(40), t TEXT, \
             e ENUM('a','é','Я','中'), s SET('x','ö','я'), other CHAR(5) CHARACTER SET latin1, \
             KEY (v), KEY (t(4))) DEFAULT CHARACTER SET {name}"
        ),
        format!("CREATE TABLE `{name}_key` (v VARCHAR(20) NOT NULL PRIMARY KEY, n INT) DEFAULT CHARACTER SET {name}"),
    ])?;
    for (id, text) in TEXTS.iter().enumerate() {
        source.run([
            format!(
                "INSERT IGNORE INTO `{name}` VALUES ({id}, '{text}', CONCAT('{text}', '  '), \
                 REPEAT('{text}', 20), {}, {}, 'é')",
                1 + id % 4,
                id % 8
            ),
            format!(
                "INSERT IGNORE INTO `{name}_key` VALUES ('{text}', {id}), (UPPER('{text}'), -{id})"
            ),
        ])?;
    }
    if longest == "1" {
        // Every byte that the character set knows.
        let bytes: Vec<String> = (1..=255_u32)
            .map(|byte| format!("({}, CONVERT(x'{byte:02x}' USING {name}))", 1000 + byte))
            .collect();
        source.run([format!(
            "INSERT IGNORE INTO `{name}` (id, v) VALUES {}",
            bytes.join(", ")
        )])?;
    }
    source.run([
        format!("UPDATE IGNORE `{name}` SET v = CONCAT(c, '!'), t = c WHERE id % 2 = 0"),
        format!("DELETE FROM `{name}` WHERE id = 4"),
    ])
}

/// A table for each collation, with a key and a unique key in it.
pub fn build_collations(source: &mut Connection) -> anyhow::Result<()> {
    source.run([
        "SET NAMES utf8mb4",
        "SET SESSION sql_mode=''",
        "CREATE DATABASE collations",
        "USE collations",
    ])?;
    let collations = source
        .query(
            "SELECT COLLATION_NAME, CHARACTER_SET_NAME FROM \
             information_schema.COLLATION_CHARACTER_SET_APPLICABILITY ORDER BY 1",
        )?
        .text();
    anyhow::ensure!(
        collations.len() > 100,
        "only {} collations",
        collations.len()
    );
    for row in &collations {
        let (collation, set) = (row[0].as_str(), row[1].as_str());
        // MariaDB has 184 of these for each of five character sets: the same weights over another encoding.
        let repeated = collation.starts_with("uca1400") && set != "utf8mb4";
        if repeated && collation != "uca1400_ai_ci" {
            continue;
        }
        let name = format!("{set}_{collation}");
        let rows: Vec<String> = TEXTS
            .iter()
            .chain(&[
                "Plain ascii",
                "a",
                "A",
                "á",
                "b",
                "aa",
                "a ",
                "a\\t",
                "ss",
                "ß",
                "z",
                "æ",
                "ae",
            ])
            .enumerate()
            .map(|(id, text)| format!("('{text}', {id})"))
            .collect();
        source.run([
            format!(
                "CREATE TABLE `{name}` (v VARCHAR(30) NOT NULL PRIMARY KEY, n INT, UNIQUE KEY (n, v(3))) \
                 CHARACTER SET {set} COLLATE `{}`",
                full_name(collation, set)
            ),
            format!("INSERT IGNORE INTO `{name}` VALUES {}", rows.join(", ")),
            format!("UPDATE IGNORE `{name}` SET v = CONCAT(v, 'x') WHERE n % 3 = 0"),
        ])
        .with_context(|| format!("collation {collation} of {set}"))?;
    }
    Ok(())
}

/// MariaDB lists the UCA 14 collations without their character set.
fn full_name(collation: &str, set: &str) -> String {
    if collation.starts_with("uca1400") {
        format!("{set}_{collation}")
    } else {
        collation.to_owned()
    }
}
