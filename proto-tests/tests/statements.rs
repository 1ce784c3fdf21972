//! Statements of the binary log that are no DDL: savepoints, and what has no effect here.

use understudy_proto_tests::attach::{self, expect_equal};
use understudy_testkit::{Kind, ReferenceServer, Understudy, reference};

const SAVEPOINTS: &[&str] = &[
    "CREATE TABLE i (id INT PRIMARY KEY, a INT) ENGINE=InnoDB",
    "CREATE TABLE m (id INT PRIMARY KEY, a INT) ENGINE=MyISAM",
    "BEGIN",
    "INSERT INTO i VALUES (1, 1)",
    "SAVEPOINT s",
    "INSERT INTO i VALUES (2, 1)",
    "INSERT INTO m VALUES (1, 1)",
    "UPDATE i SET a = 2 WHERE id = 1",
    "SAVEPOINT `t``t`",
    "INSERT INTO i VALUES (3, 1)",
    "INSERT INTO m VALUES (2, 1)",
    "ROLLBACK TO `T``t`",
    "INSERT INTO i VALUES (4, 1)",
    "ROLLBACK TO SAVEPOINT S",
    "INSERT INTO i VALUES (5, 1)",
    "SAVEPOINT u",
    "SAVEPOINT s",
    "DELETE FROM i WHERE id = 1",
    "INSERT INTO m VALUES (3, 1)",
    "ROLLBACK TO s",
    "RELEASE SAVEPOINT u",
    "INSERT INTO i VALUES (6, 1)",
    "COMMIT",
    "BEGIN",
    "INSERT INTO i VALUES (7, 1)",
    "SAVEPOINT s",
    "INSERT INTO m VALUES (7, 1)",
    "DELETE FROM i",
    "ROLLBACK TO s",
    "ROLLBACK",
];

/// Whether the source's first binary log has a statement that begins so.
fn is_logged(source: &ReferenceServer, statement: &str) -> anyhow::Result<bool> {
    let events = source
        .connect()?
        .query("SHOW BINLOG EVENTS IN 'binlog.000001'")?;
    Ok(events.text().iter().any(|event| {
        event
            .last()
            .is_some_and(|info| info.to_uppercase().starts_with(statement))
    }))
}

#[test]
fn transactions_rolled_back_to_a_savepoint() -> anyhow::Result<()> {
    for kind in Kind::ALL {
        // With GTIDs MySQL refuses such a transaction.
        let options: &[&str] = if kind.is_mariadb() {
            &[]
        } else {
            &["--gtid-mode=OFF", "--enforce-gtid-consistency=OFF"]
        };
        let source = reference!(kind, options);
        let mut connection = source.connect()?;
        connection.run(["CREATE DATABASE d", "USE d"])?;
        connection.run(SAVEPOINTS)?;
        // MySQL takes back what it was going to log, unless statements themselves are logged.
        assert_eq!(
            is_logged(&source, "ROLLBACK TO")?,
            kind.is_mariadb(),
            "{}",
            kind.name()
        );
        let own = Understudy::start(&[])?;
        attach::follow(&own, &source, source.port())?;
        expect_equal(&source, &own)?;
    }
    Ok(())
}

#[test]
fn statements_without_effect_are_counted_by_kind() -> anyhow::Result<()> {
    let source = reference!(Kind::Mysql97);
    source.connect()?.run([
        "CREATE DATABASE d",
        "CREATE TABLE d.t (a INT, KEY (a)) ENGINE=MyISAM",
        "ANALYZE TABLE d.t",
        "OPTIMIZE TABLE d.t",
        "FLUSH TABLES",
        "CACHE INDEX d.t IN default",
    ])?;
    let own = Understudy::start(&[])?;
    attach::follow(&own, &source, source.port())?;
    expect_equal(&source, &own)?;
    let counted = own
        .query("SHOW STATUS LIKE 'Understudy_statements_ignored_%'")?
        .text();
    for (name, least) in [("table_maintenance", 2), ("flush", 1)] {
        let name = format!("Understudy_statements_ignored_{name}");
        let row = counted
            .iter()
            .find(|row| row[0].eq_ignore_ascii_case(&name));
        let count: u64 = row.map_or("0", |row| &row[1]).parse()?;
        assert!(count >= least, "{name}: {counted:?}");
    }
    Ok(())
}
