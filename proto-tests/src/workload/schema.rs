//! The tables that a workload knows of, and random changes of them.

use super::Plan;
use understudy_testkit::Kind;
use understudy_testkit::rng::Rng;

/// How rows of a table are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// `id BIGINT AUTO_INCREMENT` as primary key.
    AutoIncrement,
    /// `id INT` as primary key.
    Number,
    /// `id VARCHAR` as primary key.
    Text,
    /// `(id, part)` as primary key.
    Pair,
    /// No key at all.
    None,
    /// No primary key; `id` is indexed.
    Indexed,
}

/// A column beside `id`.
#[derive(Clone, Debug)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Index in [`TYPES`].
    pub ty: usize,
}

/// A table as last seen; another connection may have changed it since.
#[derive(Clone, Debug)]
pub struct Table {
    /// Quoted and qualified name.
    pub name: String,
    /// Kind of key.
    pub identity: Identity,
    /// Columns beside `id` (and `part`).
    pub columns: Vec<Column>,
}

/// Column types of a workload.
pub const TYPES: [&str; 23] = [
    "INT",
    "BIGINT UNSIGNED",
    "SMALLINT",
    "TINYINT UNSIGNED",
    "VARCHAR(40)",
    "VARCHAR(300) CHARACTER SET latin1",
    "CHAR(12)",
    "TEXT",
    "MEDIUMBLOB",
    "VARBINARY(60)",
    "DECIMAL(20,6)",
    "DOUBLE",
    "FLOAT",
    "DATE",
    "DATETIME(6)",
    "TIMESTAMP(3) NULL",
    "TIME(2)",
    "YEAR",
    "BIT(13)",
    "ENUM('red','green','blue')",
    "SET('a','b','c','d')",
    "JSON",
    "POINT",
];

/// A change and what it does to the list of tables once the server has made it.
pub struct Change {
    /// The statement.
    pub statement: String,
    effect: Effect,
}

enum Effect {
    Nothing,
    Add(Table),
    Remove(String),
    Replace(String, Table),
}

/// The tables.
pub struct Schema {
    tables: Vec<Table>,
    next: u64,
    database: String,
}

impl Schema {
    /// Some tables of each kind, not created yet.
    pub fn new(plan: &Plan, rng: &mut Rng) -> Schema {
        let mut schema = Schema {
            tables: Vec::new(),
            next: 0,
            database: format!("load_{:x}", plan.seed & 0xffff),
        };
        for number in 0..12 {
            let table = schema.invent(plan, rng, number);
            schema.tables.push(table);
        }
        schema
    }

    /// Statements that create the database and every table.
    pub fn create_all(&self) -> Vec<String> {
        let mut out = vec![format!(
            "CREATE DATABASE {} DEFAULT CHARACTER SET utf8mb4",
            self.database
        )];
        out.extend(self.tables.iter().map(create));
        out
    }

    /// Up to `count` tables, chosen at random.
    pub fn some(&self, rng: &mut Rng, count: usize) -> Vec<Table> {
        (0..count)
            .map(|_| rng.choose(&self.tables).clone())
            .collect()
    }

    /// A random change.
    pub fn change(&mut self, plan: &Plan, rng: &mut Rng) -> Change {
        let table = rng.choose(&self.tables).clone();
        let name = table.name.clone();
        match rng.below(12) {
            0 | 1 => {
                let new = self.invent(plan, rng, rng.clone().below(12));
                let statement = create(&new);
                Change {
                    statement,
                    effect: Effect::Add(new),
                }
            }
            2 if self.tables.len() > 8 => Change {
                statement: format!("DROP TABLE {name}"),
                effect: Effect::Remove(name),
            },
            3 => {
                let mut renamed = table;
                renamed.name = self.new_name();
                Change {
                    statement: format!("RENAME TABLE {name} TO {}", renamed.name),
                    effect: Effect::Replace(name, renamed),
                }
            }
            4 => Change {
                statement: format!("TRUNCATE TABLE {name}"),
                effect: Effect::Nothing,
            },
            5 => {
                let mut copy = table;
                copy.name = self.new_name();
                Change {
                    statement: format!("CREATE TABLE {} LIKE {name}", copy.name),
                    effect: Effect::Add(copy),
                }
            }
            6 => index_change(rng, &table),
            7 => Change {
                statement: format!("ALTER TABLE {name} COMMENT='{}'", rng.below(1000)),
                effect: Effect::Nothing,
            },
            _ => self.column_change(plan, rng, table),
        }
    }

