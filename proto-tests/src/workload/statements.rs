//! Random statements that change rows.

use super::Table;
use super::schema::{Column, Identity, TYPES};
use understudy_testkit::Kind;
use understudy_testkit::rng::Rng;

/// Makes statements over a few tables.
pub struct Writer<'a> {
    /// Decides everything.
    pub rng: &'a mut Rng,
    kind: Kind,
    tables: &'a [Table],
}

impl<'a> Writer<'a> {
    /// A writer over `tables`.
    pub fn new(kind: Kind, rng: &'a mut Rng, tables: &'a [Table]) -> Writer<'a> {
        Writer { rng, kind, tables }
    }

    /// The next statement.
    pub fn statement(&mut self) -> String {
        let table = self.rng.choose(self.tables);
        match self.rng.below(100) {
            0..=39 => self.insert("INSERT IGNORE", table),
            40..=44 => self.insert("INSERT", table),
            45..=49 => self.insert("REPLACE", table),
            50..=54 => self.insert_or_update(table),
            55..=77 => self.update(table),
            78..=92 => self.delete(table),
            93 => self.insert_many(table),
            94..=97 => self.copy(table),
            _ => self.update_two(table),
        }
    }

    fn insert(&mut self, verb: &str, table: &Table) -> String {
        let count = self.rng.between(1, 4);
        self.insert_rows(verb, table, count)
    }

    fn insert_many(&mut self, table: &Table) -> String {
        let count = self.rng.between(20, 80);
        self.insert_rows("INSERT IGNORE", table, count)
    }

    fn insert_rows(&mut self, verb: &str, table: &Table, count: u64) -> String {
        // Columns by name: another connection may have added or dropped one.
        let mut names: Vec<&str> = match table.identity {
            Identity::AutoIncrement => vec![],
            Identity::Pair => vec!["id", "part"],
            Identity::Number | Identity::Text | Identity::None | Identity::Indexed => vec!["id"],
        };
        names.extend(table.columns.iter().map(|column| column.name.as_str()));
        let rows: Vec<String> = (0..count)
            .map(|_| {
                let mut values = match table.identity {
                    Identity::AutoIncrement => vec![],
                    Identity::Pair => vec![self.id(table), self.rng.below(4).to_string()],
                    Identity::Number | Identity::Text | Identity::None | Identity::Indexed => {
                        vec![self.id(table)]
                    }
                };
                values.extend(table.columns.iter().map(|column| self.value(column)));
                format!("({})", values.join(", "))
            })
            .collect();
        format!(
            "{verb} INTO {} ({}) VALUES {}",
            table.name,
            names.join(", "),
            rows.join(", ")
        )
    }

    fn insert_or_update(&mut self, table: &Table) -> String {
        let insert = self.insert("INSERT", table);
        let column = self.rng.choose(&table.columns);
        let value = self.value(column);
        format!("{insert} ON DUPLICATE KEY UPDATE {} = {value}", column.name)
    }

    fn update(&mut self, table: &Table) -> String {
        let mut sets = Vec::new();
        for _ in 0..self.rng.between(1, 3) {
            let column = self.rng.choose(&table.columns);
            sets.push(format!("{} = {}", column.name, self.changed(column)));
        }
        if self.rng.percent(10) && table.identity == Identity::Number {
            sets.push(format!("id = {}", self.id(table)));
        }
        let rows = self.rows(table, 12);
        format!(
            "UPDATE IGNORE {} SET {} WHERE {rows}",
            table.name,
            sets.join(", ")
        )
    }

    fn delete(&mut self, table: &Table) -> String {
        // Without a key nothing but deletion keeps a table small, and each change scans it.
        let most = match table.identity {
            Identity::None | Identity::Indexed => 80,
            _ => 20,
        };
        let rows = self.rows(table, most);
        format!("DELETE FROM {} WHERE {rows}", table.name)
    }

    fn copy(&mut self, table: &Table) -> String {
        let from = self.rng.choose(self.tables);
        let column = self.rng.choose(&table.columns);
        let other = self.rng.choose(&from.columns);
        let id = match table.identity {
            Identity::AutoIncrement => "NULL",
            _ => "id",
        };
        format!(
            "INSERT IGNORE INTO {} (id, {}) SELECT {id}, {} FROM {} LIMIT 8",
            table.name, column.name, other.name, from.name
        )
    }

    fn update_two(&mut self, table: &Table) -> String {
        let other = self.rng.choose(self.tables);
        let (column, other_column) = (
            self.rng.choose(&table.columns),
            self.rng.choose(&other.columns),
        );
        let (value, other_value) = (self.value(column), self.value(other_column));
        let low = self.rng.below(1500);
        format!(
            "UPDATE IGNORE {} x, {} y SET x.{} = {value}, y.{} = {other_value} \
             WHERE x.id = y.id AND x.id BETWEEN {low} AND {}",
            table.name,
            other.name,
            column.name,
            other_column.name,
            low + 20
        )
    }

    /// A condition that picks up to `most` rows.
    fn rows(&mut self, table: &Table, most: u64) -> String {
        let low = self.rng.below(1500);
        let limit = self.rng.between(1, most);
        match table.identity {
            Identity::Text => format!("id >= 'k{low}' LIMIT {limit}"),
            Identity::None | Identity::Indexed if self.rng.percent(40) => {
                format!("id IS NULL OR id % 3 = {} LIMIT {limit}", low % 3)
            }
            Identity::AutoIncrement => format!("id >= {} LIMIT {limit}", low * 3),
            Identity::Number | Identity::Pair | Identity::None | Identity::Indexed => {
                format!("id BETWEEN {low} AND {} LIMIT {limit}", low + 200)
            }
        }
    }

    fn id(&mut self, table: &Table) -> String {
        let number = self.rng.below(1500);
        match table.identity {
            Identity::Text => format!("'k{number}'"),
            Identity::None if self.rng.percent(10) => "NULL".to_owned(),
            _ => number.to_string(),
        }
    }

    /// A new value, sometimes one computed from the old.
    fn changed(&mut self, column: &Column) -> String {
        let name = &column.name;
        if !self.rng.percent(30) {
            return self.value(column);
        }
        match TYPES[column.ty] {
            "INT" | "SMALLINT" | "DOUBLE" | "FLOAT" | "DECIMAL(20,6)" => format!("{name} + 1"),
            "VARCHAR(40)" | "TEXT" | "CHAR(12)" => format!("CONCAT({name}, 'ü')"),
            "DATETIME(6)" | "DATE" => format!("{name} + INTERVAL 1 DAY"),
            "JSON" if self.kind == Kind::Mysql97 => {
                format!(
                    "JSON_SET({name}, '$.n', {}, '$.s', 'short')",
                    self.rng.below(100)
                )
            }
            _ => self.value(column),
        }
    }

    fn value(&mut self, column: &Column) -> String {
        if self.rng.percent(12) {
            return "NULL".to_owned();
        }
        let rng = &mut *self.rng;
        let n = rng.next_u64();
        match TYPES[column.ty] {
            "INT" => (n as i32).to_string(),
            "BIGINT UNSIGNED" => n.to_string(),
            "SMALLINT" => (n as i16).to_string(),
            "TINYINT UNSIGNED" => (n as u8).to_string(),
            "VARCHAR(40)" => text(rng, 13),
            "VARCHAR(300) CHARACTER SET latin1" => format!("REPEAT('aé', {})", n % 150),
            "CHAR(12)" => text(rng, 4),
            "TEXT" if n.is_multiple_of(50) => format!("REPEAT({}, {})", text(rng, 3), n % 6000),
            "TEXT" => text(rng, 100),
            "MEDIUMBLOB" if n.is_multiple_of(60) => format!("REPEAT(x'00ff41', {})", n % 30_000),
            "MEDIUMBLOB" | "VARBINARY(60)" => format!("x'{:016x}{:08x}'", n, n as u32 / 7),
            "DECIMAL(20,6)" => format!("{}.{:06}", n as i32, n % 1_000_000),
            "DOUBLE" | "FLOAT" => format!("{}e{}", (n as i32) as f64 / 7.0, (n % 20) as i64 - 10),
            "DATE" => format!("'{}-{:02}-{:02}'", 1000 + n % 9000, 1 + n % 12, 1 + n % 28),
            "DATETIME(6)" => format!(
                "'{}-{:02}-{:02} {:02}:{:02}:{:02}.{:06}'",
                1000 + n % 9000,
                1 + n % 12,
                1 + n % 28,
                n % 24,
                n % 60,
                (n >> 8) % 60,
                n % 1_000_000
            ),
            "TIMESTAMP(3) NULL" => {
                format!("FROM_UNIXTIME({}.{:03})", 1 + n % 2_000_000_000, n % 1000)
            }
            "TIME(2)" => format!("SEC_TO_TIME({})", (n % 6_000_000) as i64 - 3_000_000),
            "YEAR" => (1901 + n % 255).to_string(),
            "BIT(13)" => (n % 8192).to_string(),
            "ENUM('red','green','blue')" => (1 + n % 3).to_string(),
            "SET('a','b','c','d')" => (n % 16).to_string(),
            "JSON" => format!(
                "'{{\"n\": {}, \"s\": \"{:x}\", \"list\": [1, {}.5, null, true]}}'",
                n % 1000,
                n,
                n % 77
            ),
            "POINT" => format!("POINT({}, {})", n % 360, (n >> 9) % 180),
            other => panic!("no value for {other}"),
        }
    }
}

/// A quoted text of up to `most` pieces of several scripts.
fn text(rng: &mut Rng, most: u64) -> String {
    const PIECES: [&str; 8] = ["a", "Bc", "ü", "中", "😀", " ", "''", "x1"];
    let pieces: Vec<&str> = (0..rng.below(most)).map(|_| *rng.choose(&PIECES)).collect();
    format!("'{}'", pieces.concat())
}
