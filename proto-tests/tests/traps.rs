//! Traps that broke other consumers of binary logs, end to end: a real source, Understudy, equal data.
//!
//! The number in a test's name is that of the trap. What needs bytes made by hand is tested in the crate of the
//! codec instead.

use std::time::{Duration, Instant};
use understudy_proto_tests::attach::{self, expect_equal};
use understudy_testkit::proxy::{Fault, FaultProxy};
use understudy_testkit::{Kind, ReferenceServer, Understudy, reference};

const ALL: &[Kind] = &Kind::ALL;
const MARIADB: &[Kind] = &[Kind::Mariadb1011, Kind::Mariadb118];

/// Runs `statements` on a source of each kind and compares what Understudy has afterwards.
fn check(kinds: &[Kind], options: &[&str], statements: &[&str]) -> anyhow::Result<()> {
    for kind in kinds {
        let source = reference!(*kind, options);
        let own = Understudy::start(&[])?;
        attach::follow(&own, &source, source.port())?;
        source
            .connect()?
            .run(["CREATE DATABASE d", "USE d", "SET NAMES utf8mb4"])?;
        let mut connection = source.connect()?;
        connection.run(["USE d", "SET NAMES utf8mb4", "SET sql_mode=''"])?;
        connection.run(statements)?;
        expect_equal(&source, &own)?;
    }
    Ok(())
}

#[test]
fn t03_absent_columns_keep_their_values() -> anyhow::Result<()> {
    check(
        ALL,
        &[],
        &[
            "CREATE TABLE p (id INT PRIMARY KEY, a INT, b TEXT, c VARCHAR(10) DEFAULT 'x', d BLOB)",
            "CREATE TABLE n (id INT, a INT, b TEXT, c VARCHAR(10) DEFAULT 'x')",
            "CREATE TABLE u (id INT NOT NULL, a INT, b TEXT, UNIQUE KEY (id))",
            "INSERT INTO p VALUES (1, 10, 'one', 'c', 'blob'), (2, NULL, NULL, NULL, NULL)",
            "INSERT INTO n VALUES (1, 10, 'one', 'c'), (1, 10, 'one', 'c'), (2, NULL, NULL, NULL)",
            "INSERT INTO u VALUES (1, 10, 'one'), (2, NULL, NULL)",
            "SET SESSION binlog_row_image=MINIMAL",
            "UPDATE p SET a = 11 WHERE id = 1",
            "UPDATE p SET b = 'two' WHERE id = 2",
            "UPDATE n SET a = 12 WHERE id = 1 LIMIT 1",
            "UPDATE u SET b = NULL WHERE id = 1",
            "INSERT INTO p (id) VALUES (3)",
            "DELETE FROM u WHERE id = 2",
            "SET SESSION binlog_row_image=NOBLOB",
            "UPDATE p SET a = 13, c = NULL WHERE id = 1",
            "UPDATE p SET d = 'changed' WHERE id = 1",
            "UPDATE n SET c = 'y' WHERE id = 2",
            "INSERT INTO p (id, a) VALUES (4, 4)",
            "DELETE FROM p WHERE id = 2",
        ],
    )
}

const METADATA: &[&str] = &[
    "CREATE TABLE m (a TINYINT UNSIGNED, b CHAR(5) CHARACTER SET latin1, c BIGINT, d ENUM('x','y') CHARACTER SET utf8mb4, \
     e SET('p','q'), f VARCHAR(300), g BIGINT UNSIGNED, h BINARY(3), i DECIMAL(5,2) UNSIGNED, j GEOMETRY, k YEAR, \
     l TEXT CHARACTER SET latin2, m DOUBLE UNSIGNED, n BIT(3), PRIMARY KEY (a, f(7), l(3)))",
    "INSERT INTO m VALUES (255, 'é', -1, 'y', 'p,q', 'é', 18446744073709551615, 'ab', 999.99, POINT(1, 2), 2000, 'č', 1.5, b'101')",
    "UPDATE m SET c = -2, g = 9223372036854775808, d = NULL",
];