    /// Takes a change that the server has made into the list.
    pub fn apply(&mut self, change: Change) {
        match change.effect {
            Effect::Nothing => {}
            Effect::Add(table) => self.tables.push(table),
            Effect::Remove(name) => self.tables.retain(|table| table.name != name),
            Effect::Replace(name, table) => {
                if let Some(own) = self.tables.iter_mut().find(|own| own.name == name) {
                    *own = table;
                }
            }
        }
    }

    fn column_change(&mut self, plan: &Plan, rng: &mut Rng, mut table: Table) -> Change {
        let name = table.name.clone();
        let ty = random_type(plan.kind, rng);
        let position = rng.below(table.columns.len() as u64) as usize;
        let action = match rng.below(5) {
            0 | 1 => {
                let column = Column {
                    name: self.column_name(),
                    ty,
                };
                let place = if rng.percent(50) { " FIRST" } else { "" };
                let action = format!("ADD COLUMN {} {}{place}", column.name, TYPES[ty]);
                table.columns.push(column);
                action
            }
            2 if table.columns.len() > 2 => {
                let column = table.columns.remove(position);
                format!("DROP COLUMN {}", column.name)
            }
            3 => {
                let new = self.column_name();
                let column = &mut table.columns[position];
                let action = format!("CHANGE {} {new} {}", column.name, TYPES[column.ty]);
                column.name = new;
                action
            }
            _ => {
                // Only the width changes: conversions between types are the type matrix's matter.
                let column = &table.columns[position];
                let wider = match TYPES[column.ty] {
                    "INT" => "BIGINT",
                    "SMALLINT" => "INT",
                    "VARCHAR(40)" => "VARCHAR(400)",
                    "DECIMAL(20,6)" => "DECIMAL(30,8)",
                    same => same,
                };
                format!("MODIFY {} {wider} COMMENT 'modified'", column.name)
            }
        };
        Change {
            statement: format!("ALTER TABLE {name} {action}"),
            effect: Effect::Replace(name, table),
        }
    }

    fn new_name(&mut self) -> String {
        self.next += 1;
        format!("{}.t{}", self.database, self.next)
    }

    fn column_name(&mut self) -> String {
        self.next += 1;
        format!("c{}", self.next)
    }

    fn invent(&mut self, plan: &Plan, rng: &mut Rng, number: u64) -> Table {
        let identity = match number % 6 {
            0 => Identity::AutoIncrement,
            1 => Identity::Number,
            2 => Identity::Text,
            3 => Identity::Pair,
            4 => Identity::None,
            _ => Identity::Indexed,
        };
        let columns = (0..rng.between(2, 12))
            .map(|_| Column {
                name: self.column_name(),
                ty: random_type(plan.kind, rng),
            })
            .collect();
        Table {
            name: self.new_name(),
            identity,
            columns,
        }
    }
}

fn index_change(rng: &mut Rng, table: &Table) -> Change {
    let column = rng.choose(&table.columns);
    let ty = TYPES[column.ty];
    let statement = if rng.percent(30) {
        format!("ALTER TABLE {} DROP INDEX i_{}", table.name, column.name)
    } else {
        let prefix = match ty {
            "TEXT" | "MEDIUMBLOB" => "(12)",
            _ => "",
        };
        // JSON and spatial columns are refused, which is a case too.
        format!(
            "CREATE INDEX i_{name} ON {} ({name}{prefix})",
            table.name,
            name = column.name
        )
    };
    Change {
        statement,
        effect: Effect::Nothing,
    }
}

fn random_type(kind: Kind, rng: &mut Rng) -> usize {
    let known = match kind {
        // JSON came with 5.7.
        Kind::Mysql56 => TYPES.len() - 2,
        Kind::Mysql97 | Kind::Mariadb1011 | Kind::Mariadb118 => TYPES.len(),
    };
    rng.below(known as u64) as usize
}

fn create(table: &Table) -> String {
    let (id, key) = match table.identity {
        Identity::AutoIncrement => ("id BIGINT NOT NULL AUTO_INCREMENT", ", PRIMARY KEY (id)"),
        Identity::Number => ("id INT NOT NULL", ", PRIMARY KEY (id)"),
        Identity::Text => ("id VARCHAR(20) NOT NULL", ", PRIMARY KEY (id)"),
        Identity::Pair => (
            "id INT NOT NULL, part TINYINT NOT NULL",
            ", PRIMARY KEY (id, part)",
        ),
        Identity::None => ("id INT", ""),
        Identity::Indexed => ("id INT", ", KEY (id)"),
    };
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| format!("{} {}", column.name, TYPES[column.ty]))
        .collect();
    format!(
        "CREATE TABLE {} ({id}, {}{key})",
        table.name,
        columns.join(", ")
    )
}
