//! What clients read beside the rows: the column definitions of SHOW statements and of `information_schema`, and
//! the statements that tools send when they connect, on a real MySQL 9.7 and on Understudy.

use std::time::Duration;
use understudy_proto_tests::attach;
use understudy_testkit::client::{Answer, Column, Connection};
use understudy_testkit::{Kind, Understudy, reference};

/// SHOW statements that both answer. Where WHERE pins what a sorted SHOW sorts or reads by (`Name = 't'`), a real server
/// drops its sorting step and sends the definitions of the columns beneath; such conditions are not here.
const SHOWS: &[&str] = &[
    "SHOW DATABASES",
    "SHOW DATABASES LIKE 'inf%'",
    "SHOW DATABASES WHERE `Database` <> 'other'",
    "SHOW SCHEMAS",
    "SHOW TABLES FROM app",
    "SHOW TABLES FROM app LIKE 't%'",
    "SHOW TABLES FROM app WHERE Tables_in_app <> 'x'",
    "SHOW FULL TABLES FROM app",
    "SHOW FULL TABLES FROM app LIKE 't%'",
    "SHOW FULL TABLES FROM app WHERE Table_type <> 'VIEW'",
    "SHOW TABLE STATUS FROM app",
    "SHOW TABLE STATUS FROM app LIKE 't%'",
    "SHOW TABLE STATUS FROM app WHERE Engine = 'InnoDB'",
    "SHOW OPEN TABLES",
    "SHOW OPEN TABLES FROM app LIKE 't%'",
    "SHOW COLUMNS FROM app.t",
    "SHOW COLUMNS FROM app.t LIKE 'i%'",
    "SHOW COLUMNS FROM app.t WHERE Field = 'id'",
    "SHOW FULL COLUMNS FROM app.t",
    "SHOW FULL COLUMNS FROM app.t LIKE 'i%'",
    "SHOW FIELDS FROM app.t",
    "DESCRIBE app.t",
    "DESCRIBE app.t id",
    "SHOW INDEX FROM app.t",
    "SHOW KEYS FROM app.t WHERE Key_name = 'PRIMARY'",
    "SHOW CREATE TABLE app.t",
    "SHOW CREATE DATABASE app",
    "SHOW CREATE DATABASE IF NOT EXISTS app",
    "SHOW VARIABLES",
    "SHOW VARIABLES LIKE 'ver%'",
    "SHOW VARIABLES WHERE Variable_name = 'version'",
    "SHOW GLOBAL VARIABLES LIKE 'ver%'",
    "SHOW SESSION VARIABLES LIKE 'ver%'",
    "SHOW STATUS",
    "SHOW STATUS LIKE 'Up%'",
    "SHOW GLOBAL STATUS LIKE 'Up%'",
    "SHOW STATUS WHERE Variable_name = 'Uptime'",
    "SHOW PROCESSLIST",
    "SHOW FULL PROCESSLIST",
    "SHOW WARNINGS",
    "SHOW WARNINGS LIMIT 1",
    "SHOW ERRORS",
    "SHOW COUNT(*) WARNINGS",
    "SHOW COUNT(*) ERRORS",
    "SHOW ENGINES",
    "SHOW STORAGE ENGINES",
    "SHOW CHARACTER SET",
    "SHOW CHARACTER SET LIKE 'utf8%'",
    "SHOW CHARSET WHERE Maxlen = 4",
    "SHOW COLLATION",
    "SHOW COLLATION LIKE 'utf8mb4%'",
    "SHOW COLLATION WHERE Charset = 'latin1'",
    "SHOW REPLICA STATUS",
    "SHOW REPLICAS",
    "SHOW BINARY LOG STATUS",
    "SHOW RELAYLOG EVENTS",
    "SHOW GRANTS",
    "SHOW GRANTS FOR CURRENT_USER()",
    "SHOW CREATE USER CURRENT_USER()",
    "SHOW PLUGINS",
    "SHOW PRIVILEGES",
    "SHOW TRIGGERS FROM app",
    "SHOW TRIGGERS FROM app LIKE 't%'",
    "SHOW EVENTS FROM app",
    "SHOW FUNCTION STATUS",
    "SHOW FUNCTION STATUS LIKE 'f%'",
    "SHOW PROCEDURE STATUS",
    "SHOW PROCEDURE STATUS WHERE Db = 'app'",
    "SHOW PROFILES",
];