#[test]
fn t04_table_map_metadata_is_assigned_by_column_class() -> anyhow::Result<()> {
    for option in [
        "--binlog-row-metadata=FULL",
        "--binlog-row-metadata=MINIMAL",
    ] {
        check(
            &[Kind::Mysql97, Kind::Mariadb1011, Kind::Mariadb118],
            &[option],
            METADATA,
        )?;
    }
    check(&[Kind::Mysql56], &[], METADATA)
}

#[test]
fn t05_partial_json_updates_give_the_sources_documents() -> anyhow::Result<()> {
    check(
        &[Kind::Mysql97],
        &["--binlog-row-value-options=PARTIAL_JSON"],
        &[
            "CREATE TABLE j (id INT PRIMARY KEY, d JSON, e JSON)",
            "INSERT INTO j VALUES (1, '{\"a\": 1, \"b\": [1, 2, {\"c\": \"a long enough text\"}]}', '[1, 2, 3]')",
            "INSERT INTO j VALUES (2, '[]', NULL), (3, '{}', '{\"k\": \"v\"}')",
            "UPDATE j SET d = JSON_SET(d, '$.a', 'two') WHERE id = 1",
            "UPDATE j SET d = JSON_SET(d, '$.b[2].c', 'short'), e = JSON_REMOVE(e, '$[1]') WHERE id = 1",
            "UPDATE j SET d = JSON_REPLACE(d, '$.b[0]', CAST('1.50' AS DECIMAL(5,2))) WHERE id = 1",
            "UPDATE j SET d = JSON_SET(d, '$.new', JSON_OBJECT('x', NULL, 'y', TRUE)) WHERE id IN (1, 3)",
            "UPDATE j SET d = JSON_ARRAY_APPEND(d, '$', 5) WHERE id = 2",
            "UPDATE j SET d = JSON_SET(d, '$[9]', 'end') WHERE id = 2",
            "SET SESSION binlog_row_image=MINIMAL",
            "UPDATE j SET d = JSON_REMOVE(d, '$.b[2].c') WHERE id = 1",
            "UPDATE j SET e = JSON_SET(e, '$.k', REPEAT('x', 70000)) WHERE id = 3",
        ],
    )
}

#[test]
fn t06_json_is_printed_as_the_source_prints_it() -> anyhow::Result<()> {
    check(
        &[Kind::Mysql97],
        &[],
        &[
            "CREATE TABLE j (id INT AUTO_INCREMENT PRIMARY KEY, d JSON)",
            "INSERT INTO j (d) VALUES ('1'), ('1.0'), ('-0.0'), ('1e2'), ('1e-7'), ('123456789012345678901234567890'), ('1e308')",
            "INSERT INTO j (d) VALUES ('{\"bb\": 1, \"a\": 2, \"ccc\": 3, \"a\": 4, \"\": 5}'), ('\"\\\\u0000\\\\b\\\\\"\\\\/\"'), ('[[], {}, [[]]]')",
            "INSERT INTO j (d) VALUES (JSON_ARRAY(CAST('2024-02-29' AS DATE), CAST('-838:59:59.000001' AS TIME(6)), CAST('2024-02-29 23:59:59.9' AS DATETIME(6)), x'ff00', b'1', CAST(-0.00 AS DECIMAL(5,2))))",
            "UPDATE j SET d = JSON_REMOVE(d, '$.a') WHERE JSON_TYPE(d) = 'OBJECT'",
        ],
    )
}

const TIMES: &[&str] = &[
    "CREATE TABLE t (id INT PRIMARY KEY, a TIME, b TIME(1), c TIME(2), d TIME(3), e TIME(4), f TIME(5), g TIME(6))",
    "INSERT INTO t VALUES (1, '-00:00:01', '-00:00:00.1', '-00:00:00.01', '-00:00:00.001', '-00:00:00.0001', '-00:00:00.00001', '-00:00:00.000001')",
    "INSERT INTO t VALUES (2, '-838:59:59', '-838:59:58.9', '-838:59:58.99', '-838:59:58.999', '-838:59:58.9999', '-838:59:58.99999', '-838:59:58.999999')",
    "INSERT INTO t VALUES (3, '-01:00:00', '-01:00:00.9', '-01:00:59.90', '-01:59:59.900', '-01:00:00.5', '-01:00:00.25', '-00:59:59.500000')",
    "UPDATE t SET a = '-10:11:12', g = '-10:11:12.131415' WHERE id = 3",
];

