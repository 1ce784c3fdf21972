//! Replication by GTID: auto position with MySQL, connect state with MariaDB, what survives STOP, kill and a new
//! source, and where UNTIL stops.

use std::time::{Duration, Instant};
use understudy_proto_tests::attach::{column, status, wait_applied};
use understudy_proto_tests::compare::{self, Counters};
use understudy_testkit::proxy::FaultProxy;
use understudy_testkit::reference::REPL_PASSWORD;
use understudy_testkit::{Kind, ReferenceServer, Understudy, reference};

const GTID: [&str; 2] = ["--gtid-mode=ON", "--enforce-gtid-consistency=ON"];

fn attach(own: &Understudy, source: &ReferenceServer, options: &str) -> anyhow::Result<()> {
    own.query(format!(
        "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={}, MASTER_USER='repl', \
         MASTER_PASSWORD='{REPL_PASSWORD}', MASTER_CONNECT_RETRY=1, {options}",
        source.port()
    ))?;
    Ok(())
}

/// Waits until the replica has executed what the source has.
fn caught_up(own: &Understudy, source: &ReferenceServer) -> anyhow::Result<()> {
    if source.kind().is_mariadb() {
        return wait_applied(own, source, Duration::from_secs(60));
    }
    let wanted = source.query("SELECT @@global.gtid_executed")?.text()[0][0].replace('\n', "");
    let deadline = Instant::now() + Duration::from_secs(60);
    while shown(own, "Executed_Gtid_Set")? != wanted {
        anyhow::ensure!(
            Instant::now() < deadline,
            "not at {wanted}: {:?}",
            status(own)?
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// All rows and definitions; positions have no say.
fn expect_equal(source: &ReferenceServer, own: &Understudy) -> anyhow::Result<()> {
    let (mut left, mut right) = (source.connect()?, own.connect()?);
    compare::expect_equal(
        &mut left,
        &mut right,
        &["SET NAMES utf8mb4"],
        Counters::Equal,
    )
}

fn wait(own: &Understudy, name: &str, wanted: &str) -> anyhow::Result<()> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let now = status(own)?;
        if column(&now, &[name])? == wanted {
            return Ok(());
        }
        anyhow::ensure!(Instant::now() < deadline, "{name} is not {wanted}: {now:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn shown(own: &Understudy, name: &str) -> anyhow::Result<String> {
    Ok(column(&status(own)?, &[name])?.replace('\n', ""))
}

fn count(own: &Understudy) -> anyhow::Result<String> {
    Ok(own.query("SELECT COUNT(*) FROM d.t")?.text()[0][0].clone())
}

fn schema(source: &ReferenceServer) -> anyhow::Result<()> {
    source.connect()?.run([
        "CREATE DATABASE d",
        "CREATE TABLE d.t (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(20)) ENGINE=InnoDB",
        "INSERT INTO d.t (v) VALUES ('a'), ('b')",
        "INSERT INTO d.t (v) VALUES ('c')",
    ])?;
    Ok(())
}

fn auto_position(kind: Kind, options: &[&str]) -> anyhow::Result<()> {
    let mut all = GTID.to_vec();
    all.extend_from_slice(options);
    let mut source = ReferenceServer::start(kind, &all)?;
    schema(&source)?;
    let mut own = Understudy::start(&[])?;
    attach(
        &own,
        &source,
        "MASTER_AUTO_POSITION=1, GET_MASTER_PUBLIC_KEY=1",
    )?;
    own.query("START SLAVE")?;
    caught_up(&own, &source)?;
    expect_equal(&source, &own)?;
    let executed = source.query("SELECT @@global.gtid_executed")?.text()[0][0].replace('\n', "");
    assert_eq!(shown(&own, "Executed_Gtid_Set")?, executed);
    assert_eq!(shown(&own, "Auto_Position")?, "1");

    // Received and not applied survives a kill; nothing is asked for twice.
    own.query("STOP SLAVE SQL_THREAD")?;
    source.connect()?.run([
        "INSERT INTO d.t (v) VALUES ('d')",
        "INSERT INTO d.t (v) VALUES ('e')",
        "FLUSH LOGS",
        "INSERT INTO d.t (v) VALUES ('f')",
    ])?;
    let executed = source.query("SELECT @@global.gtid_executed")?.text()[0][0].replace('\n', "");
    let last = executed.rsplit('-').next().unwrap_or_default().to_owned();
    let deadline = Instant::now() + Duration::from_secs(60);
    while !shown(&own, "Retrieved_Gtid_Set")?.ends_with(&format!("-{last}")) {
        anyhow::ensure!(Instant::now() < deadline, "{:?}", status(&own)?);
        std::thread::sleep(Duration::from_millis(50));
    }
    own.kill9()?;
    own.relaunch()?;
    own.wait_ready()?;
    wait(&own, "Slave_IO_Running", "Yes")?;
    assert!(shown(&own, "Retrieved_Gtid_Set")?.ends_with(&last));
    own.query("START SLAVE")?;
    caught_up(&own, &source)?;
    expect_equal(&source, &own)?;
    let received = own
        .query(
            "SELECT EVENT_TYPE, REASON FROM performance_schema.understudy_event_ledger \
             WHERE OUTCOME='RECEIVED' AND EVENT_TYPE='Gtid'",
        )?
        .text();
    let found = "in the relay log when the server started";
    assert!(
        !received.is_empty() && received.iter().all(|row| row[1] == found),
        "asked again for what was in the relay log: {received:?}"
    );

    // Everything is sent again to a replica that lost its relay log: what was executed is passed over.
    own.query("STOP SLAVE")?;
    own.query("RESET SLAVE")?;
    assert_eq!(shown(&own, "Retrieved_Gtid_Set")?, "");
    own.query("CHANGE MASTER TO MASTER_AUTO_POSITION=0, MASTER_LOG_FILE='', MASTER_LOG_POS=4")?;
    own.query("START SLAVE")?;
    source.exec("INSERT INTO d.t (v) VALUES ('g')")?;
    caught_up(&own, &source)?;
    expect_equal(&source, &own)?;
    own.query("STOP SLAVE")?;
    own.query("CHANGE MASTER TO MASTER_AUTO_POSITION=1")?;
    own.query("START SLAVE")?;
    source.restart()?;
    source.exec("INSERT INTO d.t (v) VALUES ('h')")?;
    caught_up(&own, &source)?;
    expect_equal(&source, &own)?;
    Ok(())
}

#[test]
fn auto_position_with_mysql_97() -> anyhow::Result<()> {
    drop(reference!(Kind::Mysql97));
    auto_position(Kind::Mysql97, &[])
}

#[test]
fn auto_position_with_mysql_56() -> anyhow::Result<()> {
    drop(reference!(Kind::Mysql56));
    auto_position(Kind::Mysql56, &["--log-slave-updates=ON"])
}

fn mariadb(kind: Kind) -> anyhow::Result<()> {
    let mut source = ReferenceServer::start(kind, &[])?;
    schema(&source)?;
    let mut own = Understudy::start(&[])?;
    attach(&own, &source, "MASTER_USE_GTID=slave_pos")?;
    own.query("START SLAVE")?;
    caught_up(&own, &source)?;
    expect_equal(&source, &own)?;
    own.query("STOP SLAVE SQL_THREAD")?;
    source.connect()?.run([
        "INSERT INTO d.t (v) VALUES ('d')",
        "SET SESSION gtid_domain_id=7",
        "INSERT INTO d.t (v) VALUES ('e')",
        "FLUSH LOGS",
        "INSERT INTO d.t (v) VALUES ('f')",
    ])?;
    let wanted = source.query("SELECT @@gtid_binlog_pos")?.text()[0][0].clone();
    let io_pos = |own: &Understudy| -> anyhow::Result<String> {
        let answer = own.query("SHOW ALL SLAVES STATUS")?;
        let at = answer.columns.iter().position(|c| c.name == "Gtid_IO_Pos");
        Ok(answer.text()[0][at.expect("a column")].clone())
    };
    let deadline = Instant::now() + Duration::from_secs(60);
    while io_pos(&own)? != wanted {
        anyhow::ensure!(
            Instant::now() < deadline,
            "{} is not {wanted}",
            io_pos(&own)?
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    own.kill9()?;
    own.relaunch()?;
    own.wait_ready()?;
    wait(&own, "Slave_IO_Running", "Yes")?;
    own.query("START SLAVE")?;
    caught_up(&own, &source)?;
    expect_equal(&source, &own)?;
    // A position that was set counts for more than what was received and not applied.
    own.query("STOP SLAVE SQL_THREAD")?;
    source.connect()?.run([
        "INSERT INTO d.t (id, v) VALUES (100, 'passed over')",
        "INSERT INTO d.t (id, v) VALUES (101, 'passed over')",
    ])?;
    let wanted = source.query("SELECT @@gtid_binlog_pos")?.text()[0][0].clone();
    let deadline = Instant::now() + Duration::from_secs(60);
    while io_pos(&own)? != wanted {
        anyhow::ensure!(
            Instant::now() < deadline,
            "{} is not {wanted}",
            io_pos(&own)?
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    own.query("STOP SLAVE")?;
    own.query(format!("SET GLOBAL gtid_slave_pos='{wanted}'"))?;
    own.query("START SLAVE")?;
    source.connect()?.run([
        "SET sql_log_bin=0",
        "DELETE FROM d.t WHERE id IN (100, 101)",
        "SET sql_log_bin=1",
        "INSERT INTO d.t (id, v) VALUES (102, 'applied')",
    ])?;
    caught_up(&own, &source)?;
    expect_equal(&source, &own)?;
    own.query("STOP SLAVE")?;
    own.query("RESET SLAVE")?;
    own.query("CHANGE MASTER TO MASTER_USE_GTID=slave_pos, IGNORE_DOMAIN_IDS=(9)")?;
    source.restart()?;
    let mut session = source.connect()?;
    session.run(["INSERT INTO d.t (v) VALUES ('g')"])?;
    own.query("START SLAVE")?;
    caught_up(&own, &source)?;
    expect_equal(&source, &own)?;
    let before = count(&own)?;
    session.run([
        "SET SESSION gtid_domain_id=9",
        "INSERT INTO d.t (v) VALUES ('not for us')",
        "SET SESSION gtid_domain_id=7",
        "INSERT INTO d.t (v) VALUES ('for us')",
    ])?;
    let deadline = Instant::now() + Duration::from_secs(60);
    while count(&own)? == before {
        anyhow::ensure!(Instant::now() < deadline, "{:?}", status(&own)?);
        std::thread::sleep(Duration::from_millis(50));
    }
    let ours = own.query("SELECT v FROM d.t WHERE v LIKE '%for us' ORDER BY v")?;
    assert_eq!(ours.text(), [["for us"]]);
    Ok(())
}

#[test]
fn connect_state_with_mariadb_1011() -> anyhow::Result<()> {
    drop(reference!(Kind::Mariadb1011));
    mariadb(Kind::Mariadb1011)
}

#[test]
fn connect_state_with_mariadb_118() -> anyhow::Result<()> {
    drop(reference!(Kind::Mariadb118));
    mariadb(Kind::Mariadb118)
}

#[test]
fn until_gtids_stops_where_it_says() -> anyhow::Result<()> {
    drop(reference!(Kind::Mysql97));
    let source = ReferenceServer::start(Kind::Mysql97, &GTID)?;
    schema(&source)?;
    let executed = source.query("SELECT @@global.gtid_executed")?.text()[0][0].replace('\n', "");
    let (uuid, first) = executed.split_once(':').expect("one uuid");
    let first: u64 = first.rsplit('-').next().unwrap_or_default().parse()?;
    for n in 0..10 {
        source.exec(format!("INSERT INTO d.t (v) VALUES ('{n}')"))?;
    }
    let own = Understudy::start(&[])?;
    attach(
        &own,
        &source,
        "MASTER_AUTO_POSITION=1, GET_MASTER_PUBLIC_KEY=1",
    )?;
    own.query(format!(
        "START SLAVE UNTIL SQL_BEFORE_GTIDS='{uuid}:{}'",
        first + 3
    ))?;
    wait(&own, "Slave_SQL_Running", "No")?;
    assert_eq!(count(&own)?, "5");
    assert_eq!(
        shown(&own, "Executed_Gtid_Set")?,
        format!("{uuid}:1-{}", first + 2)
    );
    own.query(format!(
        "START SLAVE UNTIL SQL_AFTER_GTIDS='{uuid}:{}'",
        first + 5
    ))?;
    wait(&own, "Slave_SQL_Running", "No")?;
    assert_eq!(
        shown(&own, "Executed_Gtid_Set")?,
        format!("{uuid}:1-{}", first + 5)
    );
    assert_eq!(shown(&own, "Until_Condition")?, "SQL_AFTER_GTIDS");
    own.query("START SLAVE UNTIL SQL_AFTER_MTS_GAPS")?;
    wait(&own, "Slave_SQL_Running", "No")?;
    own.query("START SLAVE")?;
    caught_up(&own, &source)?;
    expect_equal(&source, &own)
}

/// A transaction that both sources have is executed once, and both channels go on.
#[test]
fn a_transaction_of_two_sources_is_executed_once() -> anyhow::Result<()> {
    drop(reference!(Kind::Mysql97));
    let first = ReferenceServer::start(Kind::Mysql97, &GTID)?;
    let mut options = GTID.to_vec();
    options.push("--log-replica-updates=ON");
    let second = ReferenceServer::start(Kind::Mysql97, &options)?;
    schema(&first)?;
    second.connect()?.run([
        format!(
            "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={}, SOURCE_USER='repl', \
             SOURCE_PASSWORD='{REPL_PASSWORD}', SOURCE_AUTO_POSITION=1, GET_SOURCE_PUBLIC_KEY=1",
            first.port()
        ),
        "START REPLICA".to_owned(),
    ])?;
    let own = Understudy::start(&[])?;
    for (name, source) in [("one", &first), ("two", &second)] {
        own.query(format!(
            "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={}, MASTER_USER='repl', \
             MASTER_PASSWORD='{REPL_PASSWORD}', MASTER_AUTO_POSITION=1, GET_MASTER_PUBLIC_KEY=1 FOR CHANNEL '{name}'",
            source.port()
        ))?;
    }
    own.query("START SLAVE")?;
    for n in 0..200 {
        first.exec(format!("INSERT INTO d.t (v) VALUES ('{n}')"))?;
    }
    caught_up(&own, &first)?;
    expect_equal(&first, &own)?;
    // The second source's channel goes on after the first is gone.
    own.query("STOP SLAVE FOR CHANNEL 'one'")?;
    first.exec("INSERT INTO d.t (v) VALUES ('last')")?;
    caught_up(&own, &first)?;
    expect_equal(&first, &own)
}

/// Transactions without GTIDs get them where the channel says so, and keep them over a kill.
#[test]
fn anonymous_transactions_are_assigned_gtids() -> anyhow::Result<()> {
    let uuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
    for kind in [Kind::Mysql97, Kind::Mysql56] {
        drop(reference!(kind));
        let source = ReferenceServer::start(kind, &["--gtid-mode=OFF"])?;
        schema(&source)?;
        let mut own = Understudy::start(&["--gtid-mode=ON"])?;
        let key = if kind == Kind::Mysql97 {
            ", GET_MASTER_PUBLIC_KEY=1"
        } else {
            ""
        };
        attach(
            &own,
            &source,
            &format!(
                "MASTER_LOG_FILE='binlog.000001', MASTER_LOG_POS=4, \
                 ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS='{uuid}'{key}"
            ),
        )?;
        own.query("START SLAVE")?;
        wait_applied(&own, &source, Duration::from_secs(60))?;
        expect_equal(&source, &own)?;
        let executed = shown(&own, "Executed_Gtid_Set")?;
        let count: u64 = executed
            .strip_prefix(&format!("{uuid}:1-"))
            .unwrap_or_default()
            .parse()?;
        assert!(count >= 4, "{executed}");
        own.kill9()?;
        own.relaunch()?;
        own.wait_ready()?;
        assert_eq!(shown(&own, "Executed_Gtid_Set")?, executed);
        source.exec("INSERT INTO d.t (v) VALUES ('more')")?;
        wait_applied(&own, &source, Duration::from_secs(60))?;
        assert_eq!(
            shown(&own, "Executed_Gtid_Set")?,
            format!("{uuid}:1-{}", count + 1)
        );
    }
    Ok(())
}

#[test]
fn until_master_gtid_pos_stops_both_threads_where_it_says() -> anyhow::Result<()> {
    let source = reference!(Kind::Mariadb118);
    schema(&source)?;
    let mut writer = source.connect()?;
    writer.run(["INSERT INTO d.t (v) VALUES ('until here')"])?;
    let position = source.query("SELECT @@gtid_binlog_pos")?.text()[0][0].clone();
    writer.run([
        "INSERT INTO d.t (v) VALUES ('too far')",
        "SET SESSION gtid_domain_id=5",
        "INSERT INTO d.t (v) VALUES ('another domain')",
    ])?;
    let own = Understudy::start(&[])?;
    attach(&own, &source, "MASTER_USE_GTID=slave_pos")?;
    own.query(format!("START SLAVE UNTIL master_gtid_pos='{position}'"))?;
    wait(&own, "Slave_SQL_Running", "No")?;
    let last = own.query("SELECT v FROM d.t ORDER BY id DESC LIMIT 1")?;
    assert_eq!(last.text(), [["until here"]]);
    let now = status(&own)?;
    assert_eq!(column(&now, &["Last_SQL_Errno"])?, "0", "{now:?}");
    own.query("START SLAVE")?;
    wait_applied(&own, &source, Duration::from_secs(60))?;
    expect_equal(&source, &own)
}

/// A table without keys shows what comes twice.
#[test]
fn cut_connections_neither_repeat_nor_lose_a_transaction() -> anyhow::Result<()> {
    for kind in [Kind::Mariadb118, Kind::Mysql97] {
        drop(reference!(kind));
        let (options, mode) = match kind.is_mariadb() {
            true => (&[][..], "MASTER_USE_GTID=slave_pos"),
            false => (&GTID[..], "MASTER_AUTO_POSITION=1, GET_MASTER_PUBLIC_KEY=1"),
        };
        let source = ReferenceServer::start(kind, options)?;
        source.connect()?.run([
            "CREATE DATABASE d",
            "CREATE TABLE d.t (v INT) ENGINE=InnoDB",
        ])?;
        let proxy = FaultProxy::start(source.port())?;
        let own = Understudy::start(&["--slave-net-timeout=5"])?;
        own.query(format!(
            "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={}, MASTER_USER='repl', \
             MASTER_PASSWORD='{REPL_PASSWORD}', MASTER_CONNECT_RETRY=1, {mode}",
            proxy.port()
        ))?;
        own.query("START SLAVE")?;
        let mut writer = source.connect()?;
        for round in 0..40 {
            for n in 0..10 {
                writer.run([
                    "BEGIN".to_owned(),
                    format!("INSERT INTO d.t VALUES ({round}), ({n})"),
                    format!("INSERT INTO d.t VALUES ({round})"),
                    "COMMIT".to_owned(),
                ])?;
            }
            proxy.cut_now();
        }
        let wanted = count_of(&source)?;
        let deadline = Instant::now() + Duration::from_secs(90);
        // Before its first transactions have come, the replica has no such table.
        while !count(&own).is_ok_and(|have| have == wanted) {
            let have = count(&own);
            anyhow::ensure!(
                Instant::now() < deadline,
                "{have:?} of {wanted}: {:?}",
                status(&own)?
            );
            std::thread::sleep(Duration::from_millis(100));
        }
        writer.run(["INSERT INTO d.t VALUES (-1)"])?;
        caught_up(&own, &source)?;
        assert_eq!(count(&own)?, count_of(&source)?, "{kind:?}");
    }
    Ok(())
}

fn count_of(source: &ReferenceServer) -> anyhow::Result<String> {
    Ok(source.query("SELECT COUNT(*) FROM d.t")?.text()[0][0].clone())
}

/// Two MariaDB sources that follow each other send us the same transactions.
#[test]
fn duplicates_of_mariadb_are_ignored_when_asked_for() -> anyhow::Result<()> {
    let first = reference!(Kind::Mariadb118);
    let second = ReferenceServer::start(
        Kind::Mariadb118,
        &["--log-slave-updates=ON", "--server-id=77"],
    )?;
    schema(&first)?;
    second.connect()?.run([
        format!(
            "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={}, MASTER_USER='repl', \
             MASTER_PASSWORD='{REPL_PASSWORD}', MASTER_USE_GTID=slave_pos",
            first.port()
        ),
        "START SLAVE".to_owned(),
    ])?;
    let own = Understudy::start(&["--gtid-ignore-duplicates=ON"])?;
    for (name, source) in [("one", &first), ("two", &second)] {
        own.query(format!(
            "CHANGE MASTER '{name}' TO MASTER_HOST='127.0.0.1', MASTER_PORT={}, MASTER_USER='repl', \
             MASTER_PASSWORD='{REPL_PASSWORD}', MASTER_USE_GTID=slave_pos",
            source.port()
        ))?;
    }
    own.query("START ALL SLAVES")?;
    for n in 0..100 {
        first.exec(format!("INSERT INTO d.t (v) VALUES ('{n}')"))?;
    }
    let wanted = first.query("SELECT @@gtid_binlog_pos")?.text()[0][0].clone();
    let answer = own.query(format!("SELECT MASTER_GTID_WAIT('{wanted}', 60)"))?;
    assert_eq!(
        answer.text(),
        [["0"]],
        "{:?}",
        own.query("SHOW ALL SLAVES STATUS")?.text()
    );
    expect_equal(&first, &own)?;
    // Either may go.
    own.query("STOP SLAVE 'one'")?;
    first.exec("INSERT INTO d.t (v) VALUES ('by the other')")?;
    let wanted = first.query("SELECT @@gtid_binlog_pos")?.text()[0][0].clone();
    let answer = own.query(format!("SELECT MASTER_GTID_WAIT('{wanted}', 60)"))?;
    assert_eq!(
        answer.text(),
        [["0"]],
        "{:?}",
        own.query("SHOW ALL SLAVES STATUS")?.text()
    );
    expect_equal(&first, &own)
}

/// A GTID is recorded with its transaction and not before; gaps stay gaps, over a kill too.
#[test]
fn t13_a_failed_transaction_has_no_gtid_and_gaps_stay() -> anyhow::Result<()> {
    drop(reference!(Kind::Mysql97));
    let source = ReferenceServer::start(Kind::Mysql97, &GTID)?;
    let uuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
    let mut writer = source.connect()?;
    schema(&source)?;
    writer.run([
        // The replica will have a row too many.
        "SET sql_log_bin=0".to_owned(),
        "DELETE FROM d.t WHERE id=2".to_owned(),
        "SET sql_log_bin=1".to_owned(),
    ])?;
    for (gno, id) in [(1, 11), (3, 13), (2, 2), (7, 17)] {
        writer.run([
            format!("SET gtid_next='{uuid}:{gno}'"),
            "BEGIN".to_owned(),
            format!("INSERT INTO d.t VALUES ({}, 'x')", id + 100),
            format!("INSERT INTO d.t VALUES ({id}, 'x')"),
            "COMMIT".to_owned(),
        ])?;
    }
    writer.run(["SET gtid_next='AUTOMATIC'"])?;
    let mut own = Understudy::start(&["--skip-slave-start"])?;
    attach(
        &own,
        &source,
        "MASTER_AUTO_POSITION=1, GET_MASTER_PUBLIC_KEY=1",
    )?;
    own.query("START SLAVE")?;
    wait(&own, "Slave_SQL_Running", "No")?;
    let of_uuid = |own: &Understudy| -> anyhow::Result<String> {
        let all = shown(own, "Executed_Gtid_Set")?;
        let part = all.split(',').find(|part| part.starts_with(uuid));
        Ok(part.unwrap_or_default().to_owned())
    };
    assert_eq!(shown(&own, "Last_SQL_Errno")?, "1062");
    assert_eq!(of_uuid(&own)?, format!("{uuid}:1:3"));
    let rows = "SELECT id FROM d.t WHERE id > 10 ORDER BY id";
    assert_eq!(own.query(rows)?.text(), [["11"], ["13"], ["111"], ["113"]]);
    own.kill9()?;
    own.relaunch()?;
    own.wait_ready()?;
    assert_eq!(of_uuid(&own)?, format!("{uuid}:1:3"));
    assert_eq!(own.query(rows)?.text(), [["11"], ["13"], ["111"], ["113"]]);
    // Passed over by an empty transaction, as a DBA does it.
    own.connect()?.run([
        format!("SET gtid_next='{uuid}:2'"),
        "BEGIN".to_owned(),
        "COMMIT".to_owned(),
        "SET gtid_next='AUTOMATIC'".to_owned(),
        "START SLAVE".to_owned(),
    ])?;
    caught_up(&own, &source)?;
    assert_eq!(of_uuid(&own)?, format!("{uuid}:1-3:7"));
    let passed_over = own.query("SELECT COUNT(*) FROM d.t WHERE id = 102")?;
    assert_eq!(passed_over.text(), [["0"]]);
    Ok(())
}
