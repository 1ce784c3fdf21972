//! What monitoring reads of a replica: `performance_schema.replication_*`, `threads`, `processlist` and the tables of
//! `mysql`, beside a real MySQL 9.7 that replicates the same.

use std::time::{Duration, Instant};
use understudy_proto_tests::attach::{self, Replica};
use understudy_testkit::client::Connection;
use understudy_testkit::reference::REPL_PASSWORD;
use understudy_testkit::{Kind, ReferenceServer, Understudy, reference};

/// The tables that are filled.
const TABLES: &[&str] = &[
    "performance_schema.global_status",
    "performance_schema.global_variables",
    "performance_schema.log_status",
    "performance_schema.persisted_variables",
    "performance_schema.processlist",
    "performance_schema.replication_applier_configuration",
    "performance_schema.replication_applier_filters",
    "performance_schema.replication_applier_global_filters",
    "performance_schema.replication_applier_status",
    "performance_schema.replication_applier_status_by_coordinator",
    "performance_schema.replication_applier_status_by_worker",
    "performance_schema.replication_asynchronous_connection_failover",
    "performance_schema.replication_asynchronous_connection_failover_managed",
    "performance_schema.replication_connection_configuration",
    "performance_schema.replication_connection_status",
    "performance_schema.replication_group_member_stats",
    "performance_schema.replication_group_members",
    "performance_schema.session_status",
    "performance_schema.session_variables",
    "performance_schema.threads",
    "mysql.slave_master_info",
    "mysql.slave_relay_log_info",
    "mysql.slave_worker_info",
];

#[test]
fn definitions_are_those_of_the_real_server() -> anyhow::Result<()> {
    let real = reference!(Kind::Mysql97, &["--performance_schema=ON"]);
    let own = Understudy::start(&[])?;
    let (mut left, mut right) = (real.connect()?, own.connect()?);
    let mut different = Vec::new();
    let mut compare = |sql: &str| -> anyhow::Result<()> {
        let (theirs, ours) = (left.query(sql)?, right.query(sql));
        match ours {
            Err(error) => different.push(format!("{sql}: {error:#}")),
            Ok(ours) if ours.text() != theirs.text() => different.push(format!(
                "{sql}\n  real {:?}\n  here {:?}",
                theirs.text(),
                ours.text()
            )),
            // ORDER BY makes the real server read a view's columns from a table of its own.
            Ok(ours) if ours.columns != theirs.columns && !sql.contains("ORDER BY") => {
                let pairs = theirs.columns.iter().zip(&ours.columns);
                let pairs = pairs.filter(|(left, right)| left != right);
                let lines: Vec<String> = pairs
                    .map(|(l, r)| format!("\n  real {l:?}\n  here {r:?}"))
                    .collect();
                different.push(format!("{sql}{}", lines.concat()));
            }
            Ok(_) => {}
        }
        Ok(())
    };
    for table in TABLES {
        let (db, name) = table.split_once('.').unwrap_or_default();
        compare(&format!("SHOW CREATE TABLE {table}"))?;
        compare(&format!("SHOW FULL COLUMNS FROM {table}"))?;
        compare(&format!("DESCRIBE {table}"))?;
        compare(&format!("SELECT * FROM {table} WHERE 1 = 0"))?;
        compare(&format!(
            "SELECT * FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = '{db}' AND TABLE_NAME = '{name}' \
             ORDER BY ORDINAL_POSITION"
        ))?;
        compare(&format!(
            "SELECT TABLE_TYPE, ENGINE, TABLE_COLLATION, TABLE_COMMENT FROM information_schema.TABLES WHERE \
             TABLE_SCHEMA = '{db}' AND TABLE_NAME = '{name}'"
        ))?;
    }
    compare("SHOW TABLES FROM performance_schema LIKE 'replication%'")?;
    compare("SHOW TABLES FROM mysql LIKE 'slave%'")?;
    anyhow::ensure!(different.is_empty(), "{}", different.join("\n"));
    Ok(())
}

/// The rows of a query, each a list of `name=value`; times are `time` or `none`, numbers of threads `id` or `NULL`.
fn masked(connection: &mut Connection, sql: &str) -> anyhow::Result<Vec<Vec<String>>> {
    let answer = connection.query(sql)?;
    let names: Vec<String> = answer.columns.iter().map(|c| c.name.clone()).collect();
    let mask = |name: &str, value: String| match name {
        // Not shown by Understudy.
        "User_password" => String::new(),
        name if name.ends_with("TIMESTAMP") && name.contains("COMMIT") => value,
        name if name.ends_with("TIMESTAMP") => match value.starts_with("0000") {
            true => "none".to_owned(),
            false => "time".to_owned(),
        },
        "THREAD_ID" | "ID" | "PROCESSLIST_ID" | "PARENT_THREAD_ID" | "THREAD_OS_ID"
            if value != "NULL" =>
        {
            "id".to_owned()
        }
        _ => value,
    };
    let row = |row: Vec<String>| {
        let cells = names.iter().zip(row);
        cells
            .map(|(name, value)| format!("{name}={}", mask(name, value)))
            .collect()
    };
    Ok(answer.text().into_iter().map(row).collect())
}