#[test]
fn t07_negative_time_spans_the_fraction() -> anyhow::Result<()> {
    check(ALL, &[], TIMES)
}

#[test]
fn t08_timestamps_follow_the_sessions_time_zone() -> anyhow::Result<()> {
    check(
        ALL,
        &[],
        &[
            "CREATE TABLE t (id INT PRIMARY KEY, a TIMESTAMP NULL, b TIMESTAMP(3) NULL, c TIMESTAMP(6) NULL, d DATETIME(6))",
            "SET time_zone='+00:00'",
            "INSERT INTO t VALUES (1, '1970-01-01 00:00:01', '1970-01-01 00:00:01.001', '2038-01-19 03:14:06.999999', '2038-01-19 03:14:06.999999')",
            "SET time_zone='-08:00'",
            "INSERT INTO t VALUES (2, '2024-03-10 02:30:00', NOW(3), NOW(6), NOW(6)), (3, '0000-00-00', 0, 0, 0)",
            "SET time_zone='+13:00'",
            "UPDATE t SET b = a, d = c WHERE id = 2",
        ],
    )
}

#[test]
fn t08_a_fraction_of_the_first_second_is_no_zero_date() -> anyhow::Result<()> {
    check(
        MARIADB,
        &[],
        &[
            "CREATE TABLE t (id INT PRIMARY KEY, a TIMESTAMP(3) NULL)",
            "INSERT INTO t VALUES (1, FROM_UNIXTIME(0.647)), (2, 0), (3, FROM_UNIXTIME(1.001))",
        ],
    )
}

#[test]
fn t09_bytes_stay_in_the_columns_character_set() -> anyhow::Result<()> {
    check(
        ALL,
        &[],
        &[
            "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(20) CHARACTER SET latin1, b CHAR(20) CHARACTER SET gbk, \
             c TEXT CHARACTER SET sjis, d VARCHAR(20) CHARACTER SET utf16, e CHAR(9) CHARACTER SET utf32, \
             f VARCHAR(20) CHARACTER SET koi8r, g VARCHAR(9) CHARACTER SET ucs2, KEY (a), KEY (b), KEY (d), KEY (f))",
            "INSERT INTO t VALUES (1, 'Grüße', '中文', '日本', '😀x', 'aé😀', 'Привет', 'żółw'), (2, '', '', '', '', '', '', '')",
            "SET NAMES latin1",
            "INSERT INTO t (id, a) VALUES (3, x'e4f6fc')",
            "SET NAMES gbk",
            "UPDATE t SET b = x'b9fac4da' WHERE id = 2",
        ],
    )
}

#[test]
fn t10_events_over_sixteen_mebibytes_arrive_whole() -> anyhow::Result<()> {
    // Lengths around those at which one packet ends and another begins.
    let mut statements = vec!["CREATE TABLE big (id INT PRIMARY KEY, b LONGBLOB)".to_owned()];
    for (id, length) in [
        (1 << 24) - 1,
        1 << 24,
        (1 << 24) - 40,
        20_000_000,
        40_000_000,
    ]
    .into_iter()
    .enumerate()
    {
        statements.push(format!(
            "INSERT INTO big VALUES ({id}, REPEAT(x'00fe7f', {}))",
            length / 3
        ));
    }
    statements.push("UPDATE big SET b = CONCAT(b, 'x') WHERE id = 3".to_owned());
    let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
    check(&[Kind::Mysql97, Kind::Mariadb118], &[], &statements)
}

