//! A seeded random workload: transactions on several connections with concurrent schema changes.
//!
//! Every connection draws from its own generator, so a seed decides what each one asks for; how the server
//! interleaves them, and with that which statements lose a lock or find their table gone, it does not. Refused
//! statements are part of the workload and counted by number.
//!
//! All tables are InnoDB's: where connections share a table without transactions, the order of changes in the
//! binary log is not always the order in which they were made, and real replicas stop too.

mod schema;
mod statements;

use crate::workload::schema::{Schema, Table};
use crate::workload::statements::Writer;
use anyhow::{Context, bail};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};
use understudy_testkit::Kind;
use understudy_testkit::client::{Connection, ServerError};
use understudy_testkit::rng::Rng;

/// What to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The source's kind: decides types and session variables.
    pub kind: Kind,
    /// Its port.
    pub port: u16,
    /// Decides the statements.
    pub seed: u64,
    /// Transactions to commit in all.
    pub transactions: u64,
    /// Connections at once.
    pub connections: u64,
    /// Each connection rests this long after a transaction, so that a replica under test keeps up.
    pub pause: Duration,
    /// Whether the source may go away for a while: then a lost connection is opened again.
    pub source_dies: bool,
    /// Held for reading during schema changes: who holds it for writing may kill a source whose schema changes
    /// are not atomic (MySQL 5.6) without making the source contradict its own binary log.
    pub schema_gate: Arc<RwLock<()>>,
}

/// What became of it.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Transactions that committed a change.
    pub committed: u64,
    /// Schema changes that succeeded.
    pub schema_changes: u64,
    /// Refused statements by error number, with one text each.
    pub refused: BTreeMap<u16, (u64, String)>,
}

/// State shared by the connections of one run.
struct Run<'a> {
    plan: &'a Plan,
    schema: Mutex<Schema>,
    committed: AtomicU64,
    schema_changes: AtomicU64,
    /// Numbers of XA transactions.
    xids: AtomicU64,
    stop: &'a AtomicBool,
    refused: Mutex<BTreeMap<u16, (u64, String)>>,
}