/// Tables of `information_schema` that are answered.
const TABLES: &[&str] = &[
    "CHARACTER_SETS",
    "CHECK_CONSTRAINTS",
    "COLLATIONS",
    "COLLATION_CHARACTER_SET_APPLICABILITY",
    "COLUMNS",
    "COLUMN_PRIVILEGES",
    "ENGINES",
    "EVENTS",
    "KEY_COLUMN_USAGE",
    "PARAMETERS",
    "PARTITIONS",
    "PLUGINS",
    "PROCESSLIST",
    "PROFILING",
    "REFERENTIAL_CONSTRAINTS",
    "ROUTINES",
    "SCHEMATA",
    "SCHEMA_PRIVILEGES",
    "STATISTICS",
    "TABLES",
    "TABLE_CONSTRAINTS",
    "TABLE_PRIVILEGES",
    "TRIGGERS",
    "USER_PRIVILEGES",
    "VIEWS",
    "VIEW_ROUTINE_USAGE",
    "VIEW_TABLE_USAGE",
];

/// A column without what depends on the data of one server: VERSION() and sets of GTIDs are as wide as they are.
fn comparable(column: &Column) -> Column {
    let mut column = column.clone();
    if column.name.ends_with("_Gtid_Set") || column.name == "VERSION()" {
        column.length = 0;
    }
    column
}

/// What differs between two answers' columns, field by field; one line a column.
fn differences(expected: &[Column], answer: &[Column]) -> Vec<String> {
    if expected.len() != answer.len() {
        return vec![format!("{} columns, here {}", expected.len(), answer.len())];
    }
    let pairs = expected.iter().zip(answer);
    pairs
        .map(|(expected, answer)| (comparable(expected), comparable(answer)))
        .filter(|(expected, answer)| expected != answer)
        .map(|(expected, answer)| format!("\n  real {expected:?}\n  here {answer:?}"))
        .collect()
}

/// Asks both, and says what differs; a statement that one of them refuses is a difference.
fn compare(real: &mut Connection, own: &mut Connection, sql: &str) -> Vec<String> {
    let expected: Answer = match real.query(sql) {
        Ok(answer) => answer,
        Err(error) => return vec![format!("{sql}: the real server says {error:#}")],
    };
    match own.query(sql) {
        Err(error) => vec![format!("{sql}: {error:#}")],
        Ok(answer) => differences(&expected.columns, &answer.columns)
            .into_iter()
            .map(|difference| format!("{sql}: {difference}"))
            .collect(),
    }
}

/// Runs `statements` on a source and on its replica and expects no difference.
fn check(statements: &[String]) -> anyhow::Result<()> {
    let source = reference!(Kind::Mysql97);
    source.connect()?.run([
        "CREATE DATABASE app",
        "CREATE TABLE app.t (id INT PRIMARY KEY, name VARCHAR(20), UNIQUE KEY (name), CHECK (id > 0 AND name <> 'a'))",
        "CREATE TABLE app.u (id INT)",
        "INSERT INTO app.t VALUES (1, 'one'), (2, 'two')",
    ])?;
    let replica = Understudy::start(&[])?;
    attach::follow(&replica, &source, source.port())?;
    attach::wait_applied(&replica, &source, Duration::from_secs(60))?;
    let (mut real, mut own) = (source.connect()?, replica.connect()?);
    let found: Vec<String> = statements
        .iter()
        .flat_map(|sql| compare(&mut real, &mut own, sql))
        .collect();
    let checks =
        "SELECT * FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = 'app'";
    assert_eq!(own.query(checks)?.text(), real.query(checks)?.text());
    let privileges = real.query("SHOW PRIVILEGES")?.rows;
    let asked_for = own.query("SHOW PRIVILEGES")?.rows;
    assert!(asked_for.iter().all(|row| privileges.contains(row)));
    anyhow::ensure!(
        found.is_empty(),
        "{} differences:\n{}",
        found.len(),
        found.join("\n")
    );
    Ok(())
}