#[test]
fn t12_positions_are_counted_where_events_carry_none() -> anyhow::Result<()> {
    for kind in MARIADB {
        let source = reference!(*kind);
        let mut own = Understudy::start(&[])?;
        attach::follow(&own, &source, source.port())?;
        let mut connection = source.connect()?;
        connection.run([
            "CREATE DATABASE d",
            "CREATE TABLE d.t (id INT PRIMARY KEY, v TEXT)",
        ])?;
        for round in 0..4 {
            connection.query("START TRANSACTION")?;
            for id in 0..20 {
                connection.query(format!(
                    "INSERT INTO d.t VALUES ({}, REPEAT('x', 500))",
                    round * 100 + id
                ))?;
            }
            connection.query("COMMIT")?;
            attach::wait_applied(&own, &source, Duration::from_secs(30))?;
            // The position must be one at which the source can go on.
            own.kill9()?;
            own.restart()?;
        }
        expect_equal(&source, &own)?;
    }
    Ok(())
}

#[test]
fn t15_heartbeats_arrive_and_move_nothing() -> anyhow::Result<()> {
    for kind in ALL {
        let source = reference!(*kind);
        let own = Understudy::start(&[])?;
        attach::follow(&own, &source, source.port())?;
        own.connect()?.run([
            "STOP SLAVE",
            "CHANGE MASTER TO MASTER_HEARTBEAT_PERIOD=0.1",
            "START SLAVE",
        ])?;
        source
            .connect()?
            .run(["CREATE DATABASE d", "CREATE TABLE d.t (a INT)"])?;
        attach::wait_applied(&own, &source, Duration::from_secs(30))?;
        let before = attach::status(&own)?;
        std::thread::sleep(Duration::from_millis(1500));
        let after = attach::status(&own)?;
        for name in [
            "Read_Master_Log_Pos",
            "Exec_Master_Log_Pos",
            "Relay_Log_Pos",
            "Last_IO_Errno",
        ] {
            let value = |status| attach::column(status, &[name]).map(str::to_owned);
            assert_eq!(value(&before)?, value(&after)?, "{name}");
        }
        let heartbeats = own
            .query("SHOW STATUS LIKE 'Slave_received_heartbeats'")?
            .text();
        assert!(heartbeats[0][1].parse::<u64>()? > 3, "{heartbeats:?}");
        source.exec("INSERT INTO d.t VALUES (1)")?;
        expect_equal(&source, &own)?;
    }
    Ok(())
}

#[test]
fn t16_the_checksum_algorithm_may_change_between_files() -> anyhow::Result<()> {
    check(
        ALL,
        &[],
        &[
            "CREATE TABLE t (a INT)",
            "INSERT INTO t VALUES (1)",
            "SET GLOBAL binlog_checksum=NONE",
            "INSERT INTO t VALUES (2)",
            "FLUSH LOGS",
            "INSERT INTO t VALUES (3)",
            "SET GLOBAL binlog_checksum=CRC32",
            "INSERT INTO t VALUES (4)",
        ],
    )
}

#[test]
fn t17_reconnects_lose_and_repeat_nothing() -> anyhow::Result<()> {
    for kind in ALL {
        let source = reference!(*kind);
        let own = Understudy::start(&[])?;
        let proxy = FaultProxy::start(source.port())?;
        attach::follow(&own, &source, proxy.port())?;
        let mut connection = source.connect()?;
        connection.run([
            "CREATE DATABASE d",
            "CREATE TABLE d.t (a INT, b VARCHAR(500))",
        ])?;
        for round in 0..5_u64 {
            proxy.set(Fault::CutAfter {
                bytes: 3_000 + round * 1_777,
            });
            proxy.cut_now();
            for row in 0..40 {
                connection.query(format!("INSERT INTO d.t VALUES ({row}, REPEAT('y', 300))"))?;
            }
            std::thread::sleep(Duration::from_millis(300));
        }
        proxy.set(Fault::None);
        proxy.cut_now();
        expect_equal(&source, &own)?;
        assert!(proxy.accepted() >= 3, "{}", proxy.accepted());
    }
    Ok(())
}

