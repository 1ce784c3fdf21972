//! Replication filters beside a real replica: the same source, the same rules, the same databases, tables and rows.
//!
//! Both replicas follow one source. For each random set of rules both are emptied, get the rules, and read the
//! same script of schema and row changes across four databases. Where the real replica's applier stops (a table
//! that its rules left out is needed), ours has to stop too, with what came before applied alike.

use anyhow::{Context, ensure};
use std::time::{Duration, Instant};
use understudy_proto_tests::attach::{self, Replica};
use understudy_proto_tests::compare::{self, Counters};
use understudy_testkit::client::Connection;
use understudy_testkit::reference::REPL_PASSWORD;
use understudy_testkit::rng::Rng;
use understudy_testkit::{Kind, ReferenceServer, Understudy, reference};

const DATABASES: [&str; 4] = ["fa", "fb", "fab", "f_b"];
const TABLES: [&str; 4] = ["t", "u", "t1", "T"];

/// The rules of one round, kind and values as statements write them.
#[derive(Debug, Default)]
struct Rules {
    do_db: Vec<String>,
    ignore_db: Vec<String>,
    do_table: Vec<String>,
    ignore_table: Vec<String>,
    wild_do: Vec<String>,
    wild_ignore: Vec<String>,
    rewrite: Vec<(String, String)>,
}

fn database(rng: &mut Rng) -> String {
    (*rng.choose(&DATABASES)).to_owned()
}

fn some(rng: &mut Rng, percent: u64, one: impl Fn(&mut Rng) -> String) -> Vec<String> {
    if !rng.percent(percent) {
        return Vec::new();
    }
    let mut out: Vec<String> = (0..rng.between(1, 3)).map(|_| one(rng)).collect();
    out.sort();
    out.dedup();
    out
}

fn table(rng: &mut Rng) -> String {
    format!("{}.{}", rng.choose(&DATABASES), rng.choose(&TABLES))
}

fn pattern(rng: &mut Rng) -> String {
    let db = *rng.choose(&["fa", "f_", "f%", "fb", "f\\_b", "%b", "fab", "FA"]);
    let table = *rng.choose(&["%", "t", "t%", "t_", "_", "%1", ""]);
    format!("{db}.{table}")
}

impl Rules {
    fn random(rng: &mut Rng) -> Rules {
        let mut rules = Rules {
            do_db: some(rng, 25, database),
            ignore_db: some(rng, 20, database),
            do_table: some(rng, 20, table),
            ignore_table: some(rng, 25, table),
            wild_do: some(rng, 20, pattern),
            wild_ignore: some(rng, 25, pattern),
            rewrite: Vec::new(),
        };
        if rng.percent(30) {
            rules.rewrite.push((database(rng), database(rng)));
        }
        rules
    }

    /// The statements that put them in force, with the words of the server.
    fn statements(&self, kind: Option<Kind>) -> Vec<String> {
        let pairs = |sep: (&str, &str, &str)| {
            let one = |(a, b): &(String, String)| format!("{}{a}{}{b}{}", sep.0, sep.1, sep.2);
            self.rewrite.iter().map(one).collect::<Vec<_>>().join(",")
        };
        if kind.is_some_and(|kind| kind != Kind::Mysql97) {
            let set = |name: &str, list: &[String]| {
                let text = list.join(",").replace('\\', "\\\\");
                format!("SET GLOBAL replicate_{name}='{text}'")
            };
            return vec![
                set("do_db", &self.do_db),
                set("ignore_db", &self.ignore_db),
                set("do_table", &self.do_table),
                set("ignore_table", &self.ignore_table),
                set("wild_do_table", &self.wild_do),
                set("wild_ignore_table", &self.wild_ignore),
                format!(
                    "SET GLOBAL replicate_rewrite_db='{}'",
                    pairs(("", "->", ""))
                ),
            ];
        }
        let quoted = |list: &[String]| {
            let one = |text: &String| format!("'{}'", text.replace('\\', "\\\\"));
            list.iter().map(one).collect::<Vec<_>>().join(",")
        };
        vec![format!(
            "CHANGE REPLICATION FILTER REPLICATE_DO_DB=({}), REPLICATE_IGNORE_DB=({}), REPLICATE_DO_TABLE=({}), \
             REPLICATE_IGNORE_TABLE=({}), REPLICATE_WILD_DO_TABLE=({}), REPLICATE_WILD_IGNORE_TABLE=({}), \
             REPLICATE_REWRITE_DB=({})",
            self.do_db.join(","),
            self.ignore_db.join(","),
            self.do_table.join(","),
            self.ignore_table.join(","),
            quoted(&self.wild_do),
            quoted(&self.wild_ignore),
            pairs(("(", ",", ")"))
        )]
    }
}

