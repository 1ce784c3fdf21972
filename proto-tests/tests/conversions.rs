//! ALTER TABLE ... MODIFY between any two column types: the rows of Understudy are those of the source.
//!
//! One table a pair of types, filled with boundary values of the first and altered to the second, once with an
//! empty sql_mode, where values are cut and clamped, and once strictly with the values that the source accepts.
//! A conversion that Understudy does not know exactly must stop the applier with 1235; [`REFUSED`] lists those.

use anyhow::Context;
use std::collections::BTreeSet;
use std::time::Duration;
use understudy_proto_tests::attach;
use understudy_proto_tests::compare::{self, Counters};
use understudy_testkit::client::{Connection, ServerError};
use understudy_testkit::{Kind, ReferenceServer, Understudy, reference};

const MYSQL: &[Kind] = &[Kind::Mysql97, Kind::Mysql56];
const MARIADB: &[Kind] = &[Kind::Mariadb1011, Kind::Mariadb118];

const DATES: &[&str] = &[
    "DATE",
    "DATETIME",
    "DATETIME(3)",
    "TIMESTAMP",
    "TIMESTAMP(6)",
];

/// Conversions that stop with 1235: servers, old type, new types. Anything else must be equal.
const REFUSED: &[(&[Kind], &str, &[&str])] = &[
    // MySQL reads the text of such a number as a date: `1.000` is the year 2001.
    (MYSQL, "DOUBLE(8,3)", DATES),
    (MYSQL, "FLOAT(7,2)", DATES),
    // The date of the session's time zone, which is not in the binary log.
    (MYSQL, "TIME", &["DATE"]),
    (MYSQL, "TIME(6)", &["DATE"]),
    (&[Kind::Mysql56], "TIME", &["DATETIME", "DATETIME(3)"]),
    (&[Kind::Mysql56], "TIME(6)", &["DATETIME", "DATETIME(3)"]),
    // Bytes of wide characters are read as if they were narrow.
    (
        MYSQL,
        "VARCHAR(20) CHARACTER SET utf16",
        &["TIME", "TIME(6)"],
    ),
    (
        &Kind::ALL,
        "VARCHAR(20) CHARACTER SET utf16",
        &[
            "ENUM('a','b','12') CHARACTER SET latin1",
            "ENUM('12','b','ä') CHARACTER SET utf8mb4",
            "SET('a','b','12') CHARACTER SET latin1",
        ],
    ),
    (MARIADB, "INET6", &["BIT(8)", "BIT(64)"]),
    (MARIADB, "INET4", &["BIT(8)", "BIT(64)"]),
    (MARIADB, "UUID", &["BIT(8)", "BIT(64)"]),
];

/// Whether [`REFUSED`] has it.
fn is_refused(kind: Kind, from: &str, to: &str) -> bool {
    REFUSED
        .iter()
        .any(|(kinds, old, new)| kinds.contains(&kind) && *old == from && new.contains(&to))
}

const TEXTS: &[&str] = &[
    "'0'",
    "'12'",
    "'-1.5'",
    "'2.5'",
    "' 7 '",
    "'12abc'",
    "'abc'",
    "''",
    "'1e3'",
    "'300'",
    "'99999999999999999999'",
    "'-99999999999999999999'",
    "'2024-02-29'",
    "'2024-02-29 12:34:56.789'",
    "'12:34:56.5'",
    "'20240229123456'",
    "'b'",
    "'a,b'",
    "'B'",
    "'2024-02-30'",
    "'0000-00-00'",
    "'longer than five'",
    "'ab   '",
    "'true'",
    "'99'",
    "'[1, 2]'",
    "'::1'",
    "'10.0.0.1'",
    "'00112233-4455-6677-8899-aabbccddeeff'",
];

const BYTES: &[&str] = &[
    "'12'",
    "X'00FF'",
    "'abcd'",
    "X'C3A4'",
    "X'FF'",
    "''",
    "'-1.5'",
    "'2024-02-29'",
    "X'31320000'",
];

