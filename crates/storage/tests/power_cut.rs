//! Power cuts and damaged bytes: the end of the engine's journal is missing, zero or wrong. What opens must
//! be a whole prefix of the transactions; what cannot be one must not open.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use common::*;
use understudy_storage::{DuplicateMode, Store};
use understudy_testkit::rng::Rng;
use understudy_values::row::Cell;

const TRANSACTIONS: i32 = 400;

type Model = BTreeMap<i32, (i32, String)>;

/// Writes transactions in small groups; returns the rows after each, by number.
fn write(dir: &Path) -> Vec<Model> {
    let store = open(dir);
    let mut w = store.writer();
    let t = w.create_table(plain("t")).unwrap();
    w.set_state("applied", &0i32.to_le_bytes());
    w.commit().unwrap();
    let mut rng = Rng::new(7);
    let mut model = Model::new();
    let mut after = vec![model.clone()];
    for n in 1..TRANSACTIONS {
        for _ in 0..3 {
            let id = rng.below(60) as i32;
            let text = "w".repeat(rng.below(60) as usize);
            let new = image(&[V::I(id), V::I(n), s(&text)]);
            let key = id.to_le_bytes();
            match w
                .find(&t, &[Cell::Bytes(&key), Cell::Absent, Cell::Absent])
                .unwrap()
            {
                Some((at, old)) => drop(w.update(&t, &at, &old, &new).unwrap()),
                None => drop(w.insert(&t, &new, DuplicateMode::Strict).unwrap()),
            }
            model.insert(id, (n, text));
        }
        w.set_state("applied", &n.to_le_bytes());
        w.end().unwrap();
        after.push(model.clone());
        if n % 3 == 0 {
            w.commit().unwrap();
        }
    }
    w.commit().unwrap();
    after
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

fn journal(dir: &Path) -> PathBuf {
    let mut found: Vec<PathBuf> = fs::read_dir(dir.join("store"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|x| x == "jnl"))
        .collect();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

/// Opens and compares; says at which transaction it is. `None`: it did not open.
fn at(dir: &Path, after: &[Model], what: &str) -> Option<i32> {
    let store = Store::open(dir, small()).ok()?;
    let snapshot = store.snapshot();
    let Some(bytes) = snapshot.state("applied") else {
        assert_eq!(snapshot.catalog().tables().count(), 0, "{what}");
        return Some(-1);
    };
    let n = i32::from_le_bytes(bytes.try_into().unwrap());
    let mut model = Model::new();
    for row in rows(&snapshot, "d", "t") {
        match &row[..] {
            [V::I(id), V::I(k), V::S(v)] => model.insert(*id, (*k, v.clone())),
            other => panic!("{other:?}"),
        };
    }
    assert!(model == after[n as usize], "{what}: at {n}");
    let problems = store.check().unwrap().problems;
    assert_eq!(problems, Vec::<String>::new(), "{what}");
    Some(n)
}

#[test]
fn a_journal_without_its_end_gives_a_prefix() {
    let made = tempfile::tempdir().unwrap();
    let after = write(made.path());
    let whole = fs::read(journal(made.path())).unwrap();
    let used = whole.iter().rposition(|b| *b != 0).unwrap() + 1;
    let mut rng = Rng::from_env("power cut");
    let mut seen = std::collections::BTreeSet::new();
    for round in 0..25 {
        let dir = tempfile::tempdir().unwrap();
        copy(made.path(), dir.path());
        let cut = match round {
            0 => used,
            _ => rng.below(used as u64) as usize,
        };
        // Lengths are written before data on some file systems: the rest may be there as zeros.
        let zeros = round % 2 == 1;
        let mut bytes = whole[..cut].to_vec();
        if zeros {
            bytes.resize(used, 0);
        }
        fs::write(journal(dir.path()), &bytes).unwrap();
        let what = format!("cut at {cut} of {used}, zeros {zeros}");
        let n = at(dir.path(), &after, &what);
        let n = n.unwrap_or_else(|| panic!("{what}: does not open"));
        if round == 0 {
            assert_eq!(n, TRANSACTIONS - 1);
        }
        seen.insert(n);
    }
    assert!(seen.len() > 10, "{seen:?}");
}

#[test]
fn a_wrong_byte_in_the_journal_is_never_applied() {
    let made = tempfile::tempdir().unwrap();
    let after = write(made.path());
    let whole = fs::read(journal(made.path())).unwrap();
    let used = whole.iter().rposition(|b| *b != 0).unwrap() + 1;
    let mut rng = Rng::from_env("wrong byte");
    let (mut refused, mut shorter) = (0, 0);
    for _ in 0..25 {
        let dir = tempfile::tempdir().unwrap();
        copy(made.path(), dir.path());
        let place = rng.below(used as u64) as usize;
        let mut bytes = whole.clone();
        bytes[place] ^= 1 << rng.below(8);
        fs::write(journal(dir.path()), &bytes).unwrap();
        match at(dir.path(), &after, &format!("byte {place} of {used}")) {
            Some(n) => shorter += u32::from(n < TRANSACTIONS - 1),
            None => refused += 1,
        }
    }
    assert!(
        refused + shorter > 15,
        "{refused} refused, {shorter} shorter"
    );
}