#[test]
fn t19_events_are_decoded_by_their_own_table_map() -> anyhow::Result<()> {
    for kind in ALL {
        let source = reference!(*kind);
        let own = Understudy::start(&[])?;
        attach::follow(&own, &source, source.port())?;
        let mut connection = source.connect()?;
        connection.run([
            "CREATE DATABASE d",
            "USE d",
            "CREATE TABLE t (a INT PRIMARY KEY, b INT)",
        ])?;
        attach::wait_applied(&own, &source, Duration::from_secs(30))?;
        own.query("STOP SLAVE SQL_THREAD")?;
        connection.run([
            "INSERT INTO t VALUES (1, 2)",
            "ALTER TABLE t ADD COLUMN c VARCHAR(10) DEFAULT 'c' FIRST, MODIFY b BIGINT UNSIGNED",
            "INSERT INTO t VALUES ('x', 2, 18446744073709551615)",
            "ALTER TABLE t DROP COLUMN c, CHANGE b bb VARCHAR(30)",
            "INSERT INTO t VALUES (3, 'text')",
            "RENAME TABLE t TO old",
            "CREATE TABLE t (z DATE)",
            "INSERT INTO t VALUES ('2024-01-01')",
        ])?;
        own.query("START SLAVE SQL_THREAD")?;
        expect_equal(&source, &own)?;
    }
    Ok(())
}

#[test]
fn t20_ignorable_events_are_passed_over() -> anyhow::Result<()> {
    let statements = [
        "CREATE TABLE t (a INT)",
        "INSERT INTO t VALUES (1), (2)",
        "UPDATE t SET a = 3 WHERE a = 1",
    ];
    check(
        &[Kind::Mysql97, Kind::Mysql56],
        &["--binlog-rows-query-log-events=ON"],
        &statements,
    )?;
    check(MARIADB, &["--binlog-annotate-row-events=ON"], &statements)
}