/// The types of a server with values of each; SQL of both.
fn types(kind: Kind) -> Vec<(&'static str, Vec<&'static str>)> {
    let mut types = vec![
        ("TINYINT", vec!["0", "5", "-1", "-128", "127"]),
        ("SMALLINT UNSIGNED", vec!["0", "300", "65535"]),
        (
            "INT",
            vec![
                "0",
                "1",
                "-1",
                "2147483647",
                "-2147483648",
                "-300",
                "20240229",
                "123456",
                "2024",
            ],
        ),
        (
            "BIGINT",
            vec![
                "0",
                "9223372036854775807",
                "-9223372036854775808",
                "20240229123456",
                "99999999",
                "70",
            ],
        ),
        (
            "BIGINT UNSIGNED",
            vec!["0", "18446744073709551615", "8385959"],
        ),
        (
            "DECIMAL(10,2)",
            vec![
                "0",
                "1.50",
                "-2.50",
                "99999999.99",
                "0.005",
                "20240229.49",
                "-0.5",
                "2.5",
            ],
        ),
        ("DECIMAL(5,0) UNSIGNED", vec!["0", "12345", "7"]),
        (
            "DECIMAL(30,10)",
            vec![
                "12345678901234567890.0123456789",
                "-0.5",
                "2.5",
                "20240229123456.7895",
                "123456.789",
            ],
        ),
        (
            "FLOAT",
            vec!["0", "1.5", "-2.5", "1e10", "0.1", "3.14159", "16777217"],
        ),
        (
            "DOUBLE",
            vec![
                "0",
                "1.5",
                "2.5",
                "-2.5",
                "-0.1",
                "1e100",
                "1234567.891",
                "20240229123456",
                "1e15",
            ],
        ),
        ("FLOAT(7,2)", vec!["0", "1.005", "-2.5", "99999.99"]),
        ("DOUBLE(8,3)", vec!["0", "1.0005", "-2.5", "99999.999"]),
        ("BIT(8)", vec!["0", "1", "65", "255"]),
        ("BIT(64)", vec!["0", "18446744073709551615", "12594"]),
        ("YEAR", vec!["2024", "0", "1901", "2155"]),
        (
            "DATE",
            vec![
                "'2024-02-29'",
                "'0000-00-00'",
                "'1999-12-31'",
                "'2024-00-00'",
            ],
        ),
        (
            "TIME",
            vec!["'12:34:56'", "'-838:59:59'", "'00:00:00'", "'30:00:00'"],
        ),
        (
            "TIME(6)",
            vec![
                "'12:34:56.789012'",
                "'-00:00:00.5'",
                "'838:59:58.999999'",
                "'23:59:59.5'",
            ],
        ),
        (
            "DATETIME",
            vec![
                "'2024-02-29 12:34:56'",
                "'0000-00-00 00:00:00'",
                "'9999-12-31 23:59:59'",
                "'1969-12-31 23:59:59'",
            ],
        ),
        (
            "DATETIME(3)",
            vec![
                "'2024-02-29 12:34:56.789'",
                "'2024-12-31 23:59:59.999'",
                "'2024-02-28 23:59:59.500'",
            ],
        ),
        (
            "TIMESTAMP",
            vec![
                "'2024-02-29 12:34:56'",
                "'0000-00-00 00:00:00'",
                "'2038-01-19 03:14:07'",
            ],
        ),
        (
            "TIMESTAMP(6)",
            vec!["'2024-02-29 12:34:56.999999'", "'2024-02-29 23:59:59.5'"],
        ),
        (
            "CHAR(5) CHARACTER SET latin1",
            vec!["'12'", "''", "'ab'", "_latin1 X'E4'", "'1e1'", "'a,b'"],
        ),
        (
            "VARCHAR(5) CHARACTER SET latin1",
            vec!["'ab   '", "'abcde'", "_latin1 X'E480'", "'12'"],
        ),
        ("VARCHAR(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", {
            let mut values = TEXTS.to_vec();
            values.extend([
                "_utf8mb4 X'C3A4F09F9880'",
                "_utf8mb4 X'E282AC'",
                "_utf8mb4 X'C3A4'",
            ]);
            values
        }),
        (
            "VARCHAR(20) CHARACTER SET utf16",
            vec![
                "'12'",
                "'-2.5'",
                "'2024-02-29'",
                "_utf8mb4 X'C3A4F09F9880'",
                "'a,b'",
            ],
        ),
        (
            "TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
            vec![
                "'12'",
                "'long text of many characters'",
                "REPEAT('x', 300)",
                "'-2.5'",
                "''",
                "'12:34:56'",
            ],
        ),
        (
            "TINYTEXT CHARACTER SET latin1",
            vec!["'12'", "REPEAT('y', 255)", "_latin1 X'E4'"],
        ),
        ("BINARY(4)", BYTES.to_vec()),
        ("VARBINARY(12)", BYTES.to_vec()),
        ("BLOB", BYTES.to_vec()),
        ("TINYBLOB", BYTES.to_vec()),
        (
            "ENUM('a','b','12') CHARACTER SET latin1",
            vec!["'a'", "'12'", "'nope'"],
        ),
        (
            "ENUM('12','b','ä') CHARACTER SET utf8mb4",
            vec!["'b'", "'12'", "'ä'"],
        ),
        (
            "SET('a','b','12') CHARACTER SET latin1",
            vec!["'a,b'", "'12'", "''", "'a,12'"],
        ),
    ];
    match kind {
        Kind::Mysql97 => types.push((
            "JSON",
            vec![
                "'1'",
                "'\"12\"'",
                "'[1, 2]'",
                "'\"2024-02-29\"'",
                "'null'",
                "'1.5'",
                "'true'",
                "'{\"a\": -2.5}'",
            ],
        )),
        Kind::Mysql56 => {}
        Kind::Mariadb1011 | Kind::Mariadb118 => types.extend([
            ("INET6", vec!["'::1'", "'fe80::a:b'", "'::ffff:10.0.0.1'"]),
            ("INET4", vec!["'10.0.0.1'", "'255.255.255.255'"]),
            ("UUID", vec!["'00112233-4455-6677-8899-aabbccddeeff'"]),
        ]),
    }
    types.push(("GEOMETRY", vec!["ST_GeomFromText('POINT(1 2)')"]));
    types
}

