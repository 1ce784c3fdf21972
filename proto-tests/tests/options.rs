//! Options that do not fit: the messages and the exit status of mysqld 9.7.

use std::process::Command;

use understudy_testkit::{Kind, Understudy, understudy};

/// Options that both refuse, for the same reason.
const WRONG: &[&str] = &[
    "--nonsense",
    "--nonsense=1",
    "--max-connection=5",
    "--max-connections=abc",
    "--max-connections=5X",
    "--max-connections",
    "--port=x",
    "--long-query-time=x",
    "--replica-exec-mode=foo",
    "--binlog-checksum=x",
    "--binlog-format=7",
    "--gtid-mode=x",
    "--sql-mode=nonsense",
    "--character-set-server=kling",
    "--replica-type-conversions=x",
    "--skip-nonsense",
    "--maximum-nonsense=1",
    "--loose-max-connections=abc",
    "--relay-log-purg=0",
];

/// Everything written, and the exit status.
fn run(command: &mut Command) -> anyhow::Result<(String, Option<i32>)> {
    let output = command.output()?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    Ok((text, output.status.code()))
}

/// What the real server says of the option, without its own path.
fn complaints(log: &str) -> Vec<String> {
    log.lines()
        .filter_map(|line| line.split_once("[ERROR] [MY-")?.1.split_once("[Server] "))
        .map(|(_, text)| text.split_once("mysqld: ").map_or(text, |(_, text)| text))
        .filter(|text| *text != "Aborting")
        .map(|text| text.trim_end_matches('.').to_owned())
        .collect()
}

#[test]
fn wrong_options_are_refused_as_by_mysqld() -> anyhow::Result<()> {
    if !Kind::Mysql97.is_available() {
        println!("NOT RUN: no mysql-9.7");
        return Ok(());
    }
    let binary = understudy::binary()?;
    let folder = tempfile::tempdir()?;
    for option in WRONG {
        let mut real = Kind::Mysql97.server_command(folder.path());
        let (log, status) = run(real.arg("--validate-config").arg(option))?;
        let expected = complaints(&log);
        assert!(!expected.is_empty(), "{option}: {log}");
        let mut own = Command::new(&binary);
        let (got, own_status) = run(own.args(["serve", option]).env("RUST_BACKTRACE", "0"))?;
        assert_eq!(own_status, status, "{option}");
        for complaint in expected {
            assert!(
                got.contains(&complaint),
                "{option}: {complaint:?} not in {got}"
            );
        }
    }
    Ok(())
}

/// The source of 5.0's options is used once: what CHANGE MASTER says later stays.
#[test]
fn master_host_configures_where_nothing_is_stored() -> anyhow::Result<()> {
    let mut own = Understudy::start(&[
        "--skip-slave-start",
        "--master-host=127.0.0.1",
        "--master-user=u",
        "--master-port=1",
        "--master-connect-retry=30",
    ])?;
    let shown = |own: &Understudy| -> anyhow::Result<Vec<String>> {
        let mut rows = own.query("SHOW SLAVE STATUS")?.text();
        let mut row = rows.pop().unwrap_or_default();
        row.truncate(5);
        Ok(row.split_off(1))
    };
    assert_eq!(shown(&own)?, ["127.0.0.1", "u", "1", "30"]);
    own.query("CHANGE MASTER TO MASTER_PORT = 2")?;
    own.restart()?;
    assert_eq!(shown(&own)?, ["127.0.0.1", "u", "2", "30"]);
    Ok(())
}