#[test]
fn t22_a_statement_that_changes_rows_stops_the_applier_by_name() -> anyhow::Result<()> {
    for kind in ALL {
        let source = reference!(*kind);
        let own = Understudy::start(&[])?;
        attach::follow(&own, &source, source.port())?;
        source.connect()?.run([
            "CREATE DATABASE d",
            "CREATE TABLE d.t (a INT)",
            "INSERT INTO d.t VALUES (1)",
            "SET SESSION binlog_format=STATEMENT",
            "UPDATE d.t SET a = 4711",
        ])?;
        let start = Instant::now();
        loop {
            let status = attach::status(&own)?;
            if attach::column(&status, &["Slave_SQL_Running"])? == "No" {
                let text = attach::column(&status, &["Last_SQL_Error"])?;
                assert!(text.contains("UPDATE d.t SET a = 4711"), "{text}");
                assert_ne!(attach::column(&status, &["Last_SQL_Errno"])?, "0");
                break;
            }
            anyhow::ensure!(start.elapsed() < Duration::from_secs(30), "{status:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(own.query("SELECT a FROM d.t")?.text(), [["1"]]);
    }
    Ok(())
}

#[test]
fn t23_compressed_transactions_are_applied() -> anyhow::Result<()> {
    check(
        &[Kind::Mysql97],
        &["--binlog-transaction-compression=ON"],
        &[
            "CREATE TABLE t (id INT PRIMARY KEY, v LONGTEXT)",
            "INSERT INTO t VALUES (1, REPEAT('abc', 3000000)), (2, 'x')",
            "START TRANSACTION",
            "UPDATE t SET v = 'y' WHERE id = 2",
            "INSERT INTO t VALUES (3, UUID())",
            "DELETE FROM t WHERE id = 1",
            "COMMIT",
            "CREATE TABLE s SELECT * FROM t",
        ],
    )
}

#[test]
fn t25_foreign_keys_cascade_once() -> anyhow::Result<()> {
    check(
        ALL,
        &[],
        &[
            "CREATE TABLE parent (id INT PRIMARY KEY, v INT)",
            "CREATE TABLE child (id INT PRIMARY KEY, p INT, KEY p (p), CONSTRAINT c1 FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE ON UPDATE CASCADE)",
            "CREATE TABLE orphan (id INT PRIMARY KEY, p INT, CONSTRAINT c2 FOREIGN KEY (p) REFERENCES parent (id) ON DELETE SET NULL ON UPDATE SET NULL)",
            "CREATE TABLE grandchild (c INT, KEY c (c), CONSTRAINT c3 FOREIGN KEY (c) REFERENCES child (id) ON DELETE CASCADE)",
            "INSERT INTO parent VALUES (1, 1), (2, 2), (3, 3)",
            "INSERT INTO child VALUES (10, 1), (11, 1), (20, 2), (30, NULL)",
            "INSERT INTO orphan VALUES (1, 1), (2, 2), (3, 3)",
            "INSERT INTO grandchild VALUES (10), (10), (20)",
            "DELETE FROM parent WHERE id = 1",
            "UPDATE parent SET id = 200 WHERE id = 2",
            "SET foreign_key_checks=0",
            "DELETE FROM parent WHERE id = 200",
            "SET foreign_key_checks=1",
        ],
    )
}

#[test]
fn t26_equal_rows_without_a_key_are_taken_one_for_one() -> anyhow::Result<()> {
    check(
        ALL,
        &[],
        &[
            "CREATE TABLE t (a INT, b VARCHAR(10), c FLOAT, d TEXT)",
            "INSERT INTO t VALUES (1, 'x', 0.1, 't'), (1, 'x', 0.1, 't'), (1, 'x', 0.1, 't'), (NULL, NULL, NULL, NULL), (NULL, NULL, NULL, NULL)",
            "DELETE FROM t WHERE a = 1 LIMIT 1",
            "UPDATE t SET b = 'y' WHERE a = 1 LIMIT 1",
            "UPDATE t SET a = 2 WHERE a IS NULL LIMIT 1",
            "UPDATE t SET b = 'z'",
            "INSERT INTO t SELECT * FROM t",
            "DELETE FROM t LIMIT 3",
        ],
    )
}

#[test]
fn t27_old_and_compressed_row_events_are_applied() -> anyhow::Result<()> {
    let statements = [
        "CREATE TABLE t (id INT PRIMARY KEY, v TEXT)",
        "INSERT INTO t VALUES (1, REPEAT('a', 5000)), (2, NULL)",
        "UPDATE t SET v = REPEAT('b', 3000) WHERE id = 2",
        "DELETE FROM t WHERE id = 1",
    ];
    check(
        &[Kind::Mysql56],
        &["--log-bin-use-v1-row-events=ON"],
        &statements,
    )?;
    check(
        MARIADB,
        &["--log-bin-compress=ON", "--log-bin-compress-min-len=10"],
        &statements,
    )
}

#[test]
fn t28_the_sessions_default_collation_is_respected() -> anyhow::Result<()> {
    check(
        &[Kind::Mysql97],
        &[],
        &[
            "SET default_collation_for_utf8mb4=utf8mb4_general_ci",
            "CREATE TABLE t1 (a CHAR(5)) CHARACTER SET utf8mb4",
            "CREATE DATABASE e CHARACTER SET utf8mb4",
            "CREATE TABLE e.t (a CHAR(5))",
            "SET default_collation_for_utf8mb4=utf8mb4_0900_ai_ci",
            "CREATE TABLE t2 (a CHAR(5)) CHARACTER SET utf8mb4",
            "SET collation_server=latin1_general_cs",
            "CREATE DATABASE f",
            "CREATE TABLE f.t (a CHAR(5))",
        ],
    )
}

#[test]
fn t29_decimals_are_exact() -> anyhow::Result<()> {
    check(
        ALL,
        &[],
        &[
            "CREATE TABLE t (a DECIMAL(65,30), b DECIMAL(30,30), c DECIMAL(9,9), d DECIMAL(19,9), e DECIMAL(65,0), f DECIMAL(4,2) ZEROFILL)",
            "INSERT INTO t VALUES (12345678901234567890123456789012345.123456789012345678901234567890, 0.000000000000000000000000000001, 0.000000001, -1.000000001, 99999999999999999999999999999999999999999999999999999999999999999, 1.5)",
            "INSERT INTO t VALUES (-99999999999999999999999999999999999.999999999999999999999999999999, -0.999999999999999999999999999999, -0.999999999, 0, -1, 0)",
            "UPDATE t SET a = -a, b = -b, d = d * 10",
        ],
    )
}

#[test]
fn t35_the_source_may_restart() -> anyhow::Result<()> {
    for kind in ALL {
        let mut source = reference!(*kind);
        let own = Understudy::start(&[])?;
        attach::follow(&own, &source, source.port())?;
        source.connect()?.run([
            "CREATE DATABASE d",
            "CREATE TABLE d.t (a INT)",
            "CREATE TEMPORARY TABLE d.temporary (a INT)",
            "INSERT INTO d.temporary VALUES (1)",
            "INSERT INTO d.t VALUES (1)",
        ])?;
        attach::wait_applied(&own, &source, Duration::from_secs(30))?;
        source.restart()?;
        source.exec("INSERT INTO d.t VALUES (2)")?;
        attach::wait_applied(&own, &source, Duration::from_secs(30))?;
        source.kill9()?;
        source.restart()?;
        source.exec("INSERT INTO d.t VALUES (3)")?;
        expect_equal(&source, &own)?;
    }
    Ok(())
}

/// What an error leaves: nothing of its transaction, and the position before it, also after a crash.
#[test]
fn t02_a_failed_transaction_leaves_neither_rows_nor_a_position() -> anyhow::Result<()> {
    for kind in ALL {
        let source = reference!(*kind);
        let mut own = Understudy::start(&[])?;
        attach::follow(&own, &source, source.port())?;
        let mut connection = source.connect()?;
        connection.run([
            "CREATE DATABASE d",
            "USE d",
            "CREATE TABLE t (id INT PRIMARY KEY, v INT) ENGINE=InnoDB",
            "INSERT INTO t VALUES (1, 1)",
            "SET sql_log_bin=0",
            "INSERT INTO t VALUES (2, 2)",
            "SET sql_log_bin=1",
        ])?;
        attach::wait_applied(&own, &source, Duration::from_secs(60))?;
        let before = source.binlog_position()?;
        connection.run([
            "START TRANSACTION",
            "UPDATE t SET v = 10 WHERE id = 1",
            "INSERT INTO t VALUES (3, 3)",
            "UPDATE t SET v = 20 WHERE id = 2",
            "COMMIT",
            "INSERT INTO t VALUES (4, 4)",
        ])?;
        for _ in 0..2 {
            wait_for(&own, "Last_SQL_Errno", "1032")?;
            let status = attach::status(&own)?;
            let at = (
                attach::column(&status, &["Relay_Master_Log_File"])?.to_owned(),
                attach::column(&status, &["Exec_Master_Log_Pos"])?.parse::<u64>()?,
            );
            assert_eq!(at, before, "{}", kind.name());
            let rows = own.query("SELECT * FROM d.t ORDER BY id")?.text();
            assert_eq!(rows, [["1", "1"]], "{}", kind.name());
            own.kill9()?;
            own.relaunch()?;
            own.wait_ready()?;
        }
        wait_for(&own, "Last_SQL_Errno", "1032")?;
        own.query("SET GLOBAL slave_exec_mode=IDEMPOTENT")?;
        own.query("START SLAVE SQL_THREAD")?;
        attach::wait_applied(&own, &source, Duration::from_secs(60))?;
        let rows = own.query("SELECT * FROM d.t ORDER BY id")?.text();
        assert_eq!(rows, [["1", "10"], ["3", "3"], ["4", "4"]]);
    }
    Ok(())
}

fn wait_for(own: &Understudy, column: &str, value: &str) -> anyhow::Result<()> {
    let start = Instant::now();
    loop {
        let status = attach::status(own)?;
        if attach::column(&status, &[column])? == value {
            return Ok(());
        }
        anyhow::ensure!(start.elapsed() < Duration::from_secs(60), "{status:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn t31_prepared_transactions_survive_restarts() -> anyhow::Result<()> {
    for kind in ALL {
        let source = reference!(*kind);
        let mut own = Understudy::start(&[])?;
        attach::follow(&own, &source, source.port())?;
        let mut first = source.connect()?;
        let mut second = source.connect()?;
        let mut third = source.connect()?;
        first.run([
            "CREATE DATABASE d",
            "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(20)) ENGINE=InnoDB",
            "INSERT INTO d.t VALUES (1, 'one'), (2, 'two'), (3, 'three')",
            "XA START 'a', 'branch', 7",
            "UPDATE d.t SET v = 'a' WHERE id = 1",
            "INSERT INTO d.t VALUES (10, 'a')",
            "XA END 'a', 'branch', 7",
            "XA PREPARE 'a', 'branch', 7",
        ])?;
        second.run([
            "XA START X'00ff'",
            "DELETE FROM d.t WHERE id = 2",
            "XA END X'00ff'",
            "XA PREPARE X'00ff'",
        ])?;
        third.run([
            "INSERT INTO d.t VALUES (20, 'between')",
            "XA START 'c'",
            "INSERT INTO d.t VALUES (30, 'c')",
            "XA END 'c'",
            "XA PREPARE 'c'",
            "XA COMMIT 'c'",
            "XA START 'd'",
            "INSERT INTO d.t VALUES (40, 'd')",
            "XA END 'd'",
            "XA COMMIT 'd' ONE PHASE",
        ])?;
        attach::wait_applied(&own, &source, Duration::from_secs(60))?;
        let rows = own.query("SELECT id, v FROM d.t ORDER BY id")?.text();
        let expected = [
            ["1", "one"],
            ["2", "two"],
            ["3", "three"],
            ["20", "between"],
            ["30", "c"],
            ["40", "d"],
        ];
        assert_eq!(rows, expected, "{}", kind.name());
        own.kill9()?;
        own.relaunch()?;
        own.wait_ready()?;
        first.run(["XA COMMIT 'a', 'branch', 7"])?;
        second.run(["XA ROLLBACK X'00ff'"])?;
        third.run(["INSERT INTO d.t VALUES (50, 'after')"])?;
        expect_equal(&source, &own)?;
    }
    Ok(())
}

fn wait_for_log(server: &ReferenceServer, text: &str) -> anyhow::Result<()> {
    let start = Instant::now();
    while !server.error_log().contains(text) {
        anyhow::ensure!(
            start.elapsed() < Duration::from_secs(60),
            "no '{text}' in the log"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

#[test]
fn t30_another_type_than_the_sources_is_an_error() -> anyhow::Result<()> {
    let source = reference!(Kind::Mysql97);
    let real = reference!(Kind::Mysql97, &["--replica-parallel-workers=0"]);
    let own = Understudy::start(&[])?;
    attach::follow(&real, &source, source.port())?;
    attach::follow(&own, &source, source.port())?;
    let mut writer = source.connect()?;
    writer.run([
        "CREATE DATABASE d",
        "CREATE TABLE d.t (id INT PRIMARY KEY, a INT, b VARCHAR(10))",
        "INSERT INTO d.t VALUES (1, 1, 'one')",
        "SET sql_log_bin=0",
        "ALTER TABLE d.t MODIFY a VARCHAR(20)",
        "SET sql_log_bin=1",
        "INSERT INTO d.t VALUES (2, 'two', 'two')",
    ])?;
    wait_for(&own, "Last_SQL_Errno", "1677")?;
    let ours = attach::status(&own)?;
    let ours = attach::column(&ours, &["Last_SQL_Error"])?;
    wait_for_log(&real, "cannot be converted")?;
    let theirs = real.error_log();
    assert!(ours.contains("cannot be converted"), "{ours}");
    assert!(theirs.contains(ours), "{ours}\n{theirs}");
    assert_eq!(own.query("SELECT * FROM d.t")?.text().len(), 1);
    Ok(())
}
