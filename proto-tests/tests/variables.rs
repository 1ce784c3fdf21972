//! System variables of replication: names, defaults, and what SET GLOBAL makes of boundary and wrong values, as the
//! real servers; and SET PERSIST over a restart.

use understudy_testkit::client::Connection;
use understudy_testkit::{Kind, Understudy, reference};

/// Which variables belong to replication.
const OF_REPLICATION: &str = "variable_name REGEXP 'replica|gtid|binlog|relay_log|^sync_|^report_|^server_id|^rpl_' \
    AND variable_name NOT REGEXP '^innodb|semi_sync|^group_replication|^performance|slave|master'";

/// Defaults that differ, with the reason.
const OTHER_DEFAULTS: &[(&str, &str)] = &[
    (
        "gtid_mode",
        "every kind of source works with this one, GTIDs or not",
    ),
    ("log_replica_updates", "there is no binary log"),
    (
        "relay_log",
        "the base name does not depend on the host's name",
    ),
    ("relay_log_basename", "paths"),
    ("relay_log_index", "paths"),
    ("replica_load_tmpdir", "paths"),
    ("report_port", "the server's own port"),
    ("server_id", "given by the test kit"),
    ("server_id_bits", "given by the test kit"),
    ("sync_binlog", "given by the test kit"),
    ("gtid_executed", "what was done here"),
    ("gtid_purged", "what was done here"),
];

/// Values that are refused here with error 1235, which the real server takes: ignoring them would do harm.
const REFUSED: &[&str] = &[
    "binlog_encryption",
    "init_replica",
    "replica_type_conversions",
    "server_id",
];

/// Variables whose outcomes are not compared, with the reason.
const NOT_COMPARED: &[(&str, &str)] = &[
    (
        "gtid_mode",
        "the real server's steps depend on its GTID mode",
    ),
    ("enforce_gtid_consistency", "depends on the GTID mode"),
    (
        "sql_replica_skip_counter",
        "a warning about channels with GTIDs, which are not there",
    ),
    ("gtid_purged", "depends on the GTID mode"),
    ("binlog_encryption", "needs a keyring"),
    ("binlog_row_value_options", "depends on binlog_row_image"),
];

fn rows(connection: &mut Connection, sql: &str) -> anyhow::Result<Vec<Vec<String>>> {
    Ok(connection.query(sql)?.text())
}

/// Ours, that a value has no effect, and the real server's of what the caches of a binary log do to each other.
const OTHER_WARNINGS: [&str; 3] = ["1235", "1738", "1745"];

/// Error, or warnings and the value afterwards. `clear` is run before: MariaDB keeps warnings over a SET.
fn outcome(
    connection: &mut Connection,
    clear: &str,
    name: &str,
    value: &str,
) -> anyhow::Result<String> {
    let _ = connection.query(format!("SET GLOBAL {name} = DEFAULT"));
    connection.query(clear)?;
    if let Err(error) = connection.query(format!("SET GLOBAL {name} = {value}")) {
        return Ok(format!("{error:#}"));
    }
    let warnings = rows(connection, "SHOW WARNINGS")?;
    let warnings: Vec<_> = warnings
        .into_iter()
        .filter(|w| !OTHER_WARNINGS.contains(&w[1].as_str()))
        .collect();
    let after = rows(connection, &format!("SELECT @@GLOBAL.{name}"))?;
    Ok(format!("{after:?} {warnings:?}"))
}