/// What both replicas have before every round, on the source too.
fn fresh(rng: &mut Rng) -> Vec<String> {
    let mut out = Vec::new();
    for db in DATABASES {
        out.push(format!("DROP DATABASE IF EXISTS {db}"));
        out.push(format!("CREATE DATABASE {db}"));
        for table in TABLES {
            if rng.percent(80) {
                out.push(format!(
                    "CREATE TABLE {db}.{table} (id INT PRIMARY KEY AUTO_INCREMENT, a INT, b VARCHAR(20))"
                ));
                out.push(format!(
                    "INSERT INTO {db}.{table} (a, b) VALUES (1, 'x'), (2, 'y')"
                ));
            }
        }
    }
    out
}

/// One random statement; those that fail on the source are not in its log.
fn statement(rng: &mut Rng, number: usize) -> String {
    let name = |rng: &mut Rng| match rng.below(3) {
        0 => (*rng.choose(&TABLES)).to_owned(),
        _ => table(rng),
    };
    let (one, two, db) = (name(rng), name(rng), database(rng));
    match rng.below(30) {
        0..=3 => format!("USE {db}"),
        4 => format!(
            "CREATE TABLE IF NOT EXISTS {one} (id INT PRIMARY KEY AUTO_INCREMENT, a INT, b VARCHAR(20))"
        ),
        5 => format!("CREATE TABLE {one} LIKE {two}"),
        6 => format!("CREATE TABLE {one} SELECT a, b FROM {two}"),
        7 => format!("DROP TABLE IF EXISTS {one}, {two}"),
        8 => format!("DROP TABLE {one}"),
        9 => format!("RENAME TABLE {one} TO {two}"),
        10 => format!("RENAME TABLE {one} TO {db}.x{number}, {two} TO {db}.y{number}"),
        11 => format!("ALTER TABLE {one} ADD c{number} INT DEFAULT {number}"),
        12 => format!("ALTER TABLE {one} RENAME TO {two}"),
        13 => format!("TRUNCATE {one}"),
        14 => format!("CREATE INDEX i{number} ON {one} (a)"),
        15 => format!("DROP DATABASE {db}"),
        16 => format!("CREATE DATABASE IF NOT EXISTS {db}"),
        17 => format!("ALTER DATABASE {db} CHARACTER SET latin1"),
        18 => format!("CREATE TEMPORARY TABLE {one} (a INT)"),
        19 => format!("DROP TEMPORARY TABLE IF EXISTS {one}"),
        20..=23 => format!("INSERT INTO {one} (a, b) VALUES ({number}, 'r'), ({number}, 's')"),
        24 | 25 => format!("UPDATE {one} SET a = a + 1"),
        26 => {
            format!("UPDATE {one} x, {two} y SET x.b = 'j{number}', y.a = y.a + 7 WHERE x.a = y.a")
        }
        27 => format!("DELETE x, y FROM {one} x JOIN {two} y ON x.a = y.a WHERE x.id < 2"),
        28 => format!("DELETE FROM {one} WHERE a % 3 = 0"),
        _ => format!("INSERT INTO {one} (a, b) SELECT a, b FROM {two} LIMIT 2"),
    }
}

/// Errors that mean the same: MySQL names the database that is missing, MariaDB and we the table in it.
fn family(errno: &str) -> &str {
    if errno == "1049" { "1146" } else { errno }
}

