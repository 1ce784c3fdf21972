//! Options of the applier beside a real replica: `replica_type_conversions`, `slave_skip_errors`, `slave_exec_mode`.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use understudy_proto_tests::attach::{self, Replica};
use understudy_testkit::client::Connection;
use understudy_testkit::{Kind, ReferenceServer, Understudy, reference};

const LIMIT: Duration = Duration::from_secs(120);

/// Types of columns, each with values that fit it.
const TYPES: &[(&str, &[&str])] = &[
    ("SMALLINT UNSIGNED", &["65535", "3"]),
    ("INT", &["-1", "2147483647"]),
    ("BIGINT UNSIGNED", &["18446744073709551615", "7"]),
    ("DECIMAL(5,2)", &["-999.99", "1.25"]),
    ("DECIMAL(10,1)", &["123456789.5"]),
    ("FLOAT", &["-3e10", "1.5"]),
    ("DOUBLE", &["1e300", "2.25"]),
    ("BIT(3)", &["5"]),
    ("BIT(12)", &["4095", "2"]),
    ("CHAR(3)", &["'a'", "'abc'"]),
    ("CHAR(10) CHARACTER SET latin1", &["'abcdefghij'"]),
    ("VARCHAR(5)", &["'ab  '", "'abcde'"]),
    ("VARCHAR(300)", &["REPEAT('é', 300)", "'x'"]),
    ("VARBINARY(10)", &["'abc'"]),
    ("MEDIUMTEXT", &["REPEAT('y', 70000)"]),
    ("BLOB", &["'abc'"]),
    ("TIME", &["'10:11:12'"]),
    ("TIME(3)", &["'-10:11:12.345'"]),
    ("DATETIME(6)", &["'2020-02-03 04:05:06.789012'"]),
    ("ENUM('a','b')", &["'b'"]),
    ("SET('a','b')", &["'a,b'"]),
    ("SET('a','b','c','d','e','f','g','h','i')", &["'a,i'"]),
];

const MODES: &[&str] = &[
    "",
    "ALL_NON_LOSSY",
    "ALL_LOSSY",
    "ALL_LOSSY,ALL_NON_LOSSY,ALL_UNSIGNED",
];

/// A server that need not survive a power cut.
const QUICK: &[&str] = &[
    "--replica-parallel-workers=0",
    "--sync-binlog=0",
    "--innodb-flush-log-at-trx-commit=0",
    "--gtid-mode=OFF",
    "--enforce-gtid-consistency=OFF",
];

/// First key of the rows of a type in a mode.
fn id(mode: usize, from: usize) -> usize {
    (mode * TYPES.len() + from) * 10
}

/// Pairs of positions in [`TYPES`]: the source's type and the replica's.
fn pairs() -> impl Iterator<Item = (usize, usize)> {
    let all = 0..TYPES.len();
    all.clone()
        .flat_map(move |from| all.clone().map(move |to| (from, to)))
        .filter(|(from, to)| from != to)
}

/// Applies everything; each error is remembered under the source's position and passed over.
fn errors(
    replica: &dyn Replica,
    source: &ReferenceServer,
    message: impl Fn(&mut Connection) -> anyhow::Result<String>,
) -> anyhow::Result<Vec<(u64, String)>> {
    let (file, end) = source.binlog_position()?;
    let mut connection = replica.connect()?;
    let mut found = Vec::new();
    let start = Instant::now();
    loop {
        let status = attach::status(replica)?;
        let applied_file =
            attach::column(&status, &["Relay_Master_Log_File", "Relay_Source_Log_File"])?;
        let applied = attach::column(&status, &["Exec_Master_Log_Pos", "Exec_Source_Log_Pos"])?;
        if (applied_file, applied.parse()?) >= (file.as_str(), end) {
            return Ok(found);
        }
        if attach::column(&status, &["Slave_SQL_Running", "Replica_SQL_Running"])? == "No" {
            let text = message(&mut connection)?;
            // A worker's message says more exactly where it was than the status does.
            let end = text.split_once("end_log_pos ").map(|(_, rest)| rest);
            let digits = end.map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
            let at = match digits.flatten().map(str::parse::<u64>) {
                Some(end) => end? - 1,
                None => applied.parse()?,
            };
            found.push((at, text));
            let start = match replica.vocabulary() {
                attach::Vocabulary::Master => "START SLAVE SQL_THREAD",
                attach::Vocabulary::Source => "START REPLICA SQL_THREAD",
            };
            connection.run(["SET GLOBAL sql_replica_skip_counter=1", start])?;
        } else {
            std::thread::sleep(Duration::from_millis(5));
        }
        anyhow::ensure!(start.elapsed() < 5 * LIMIT, "{status:?}");
    }
}

fn real_message(connection: &mut Connection) -> anyhow::Result<String> {
    let answer = connection.query(
        "SELECT LAST_ERROR_NUMBER, LAST_ERROR_MESSAGE FROM performance_schema.replication_applier_status_by_worker",
    )?;
    Ok(answer.text()[0].join(" "))
}