/// An ALTER TABLE that the source has run.
struct Altered {
    from: &'static str,
    to: &'static str,
    /// Database and table.
    table: String,
    /// Where it ends in the source's binary log.
    end: u64,
}

/// The position after the last event.
fn position(source: &mut Connection, kind: Kind) -> anyhow::Result<u64> {
    let statement = match kind {
        Kind::Mysql97 => "SHOW BINARY LOG STATUS",
        Kind::Mysql56 | Kind::Mariadb1011 | Kind::Mariadb118 => "SHOW MASTER STATUS",
    };
    Ok(source.query(statement)?.text()[0][1].parse()?)
}

/// The row that an error message names, counted from 1.
fn row_of(error: &anyhow::Error) -> Option<usize> {
    let text = &error.downcast_ref::<ServerError>()?.message;
    let (_, row) = text.rsplit_once("at row ")?;
    row.trim().parse().ok()
}

/// Alters `table`, taking out the rows that the source refuses; whether it could be altered with any left.
fn alter(source: &mut Connection, table: &str, statement: &str) -> anyhow::Result<bool> {
    let rows = |source: &mut Connection| -> anyhow::Result<Vec<String>> {
        let answer = source.query(format!("SELECT id FROM {table} ORDER BY id"))?;
        Ok(answer.text().into_iter().flatten().collect())
    };
    loop {
        let Err(error) = source.query(statement) else {
            return Ok(true);
        };
        let ids = rows(source)?;
        // Without a row in the message the last value goes first: NULL, of id 0, stays to the end.
        let bad = row_of(&error).map_or(ids.len(), |row| row.min(ids.len()));
        let Some(id) = bad.checked_sub(1).and_then(|at| ids.get(at)) else {
            return Ok(false);
        };
        source.run([format!("DELETE FROM {table} WHERE id = {id}")])?;
    }
}

/// Makes and alters all tables; returns what was altered.
fn build(source: &ReferenceServer) -> anyhow::Result<Vec<Altered>> {
    let kind = source.kind();
    let types = types(kind);
    let mut connection = source.connect()?;
    connection.run([
        "SET NAMES utf8mb4, sql_mode='', time_zone='+02:00', timestamp=1700000000",
        "CREATE DATABASE base",
        "CREATE DATABASE lax",
        "CREATE DATABASE strict",
    ])?;
    for (i, (ty, values)) in types.iter().enumerate() {
        let rows: Vec<String> = values
            .iter()
            .enumerate()
            .map(|(id, value)| format!("({}, {value})", id + 1))
            .collect();
        connection.run([
            format!("CREATE TABLE base.f{i} (id INT PRIMARY KEY, v {ty} NULL) ENGINE=MyISAM"),
            format!(
                "INSERT INTO base.f{i} VALUES (0, NULL), {}",
                rows.join(", ")
            ),
        ])?;
    }
    let mut altered = Vec::new();
    for (database, mode) in [("lax", ""), ("strict", "STRICT_ALL_TABLES")] {
        for (i, (from, _)) in types.iter().enumerate() {
            for (j, (to, _)) in types.iter().enumerate() {
                if i == j {
                    continue;
                }
                let table = format!("{database}.f{i}_t{j}");
                connection.run([
                    "SET sql_mode=''".to_owned(),
                    format!("CREATE TABLE {table} LIKE base.f{i}"),
                    format!("INSERT INTO {table} SELECT * FROM base.f{i} ORDER BY id"),
                    format!("SET sql_mode='{mode}'"),
                ])?;
                let statement = format!("ALTER TABLE {table} MODIFY v {to} NULL");
                if alter(&mut connection, &table, &statement)? {
                    let end = position(&mut connection, kind)?;
                    altered.push(Altered {
                        from,
                        to,
                        table,
                        end,
                    });
                } else {
                    connection.run([format!("DROP TABLE {table}")])?;
                }
            }
        }
    }
    Ok(altered)
}