/// Starts to replicate with one worker, under settings that are written out.
fn follow(replica: &dyn Replica, source: &ReferenceServer) -> anyhow::Result<()> {
    let port = source.port();
    let change = format!(
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={port}, SOURCE_USER='repl', \
         SOURCE_PASSWORD='{REPL_PASSWORD}', SOURCE_LOG_FILE='binlog.000001', SOURCE_LOG_POS=4, SOURCE_CONNECT_RETRY=1, \
         GET_SOURCE_PUBLIC_KEY=1, SOURCE_SSL=0, SOURCE_RETRY_COUNT=10"
    );
    let workers = "SET GLOBAL replica_parallel_workers=1";
    replica.connect()?.run([workers, &change, "START REPLICA"])
}

/// A real replica and Understudy behind one source, both with one worker and everything applied.
fn side_by_side() -> anyhow::Result<Option<(ReferenceServer, ReferenceServer, Understudy)>> {
    let Some(source) = ReferenceServer::start_if_available(Kind::Mysql97, &[])? else {
        return Ok(None);
    };
    let options = [
        "--performance_schema=ON",
        "--server-id=71",
        "--relay-log=relay-bin",
    ];
    let Some(real) = ReferenceServer::start_if_available(Kind::Mysql97, &options)? else {
        return Ok(None);
    };
    let own = Understudy::start(&["--server-id=72", "--relay-log=relay-bin"])?;
    source.connect()?.run([
        "CREATE DATABASE d",
        "CREATE TABLE d.t (a INT PRIMARY KEY)",
        "INSERT INTO d.t VALUES (1)",
    ])?;
    for replica in [&real as &dyn Replica, &own] {
        follow(replica, &source)?;
        attach::wait_applied(replica, &source, Duration::from_secs(60))?;
    }
    Ok(Some((source, real, own)))
}