fn own_message(connection: &mut Connection) -> anyhow::Result<String> {
    let answer = connection.query("SHOW SLAVE STATUS")?;
    let at = |name: &str| answer.columns.iter().position(|c| c.name == name);
    let row = &answer.text()[0];
    let field = |name| at(name).map_or("", |at| row[at].as_str());
    Ok(format!(
        "{} {}",
        field("Last_SQL_Errno"),
        field("Last_SQL_Error")
    ))
}

/// What the real replica says in full; it puts what a worker says in front.
fn same_error(ours: &str, theirs: &str) -> bool {
    let text = |message: &str| message.split_once(' ').map(|(_, text)| text.to_owned());
    match (text(ours), text(theirs)) {
        (Some(ours), Some(theirs)) => theirs.ends_with(&ours),
        _ => false,
    }
}

#[test]
fn columns_of_other_types_are_converted_as_permitted() -> anyhow::Result<()> {
    let source = reference!(Kind::Mysql97, QUICK);
    // The tables of the replicas are in `d`, those of the source in a database for each type: so none need be altered.
    let rewrites: Vec<String> = (0..TYPES.len())
        .map(|from| format!("--replicate-rewrite-db=f{from}->d"))
        .collect();
    let rewrites: Vec<&str> = rewrites.iter().map(String::as_str).collect();
    let real = reference!(Kind::Mysql97, &[QUICK, &rewrites].concat());
    let own = Understudy::start(&rewrites)?;
    let mut writer = source.connect()?;
    writer.run(["SET sql_mode=''", "CREATE DATABASE d"])?;
    for (to, (ty, _)) in TYPES.iter().enumerate() {
        writer.run([format!("CREATE TABLE d.t{to} (id INT PRIMARY KEY, v {ty})")])?;
    }
    writer.run(["SET sql_log_bin=0"])?;
    for (from, (ty, _)) in TYPES.iter().enumerate() {
        writer.run([format!("CREATE DATABASE f{from}")])?;
        for to in (0..TYPES.len()).filter(|to| *to != from) {
            writer.run([format!(
                "CREATE TABLE f{from}.t{to} (id INT PRIMARY KEY, v {ty}) ENGINE=MyISAM"
            )])?;
        }
    }
    writer.run(["SET sql_log_bin=1"])?;
    attach::follow(&real, &source, source.port())?;
    attach::follow(&own, &source, source.port())?;
    attach::wait_applied(&own, &source, LIMIT)?;
    attach::wait_applied(&real, &source, LIMIT)?;
    let (mut left, mut right) = (real.connect()?, own.connect()?);
    let mut wrong = Vec::new();
    let mut converted = 0;
    for (number, mode) in MODES.iter().enumerate() {
        let set = format!("SET GLOBAL replica_type_conversions='{mode}'");
        left.run([set.as_str()])?;
        right.run([set.as_str()])?;
        let mut positions: BTreeMap<u64, (usize, usize)> = BTreeMap::new();
        for (from, to) in pairs() {
            let values = TYPES[from].1.iter().enumerate();
            let rows: Vec<String> = values
                .map(|(n, value)| format!("({}, {value})", id(number, from) + n))
                .collect();
            let rows = rows.join(", ");
            let status = writer.query("SHOW BINARY LOG STATUS")?.text();
            positions.insert(status[0][1].parse()?, (from, to));
            writer.run([format!("INSERT INTO f{from}.t{to} VALUES {rows}")])?;
        }
        let by_pair = |errors: Vec<(u64, String)>| -> BTreeMap<(usize, usize), String> {
            let pair = |at| positions.range(..=at).next_back().map(|(_, pair)| *pair);
            let pairs = errors.into_iter();
            pairs
                .filter_map(|(at, text)| Some((pair(at)?, text)))
                .collect()
        };
        let theirs = by_pair(errors(&real, &source, real_message)?);
        let ours = by_pair(errors(&own, &source, own_message)?);
        for (from, to) in positions.into_values() {
            let what = format!("[{mode}] {} to {}", TYPES[from].0, TYPES[to].0);
            match (theirs.get(&(from, to)), ours.get(&(from, to))) {
                (Some(theirs), Some(ours)) if same_error(ours, theirs) => {}
                // Another number of fractional digits: 9.7 cannot read the event, we name the types.
                (Some(theirs), Some(ours))
                    if theirs.contains("Could not execute Write_rows event")
                        && ours.starts_with("1677") => {}
                (None, None) => {
                    let low = id(number, from);
                    let rows = format!(
                        "SELECT id, v FROM d.t{to} WHERE id >= {low} AND id < {} ORDER BY id",
                        low + 10
                    );
                    let (theirs, ours) = (left.query(&rows)?.text(), right.query(&rows)?.text());
                    converted += 1;
                    if theirs != ours {
                        wrong.push(format!("{what}: {ours:?} for {theirs:?}"));
                    }
                }
                (theirs, ours) => {
                    let text = |e: Option<&String>| {
                        e.map(|e| e.split("; ").last().unwrap_or(e).to_owned())
                    };
                    wrong.push(format!("{what}: {:?} for {:?}", text(ours), text(theirs)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
    assert!(converted > 100, "{converted}");
    Ok(())
}

/// Makes the replicas' rows and definitions differ from the source's, then changes what differs.
const DIVERGING: &[&str] = &[
    "CREATE DATABASE d",
    "CREATE TABLE d.t (id INT PRIMARY KEY, v INT, UNIQUE KEY u (v))",
    "CREATE TABLE d.n (v INT)",
    "INSERT INTO d.t VALUES (1, 1), (2, 2), (3, 3)",
    "INSERT INTO d.n VALUES (1), (2)",
    "SET sql_log_bin=0",
    "DELETE FROM d.t WHERE id = 1",
    "INSERT INTO d.t VALUES (20, 20)",
    "INSERT INTO d.n VALUES (7)",
    "SET sql_log_bin=1",
    // Errors 1062, 1032 in the midst of events of several rows.
    "INSERT INTO d.t VALUES (10, 10), (1, 11), (12, 12)",
    "UPDATE d.t SET v = v + 100 ORDER BY id",
    "INSERT INTO d.t VALUES (30, 3)",
    "DELETE FROM d.n",
    "DELETE FROM d.t WHERE id IN (3, 20)",
    "INSERT INTO d.t VALUES (40, 40)",
];

/// Errors of statements and of tables that are not there.
const DIVERGING_TABLES: &[&str] = &[
    "SET sql_log_bin=0",
    "DROP TABLE d.n",
    "CREATE TABLE d.o (a INT)",
    "SET sql_log_bin=1",
    "CREATE TABLE d.n (v INT)",
    "INSERT INTO d.o VALUES (1)",
    "DROP TABLE d.o",
    "CREATE INDEX i ON d.t (id, v)",
    "SET sql_log_bin=0",
    "DROP INDEX i ON d.t",
    "SET sql_log_bin=1",
    "CREATE INDEX i ON d.t (id, v)",
    "INSERT INTO d.t VALUES (50, 50)",
];

const DIVERGED: &[&str] = &[
    "SELECT id, v FROM d.t ORDER BY id",
    "SELECT v FROM d.n ORDER BY v",
];

fn expect_same(real: &ReferenceServer, own: &Understudy, queries: &[&str]) -> anyhow::Result<()> {
    let (mut left, mut right) = (real.connect()?, own.connect()?);
    for query in queries {
        let (theirs, ours) = (left.query(query)?.text(), right.query(query)?.text());
        assert_eq!(ours, theirs, "{query}");
    }
    Ok(())
}

#[test]
fn skipped_errors_leave_what_the_real_replica_leaves() -> anyhow::Result<()> {
    const SKIP: &str = "--slave-skip-errors=ddl_exist_errors,1062,1032";
    let source = reference!(Kind::Mysql97, QUICK);
    let real = reference!(
        Kind::Mysql97,
        &[QUICK, &[SKIP, "--log-error-verbosity=3"]].concat()
    );
    let own = Understudy::start(&[SKIP])?;
    attach::follow(&real, &source, source.port())?;
    attach::follow(&own, &source, source.port())?;
    let mut writer = source.connect()?;
    writer.run(DIVERGING.iter().chain(DIVERGING_TABLES))?;
    attach::wait_applied(&real, &source, LIMIT)?;
    attach::wait_applied(&own, &source, LIMIT)?;
    expect_same(&real, &own, DIVERGED)?;
    expect_same(
        &real,
        &own,
        &[
            "SHOW CREATE TABLE d.t",
            "SHOW GLOBAL VARIABLES LIKE '%skip_errors'",
        ],
    )?;
    // Every one is in the log, as there.
    let said = |log: &str| -> Vec<String> {
        let lines = log.lines().filter_map(|line| {
            let at = line
                .find("Could not execute")
                .or_else(|| line.find("Error executing row"))?;
            line.get(at..).map(str::to_owned)
        });
        lines.collect()
    };
    let (theirs, ours) = (said(&real.error_log()), said(&own.error_log()));
    assert_eq!(ours, theirs);
    let counted = own.query("SHOW GLOBAL STATUS LIKE 'Slave_skipped_errors'")?;
    assert_eq!(counted.text()[0][1], theirs.len().to_string());
    Ok(())
}

#[test]
fn idempotent_mode_leaves_what_the_real_replica_leaves() -> anyhow::Result<()> {
    let source = reference!(Kind::Mysql97, QUICK);
    let real = reference!(Kind::Mysql97, QUICK);
    let own = Understudy::start(&["--slave-exec-mode=IDEMPOTENT"])?;
    real.exec("SET GLOBAL replica_exec_mode=IDEMPOTENT")?;
    attach::follow(&real, &source, source.port())?;
    attach::follow(&own, &source, source.port())?;
    source.connect()?.run(DIVERGING)?;
    attach::wait_applied(&real, &source, LIMIT)?;
    attach::wait_applied(&own, &source, LIMIT)?;
    expect_same(&real, &own, DIVERGED)
}
