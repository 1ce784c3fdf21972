//! Foreign keys: the same random row changes here and on real servers, where only the parent's row would be
//! in the binary log; the same errors, the same rows at the end (T25).
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::*;
use understudy_storage::schema::*;
use understudy_storage::{DuplicateMode, RowError, Store, Writer, foreign_key};
use understudy_testkit::client::{Connection, ServerError};
use understudy_testkit::kind::Kind;
use understudy_testkit::reference::ReferenceServer;
use understudy_testkit::rng::Rng;
use understudy_values::row::Cell;

/// A foreign key: column, parent table, parent column, ON DELETE, ON UPDATE.
type Foreign = (
    u16,
    &'static str,
    &'static str,
    ReferentialAction,
    ReferentialAction,
);

struct Spec {
    name: &'static str,
    /// Columns after `id INT PRIMARY KEY`, all nullable INT or VARCHAR.
    columns: &'static [(&'static str, bool)],
    foreign: &'static [Foreign],
}

use ReferentialAction::{Cascade, NoAction, Restrict, SetNull, Unspecified};

const SPECS: [Spec; 7] = [
    Spec {
        name: "p",
        columns: &[("a", true), ("s", false)],
        foreign: &[],
    },
    Spec {
        name: "casc",
        columns: &[("pid", true), ("w", true)],
        foreign: &[(1, "p", "id", Cascade, Cascade)],
    },
    Spec {
        name: "nulls",
        columns: &[("pid", true), ("s", false)],
        foreign: &[
            (1, "p", "id", SetNull, SetNull),
            (2, "p", "s", SetNull, Cascade),
        ],
    },
    Spec {
        name: "strict",
        columns: &[("pid", true), ("x", true)],
        foreign: &[
            (1, "p", "id", Unspecified, Unspecified),
            (2, "casc", "id", Restrict, NoAction),
        ],
    },
    Spec {
        name: "grand",
        columns: &[("c", true), ("n", true)],
        foreign: &[
            (1, "casc", "pid", Cascade, Cascade),
            (2, "nulls", "pid", SetNull, Cascade),
        ],
    },
    Spec {
        name: "tree",
        columns: &[("up", true), ("x", true)],
        foreign: &[(1, "tree", "id", Cascade, Cascade)],
    },
    Spec {
        name: "ring",
        columns: &[("up", true), ("x", true)],
        foreign: &[
            (1, "ring", "id", SetNull, SetNull),
            (2, "p", "a", Cascade, SetNull),
        ],
    },
];

fn word(action: ReferentialAction) -> Option<&'static str> {
    match action {
        Unspecified => None,
        Restrict => Some("RESTRICT"),
        NoAction => Some("NO ACTION"),
        Cascade => Some("CASCADE"),
        SetNull => Some("SET NULL"),
        ReferentialAction::SetDefault => Some("SET DEFAULT"),
    }
}

impl Spec {
    fn sql(&self) -> String {
        let mut parts = vec!["id INT NOT NULL PRIMARY KEY".to_string()];
        for (name, int) in self.columns {
            let ty = if *int { "INT" } else { "VARCHAR(20)" };
            parts.push(format!("{name} {ty}"));
            parts.push(format!("KEY {name} ({name})"));
        }
        for (n, (column, parent, parent_column, delete, update)) in self.foreign.iter().enumerate()
        {
            let (column, _) = self.columns[usize::from(*column) - 1];
            let mut text = format!(
                "CONSTRAINT {}_{n} FOREIGN KEY ({column}) REFERENCES {parent} ({parent_column})",
                self.name
            );
            for (on, action) in [("DELETE", delete), ("UPDATE", update)] {
                if let Some(word) = word(*action) {
                    text.push_str(&format!(" ON {on} {word}"));
                }
            }
            parts.push(text);
        }
        format!(
            "CREATE TABLE {} ({}) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_bin",
            self.name,
            parts.join(", ")
        )
    }

    fn definition(&self, flavour: Flavour) -> TableDef {
        let mut columns = vec![column("id", int(), false)];
        let mut indexes = vec![index(1, "PRIMARY", IndexKind::Primary, &[0])];
        for (n, (name, is_int)) in self.columns.iter().enumerate() {
            let ty = if *is_int { int() } else { text() };
            columns.push(column(name, ty, true));
            let at = n as u16 + 1;
            indexes.push(index(u32::from(at) + 1, name, IndexKind::Plain, &[at]));
        }
        let mut def = table(self.name, columns, indexes);
        def.db = "test".into();
        def.flavour = flavour;
        for (n, (column, parent, parent_column, delete, update)) in self.foreign.iter().enumerate()
        {
            def.foreign_keys.push(ForeignKeyDef {
                name: format!("{}_{n}", self.name),
                columns: vec![*column],
                parent_db: "test".into(),
                parent_table: (*parent).into(),
                parent_columns: vec![(*parent_column).into()],
                on_delete: *delete,
                on_update: *update,
            });
        }
        def
    }
}