/// Asks both until the answers are alike, or says how they differ.
fn expect_alike(real: &ReferenceServer, own: &Understudy, sql: &str) -> anyhow::Result<()> {
    let (mut left, mut right) = (real.connect()?, own.connect()?);
    let start = Instant::now();
    loop {
        let theirs = masked(&mut left, sql)?;
        let ours = masked(&mut right, sql)?;
        if theirs == ours {
            return Ok(());
        }
        if start.elapsed() > Duration::from_secs(10) {
            let rows = theirs.iter().flatten().zip(ours.iter().flatten());
            let pairs = rows.filter(|(left, right)| left != right);
            let lines: Vec<String> = pairs
                .map(|(l, r)| format!("\n  real {l}\n  here {r}"))
                .collect();
            anyhow::bail!(
                "{sql}: {} and {} rows{}",
                theirs.len(),
                ours.len(),
                lines.concat()
            );
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn rows_of_performance_schema_are_those_of_a_real_replica() -> anyhow::Result<()> {
    let Some((source, real, own)) = side_by_side()? else {
        return Ok(());
    };
    let tables = [
        "replication_connection_configuration",
        "replication_connection_status",
        "replication_applier_configuration",
        "replication_applier_status",
        "replication_applier_status_by_coordinator",
        "replication_applier_status_by_worker",
    ];
    for table in tables {
        expect_alike(
            &real,
            &own,
            &format!("SELECT * FROM performance_schema.{table}"),
        )?;
    }
    source.exec("INSERT INTO d.t VALUES (2)")?;
    for replica in [&real as &dyn Replica, &own] {
        attach::wait_applied(replica, &source, Duration::from_secs(60))?;
        replica.connect()?.run(["STOP REPLICA"])?;
    }
    for table in tables {
        expect_alike(
            &real,
            &own,
            &format!("SELECT * FROM performance_schema.{table}"),
        )?;
    }
    // What the real server stores, it has written now that its threads are stopped; where its relay log ends is its own.
    for sql in [
        "SELECT * FROM mysql.slave_master_info",
        "SELECT Number_of_lines, Master_log_name, Master_log_pos, Sql_delay, Number_of_workers, Id, Channel_name, \
         Privilege_checks_username, Privilege_checks_hostname, Require_row_format, Require_table_primary_key_check, \
         Assign_gtids_to_anonymous_transactions_type, Assign_gtids_to_anonymous_transactions_value \
         FROM mysql.slave_relay_log_info",
    ] {
        expect_alike(&real, &own, sql)?;
    }
    let password = "SELECT User_password FROM mysql.slave_master_info";
    assert_eq!(own.query(password)?.text(), [[""]]);
    let place = "SELECT Relay_log_name FROM mysql.slave_relay_log_info";
    assert!(own.query(place)?.text()[0][0].starts_with("./relay-bin.0"));
    Ok(())
}

/// Columns of SHOW REPLICA STATUS whose values are a server's own: how it writes its relay logs.
const OWN: &[&str] = &["Relay_Log_File", "Relay_Log_Pos", "Relay_Log_Space"];

/// SHOW REPLICA STATUS as name and value pairs without [`OWN`].
fn status_of(replica: &dyn Replica, sql: &str) -> anyhow::Result<Vec<String>> {
    let answer = replica.connect()?.query(sql)?;
    let values = answer.text().into_iter().next().unwrap_or_default();
    let names = answer.columns.into_iter().map(|c| c.name);
    let pairs = names.zip(values);
    let pairs = pairs.filter(|(name, _)| !OWN.contains(&name.as_str()));
    Ok(pairs
        .map(|(name, value)| match name.as_str() {
            _ if name.ends_with("Timestamp") || name.ends_with("event_time") => {
                let given = !value.is_empty() && value != "NULL";
                format!("{name}={given}")
            }
            _ => format!("{name}={value}"),
        })
        .collect())
}

/// Waits until both show the same.
fn expect_same_status(
    real: &dyn Replica,
    own: &dyn Replica,
    sql: &str,
    known: &[&str],
) -> anyhow::Result<()> {
    let start = Instant::now();
    loop {
        let theirs = status_of(real, sql)?;
        let ours = status_of(own, sql)?;
        let different: Vec<String> = theirs
            .iter()
            .zip(&ours)
            .filter(|(left, right)| left != right)
            .filter(|(left, _)| !known.contains(&left.split('=').next().unwrap_or_default()))
            .map(|(left, right)| format!("\n  real {left}\n  here {right}"))
            .collect();
        if theirs.len() == ours.len() && different.is_empty() {
            return Ok(());
        }
        if start.elapsed() > Duration::from_secs(10) {
            anyhow::bail!(
                "{sql}: {} and {} columns{}",
                theirs.len(),
                ours.len(),
                different.concat()
            );
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn show_replica_status_is_that_of_a_real_replica() -> anyhow::Result<()> {
    let Some((source, real, own)) = side_by_side()? else {
        return Ok(());
    };
    let sql = "SHOW REPLICA STATUS";
    expect_same_status(&real, &own, sql, &[])?;
    source.exec("INSERT INTO d.t VALUES (7)")?;
    expect_same_status(&real, &own, sql, &[])?;
    for replica in [&real as &dyn Replica, &own] {
        replica.connect()?.run(["STOP REPLICA"])?;
    }
    expect_same_status(&real, &own, sql, &[])?;
    for replica in [&real as &dyn Replica, &own] {
        replica.connect()?.run([
            "CHANGE REPLICATION SOURCE TO SOURCE_PASSWORD='wrong', SOURCE_DELAY=3, SOURCE_BIND=''",
            "START REPLICA UNTIL SOURCE_LOG_FILE='binlog.000009', SOURCE_LOG_POS=4000",
        ])?;
    }
    expect_same_status(&real, &own, sql, &["Last_IO_Error"])
}

#[test]
fn mariadbs_forms_of_the_status_are_mariadbs() -> anyhow::Result<()> {
    let source = reference!(Kind::Mariadb118);
    let real = reference!(
        Kind::Mariadb118,
        &["--server-id=73", "--relay-log=relay-bin"]
    );
    let own = Understudy::start(&["--server-id=74", "--relay-log=relay-bin"])?;
    source.connect()?.run([
        "CREATE DATABASE d",
        "CREATE TABLE d.t (a INT PRIMARY KEY)",
        "INSERT INTO d.t VALUES (1)",
    ])?;
    let change = format!(
        "CHANGE MASTER 'one' TO MASTER_HOST='127.0.0.1', MASTER_PORT={}, MASTER_USER='repl', \
         MASTER_PASSWORD='{REPL_PASSWORD}', MASTER_LOG_FILE='binlog.000001', MASTER_LOG_POS=4, MASTER_CONNECT_RETRY=1, \
         MASTER_SSL=0, MASTER_SSL_VERIFY_SERVER_CERT=0, \
         MASTER_USE_GTID=no",
        source.port()
    );
    for replica in [&real as &dyn Replica, &own] {
        replica
            .connect()?
            .run([change.as_str(), "START SLAVE 'one'"])?;
    }
    // Its events are counted as it reads them, and its relay log frames them otherwise.
    let known = ["Executed_log_entries"];
    for sql in ["SHOW ALL SLAVES STATUS", "SHOW SLAVE 'one' STATUS"] {
        expect_same_status(&real, &own, sql, &known)?;
        // A server of its own sends its own collation of utf8mb4.
        let columns = |mut connection: Connection| -> anyhow::Result<_> {
            let mut columns = connection.query(sql)?.columns;
            let texts = columns.iter_mut().filter(|c| c.collation != 63);
            texts.for_each(|c| c.collation = 0);
            Ok(columns)
        };
        assert_eq!(columns(own.connect()?)?, columns(real.connect()?)?, "{sql}");
    }
    Ok(())
}
