//! Figures of the store alone: rows and transactions a second through [`Writer`], rows a second of a scan.
//!
//! `store [rows] [memtable MiB] [journal MiB]`: a table of `id BIGINT PRIMARY KEY, k INT, KEY (k), v VARBINARY(200)` with rows
//! of about 200 bytes. Each phase prints one line: the rate by the clock, and by the CPU time of the writing
//! thread, which says more on a busy machine. No sync to disk per commit, as the replica runs.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use understudy_storage::schema::{
    ColumnDef, DatabaseDef, DefVersion, DefaultValue, Flavour, IndexDef, IndexKind, KeyPart,
    TableDef, TableId,
};
use understudy_storage::{Direction, DuplicateMode, ScanRange, Store, StoreOptions, Table, Writer};
use understudy_values::row::{self, Cell};
use understudy_values::types::{CollationId, ColumnType, IntSize};

const FLAVOUR: Flavour = Flavour {
    mariadb: false,
    version: 90700,
};

fn int(size: IntSize) -> ColumnType {
    ColumnType::Int {
        size,
        unsigned: false,
        zerofill: false,
        width: None,
    }
}

fn column(name: &str, ty: ColumnType) -> ColumnDef {
    ColumnDef {
        name: name.into(),
        ty,
        nullable: false,
        default: DefaultValue::None,
        on_update_now: None,
        auto_increment: false,
        generated: None,
        invisible: false,
        explicit_charset: false,
        explicit_collation: false,
        attributes: Vec::new(),
        check: None,
        comment: String::new(),
    }
}

fn index(number: u32, name: &str, kind: IndexKind, column: u16) -> IndexDef {
    IndexDef {
        number,
        name: name.into(),
        kind,
        parts: vec![KeyPart {
            column: Some(column),
            prefix: None,
            descending: false,
            expression: None,
        }],
        invisible: false,
        using: None,
        generated_for_foreign_key: false,
        comment: String::new(),
        options: Vec::new(),
    }
}

fn definition(name: &str, indexed: bool) -> TableDef {
    let mut indexes = vec![index(1, "PRIMARY", IndexKind::Primary, 0)];
    if indexed {
        indexes.push(index(2, "k", IndexKind::Plain, 1));
    }
    TableDef {
        id: TableId(0),
        version: DefVersion(0),
        db: "bench".into(),
        name: name.into(),
        flavour: FLAVOUR,
        columns: vec![
            column("id", int(IntSize::Big)),
            column("k", int(IntSize::Int)),
            column("v", ColumnType::VarBinary { length: 200 }),
        ],
        indexes,
        foreign_keys: Vec::new(),
        checks: Vec::new(),
        collation: CollationId::BINARY,
        explicit_collation: false,
        engine: "InnoDB".into(),
        auto_increment: 0,
        comment: String::new(),
        options: Vec::new(),
        partitioning: None,
        next_index_number: 3,
    }
}

/// A cheap, repeatable sequence that spreads over `0..n`.
fn spread(i: u64, n: u64) -> u64 {
    (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) % n
}

fn image(id: u64, k: u32, filler: u8) -> Vec<u8> {
    let mut text = vec![180u8];
    text.resize(181, filler);
    text[1..9].copy_from_slice(&id.to_be_bytes());
    row::build(&[Some(&id.to_le_bytes()), Some(&k.to_le_bytes()), Some(&text)])
}

fn report(what: &str, count: u64, unit: &str, took: Took) {
    let rate = |time: Duration| count as f64 / time.as_secs_f64();
    println!(
        "{what:<54} {:>10.0} {unit}/s {:>10.0} {unit}/CPU s   ({count} in {:.2?})",
        rate(took.clock),
        rate(took.cpu),
        took.clock
    );
}

/// Time by the clock and CPU time of this thread.
struct Took {
    clock: Duration,
    cpu: Duration,
}

struct Stopwatch {
    clock: Instant,
    cpu: Duration,
}

impl Stopwatch {
    fn start() -> Result<Stopwatch> {
        Ok(Stopwatch {
            clock: Instant::now(),
            cpu: cpu_time()?,
        })
    }

    fn stop(self) -> Result<Took> {
        Ok(Took {
            clock: self.clock.elapsed(),
            cpu: cpu_time()?.saturating_sub(self.cpu),
        })
    }
}

/// CPU time of this thread, from the scheduler's statistics of Linux.
fn cpu_time() -> Result<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let ns = text.split(' ').next().context("schedstat")?.parse()?;
    Ok(Duration::from_nanos(ns))
}

fn position(writer: &mut Writer, n: u64) {
    let text = format!("binlog.000001 {n} 0123456789abcdef0123456789abcdef");
    writer.set_state("channel//applied", text.as_bytes());
}