/// `VARCHAR(20) COLLATE latin1_bin`
fn text() -> understudy_values::types::ColumnType {
    understudy_values::types::ColumnType::VarChar {
        length: 20,
        collation: understudy_values::types::CollationId(47),
    }
}

enum Op {
    Insert(Vec<V>),
    Delete(i32),
    Update(i32, usize, V),
}

fn literal(v: &V) -> String {
    match v {
        V::N => "NULL".into(),
        V::I(i) => i.to_string(),
        V::S(s) => format!("'{s}'"),
    }
}

fn sql(spec: &Spec, op: &Op) -> String {
    match op {
        Op::Insert(values) => {
            let values: Vec<String> = values.iter().map(literal).collect();
            format!("INSERT INTO {} VALUES ({})", spec.name, values.join(", "))
        }
        Op::Delete(id) => format!("DELETE FROM {} WHERE id = {id}", spec.name),
        Op::Update(id, column, v) => {
            let name = match column {
                0 => "id",
                n => spec.columns[n - 1].0,
            };
            format!(
                "UPDATE {} SET {name} = {} WHERE id = {id}",
                spec.name,
                literal(v)
            )
        }
    }
}

fn apply(w: &mut Writer, spec: &Spec, op: &Op) -> Result<(), RowError> {
    let table = w.catalog().table("test", spec.name).unwrap().clone();
    let find = |w: &Writer, id: i32| {
        let key = id.to_le_bytes();
        w.find(&table, &[Cell::Bytes(&key), Cell::Absent, Cell::Absent])
    };
    match op {
        Op::Insert(values) => {
            foreign_key::insert(w, &table, &image(values), DuplicateMode::Strict).map(drop)
        }
        Op::Delete(id) => match find(w, *id)? {
            Some((key, old)) => foreign_key::delete(w, &table, &key, &old),
            None => Ok(()),
        },
        Op::Update(id, column, v) => match find(w, *id)? {
            Some((key, old)) => {
                let mut values = unpack(&table, old.image());
                values[*column] = v.clone();
                let new = image(&values);
                if new == old.image() {
                    return Ok(());
                }
                foreign_key::update(w, &table, &key, &old, &new).map(drop)
            }
            None => Ok(()),
        },
    }
}

fn random_op(rng: &mut Rng, spec: &Spec) -> Op {
    let id = |rng: &mut Rng| rng.below(12) as i32;
    let value = |rng: &mut Rng, int: bool| match (rng.below(6), int) {
        (0, _) => V::N,
        (_, true) => V::I(rng.below(12) as i32),
        (n, false) => s(["a", "b", "c", "d", "e", "f"][n as usize]),
    };
    match rng.below(10) {
        0..=4 => {
            let mut values = vec![V::I(id(rng))];
            values.extend(spec.columns.iter().map(|(_, int)| value(rng, *int)));
            Op::Insert(values)
        }
        5..=6 => Op::Delete(id(rng)),
        _ => {
            let at = id(rng);
            match rng.below(3) as usize {
                0 => Op::Update(at, 0, V::I(id(rng))),
                n => Op::Update(at, n, value(rng, spec.columns[n - 1].1)),
            }
        }
    }
}

fn server_rows(c: &mut Connection, spec: &Spec) -> Vec<Vec<String>> {
    c.query(format!("SELECT * FROM {} ORDER BY id", spec.name))
        .unwrap()
        .text()
}

fn our_rows(store: &Store, spec: &Spec) -> Vec<Vec<String>> {
    rows(&store.snapshot(), "test", spec.name)
        .into_iter()
        .map(|row| {
            row.iter()
                .map(|v| literal(v).trim_matches('\'').to_string())
                .collect()
        })
        .collect()
}

fn flavour_of(c: &mut Connection, mariadb: bool) -> Flavour {
    let version = c.query("SELECT VERSION()").unwrap().text()[0][0].clone();
    let mut parts = version
        .split(|ch: char| !ch.is_ascii_digit())
        .filter_map(|p| p.parse::<u32>().ok());
    let mut next = || parts.next().unwrap_or(0);
    Flavour {
        mariadb,
        version: next() * 10_000 + next() * 100 + next(),
    }
}

