//! The order of random texts by every collation of each reference server, and by ours: adjacent texts of our
//! order and texts that differ a little are compared there with STRCMP.

use std::cmp::Ordering;
use understudy_testkit::client::Connection;
use understudy_testkit::kind::Kind;
use understudy_testkit::reference;
use understudy_testkit::rng::Rng;
use understudy_values::charset::{Charset, Collation, Server, decode, encode};
use understudy_values::collation::push_key;

/// Ranges of code points that texts are made of; a text takes one or two.
const SCRIPTS: &[&[(u32, u32)]] = &[
    &[(0x61, 0x7A), (0x41, 0x5A)],
    &[
        (0x61, 0x69),
        (0x73, 0x7A),
        (0x44, 0x4E),
        (0x17D, 0x17E),
        (0x10C, 0x10D),
        (0x27, 0x27),
    ],
    &[
        (0x61, 0x69),
        (0x69, 0x69),
        (0x49, 0x4A),
        (0x2E, 0x2F),
        (0x300, 0x30C),
        (0x307, 0x307),
        (0x328, 0x328),
    ],
    &[(0x20, 0x7E)],
    &[
        (0x09, 0x0D),
        (0x20, 0x20),
        (0x20, 0x20),
        (0x01, 0x1F),
        (0x61, 0x62),
    ],
    &[(0xA0, 0x17F)],
    &[(0x180, 0x24F), (0x1E00, 0x1EFF)],
    &[(0x370, 0x3FF), (0x300, 0x345)],
    &[(0x400, 0x52F), (0x300, 0x308)],
    &[(0x5D0, 0x5EA), (0x620, 0x6D5)],
    &[(0xD80, 0xDFF)],
    &[(0xE01, 0xE4E), (0xE40, 0xE44), (0xE47, 0xE4E)],
    &[(0xE80, 0xEDD), (0xAA80, 0xAAC2)],
    &[(0xF40, 0xFBC), (0xF71, 0xF81)],
    &[(0x1000, 0x109F)],
    &[(0x1000, 0x1021), (0x102B, 0x103E)],
    &[(0x900, 0xD7F)],
    &[(0x1100, 0x11FF), (0xAC00, 0xAC20)],
    &[
        (0x3041, 0x3096),
        (0x3099, 0x309E),
        (0x30A1, 0x30FE),
        (0x30FC, 0x30FC),
    ],
    &[
        (0x30AB, 0x30AD),
        (0x304B, 0x304D),
        (0x3099, 0x309E),
        (0x30FC, 0x30FE),
        (0xFF66, 0xFF9F),
    ],
    &[
        (0x4E00, 0x9FFF),
        (0x3400, 0x3410),
        (0x4E00, 0x4E20),
        (0xF900, 0xFA30),
    ],
    &[(0xAC00, 0xD7A3)],
    &[
        (0x2000, 0x2BFF),
        (0x200B, 0x200F),
        (0xAD, 0xAD),
        (0xFEFF, 0xFEFF),
    ],
    &[(0x1B00, 0x1B4B), (0x1950, 0x19DF), (0xA840, 0xABFF)],
    &[(0xFB00, 0xFFFD)],
    &[(0x1F300, 0x1F6FF), (0x10400, 0x1044F)],
    &[(0x10000, 0x12000), (0x16800, 0x17FFF), (0x1D000, 0x1F000)],
    &[(0x20000, 0x323AF), (0x17000, 0x18CFF)],
    &[
        (0xE000, 0xE010),
        (0x378, 0x379),
        (0xE0000, 0x10FFFF),
        (0x40000, 0x40010),
    ],
];

/// Texts of one character set.
struct Texts {
    charset: &'static Charset,
    server: Server,
    /// Characters of a set of its own, taken from its bytes.
    own: Vec<Vec<u8>>,
}

impl Texts {
    fn new(charset: &'static Charset, server: Server, rng: &mut Rng) -> Texts {
        let unicode = charset.name.starts_with("utf") || charset.name == "ucs2";
        let mut own = Vec::new();
        if !unicode && charset.mbmaxlen > 1 {
            while own.len() < 3000 {
                let bytes: Vec<u8> = (0..4).map(|_| rng.next_u64() as u8).collect();
                if let Ok((Some(_), used)) = decode(charset, &bytes) {
                    own.push(bytes[..used].to_vec());
                }
            }
        }
        Texts {
            charset,
            server,
            own,
        }
    }

