//! The test kit's own foundation: every reference server starts, answers, survives a kill.

use understudy_testkit::{Kind, reference};

fn check(kind: Kind) -> anyhow::Result<()> {
    let mut server = reference!(kind);
    let version = server.query("SELECT VERSION()")?.text();
    assert!(
        version[0][0].starts_with(kind.version_prefix()),
        "{version:?}"
    );
    server.exec("CREATE DATABASE d")?;
    let (file, position) = server.binlog_position()?;
    assert_eq!(file, "binlog.000001");
    assert!(position > 4);
    server.kill9()?;
    server.restart()?;
    let databases = server.query("SHOW DATABASES LIKE 'd'")?.text();
    assert_eq!(databases, [["d"]]);

    let output = server
        .mysql_command()
        .args(["--batch", "--skip-column-names", "--execute=SELECT 1+1"])
        .output()?;
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "2\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    server.stop()
}

#[test]
fn mysql_9_7_starts_and_restarts() -> anyhow::Result<()> {
    check(Kind::Mysql97)
}

#[test]
fn mysql_5_6_starts_and_restarts() -> anyhow::Result<()> {
    check(Kind::Mysql56)
}

#[test]
fn mariadb_10_11_starts_and_restarts() -> anyhow::Result<()> {
    check(Kind::Mariadb1011)
}

#[test]
fn mariadb_11_8_starts_and_restarts() -> anyhow::Result<()> {
    check(Kind::Mariadb118)
}