/// Chains of rows that refer to one another, deleted at the root: how deep a cascade may go.
fn chains(c: &mut Connection, w: &mut Writer) {
    let spec = &SPECS[5];
    for length in [10, 14, 15, 16, 17, 20] {
        for n in 1..=length {
            let up = if n == 1 { V::N } else { V::I(1000 + n - 1) };
            let op = Op::Insert(vec![V::I(1000 + n), up, V::N]);
            c.query(sql(spec, &op)).unwrap();
            apply(w, spec, &op).unwrap();
        }
        w.end().unwrap();
        let root = Op::Delete(1001);
        let theirs = c.query(sql(spec, &root)).err().map(|error| {
            let error = error.downcast::<ServerError>().unwrap();
            (error.errno, error.message)
        });
        w.begin();
        let ours = match apply(w, spec, &root) {
            Ok(()) => None,
            Err(RowError::ForeignKey(error)) => Some((error.errno, error.message)),
            Err(other) => panic!("{other}"),
        };
        w.rollback().unwrap();
        assert_eq!(ours, theirs, "a chain of {length}");
        // Take it away from its end.
        for n in (1..=length).rev() {
            let op = Op::Delete(1000 + n);
            c.query(sql(spec, &op)).unwrap();
            apply(w, spec, &op).unwrap();
        }
    }
}

fn same_as(kind: Kind, options: &[&str]) {
    let Some(server) = ReferenceServer::start_if_available(kind, options).unwrap() else {
        return;
    };
    let mut c = Connection::open(server.port(), "root").unwrap();
    c.run([
        "CREATE DATABASE IF NOT EXISTS test",
        "USE test",
        "SET sql_mode = ''",
    ])
    .unwrap();
    let flavour = flavour_of(&mut c, kind.is_mariadb());
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut w = store.writer();
    for spec in &SPECS {
        c.query(spec.sql()).unwrap();
        w.create_table(spec.definition(flavour)).unwrap();
    }
    w.commit().unwrap();
    let mut rng = Rng::new(20_26);
    let (mut failed, mut changed) = (0, 0);
    for n in 0..4000 {
        let spec = &SPECS[rng.below(SPECS.len() as u64) as usize];
        let op = random_op(&mut rng, spec);
        let statement = sql(spec, &op);
        let theirs = match c.query(&statement) {
            Ok(answer) => {
                changed += answer.affected_rows;
                None
            }
            Err(error) => {
                let error = error.downcast::<ServerError>().unwrap();
                Some((error.errno, error.message))
            }
        };
        w.begin();
        let ours = match apply(&mut w, spec, &op) {
            Ok(()) => {
                w.end().unwrap();
                None
            }
            Err(error) => {
                // A failed row leaves nothing behind, so the transaction may go on.
                w.end().unwrap();
                let error = match error {
                    RowError::Duplicate(key) => key.to_mysql(),
                    RowError::ForeignKey(error) => error,
                    other => panic!("{statement}: {other}"),
                };
                Some((error.errno, error.message))
            }
        };
        failed += u32::from(theirs.is_some());
        assert_eq!(ours, theirs, "{} step {n}: {statement}", kind.name());
        if n % 200 == 199 {
            w.commit().unwrap();
            for spec in &SPECS {
                assert_eq!(
                    our_rows(&store, spec),
                    server_rows(&mut c, spec),
                    "{} step {n}: table {}",
                    kind.name(),
                    spec.name
                );
            }
        }
    }
    chains(&mut c, &mut w);
    w.commit().unwrap();
    assert!(
        failed > 500 && changed > 500,
        "{failed} failed, {changed} changed"
    );
    assert_eq!(store.check().unwrap().problems, Vec::<String>::new());
}

#[test]
fn t25_cascades_as_mysql_5_6() {
    same_as(Kind::Mysql56, &[]);
}

#[test]
fn t25_cascades_as_mariadb_10_11() {
    same_as(Kind::Mariadb1011, &[]);
}

#[test]
fn t25_cascades_as_mariadb_11_8() {
    same_as(Kind::Mariadb118, &[]);
}

#[test]
fn t25_cascades_as_mysql_9_7_with_native_foreign_keys() {
    same_as(
        Kind::Mysql97,
        &[
            "--innodb-native-foreign-keys=ON",
            "--restrict-fk-on-non-standard-key=OFF",
        ],
    );
}