    fn character(&self, script: &[(u32, u32)], rng: &mut Rng) -> Vec<u8> {
        let mut out = Vec::new();
        if self.charset.name == "binary" || self.charset.mbmaxlen == 1 && rng.percent(50) {
            let most = if self.charset.name == "ascii" {
                127
            } else {
                255
            };
            return vec![rng.below(most + 1) as u8];
        }
        if !self.own.is_empty() && rng.percent(60) {
            return rng.choose(&self.own).clone();
        }
        let &(first, last) = rng.choose(script);
        let code = rng.between(first.into(), last.into()) as u32;
        // MySQL 5.6 and MariaDB take no code points that are no characters in UTF-16 and the like.
        if (0xD800..0xE000).contains(&code)
            || self.server == Server::MySql5 && code > 0xFFFF && self.charset.mbmaxlen < 4
        {
            return out;
        }
        match encode(self.charset, code, &mut out) {
            Ok(true) => out,
            Ok(false) | Err(_) => Vec::new(),
        }
    }

    fn text(&self, rng: &mut Rng) -> Vec<Vec<u8>> {
        let length = rng.below(8);
        let scripts: [&[(u32, u32)]; 2] = [*rng.choose(SCRIPTS), *rng.choose(SCRIPTS)];
        (0..length)
            .map(|_| self.character(scripts[usize::from(rng.percent(20))], rng))
            .filter(|character| !character.is_empty())
            .collect()
    }

    /// A text that is nearly the same.
    fn variant(&self, text: &[Vec<u8>], rng: &mut Rng) -> Vec<Vec<u8>> {
        let mut out = text.to_vec();
        let at = rng.below(out.len() as u64 + 1) as usize;
        let mut space = Vec::new();
        if !matches!(encode(self.charset, 0x20, &mut space), Ok(true)) {
            space = vec![b' '];
        }
        match rng.below(7) {
            0 => out.push(space),
            1 => out.insert(at, space),
            2 if at < out.len() => drop(out.remove(at)),
            3 if at + 1 < out.len() => out.swap(at, at + 1),
            4 if at < out.len() => out[at] = self.other_case(&out[at]),
            5 if !out.is_empty() => out.iter_mut().for_each(|c| *c = self.other_case(c)),
            _ => {
                let script = *rng.choose(SCRIPTS);
                let character = self.character(script, rng);
                if !character.is_empty() {
                    out.insert(at, character);
                }
            }
        }
        out
    }

    fn other_case(&self, character: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        if let Ok((Some(code), _)) = decode(self.charset, character)
            && let Some(own) = char::from_u32(code)
        {
            let other = match own.is_lowercase() {
                true => own.to_uppercase().next(),
                false => own.to_lowercase().next(),
            };
            if let Some(other) = other
                && matches!(encode(self.charset, other.into(), &mut out), Ok(true))
            {
                return out;
            }
        }
        character.to_vec()
    }
}

