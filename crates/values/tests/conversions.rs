//! Every character of every character set to Unicode and back, as each reference server converts it.

use std::collections::BTreeMap;
use understudy_testkit::client::Connection;
use understudy_testkit::kind::Kind;
use understudy_testkit::reference;
use understudy_values::charset::{Charset, decode, encode};

/// Code points below the first of these and byte sequences up to two bytes are asked for.
const NUMBERS: u32 = 0x1_0000;

/// First numbers of four bytes of GB 18030 in steps of one block of ten.
const GB18030_BLOCKS: u32 = 3_942;

fn ask(connection: &mut Connection, query: &str) -> anyhow::Result<BTreeMap<u32, u32>> {
    let answer = connection.query(query)?.text();
    let pairs = answer.iter().map(|row| {
        let from = row[0].parse()?;
        Ok((from, u32::from_str_radix(&row[1], 16)?))
    });
    pairs.collect()
}

fn numbers(connection: &mut Connection) -> anyhow::Result<()> {
    connection.query("CREATE DATABASE conversions")?;
    connection.query("USE conversions")?;
    connection.query("SET sql_mode=''")?;
    connection.query("CREATE TABLE n (n INT PRIMARY KEY)")?;
    for first in (0..NUMBERS).step_by(8192) {
        let values: Vec<String> = (first..first + 8192).map(|n| format!("({n})")).collect();
        connection.query(format!("INSERT INTO n VALUES {}", values.join(",")))?;
    }
    connection.query("CREATE TABLE q (n BIGINT PRIMARY KEY)")?;
    let values: Vec<String> = (0..GB18030_BLOCKS * 10)
        .map(|index| {
            let (index, d) = (index / 10, index % 10);
            let (index, c) = (index / 126, index % 126);
            let bytes = [0x81 + index / 10, 0x30 + index % 10, 0x81 + c, 0x30 + d];
            format!("({})", bytes.iter().fold(0, |all, byte| all << 8 | byte))
        })
        .collect();
    for part in values.chunks(8192) {
        connection.query(format!("INSERT INTO q VALUES {}", part.join(",")))?;
    }
    Ok(())
}

/// Code point of one character of `width` bytes.
fn own_code(charset: &'static Charset, sequence: u32, width: usize) -> Option<u32> {
    let bytes = &sequence.to_be_bytes()[4 - width..];
    match decode(charset, bytes) {
        Ok((Some(code), used)) if used == width => Some(code),
        Ok(_) => None,
        Err(error) => panic!("{}: {error}", charset.name),
    }
}

fn check(kind: Kind) -> anyhow::Result<()> {
    let server = reference!(kind, &[]);
    let mut connection = server.connect()?;
    numbers(&mut connection)?;
    let names = connection.query(
        "SELECT CHARACTER_SET_NAME FROM information_schema.CHARACTER_SETS \
         WHERE CHARACTER_SET_NAME NOT LIKE 'utf%' AND CHARACTER_SET_NAME NOT IN ('ucs2', 'binary')",
    )?;
    let mut wrong = Vec::new();
    for name in names.text().into_iter().flatten() {
        let charset = Charset::by_name(&name).unwrap();
        let mut widths = vec![(1, "n WHERE n < 256", 0)];
        if charset.mbmaxlen > 1 {
            widths.push((2, "n WHERE n >= 0x8000", 0));
        }
        match charset.mbmaxlen {
            3 => widths.push((3, "n WHERE n >= 0x8080", 0x8F_0000)),
            4 => widths.push((4, "q", 0)),
            _ => {}
        }
        for (width, from, base) in widths {
            let text = format!(
                "CONVERT(UNHEX(LPAD(HEX(n + {base}), {}, '0')) USING {name})",
                width * 2
            );
            let filter = if from.contains("WHERE") {
                "AND"
            } else {
                "WHERE"
            };
            // One character of the set, and one of Unicode.
            let theirs = ask(
                &mut connection,
                &format!(
                    "SELECT n + {base}, HEX(CONVERT({text} USING utf32)) FROM {from} \
                     {filter} CHAR_LENGTH({text}) = 1 AND LENGTH(CONVERT({text} USING utf32)) = 4 \
                     AND (HEX(CONVERT({text} USING utf32)) <> '0000003F' OR n = 0x3F)"
                ),
            )?;
            let candidates = connection
                .query(format!("SELECT n + {base} FROM {from}"))?
                .text();
            for row in candidates {
                let sequence: u32 = row[0].parse()?;
                // MySQL 5.6 takes one character and a stray byte for one.
                let first = sequence >> (8 * (width - 1));
                if width > 1 && own_code(charset, first, 1).is_some() {
                    continue;
                }
                let ours = own_code(charset, sequence, width);
                if ours != theirs.get(&sequence).copied() {
                    wrong.push(format!(
                        "{name} {sequence:X}: {:X?}, not {ours:X?}",
                        theirs.get(&sequence)
                    ));
                }
            }
        }
        let back =
            format!("CONVERT(CONVERT(UNHEX(LPAD(HEX(n), 8, '0')) USING utf32) USING {name})");
        let theirs = ask(
            &mut connection,
            &format!(
                "SELECT n, HEX({back}) FROM n WHERE n NOT BETWEEN 0xD800 AND 0xDFFF \
                 AND (HEX({back}) <> '3F' OR n = 0x3F) AND {back} IS NOT NULL"
            ),
        )?;
        for code in (0..NUMBERS).filter(|code| !(0xD800..0xE000).contains(code)) {
            // README's limits.
            if kind == Kind::Mysql56
                && name == "armscii8"
                && [0x27, 0x28, 0x29, 0x2C, 0x2D, 0x2E].contains(&code)
            {
                continue;
            }
            let mut bytes = Vec::new();
            let ours = encode(charset, code, &mut bytes)?.then(|| {
                bytes
                    .iter()
                    .fold(0, |all, &byte| all << 8 | u32::from(byte))
            });
            if ours != theirs.get(&code).copied() {
                wrong.push(format!(
                    "{name} from U+{code:04X}: {:X?}, not {ours:X?}",
                    theirs.get(&code)
                ));
            }
        }
    }
    anyhow::ensure!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong
            .iter()
            .take(60)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    );
    Ok(())
}

#[test]
fn every_character_of_mysql_9_7() -> anyhow::Result<()> {
    check(Kind::Mysql97)
}

#[test]
fn every_character_of_mysql_5_6() -> anyhow::Result<()> {
    check(Kind::Mysql56)
}

#[test]
fn every_character_of_mariadb_10_11() -> anyhow::Result<()> {
    check(Kind::Mariadb1011)
}

#[test]
fn every_character_of_mariadb_11_8() -> anyhow::Result<()> {
    check(Kind::Mariadb118)
}