/// Where an applier came to rest: the error's number or 0, its text, and the source position (which a real
/// replica with workers tells no more than roughly).
fn rest(
    replica: &dyn Replica,
    target: &(String, u64),
) -> anyhow::Result<(String, String, (String, String))> {
    let start = Instant::now();
    loop {
        let status = attach::status(replica)?;
        let column = |names: &[&str]| attach::column(&status, names).map(str::to_owned);
        let errno = column(&["Last_SQL_Errno"])?;
        let file = column(&["Relay_Master_Log_File", "Relay_Source_Log_File"])?;
        let at = column(&["Exec_Master_Log_Pos", "Exec_Source_Log_Pos"])?;
        let done = (file.as_str(), at.parse::<u64>()?) >= (target.0.as_str(), target.1);
        if errno != "0" || done {
            let text = column(&["Last_SQL_Error"])?;
            return Ok((errno, text, (file, at)));
        }
        ensure!(
            start.elapsed() < Duration::from_secs(60),
            "not at {target:?}: {status:?}\n{}",
            replica.log()
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn stop(replica: &dyn Replica) -> anyhow::Result<()> {
    let statement = match replica.vocabulary() {
        attach::Vocabulary::Master => "STOP SLAVE",
        attach::Vocabulary::Source => "STOP REPLICA",
    };
    replica.connect()?.run([statement])
}

/// Gives a replica its rules and lets it read from a position of the source.
fn begin(
    replica: &dyn Replica,
    source: &ReferenceServer,
    kind: Option<Kind>,
    rules: &Rules,
    at: &(String, u64),
) -> anyhow::Result<()> {
    let mut connection = replica.connect()?;
    let (port, file, pos) = (source.port(), &at.0, at.1);
    let mysql = source.kind() == Kind::Mysql97;
    let change = if kind == Some(Kind::Mysql97) {
        format!(
            "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={port}, SOURCE_USER='repl', \
             SOURCE_PASSWORD='{REPL_PASSWORD}', SOURCE_LOG_FILE='{file}', SOURCE_LOG_POS={pos}, \
             GET_SOURCE_PUBLIC_KEY=1, SOURCE_CONNECT_RETRY=1"
        )
    } else {
        let key = if mysql {
            ", GET_MASTER_PUBLIC_KEY=1"
        } else {
            ""
        };
        let gtid = if kind.is_some() {
            ", MASTER_USE_GTID=no"
        } else {
            ""
        };
        format!(
            "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={port}, MASTER_USER='repl', \
             MASTER_PASSWORD='{REPL_PASSWORD}', MASTER_LOG_FILE='{file}', MASTER_LOG_POS={pos}, \
             MASTER_CONNECT_RETRY=1{key}{gtid}"
        )
    };
    let words = |old: &'static str, new: &'static str| match replica.vocabulary() {
        attach::Vocabulary::Master => old,
        attach::Vocabulary::Source => new,
    };
    stop(replica)?;
    if kind == Some(Kind::Mysql97) {
        // It takes no new position from a replica whose worker has failed.
        connection.run(["RESET REPLICA"])?;
    }
    connection.run(Rules::default().statements(kind))?;
    connection.run([change.as_str()])?;
    connection.run(rules.statements(kind))?;
    connection.run([words("START SLAVE", "START REPLICA")])
}

/// A round: both replicas read the fresh databases without rules, stop, get the rules and read the script.
fn check(kind: Kind, rounds: u64, options: &[&str]) -> anyhow::Result<()> {
    let source = reference!(kind);
    let real = reference!(kind, options);
    let own = Understudy::start(&[])?;
    let mut rng = Rng::from_env("filters");
    let mut stopped = 0;
    for round in 0..rounds {
        let rules = Rules::random(&mut rng);
        let none = Rules::default();
        let start = source.binlog_position()?;
        let mut writer = source.connect()?;
        writer.run(fresh(&mut rng))?;
        let fresh_end = source.binlog_position()?;
        begin(&real, &source, Some(kind), &none, &start)?;
        begin(&own, &source, None, &none, &start)?;
        for replica in [&real as &dyn Replica, &own] {
            let (errno, text, _) = rest(replica, &fresh_end)?;
            ensure!(errno == "0", "round {round}: {text}");
            stop(replica)?;
        }
        equal(&real, &own).with_context(|| format!("before round {round}"))?;
        let mut script = Vec::new();
        let mut inside = false;
        for number in 0..40 {
            let mut sql = statement(&mut rng, number);
            if rng.percent(8) {
                sql = if inside { "COMMIT" } else { "BEGIN" }.to_owned();
                inside = !inside;
            }
            if writer.query(&sql).is_ok() {
                script.push(sql);
            }
        }
        if inside {
            writer.run(["COMMIT"])?;
        }
        // Temporary tables go with their session.
        drop(writer);
        std::thread::sleep(Duration::from_millis(30));
        let end = source.binlog_position()?;
        begin(&real, &source, Some(kind), &rules, &fresh_end)?;
        begin(&own, &source, None, &rules, &fresh_end)?;
        let what = || {
            let kept = attach::keep(&source);
            format!("round {round} {kept:?}\n{rules:?}\n{}", script.join(";\n"))
        };
        let expected = rest(&real, &end)?;
        let found = rest(&own, &end)?;
        stop(&real)?;
        stop(&own)?;
        ensure!(
            family(&expected.0) == family(&found.0),
            "{}\nreal: {expected:?}\nown: {found:?}",
            what()
        );
        stopped += u64::from(expected.0 != "0");
        equal(&real, &own).with_context(what)?;
    }
    let counted = own.query("SHOW STATUS LIKE 'Understudy_events_filtered'")?;
    let filtered: u64 = counted.text()[0][1].parse()?;
    ensure!(filtered > 0, "nothing was filtered in {rounds} rounds");
    eprintln!("{rounds} rounds, {stopped} with a stopped applier");
    Ok(())
}

fn equal(real: &ReferenceServer, own: &Understudy) -> anyhow::Result<()> {
    let (mut left, mut right) = (real.connect()?, own.connect()?);
    let session = ["SET NAMES utf8mb4"];
    compare::expect_equal(&mut left, &mut right, &session, Counters::MayDiffer)
}

fn rounds(default: u64) -> u64 {
    let given = std::env::var("UNDERSTUDY_FILTER_ROUNDS");
    given.ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

#[test]
fn heavy_as_mysql_9_7() -> anyhow::Result<()> {
    check(Kind::Mysql97, rounds(10), &["--replica-parallel-workers=1"])
}

#[test]
fn heavy_as_mariadb_10_11() -> anyhow::Result<()> {
    // Its default makes CREATE TABLE replace what is there, which hides what the rules did.
    check(
        Kind::Mariadb1011,
        rounds(10),
        &["--slave-ddl-exec-mode=STRICT"],
    )
}

/// What a statement answers: names and rows, or the error.
fn answer(connection: &mut Connection, sql: &str) -> String {
    match connection.query(sql) {
        Ok(answer) => {
            let names: Vec<&str> = answer.columns.iter().map(|c| c.name.as_str()).collect();
            format!("{names:?} {:?}", answer.text())
        }
        Err(error) => format!("{error:#}"),
    }
}

const OF_CHANNELS: &str = "SELECT CHANNEL_NAME, FILTER_NAME, FILTER_RULE, CONFIGURED_BY, COUNTER, \
     ACTIVE_SINCE > '2020-01-01' FROM performance_schema.replication_applier_filters";
/// The real server shows an emptied global rule with the text of the one before it, so none is emptied here.
const GLOBAL: &str = "SELECT FILTER_NAME, FILTER_RULE, CONFIGURED_BY FROM \
     performance_schema.replication_applier_global_filters";

/// CHANGE REPLICATION FILTER: errors, status columns and tables, on a real 9.7 and here.
#[test]
fn statements_as_mysql_9_7() -> anyhow::Result<()> {
    let options = [
        "--replicate-do-db=s",
        "--replicate-do-db=s2",
        "--replicate-wild-ignore-table=s.x%",
        "--replicate-rewrite-db=a -> b",
        "--replicate-ignore-db=:only",
    ];
    let mut with_schema = options.to_vec();
    with_schema.push("--performance-schema=ON");
    let real = reference!(Kind::Mysql97, &with_schema);
    let own = Understudy::start(&options)?;
    let (mut left, mut right) = (real.connect()?, own.connect()?);
    let status = |connection: &mut Connection| -> anyhow::Result<Vec<(String, String)>> {
        let answer = connection.query("SHOW REPLICA STATUS")?;
        let names: Vec<String> = answer.columns.iter().map(|c| c.name.clone()).collect();
        let row = answer.text().into_iter().next().unwrap_or_default();
        let all = names.into_iter().zip(row);
        Ok(all
            .filter(|(name, _)| name.starts_with("Replicate_"))
            .collect())
    };
    let source = "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=1";
    for sql in [
        OF_CHANNELS,
        GLOBAL,
        "CHANGE REPLICATION FILTER REPLICATE_DO_DB=(x) FOR CHANNEL ''",
        "CHANGE REPLICATION FILTER REPLICATE_DO_DB=(x) FOR CHANNEL 'c'",
        "CHANGE REPLICATION FILTER REPLICATE_WILD_DO_TABLE=('t')",
        "CHANGE REPLICATION FILTER REPLICATE_DO_TABLE=(b.t, a.t, a.t), REPLICATE_IGNORE_TABLE=(q.`w.e`)",
        GLOBAL,
        source,
        OF_CHANNELS,
        "CHANGE REPLICATION FILTER REPLICATE_DO_DB=(x, y, x), REPLICATE_IGNORE_DB=(`i,j`)",
        "CHANGE REPLICATION FILTER REPLICATE_DO_DB=(p), REPLICATE_DO_DB=(q), REPLICATE_DO_TABLE=() FOR CHANNEL ''",
        "CHANGE REPLICATION FILTER REPLICATE_WILD_DO_TABLE=('b.t\\\\_%', '%.%'), REPLICATE_REWRITE_DB=((a, b), (c, d))",
        "CHANGE REPLICATION FILTER REPLICATE_DO_DB=(x) FOR CHANNEL 'nope'",
        OF_CHANNELS,
        GLOBAL,
        "START REPLICA SQL_THREAD FOR CHANNEL ''",
        "CHANGE REPLICATION FILTER REPLICATE_DO_DB=(z)",
        "CHANGE REPLICATION FILTER REPLICATE_DO_DB=(z) FOR CHANNEL ''",
        "STOP REPLICA FOR CHANNEL ''",
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=1 FOR CHANNEL 'c1'",
        OF_CHANNELS,
        "CHANGE REPLICATION FILTER REPLICATE_DO_DB=(z) FOR CHANNEL 'C1'",
        "CHANGE REPLICATION FILTER REPLICATE_IGNORE_DB=(y)",
        OF_CHANNELS,
        GLOBAL,
        "RESET REPLICA ALL FOR CHANNEL 'c1'",
        OF_CHANNELS,
        "RESET REPLICA",
        OF_CHANNELS,
        "RESET REPLICA ALL",
        OF_CHANNELS,
        GLOBAL,
        source,
        OF_CHANNELS,
    ] {
        let expected = answer(&mut left, sql);
        assert_eq!(answer(&mut right, sql), expected, "{sql}");
        assert_eq!(
            status(&mut right)?,
            status(&mut left)?,
            "status after {sql}"
        );
    }
    Ok(())
}

/// MariaDB's variables, on a real 10.11 and here.
#[test]
fn variables_as_mariadb_10_11() -> anyhow::Result<()> {
    let options = ["--replicate-do-db=s", "--replicate-rewrite-db=a->b"];
    let real = reference!(Kind::Mariadb1011, &options);
    let own = Understudy::start(&options)?;
    let (mut left, mut right) = (real.connect()?, own.connect()?);
    let names = ["do_db", "ignore_db", "do_table", "ignore_table"];
    let names = names
        .iter()
        .chain(&["wild_do_table", "wild_ignore_table", "rewrite_db"]);
    let all: Vec<String> = names.map(|n| format!("@@GLOBAL.replicate_{n}")).collect();
    let all = format!("SELECT {}", all.join(", "));
    let source = "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=1, MASTER_USER='x'";
    for sql in [
        "SELECT 1",
        "SET GLOBAL replicate_do_db='a, b,c'",
        "SET GLOBAL replicate_do_table='t'",
        "SET GLOBAL replicate_do_table='b.t,a.t'",
        "SET GLOBAL replicate_wild_do_table='b.t%,a.t,,c.%'",
        "SET GLOBAL replicate_wild_ignore_table='x'",
        "SET GLOBAL replicate_rewrite_db='a->b, c -> d'",
        "SET replicate_do_db='a'",
        source,
        "SET GLOBAL replicate_ignore_table='q.w'",
        "START SLAVE SQL_THREAD",
        "SET GLOBAL replicate_do_db='q'",
        "STOP SLAVE",
        "SET GLOBAL replicate_do_db=NULL",
        "SET GLOBAL replicate_ignore_table=DEFAULT",
    ] {
        let expected = answer(&mut left, sql);
        assert_eq!(answer(&mut right, sql), expected, "{sql}");
        assert_eq!(
            answer(&mut right, &all),
            answer(&mut left, &all),
            "after {sql}"
        );
    }
    Ok(())
}