#[test]
fn defaults_and_set_global_are_those_of_mysql() -> anyhow::Result<()> {
    let real = reference!(Kind::Mysql97, &["--performance-schema=ON"]);
    let own = Understudy::start(&[])?;
    let (mut real, mut own) = (real.connect()?, own.connect()?);
    let found = rows(
        &mut real,
        &format!(
            "SELECT variable_name, data_type, IFNULL(min_value, ''), IFNULL(max_value, '') \
             FROM performance_schema.variables_metadata \
             WHERE variable_scope <> 'SESSION_ONLY' AND {OF_REPLICATION} ORDER BY 1"
        ),
    )?;
    assert!(found.len() > 50, "{found:?}");
    let mut differences = Vec::new();
    for row in &found {
        let [name, data_type, least, most] = [&row[0], &row[1], &row[2], &row[3]];
        let shown = format!("SHOW GLOBAL VARIABLES LIKE '{name}'");
        let (expected, got) = (rows(&mut real, &shown)?, rows(&mut own, &shown)?);
        let other = OTHER_DEFAULTS.iter().any(|(n, _)| n == name);
        if got.len() != expected.len() || (!other && got != expected) {
            differences.push(format!("{name}: {expected:?} real, {got:?} ours"));
        }
        if NOT_COMPARED.iter().any(|(n, _)| n == name) {
            continue;
        }
        let mut values: Vec<String> = ["NULL", "'x'", "''", "1.5", "1", "-1", "ON"]
            .map(str::to_owned)
            .to_vec();
        if let (Ok(least), Ok(most)) = (least.parse::<i128>(), most.parse::<i128>()) {
            let bounds = [least, least - 1, least + 1, most, most - 1, most + 1];
            let bounds = bounds.into_iter().filter(|v| *v <= i128::from(u64::MAX));
            values.extend(bounds.map(|v| v.to_string()));
        } else if data_type != "String" {
            values.extend(["0", "2", "99", "'ON'", "'1'"].map(str::to_owned));
        }
        for value in values {
            let expected = outcome(&mut real, "DO 0", name, &value)?;
            let got = outcome(&mut own, "DO 0", name, &value)?;
            let refused = REFUSED.contains(&name.as_str()) && got.contains("1235");
            if got != expected && !refused {
                differences.push(format!(
                    "{name} = {value}:\n  real {expected}\n  ours {got}"
                ));
            }
        }
        let _ = real.query(format!("SET GLOBAL {name} = DEFAULT"));
        let _ = own.query(format!("SET GLOBAL {name} = DEFAULT"));
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    Ok(())
}

#[test]
fn set_global_of_mariadbs_own_is_as_there() -> anyhow::Result<()> {
    let own = Understudy::start(&[])?;
    let mut own = own.connect()?;
    let ours = rows(&mut own, "SHOW GLOBAL VARIABLES")?;
    let mysql = reference!(Kind::Mysql97);
    let shared = rows(&mut mysql.connect()?, "SHOW GLOBAL VARIABLES")?;
    let mut differences = Vec::new();
    for kind in [Kind::Mariadb1011, Kind::Mariadb118] {
        let real = reference!(kind);
        let mut real = real.connect()?;
        let found = rows(
            &mut real,
            "SELECT LOWER(variable_name), variable_type, IFNULL(numeric_min_value, ''), \
             IFNULL(numeric_max_value, ''), IFNULL(default_value, '') \
             FROM information_schema.system_variables \
             WHERE read_only = 'NO' AND variable_scope <> 'SESSION ONLY' \
             AND variable_type NOT IN ('VARCHAR', 'SET') ORDER BY 1",
        )?;
        let mut compared = 0;
        for row in &found {
            let [name, least, most, default] = [&row[0], &row[2], &row[3], &row[4]];
            let mysql_has = |n: &str| shared.iter().any(|r| r[0] == n);
            let here = ours.iter().find(|r| r[0] == *name);
            let replication = ["slave", "gtid", "binlog", "relay", "replicate"];
            let known = mysql_has(name) || mysql_has(&name.replace("slave", "replica"));
            let of_replication = replication.iter().any(|part| name.contains(part));
            let Some(here) = here.filter(|_| of_replication && !known) else {
                continue;
            };
            if name.starts_with("rpl_semi_sync") {
                continue;
            }
            compared += 1;
            if here[1] != *default {
                differences.push(format!("{kind:?} {name}: {default} real, {} ours", here[1]));
            }
            let mut values: Vec<String> = ["NULL", "'x'", "''", "1.5", "0", "1", "-1", "99"]
                .map(str::to_owned)
                .to_vec();
            if let (Ok(least), Ok(most)) = (least.parse::<i128>(), most.parse::<i128>()) {
                let bounds = [least, least - 1, least + 1, most, most - 1];
                values.extend(bounds.map(|v| v.to_string()));
            }
            for value in values {
                let clear = "SELECT COUNT(*) FROM mysql.db";
                let mut expected = outcome(&mut real, clear, name, &value)?;
                // MariaDB cuts long names in warning 1292, MySQL does not.
                if let Some(cut) = name.get(..29) {
                    expected = expected.replace(&format!("{cut}..."), name);
                }
                let got = outcome(&mut own, "DO 0", name, &value)?;
                if got != expected && !got.contains("1235") {
                    differences.push(format!(
                        "{kind:?} {name} = {value}:\n  real {expected}\n  ours {got}"
                    ));
                }
            }
            let _ = own.query(format!("SET GLOBAL {name} = DEFAULT"));
        }
        assert!(compared > 15, "{compared}");
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    Ok(())
}

#[test]
fn names_of_every_server_are_known() -> anyhow::Result<()> {
    let own = Understudy::start(&[])?;
    let mut own = own.connect()?;
    let mut missing = Vec::new();
    for kind in [
        Kind::Mysql97,
        Kind::Mysql56,
        Kind::Mariadb1011,
        Kind::Mariadb118,
    ] {
        let real = reference!(kind);
        let mut real = real.connect()?;
        for row in rows(&mut real, "SHOW GLOBAL VARIABLES")? {
            let name = &row[0];
            let replication = [
                "slave", "replica", "gtid", "binlog", "relay", "sync_", "log_bin", "report_",
            ];
            let elsewhere = [
                "innodb",
                "wsrep",
                "rpl_semi_sync",
                "group_repl",
                "aria",
                "performance",
            ];
            if !replication.iter().any(|part| name.contains(part))
                || elsewhere.iter().any(|part| name.starts_with(part))
            {
                continue;
            }
            if own.query(format!("SELECT @@GLOBAL.{name}")).is_err() {
                missing.push(format!("{kind:?} {name}"));
            }
        }
    }
    // Of the session alone since MySQL 8.0; of 5.6 alone; no replication.
    let without = [
        "sql_log_bin",
        "binlogging_impossible_mode",
        "simplified_binlog_gtid_recovery",
        "progress_report_time",
    ];
    missing.retain(|m| !without.iter().any(|name| m.ends_with(name)));
    assert!(missing.is_empty(), "{missing:?}");
    Ok(())
}

#[test]
fn persisted_values_survive_a_restart() -> anyhow::Result<()> {
    let mut own = Understudy::start(&[])?;
    let mut connection = own.connect()?;
    for sql in [
        "SET PERSIST slave_net_timeout = 17",
        "SET PERSIST_ONLY max_connections = 77",
        "SET PERSIST_ONLY report_host = 'me'",
        "SET PERSIST sql_mode = ''",
        "SET PERSIST sync_relay_log = 5",
        "RESET PERSIST sync_relay_log",
    ] {
        connection.query(sql)?;
    }
    for (sql, errno) in [
        ("SET PERSIST report_host = 'x'", "1238"),
        ("SET PERSIST_ONLY server_uuid = 'x'", "1238"),
        ("SET PERSIST sql_log_bin = 0", "1228"),
        ("RESET PERSIST nothing", "3615"),
    ] {
        let error = format!("{:#}", connection.query(sql).unwrap_err());
        assert!(error.contains(errno), "{sql}: {error}");
    }
    let before = rows(
        &mut connection,
        "SELECT @@replica_net_timeout, @@max_connections",
    )?;
    assert_eq!(before, [["17", "151"]]);
    let kept = rows(
        &mut connection,
        "SELECT variable_name, variable_value FROM performance_schema.persisted_variables \
         WHERE variable_name IN ('slave_net_timeout', 'replica_net_timeout') ORDER BY 1",
    )?;
    assert_eq!(
        kept,
        [["replica_net_timeout", "17"], ["slave_net_timeout", "17"]]
    );
    drop(connection);
    own.restart()?;
    let mut connection = own.connect()?;
    let after = rows(
        &mut connection,
        "SELECT @@replica_net_timeout, @@max_connections, @@report_host, @@GLOBAL.sql_mode, \
         @@sync_relay_log",
    )?;
    assert_eq!(after, [["17", "77", "me", "", "10000"]]);
    connection.query("RESET PERSIST")?;
    let file = std::fs::read_to_string(own.datadir().join("mysqld-auto.cnf"))?;
    assert_eq!(file, "{\"Version\": 2}");
    Ok(())
}