/// Runs a plan to its end, or until `stop` is set.
pub fn run(plan: &Plan, stop: &AtomicBool) -> anyhow::Result<Outcome> {
    let mut rng = Rng::new(plan.seed);
    let run = Run {
        plan,
        schema: Mutex::new(Schema::new(plan, &mut rng)),
        committed: AtomicU64::new(0),
        schema_changes: AtomicU64::new(0),
        xids: AtomicU64::new(0),
        stop,
        refused: Mutex::default(),
    };
    let mut first = Connection::open(plan.port, "root")?;
    let statements = lock(&run.schema).create_all();
    first.run(statements)?;
    let results: Vec<anyhow::Result<()>> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..plan.connections)
            .map(|number| {
                let (run, rng) = (&run, rng.fork());
                scope.spawn(move || run.one_connection(number, rng))
            })
            .collect();
        handles
            .into_iter()
            .map(|handle| {
                handle
                    .join()
                    .unwrap_or_else(|_| bail!("a connection's thread panicked"))
            })
            .collect()
    });
    for result in results {
        result?;
    }
    let refused = lock(&run.refused).clone();
    if let Some((_, text)) = refused.get(&1064) {
        bail!("the workload asks for what the server does not parse: {text}");
    }
    Ok(Outcome {
        committed: run.committed.into_inner(),
        schema_changes: run.schema_changes.into_inner(),
        refused,
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Run<'_> {
    fn one_connection(&self, number: u64, mut rng: Rng) -> anyhow::Result<()> {
        let mut connection = self.connect(number)?;
        while !self.is_done() {
            if let Err(error) = self.step(&mut connection, &mut rng) {
                if !self.plan.source_dies {
                    return Err(error);
                }
                match self.connect(number) {
                    Ok(opened) => connection = opened,
                    Err(_) if self.is_done() => return Ok(()),
                    Err(error) => return Err(error),
                }
            }
            std::thread::sleep(self.plan.pause);
        }
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.committed.load(Ordering::Relaxed) >= self.plan.transactions
            || self.stop.load(Ordering::Relaxed)
    }

    /// A connection with the session variables of its number; waits for a source that is away.
    fn connect(&self, number: u64) -> anyhow::Result<Connection> {
        let start = Instant::now();
        loop {
            let opened = Connection::open(self.plan.port, "root").and_then(|mut connection| {
                connection.run(session(self.plan.kind, number))?;
                Ok(connection)
            });
            match opened {
                Ok(connection) => return Ok(connection),
                Err(error) if !self.plan.source_dies => return Err(error),
                Err(error) if start.elapsed() > Duration::from_secs(60) => {
                    return Err(error).context("the source stays away");
                }
                Err(error) if self.is_done() => return Err(error),
                Err(_) => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    /// One transaction or one schema change.
    fn step(&self, connection: &mut Connection, rng: &mut Rng) -> anyhow::Result<()> {
        if rng.below(150) == 0 {
            return self.change_schema(connection, rng);
        }
        let tables = lock(&self.schema).some(rng, 3);
        let mut writer = Writer::new(self.plan.kind, rng, &tables);
        let mut changed = 0;
        if writer.rng.percent(4) {
            changed = self.distributed(connection, &mut writer)?;
        } else if writer.rng.percent(25) {
            let statement = writer.statement();
            changed = self.ask(connection, &statement)?.unwrap_or(0);
        } else {
            self.ask(connection, "START TRANSACTION")?;
            for _ in 0..writer.rng.between(1, 6) {
                if writer.rng.percent(8) {
                    self.ask(connection, "SAVEPOINT s")?;
                    let statement = writer.statement();
                    self.ask(connection, &statement)?;
                    self.ask(connection, "ROLLBACK TO SAVEPOINT s")?;
                }
                let statement = writer.statement();
                changed += self.ask(connection, &statement)?.unwrap_or(0);
            }
            if writer.rng.percent(8) {
                self.ask(connection, "ROLLBACK")?;
                changed = 0;
            } else if self.ask(connection, "COMMIT")?.is_none() {
                changed = 0;
            }
        }
        if changed > 0 {
            self.committed.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// An XA transaction; rows changed.
    fn distributed(
        &self,
        connection: &mut Connection,
        writer: &mut Writer<'_>,
    ) -> anyhow::Result<u64> {
        let xid = format!("'{}','w',3", self.xids.fetch_add(1, Ordering::Relaxed));
        if self.ask(connection, &format!("XA START {xid}"))?.is_none() {
            return Ok(0);
        }
        let mut changed = 0;
        for _ in 0..writer.rng.between(1, 4) {
            let statement = writer.statement();
            changed += self.ask(connection, &statement)?.unwrap_or(0);
        }
        // After a deadlock the server wants nothing but the rollback.
        let ended = self.ask(connection, &format!("XA END {xid}"))?.is_some();
        let one_phase = writer.rng.percent(20);
        let committed = ended
            && if one_phase {
                self.ask(connection, &format!("XA COMMIT {xid} ONE PHASE"))?
                    .is_some()
            } else {
                self.ask(connection, &format!("XA PREPARE {xid}"))?
                    .is_some()
                    && !writer.rng.percent(20)
                    && self.ask(connection, &format!("XA COMMIT {xid}"))?.is_some()
            };
        if committed {
            return Ok(changed);
        }
        self.ask(connection, &format!("XA ROLLBACK {xid}"))?;
        Ok(0)
    }

    fn change_schema(&self, connection: &mut Connection, rng: &mut Rng) -> anyhow::Result<()> {
        let change = lock(&self.schema).change(self.plan, rng);
        let _gate = self
            .plan
            .schema_gate
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if self.ask(connection, &change.statement)?.is_some() {
            self.schema_changes.fetch_add(1, Ordering::Relaxed);
            lock(&self.schema).apply(change);
        }
        Ok(())
    }

    /// Rows changed, or `None` when the server refused the statement. A lost connection is an error.
    fn ask(&self, connection: &mut Connection, statement: &str) -> anyhow::Result<Option<u64>> {
        let error = match connection.query(statement) {
            Ok(answer) => return Ok(Some(answer.affected_rows)),
            Err(error) => error,
        };
        let refusal = error.downcast::<ServerError>()?;
        // Shutdown in progress, connection killed: as good as lost.
        if [1053, 1927, 1317].contains(&refusal.errno) {
            return Err(refusal.into());
        }
        let mut refused = lock(&self.refused);
        let entry = refused
            .entry(refusal.errno)
            .or_insert_with(|| (0, format!("{refusal}; {statement:.300}")));
        entry.0 += 1;
        Ok(None)
    }
}

/// Session variables that vary what the binary log looks like.
fn session(kind: Kind, number: u64) -> Vec<&'static str> {
    let mut out = vec![
        "SET NAMES utf8mb4",
        "SET SESSION sql_mode='', SESSION innodb_lock_wait_timeout=1, SESSION lock_wait_timeout=1",
    ];
    out.push(match number % 3 {
        0 => "SET SESSION binlog_row_image=FULL",
        1 => "SET SESSION binlog_row_image=MINIMAL, time_zone='+05:30'",
        _ => "SET SESSION binlog_row_image=NOBLOB",
    });
    match (kind, number % 4) {
        (Kind::Mysql97, 1) => out.push("SET SESSION binlog_transaction_compression=ON"),
        (Kind::Mysql97, 2) => out.push("SET SESSION binlog_row_value_options='PARTIAL_JSON'"),
        (Kind::Mysql97 | Kind::Mysql56, 3) => {
            out.push("SET SESSION binlog_rows_query_log_events=ON");
        }
        (Kind::Mariadb1011 | Kind::Mariadb118, 3) => {
            out.push("SET SESSION binlog_annotate_row_events=OFF");
        }
        (Kind::Mysql97 | Kind::Mysql56 | Kind::Mariadb1011 | Kind::Mariadb118, _) => {}
    }
    out
}