/// Lets the replica go on after the statement that stopped it; the conversion it refused and the error.
fn go_on<'a>(
    own: &Understudy,
    altered: &'a [Altered],
) -> anyhow::Result<Option<(&'a Altered, String)>> {
    let status = attach::status(own)?;
    let errno = attach::column(&status, &["Last_SQL_Errno"])?;
    if errno == "0" {
        return Ok(None);
    }
    let error = attach::column(&status, &["Last_SQL_Error"])?;
    let executed: u64 =
        attach::column(&status, &["Exec_Source_Log_Pos", "Exec_Master_Log_Pos"])?.parse()?;
    let stopped = altered
        .iter()
        .find(|alter| alter.end > executed && error.contains(&format!("TABLE {} ", alter.table)))
        .with_context(|| format!("stopped at no ALTER: {error}"))?;
    own.connect()?.run([
        "STOP REPLICA".to_owned(),
        format!(
            "CHANGE REPLICATION SOURCE TO SOURCE_LOG_FILE='binlog.000001', SOURCE_LOG_POS={}",
            stopped.end
        ),
        "START REPLICA".to_owned(),
    ])?;
    Ok(Some((stopped, format!("{errno} {error}"))))
}

fn check(kind: Kind) -> anyhow::Result<()> {
    let source = reference!(kind, &["--max-binlog-size=1G"]);
    let altered = build(&source)?;
    assert!(altered.len() > 1500, "{} conversions", altered.len());
    let own = Understudy::start(&[])?;
    attach::follow(&own, &source, source.port())?;
    let (mut wrong, mut refused, mut skipped) = (Vec::new(), BTreeSet::new(), Vec::new());
    while let Err(stop) = attach::wait_applied(&own, &source, Duration::from_secs(180)) {
        let Some((conversion, error)) = go_on(&own, &altered)? else {
            return Err(stop);
        };
        skipped.push(conversion.table.clone());
        if error.starts_with("1235 ") && is_refused(kind, conversion.from, conversion.to) {
            refused.insert((conversion.from, conversion.to));
        } else {
            wrong.push(format!("{} -> {}: {error}", conversion.from, conversion.to));
        }
    }
    let (mut left, mut right) = (source.connect()?, own.connect()?);
    let session = ["SET NAMES utf8mb4", "SET time_zone='+00:00'"];
    for difference in compare::all(&mut left, &mut right, &session, Counters::Equal)? {
        let name = difference.statement.replace('`', "");
        let is_of = |table: &str| name.split(' ').any(|word| word == table);
        if skipped.iter().any(|table| is_of(table)) {
            continue;
        }
        let of = altered.iter().find(|alter| is_of(&alter.table));
        let pair = of.map_or(String::new(), |alter| {
            format!("{} -> {}: ", alter.from, alter.to)
        });
        wrong.push(format!("{pair}{difference}"));
    }
    for (_, from, to) in REFUSED.iter().filter(|(kinds, ..)| kinds.contains(&kind)) {
        for to in *to {
            if !refused.contains(&(*from, *to)) {
                wrong.push(format!("{from} -> {to} is listed as refused and is not"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{}: {} of {} wrong:\n{}",
        kind.name(),
        wrong.len(),
        altered.len(),
        wrong.join("\n")
    );
    Ok(())
}

#[test]
fn heavy_conversions_of_mysql_9_7() -> anyhow::Result<()> {
    check(Kind::Mysql97)
}

#[test]
fn heavy_conversions_of_mysql_5_6() -> anyhow::Result<()> {
    check(Kind::Mysql56)
}

#[test]
fn heavy_conversions_of_mariadb_10_11() -> anyhow::Result<()> {
    check(Kind::Mariadb1011)
}

#[test]
fn heavy_conversions_of_mariadb_11_8() -> anyhow::Result<()> {
    check(Kind::Mariadb118)
}