fn server_of(kind: Kind) -> Server {
    match kind {
        Kind::Mysql56 => Server::MySql5,
        Kind::Mysql97 => Server::MySql8,
        Kind::Mariadb1011 => Server::MariaDb10,
        Kind::Mariadb118 => Server::MariaDb11,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Names of character set and collation.
fn collations(connection: &mut Connection, kind: Kind) -> anyhow::Result<Vec<(String, String)>> {
    let query = match kind.is_mariadb() {
        true => {
            "SELECT CHARACTER_SET_NAME, FULL_COLLATION_NAME \
             FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY"
        }
        false => "SELECT CHARACTER_SET_NAME, COLLATION_NAME FROM information_schema.COLLATIONS",
    };
    let rows = connection.query(query)?.text();
    let mut names: Vec<_> = rows
        .into_iter()
        .map(|mut row| {
            let collation = row.remove(1);
            (row.remove(0), collation)
        })
        .collect();
    names.sort();
    Ok(names)
}

fn check(kind: Kind) -> anyhow::Result<()> {
    let server = reference!(kind, &[]);
    let mut connection = server.connect()?;
    let mut rng = Rng::from_env(kind.name());
    let (mut wrong, mut known) = (Vec::new(), 0);
    let mut texts: Option<Texts> = None;
    for (charset, name) in collations(&mut connection, kind)? {
        let collation = Collation::by_name(&name, server_of(kind)).unwrap();
        let set = Charset::by_name(&charset).unwrap();
        if texts.as_ref().is_none_or(|texts| texts.charset != set) {
            texts = Some(Texts::new(set, server_of(kind), &mut rng));
        }
        let texts = texts.as_ref().unwrap();
        known += 1;
        let found = one_collation(&mut connection, &charset, &name, collation, texts, &mut rng)?;
        if !found.is_empty() {
            wrong.push(format!("{name}: {} wrong, as {}", found.len(), found[0]));
        }
    }
    anyhow::ensure!(known > 200);
    anyhow::ensure!(
        wrong.is_empty(),
        "{} of {known} collations:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    Ok(())
}

/// Pairs of texts that the server orders otherwise.
fn one_collation(
    connection: &mut Connection,
    charset: &str,
    name: &str,
    collation: &Collation,
    texts: &Texts,
    rng: &mut Rng,
) -> anyhow::Result<Vec<String>> {
    let mut keyed = Vec::new();
    let mut pairs = Vec::new();
    let keyed_text = |text: Vec<Vec<u8>>| -> anyhow::Result<(Vec<u8>, Vec<u8>)> {
        let bytes = text.concat();
        let mut key = Vec::new();
        push_key(collation, &bytes, &mut key).map_err(|e| anyhow::anyhow!("{name}: {e}"))?;
        Ok((key, bytes))
    };
    let count = std::env::var("UNDERSTUDY_LONG").map_or(50, |_| 1000);
    for _ in 0..count {
        let text = texts.text(rng);
        let variant = keyed_text(texts.variant(&text, rng))?;
        let text = keyed_text(text)?;
        pairs.push((text.clone(), variant));
        keyed.push(text);
    }
    keyed.sort();
    pairs.extend(
        keyed
            .windows(2)
            .map(|pair| (pair[0].clone(), pair[1].clone())),
    );
    let literal = |bytes: &[u8]| match charset {
        "binary" => format!("_binary X'{}'", hex(bytes)),
        _ => format!("_{charset} X'{}' COLLATE {name}", hex(bytes)),
    };
    let mut wrong = Vec::new();
    for part in pairs.chunks(200) {
        let cells: Vec<String> = part
            .iter()
            .map(|(a, b)| format!("STRCMP({}, {})", literal(&a.1), literal(&b.1)))
            .collect();
        let answer = connection
            .query(format!("SELECT {}", cells.join(",")))?
            .text();
        for ((a, b), own) in part.iter().zip(&answer[0]) {
            let ours = match a.0.cmp(&b.0) {
                Ordering::Less => "-1",
                Ordering::Equal => "0",
                Ordering::Greater => "1",
            };
            // NULL: no text of that character set for this server.
            if own != ours && own != "NULL" {
                wrong.push(format!(
                    "{} and {}: {own}, not {ours}",
                    hex(&a.1),
                    hex(&b.1)
                ));
            }
        }
    }
    if !SORTED_OTHERWISE.contains(&name) && !name.contains("_persian_nopad_") {
        // Thai sort keys of the server end at a NUL; its comparisons do not.
        keyed.retain(|(_, bytes)| charset != "tis620" || !bytes.contains(&0));
        wrong.extend(sorted(connection, &keyed, literal)?);
    }
    Ok(wrong)
}

/// Collations by which the servers sort otherwise than they compare: by strokes, or with zero weights or such
/// that are less than the space that fills a sort key. (MariaDB's Persian without padding is another.)
const SORTED_OTHERWISE: [&str; 7] = [
    "utf8mb4_lt_0900_as_cs",
    "cp1250_czech_cs",
    "big5_chinese_ci",
    "big5_chinese_nopad_ci",
    "latin7_estonian_cs",
    "latin7_general_ci",
    "latin7_general_cs",
];

/// What ORDER BY orders otherwise; `keyed` is in our order.
fn sorted(
    connection: &mut Connection,
    keyed: &[(Vec<u8>, Vec<u8>)],
    literal: impl Fn(&[u8]) -> String,
) -> anyhow::Result<Option<String>> {
    let mut places: Vec<usize> = Vec::new();
    for (at, (key, _)) in keyed.iter().enumerate() {
        let same = at > 0 && keyed[at - 1].0 == *key;
        places.push(if same { places[at - 1] } else { at });
    }
    let rows: Vec<String> = keyed
        .iter()
        .zip(&places)
        .map(|((_, text), place)| format!("SELECT {place} AS n, {} AS s", literal(text)))
        .collect();
    let query = format!(
        "SELECT n, HEX(s) FROM ({}) q WHERE s IS NOT NULL ORDER BY s, n",
        rows.join(" UNION ALL ")
    );
    let answer = connection.query(query)?.text();
    let order: Vec<usize> = answer.iter().map(|row| row[0].parse().unwrap()).collect();
    let at = order.windows(2).position(|pair| pair[0] > pair[1]);
    Ok(at.map(|at| format!("{} sorted before {}", answer[at][1], answer[at + 1][1])))
}

#[test]
fn every_collation_of_mysql_9_7() -> anyhow::Result<()> {
    check(Kind::Mysql97)
}

#[test]
fn every_collation_of_mysql_5_6() -> anyhow::Result<()> {
    check(Kind::Mysql56)
}

#[test]
fn every_collation_of_mariadb_10_11() -> anyhow::Result<()> {
    check(Kind::Mariadb1011)
}

#[test]
fn every_collation_of_mariadb_11_8() -> anyhow::Result<()> {
    check(Kind::Mariadb118)
}