fn insert(writer: &mut Writer, table: &Table, id: u64, n: u64) -> Result<()> {
    writer.insert(
        table,
        &image(id, spread(n, 1 << 30) as u32, b'a'),
        DuplicateMode::Strict,
    )?;
    Ok(())
}

fn update(writer: &mut Writer, table: &Table, id: u64, n: u64) -> Result<()> {
    let key = id.to_le_bytes();
    let before = [Cell::Bytes(&key), Cell::Absent, Cell::Absent];
    let (at, old) = writer.find(table, &before)?.context("row not found")?;
    let new = image(id, spread(n, 1 << 30) as u32, b'b');
    writer.update(table, &at, &old, &new)?;
    Ok(())
}

/// Runs `count` transactions of one row each in groups.
fn transactions(
    writer: &mut Writer,
    count: u64,
    group: u64,
    mut one: impl FnMut(&mut Writer, u64) -> Result<()>,
) -> Result<Took> {
    let start = Stopwatch::start()?;
    for n in 0..count {
        writer.begin();
        one(writer, n)?;
        position(writer, n);
        writer.end()?;
        if (n + 1) % group == 0 {
            writer.commit()?;
        }
    }
    writer.commit()?;
    start.stop()
}

fn scan(store: &Store, table: &std::sync::Arc<Table>) -> Result<(u64, Took)> {
    let start = Stopwatch::start()?;
    let mut bytes = 0u64;
    let mut rows = 0u64;
    for found in store
        .snapshot()
        .scan(table, &ScanRange::all(), Direction::Forward)
    {
        bytes += found?.1.image().len() as u64;
        rows += 1;
    }
    anyhow::ensure!(bytes > rows, "rows are empty");
    Ok((rows, start.stop()?))
}

fn run(dir: &Path, rows: u64, options: &StoreOptions) -> Result<()> {
    let store = Store::open(dir, options.clone())?;
    let mut writer = store.writer();
    writer.put_database(DatabaseDef {
        name: "bench".into(),
        collation: CollationId::BINARY,
        flavour: FLAVOUR,
        comment: String::new(),
        options: Vec::new(),
    })?;

    let bulk = writer.create_table(definition("bulk", true))?;
    writer.commit()?;
    let start = Stopwatch::start()?;
    for n in 0..rows {
        insert(&mut writer, &bulk, n, n)?;
        if n % 1000 == 999 {
            position(&mut writer, n);
            writer.end()?;
        }
        if n % 16_000 == 15_999 {
            writer.commit()?;
        }
    }
    writer.commit()?;
    report(
        "insert, 1000 rows a transaction, 16 a group",
        rows,
        "rows",
        start.stop()?,
    );

    for group in [1, 16, 256, 4096, 16_384] {
        let count = match group {
            1 => rows / 20,
            16 => rows / 4,
            _ => rows,
        };
        let table = writer.create_table(definition(&format!("single{group}"), true))?;
        writer.commit()?;
        let took = transactions(&mut writer, count, group, |w, n| insert(w, &table, n, n))?;
        report(
            &format!("insert, single rows, group {group}"),
            count,
            "txn",
            took,
        );
    }
    let plain = writer.create_table(definition("unindexed", false))?;
    writer.commit()?;
    let took = transactions(&mut writer, rows, 4096, |w, n| insert(w, &plain, n, n))?;
    report(
        "insert, single rows, no secondary index, group 4096",
        rows,
        "txn",
        took,
    );
    for group in [256, 4096, 16_384] {
        let took = transactions(&mut writer, rows / 2, group, |w, n| {
            update(w, &bulk, spread(n + group, rows), n + group)
        })?;
        report(
            &format!("update by key, single rows, group {group}"),
            rows / 2,
            "txn",
            took,
        );
    }
    let (count, took) = scan(&store, &bulk)?;
    report("scan", count, "rows", took);
    drop(writer);
    let start = Instant::now();
    store.persist()?;
    println!(
        "persist {:.2?}, {} MB on disk",
        start.elapsed(),
        store.approximate_bytes()? >> 20
    );
    drop(store);
    let start = Instant::now();
    let store = Store::open(dir, options.clone())?;
    println!(
        "open {:.2?}, commit {}",
        start.elapsed(),
        store.snapshot().sequence()
    );
    Ok(())
}

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let rows: u64 = match args.next() {
        Some(n) => n.parse().context("rows")?,
        None => 1_000_000,
    };
    let mut options = StoreOptions::default();
    if let Some(memtable) = args.next() {
        options.memtable_bytes = memtable.parse::<u64>().context("memtable MiB")? << 20;
    }
    if let Some(journal) = args.next() {
        options.journal_bytes = journal.parse::<u64>().context("journal MiB")? << 20;
    }
    let dir = tempfile::tempdir()?;
    run(dir.path(), rows, &options)
}