#[test]
fn column_definitions_are_those_of_the_real_server() -> anyhow::Result<()> {
    let whole = |table: &&str| format!("SELECT * FROM information_schema.{table} LIMIT 0");
    let shows = SHOWS.iter().map(|sql| (*sql).to_owned());
    let statements: Vec<String> = shows.chain(TABLES.iter().map(whole)).collect();
    check(&statements)
}

/// What the stock client, dump tools, drivers and graphical clients send when they connect and list objects.
const TOOLS: &[&str] = &[
    "SELECT @@version_comment LIMIT 1",
    "SELECT id, info FROM information_schema.processlist WHERE id = 0",
    "SELECT CURRENT_USER, SCHEMA()",
    "SELECT DATABASE()",
    "SELECT DATABASE(), USER()",
    "SELECT USER(), CURRENT_USER(), VERSION(), CONNECTION_ID()",
    "SELECT @@session.auto_increment_increment AS auto_increment_increment, @@character_set_client AS \
     character_set_client, @@character_set_connection AS character_set_connection, @@character_set_results AS \
     character_set_results, @@character_set_server AS character_set_server, @@collation_server AS \
     collation_server, @@collation_connection AS collation_connection, @@init_connect AS init_connect, \
     @@interactive_timeout AS interactive_timeout, @@license AS license, @@lower_case_table_names AS \
     lower_case_table_names, @@max_allowed_packet AS max_allowed_packet, @@net_write_timeout AS \
     net_write_timeout, @@performance_schema AS performance_schema, @@sql_mode AS sql_mode, \
     @@system_time_zone AS system_time_zone, @@time_zone AS time_zone, @@transaction_isolation AS \
     transaction_isolation, @@wait_timeout AS wait_timeout",
    "SELECT @@session.transaction_read_only, @@session.transaction_isolation, @@session.autocommit",
    "SELECT @@global.read_only, @@global.super_read_only, @@server_id, @@server_uuid, @@gtid_mode",
    "SELECT @@hostname, @@port, @@datadir, @@version_compile_os, @@version_compile_machine, @@version",
    "SELECT @@default_storage_engine, @@max_connections, @@sql_log_bin, @@log_bin, @@binlog_format",
    "SHOW VARIABLES LIKE 'sql_mode'",
    "SHOW VARIABLES LIKE 'lower_case_%'",
    "SHOW SESSION VARIABLES LIKE 'version_compile_os'",
    "SHOW VARIABLES LIKE 'character_set_database'",
    "SHOW GLOBAL STATUS LIKE 'Ssl_cipher'",
    "SHOW SESSION STATUS LIKE 'Ssl_version'",
    "SELECT SCHEMA_NAME, DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA \
     WHERE SCHEMA_NAME = 'app'",
    "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'app'",
    "SELECT TABLE_NAME, ENGINE, TABLE_COMMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'app' AND \
     TABLE_TYPE = 'BASE TABLE'",
    "SELECT * FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'app' AND TABLE_NAME = 't'",
    "SELECT c.COLUMN_NAME, c.DATA_TYPE FROM information_schema.COLUMNS c WHERE c.TABLE_SCHEMA = 'app'",
    "SELECT * FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'app'",
    "SELECT * FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = 'app'",
    "SELECT * FROM information_schema.EVENTS WHERE EVENT_SCHEMA = 'app'",
    "SELECT * FROM information_schema.VIEWS WHERE TABLE_SCHEMA = 'app'",
    "SELECT * FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = 'app' AND PARTITION_NAME IS NOT NULL",
    "SELECT * FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = 'app'",
    "SELECT * FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = 'app'",
    "SELECT * FROM information_schema.TABLE_CONSTRAINTS WHERE TABLE_SCHEMA = 'app'",
];

#[test]
fn what_tools_ask_on_connecting_is_answered_as_by_the_real_server() -> anyhow::Result<()> {
    let statements: Vec<String> = TOOLS.iter().map(|sql| (*sql).to_owned()).collect();
    check(&statements)
}
