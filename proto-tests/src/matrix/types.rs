//! Every column type of each server, with its boundary values.

use super::Spec;
use understudy_testkit::Kind;
use understudy_testkit::client::Connection;

/// All types of `kind`.
pub fn specs(kind: Kind) -> Vec<Spec> {
    let mut specs = integers();
    specs.extend(reals());
    specs.extend(decimals(kind));
    specs.extend(bits());
    specs.extend(temporals(kind));
    specs.extend(strings());
    specs.extend(enums_and_sets());
    specs.extend(geometries(kind));
    specs.extend(of_one_flavour(kind));
    specs
}

fn integers() -> Vec<Spec> {
    let sizes: [(&str, u32); 5] = [
        ("TINYINT", 8),
        ("SMALLINT", 16),
        ("MEDIUMINT", 24),
        ("INT", 32),
        ("BIGINT", 64),
    ];
    let mut specs = Vec::new();
    for (name, bits) in sizes {
        let max = (1_i128 << (bits - 1)) - 1;
        let umax = (1_i128 << bits) - 1;
        let text =
            |numbers: &[i128]| -> Vec<String> { numbers.iter().map(ToString::to_string).collect() };
        specs.push(Spec::new(name, text(&[0, 1, -1, max, -max - 1, 100, -100])).key("c"));
        let unsigned = text(&[0, 1, umax, max, max + 1, 42]);
        specs.push(Spec::new(format!("{name} UNSIGNED"), unsigned.clone()).key("c"));
        specs.push(Spec::new(format!("{name} ZEROFILL"), unsigned.clone()).key("c"));
        specs.push(Spec::new(format!("{name}(3)"), text(&[0, 1, -1, max])));
        specs.push(Spec::new(format!("{name}(4) UNSIGNED ZEROFILL"), unsigned));
    }
    specs.push(Spec::new("TINYINT(1)", ["0", "1", "-128"]));
    specs.push(Spec::new("BOOLEAN", ["TRUE", "FALSE", "7"]));
    specs.push(Spec::new(
        "INT UNSIGNED DEFAULT 17",
        ["DEFAULT", "0", "4294967295"],
    ));
    specs
}

fn reals() -> Vec<Spec> {
    let float = [
        "0",
        "-0e0",
        "1",
        "-1",
        "1.5",
        "0.1",
        "-0.3",
        "3.402823466e38",
        "-3.402823466e38",
        "1.175494351e-38",
        "1e-45",
        "16777216",
        "16777217",
        "123456.789",
        "1e7",
        "1e15",
        "1e16",
        "0.00001",
        "1e-5",
        "123456789",
        "3.14159265358979",
        "9999999",
        "99999.99",
        "1e-15",
    ];
    let double = [
        "0",
        "-0e0",
        "1",
        "-1",
        "1.5",
        "0.1",
        "-0.3",
        "1.7976931348623157e308",
        "-1.7976931348623157e308",
        "2.2250738585072014e-308",
        "5e-324",
        "9007199254740993",
        "1e15",
        "1e16",
        "1e17",
        "123456789012345680",
        "0.0001",
        "0.00001",
        "1e-5",
        "1e-15",
        "1e-16",
        "3.141592653589793",
        "2.718281828459045",
        "1e100",
        "1.0e22",
        "1e21",
        "999999999999999.9",
    ];
    let small = [
        "0", "1.5", "-1.25", "99.999", "-99.9994", "0.0005", "12.3456",
    ];
    let positive = ["0", "1.5", "99.999", "0.0005", "12.3456"];
    vec![
        Spec::new("FLOAT", float).key("c"),
        Spec::new("DOUBLE", double).key("c"),
        Spec::new("FLOAT(24)", small),
        Spec::new("FLOAT(53)", double),
        Spec::new("REAL", small),
        Spec::new("FLOAT(7,3)", small).key("c"),
        Spec::new("FLOAT(5,0)", small),
        Spec::new("DOUBLE(10,4)", small).key("c"),
        Spec::new("DOUBLE(20,0)", small),
        Spec::new("DOUBLE(60,30)", small),
        Spec::new("FLOAT UNSIGNED", positive),
        Spec::new("DOUBLE UNSIGNED", positive),
        Spec::new("FLOAT ZEROFILL", positive),
        Spec::new("DOUBLE ZEROFILL", positive),
        Spec::new("FLOAT(9,3) ZEROFILL", positive),
        Spec::new("DOUBLE(12,2) ZEROFILL", positive),
    ]
}

fn decimals(kind: Kind) -> Vec<Spec> {
    let mut shapes: Vec<(usize, usize)> = vec![
        (1, 0),
        (1, 1),
        (5, 2),
        (9, 0),
        (9, 9),
        (10, 0),
        (10, 9),
        (18, 9),
        (19, 9),
        (20, 1),
        (30, 30),
        (38, 10),
        (65, 0),
        (65, 30),
        (64, 27),
    ];
    if kind.is_mariadb() {
        shapes.push((65, 38));
    }
    let mut specs = Vec::new();
    for (precision, scale) in shapes {
        let whole = "9".repeat(precision - scale);
        let fraction = "9".repeat(scale);
        let biggest = if scale == 0 {
            whole
        } else {
            format!("{whole}.{fraction}")
        };
        let smallest = if scale == 0 {
            "1".to_owned()
        } else {
            format!("0.{}1", "0".repeat(scale - 1))
        };
        let values = vec![
            "0".to_owned(),
            format!("'{biggest}'"),
            format!("'-{biggest}'"),
            smallest.clone(),
            format!("-{smallest}"),
            "0.5".to_owned(),
            "-0".to_owned(),
            "'12345678901234567890.1234567890123'".to_owned(),
        ];
        specs.push(Spec::new(format!("DECIMAL({precision},{scale})"), values).key("c"));
    }
    let positive = ["0", "1.5", "12345.678", "99999999.99"];
    specs.push(Spec::new("DECIMAL(10,2) UNSIGNED", positive));
    specs.push(Spec::new("DECIMAL(12,3) ZEROFILL", positive));
    specs.push(Spec::new("NUMERIC", positive));
    specs
}

fn bits() -> Vec<Spec> {
    [1_u32, 2, 7, 8, 9, 16, 17, 24, 31, 32, 33, 48, 63, 64]
        .into_iter()
        .map(|bits| {
            let ones = "1".repeat(bits as usize);
            let values = [
                "b'0'".to_owned(),
                "b'1'".to_owned(),
                format!("b'{ones}'"),
                format!("b'1{}'", "0".repeat(bits as usize - 1)),
            ];
            Spec::new(format!("BIT({bits})"), values).key("c")
        })
        .collect()
}

fn temporals(kind: Kind) -> Vec<Spec> {
    let dates = [
        "'0000-00-00'",
        "'0001-01-01'",
        "'1000-01-01'",
        "'9999-12-31'",
        "'2024-02-29'",
        "'2000-00-00'",
        "'2000-01-00'",
        "'1970-01-01'",
        "'2023-02-31'",
    ];
    let mut specs = vec![
        Spec::new("DATE", dates).key("c"),
        Spec::new(
            "YEAR",
            ["0", "1901", "2155", "2024", "'70'", "'69'", "'0000'"],
        )
        .key("c"),
        Spec::new("YEAR(4)", ["2000", "1999"]),
    ];
    let times = [
        "'00:00:00'",
        "'-00:00:01'",
        "'00:00:00.000001'",
        "'-00:00:00.000001'",
        "'-00:00:00.9'",
        "'-00:00:01.100000'",
        "'12:34:56.789123'",
        "'-12:34:56.789123'",
        "'838:59:59'",
        "'-838:59:59'",
        "'838:59:58.999999'",
        "'-838:59:58.999999'",
        "'23:59:59.5'",
        "'-01:00:00.99'",
        "'-00:00:00.5'",
        "'100:00:00.250000'",
    ];
    let datetimes = [
        "'0000-00-00 00:00:00'",
        "'0001-01-01 00:00:00'",
        "'1000-01-01 00:00:00.000001'",
        "'9999-12-31 23:59:59'",
        "'9999-12-31 23:59:58.499999'",
        "'2024-02-29 12:34:56.789123'",
        "'2000-00-00 00:00:00'",
        "'2000-01-00 01:02:03.4'",
        "'1969-12-31 23:59:59.999'",
    ];
    let timestamps = [
        "'0000-00-00 00:00:00'",
        "'1970-01-01 00:00:01'",
        "'2038-01-19 03:14:07'",
        "'2038-01-19 03:14:06.499999'",
        "'2024-03-31 01:30:00.123456'",
        "'2001-09-09 01:46:40.5'",
    ];
    for fsp in 0..=6 {
        specs.push(Spec::new(format!("TIME({fsp})"), times).key("c"));
        specs.push(Spec::new(format!("DATETIME({fsp})"), datetimes).key("c"));
        let mut values = timestamps.map(str::to_owned).to_vec();
        if kind == Kind::Mariadb118 {
            values.push("'2106-02-07 06:28:15'".to_owned());
        }
        specs.push(Spec::new(format!("TIMESTAMP({fsp})"), values).key("c"));
    }
    specs
}

fn strings() -> Vec<Spec> {
    let texts = |most: usize| -> Vec<String> {
        [
            "''".to_owned(),
            "'a'".to_owned(),
            "'a '".to_owned(),
            "' a  '".to_owned(),
            "'\\0'".to_owned(),
            "'b\\0'".to_owned(),
            "'\\t\\n\\'\\\\'".to_owned(),
            "'ÄÖß'".to_owned(),
            "'中文'".to_owned(),
            "'😀'".to_owned(),
            format!("REPEAT('x', {most})"),
            format!("REPEAT('é', {most})"),
        ]
        .to_vec()
    };
    let bytes = |most: usize| -> Vec<String> {
        vec![
            "''".to_owned(),
            "'a'".to_owned(),
            "'a '".to_owned(),
            "x'00'".to_owned(),
            "x'6100'".to_owned(),
            "x'0000'".to_owned(),
            "x'ff80'".to_owned(),
            format!("REPEAT('\\0', {most})"),
            format!("REPEAT(x'fe', {most})"),
        ]
    };
    let mut specs = vec![
        Spec::new("CHAR(0)", ["''", "'x'"]),
        Spec::new("VARCHAR(0)", ["''"]),
    ];
    for (length, key) in [(1, "c"), (10, "c"), (64, "c"), (255, "c(100)")] {
        specs.push(Spec::new(format!("CHAR({length})"), texts(length)).key(key));
        specs.push(Spec::new(format!("BINARY({length})"), bytes(length)).key(key));
    }
    for (length, key) in [
        (1, "c"),
        (63, "c"),
        (64, "c"),
        (255, "c(20)"),
        (256, "c(7)"),
        (4000, "c(1)"),
    ] {
        specs.push(Spec::new(format!("VARCHAR({length})"), texts(length)).key(key));
        specs.push(Spec::new(format!("VARBINARY({length})"), bytes(length)).key(key));
    }
    for (size, most) in [
        ("TINY", 60),
        ("", 16_000),
        ("MEDIUM", 70_000),
        ("LONG", 100_000),
    ] {
        specs.push(Spec::new(format!("{size}TEXT"), texts(most)).key("c(10)"));
        specs.push(Spec::new(format!("{size}BLOB"), bytes(most)).key("c(10)"));
    }
    specs.push(Spec::new("TEXT(100)", texts(50)));
    specs.push(Spec::new("BLOB(70000)", bytes(66_000)));
    specs.push(Spec::new("LONG VARCHAR", texts(10)));
    specs.push(Spec::new("NATIONAL CHAR(5)", texts(5)));
    specs.push(Spec::new("VARCHAR(20) BINARY", texts(5)).key("c"));
    specs.push(Spec::new("CHAR(4) CHARACTER SET binary", bytes(4)));
    specs
}

fn enums_and_sets() -> Vec<Spec> {
    let many = |count: usize| -> String {
        let members: Vec<String> = (1..=count).map(|i| format!("'m{i}'")).collect();
        members.join(",")
    };
    let mut specs = vec![
        Spec::new("ENUM('one')", ["'one'", "1", "''"]).key("c"),
        Spec::new(
            "ENUM('a','b ','it''s','ü','','x,y','back\\\\slash')",
            ["'a'", "'b'", "'it''s'", "'ü'", "''", "'x,y'", "7", "'none'"],
        )
        .key("c"),
        Spec::new("SET('one')", ["'one'", "''", "0", "1"]).key("c"),
        Spec::new(
            "SET('a','b','ü','it''s')",
            ["'a'", "'a,b'", "'ü,a'", "15", "''", "'it''s'"],
        )
        .key("c"),
    ];
    for count in [2, 255, 256, 300] {
        let values = [
            "'m1'".to_owned(),
            "'m2'".to_owned(),
            format!("'m{count}'"),
            "''".to_owned(),
        ];
        specs.push(Spec::new(format!("ENUM({})", many(count)), values).key("c"));
    }
    for count in [8, 9, 16, 17, 24, 25, 32, 33, 64] {
        let values = [
            "'m1'".to_owned(),
            format!("'m1,m{count}'"),
            "255".to_owned(),
            "''".to_owned(),
        ];
        specs.push(Spec::new(format!("SET({})", many(count)), values).key("c"));
    }
    specs
}

fn geometries(kind: Kind) -> Vec<Spec> {
    let function = match kind {
        Kind::Mysql56 => "GeomFromText",
        Kind::Mysql97 | Kind::Mariadb1011 | Kind::Mariadb118 => "ST_GeomFromText",
    };
    let of = |ty: &str, texts: &[&str]| {
        let values: Vec<String> = texts
            .iter()
            .map(|text| format!("{function}('{text}')"))
            .collect();
        Spec::new(ty, values)
    };
    let point = "POINT(1 -2.5)";
    let line = "LINESTRING(0 0,1 1,2 0)";
    let polygon = "POLYGON((0 0,10 0,10 10,0 10,0 0),(2 2,4 2,4 4,2 4,2 2))";
    let points = "MULTIPOINT(1 1,2 2)";
    let lines = "MULTILINESTRING((0 0,1 1),(2 2,3 3))";
    let polygons = "MULTIPOLYGON(((0 0,1 0,1 1,0 1,0 0)),((5 5,6 5,6 6,5 6,5 5)))";
    let collection = "GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,1 1))";
    let mut specs = vec![
        of(
            "GEOMETRY",
            &[point, line, polygon, points, lines, polygons, collection],
        ),
        of("POINT", &[point, "POINT(0 0)", "POINT(1e308 -1e-300)"]),
        of("LINESTRING", &[line]),
        of("POLYGON", &[polygon]),
        of("MULTIPOINT", &[points]),
        of("MULTILINESTRING", &[lines]),
        of("MULTIPOLYGON", &[polygons]),
        of("GEOMETRYCOLLECTION", &[collection]),
    ];
    let with_srid = format!("{function}('POINT(3 4)', 4326)");
    specs.push(Spec::new("GEOMETRY", [with_srid.clone()]));
    if kind == Kind::Mysql97 {
        specs.push(Spec::new("POINT SRID 4326", [with_srid]));
        specs.push(of("POINT SRID 0", &[point]));
    }
    specs
}

fn of_one_flavour(kind: Kind) -> Vec<Spec> {
    let json = [
        "'null'",
        "'true'",
        "'1'",
        "'-1'",
        "'1.0'",
        "'1e0'",
        "'18446744073709551615'",
        "'\"text\"'",
        "'[]'",
        "'{}'",
        "'[1, \"a\", null, true, {\"k\": [1.5, -2]}]'",
        "'{\"b\": 1, \"a\": 2, \"aa\": 3, \"\": 4}'",
        "'\"ü😀\\\\n\\\\u0041\"'",
    ];
    match kind {
        Kind::Mysql56 => Vec::new(),
        Kind::Mysql97 => {
            let mut values = json.map(str::to_owned).to_vec();
            values.extend([
                "JSON_OBJECT('d', CAST('1.50' AS DECIMAL(10,2)), 't', CAST('-12:00:00.5' AS TIME(6)))".to_owned(),
                "JSON_ARRAY(CAST('2024-02-29' AS DATE), CAST('2024-02-29 01:02:03.000004' AS DATETIME(6)), x'ff00')".to_owned(),
                "CAST(CAST('1.10' AS DECIMAL(5,2)) AS JSON)".to_owned(),
                "JSON_ARRAY(1e100, -0e0, 0.1, 9223372036854775807, 18446744073709551615, b'101')".to_owned(),
                "JSON_OBJECT('long', REPEAT('x', 70000))".to_owned(),
                "JSON_ARRAY(REPEAT('a', 127), REPEAT('b', 128), REPEAT('c', 16384))".to_owned(),
            ]);
            vec![
                Spec::new("JSON", values),
                Spec::new(
                    "VECTOR(3)",
                    [
                        "STRING_TO_VECTOR('[1,2.5,-3e10]')",
                        "STRING_TO_VECTOR('[0]')",
                    ],
                ),
                Spec::new("VECTOR", ["STRING_TO_VECTOR('[1,2]')"]),
            ]
        }
        Kind::Mariadb1011 | Kind::Mariadb118 => mariadb_only(kind, &json),
    }
}

fn mariadb_only(kind: Kind, json: &[&str]) -> Vec<Spec> {
    let mut specs = vec![
        Spec::new("JSON", json.iter().copied()),
        Spec::new(
            "UUID",
            [
                "'00000000-0000-0000-0000-000000000000'",
                "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
                "'123e4567-e89b-12d3-a456-426655440000'",
                "'0198c1f3-7a5b-7def-8123-456789abcdef'",
            ],
        )
        .key("c"),
        Spec::new(
            "INET6",
            [
                "'::'",
                "'::1'",
                "'2001:db8::ff00:42:8329'",
                "'::ffff:192.0.2.1'",
                "'::192.0.2.1'",
            ],
        )
        .key("c"),
        Spec::new("INET4", ["'0.0.0.0'", "'255.255.255.255'", "'192.0.2.1'"]).key("c"),
    ];
    if kind == Kind::Mariadb118 {
        specs.push(Spec::new(
            "VECTOR(3)",
            ["VEC_FromText('[1,2.5,-3e10]')", "VEC_FromText('[0,0,0]')"],
        ));
    }
    specs
}

/// MariaDB's columns whose values are stored, and sent, compressed.
pub fn compressed() -> Vec<Spec> {
    vec![
        Spec::new(
            "VARCHAR(1000) COMPRESSED",
            ["''", "'a'", "REPEAT('abc', 300)"],
        ),
        Spec::new("TEXT COMPRESSED", ["''", "'a'", "REPEAT('abc', 3000)"]),
        Spec::new("BLOB COMPRESSED", ["''", "x'00ff'", "REPEAT(x'00', 5000)"]),
        Spec::new("LONGTEXT COMPRESSED", ["'ü'", "REPEAT('abc', 30000)"]),
        Spec::new("VARBINARY(500) COMPRESSED", ["x'ff'", "REPEAT('z', 500)"]),
    ]
}

/// Tables with many columns: null bits over several bytes, every class of table-map metadata side by side.
pub fn wide_tables(kind: Kind, source: &mut Connection) -> anyhow::Result<()> {
    let specs = specs(kind);
    // Rows are limited to 64 KiB of declared width.
    let narrow =
        |ty: &str| !ty.contains("(4000)") && !ty.contains("(1000)") && !ty.contains("(255)");
    let usable: Vec<&Spec> = specs.iter().filter(|spec| narrow(&spec.ty)).collect();
    for (number, group) in usable.chunks(40).enumerate() {
        for metadata in metadata_options(kind) {
            let name = format!("wide{number}{}", metadata.unwrap_or(""));
            let columns: Vec<String> = group
                .iter()
                .enumerate()
                .map(|(i, spec)| format!("c{i} {} NULL", spec.ty))
                .collect();
            let mut statements = Vec::new();
            if let Some(metadata) = metadata {
                statements.push(format!("SET GLOBAL binlog_row_metadata={metadata}"));
            }
            statements.push(format!(
                "CREATE TABLE {name} ({}, id INT NOT NULL PRIMARY KEY)",
                columns.join(", ")
            ));
            for row in 0..6_usize {
                let values: Vec<String> = group
                    .iter()
                    .enumerate()
                    .map(|(i, spec)| match (i * 7 + row) % 3 {
                        0 => "NULL".to_owned(),
                        _ => spec.values[(i + row) % spec.values.len()].clone(),
                    })
                    .collect();
                statements.push(format!(
                    "INSERT IGNORE INTO {name} VALUES ({}, {row})",
                    values.join(", ")
                ));
            }
            for (image, column) in [("MINIMAL", 0), ("NOBLOB", 1), ("FULL", 2)] {
                let column = column % group.len();
                let value = &group[column].values[0];
                statements.push(format!("SET SESSION binlog_row_image={image}"));
                statements.push(format!(
                    "UPDATE IGNORE {name} SET c{column} = {value} WHERE id < 3"
                ));
                statements.push(format!(
                    "UPDATE {name} SET id = id + 100 WHERE id = {column}"
                ));
                statements.push(format!("DELETE FROM {name} WHERE id = {}", 100 + column));
            }
            source.run(&statements)?;
        }
    }
    Ok(())
}

fn metadata_options(kind: Kind) -> &'static [Option<&'static str>] {
    match kind {
        Kind::Mysql56 => &[None],
        Kind::Mysql97 => &[Some("MINIMAL"), Some("FULL")],
        Kind::Mariadb1011 | Kind::Mariadb118 => &[Some("NO_LOG"), Some("MINIMAL"), Some("FULL")],
    }
}

/// Tables with the temporal formats of before MySQL 5.6, which MariaDB can still make.
pub fn old_temporal_tables(source: &mut Connection) -> anyhow::Result<()> {
    source.run([
        "SET GLOBAL mysql56_temporal_format=OFF",
        "CREATE TABLE old_temporal (id INT NOT NULL PRIMARY KEY, t TIME, d DATETIME, s TIMESTAMP NULL)",
        "INSERT INTO old_temporal VALUES (1, '-838:59:59', '9999-12-31 23:59:59', '2038-01-19 03:14:07'), \
         (2, '00:00:01', '0000-00-00', '0000-00-00'), (3, '-00:00:01', '2000-00-01', NULL), \
         (4, NULL, NULL, '1970-01-01 00:00:01')",
    ])?;
    for fsp in 1..=6 {
        source.run([
            format!(
                "CREATE TABLE old_temporal{fsp} (id INT NOT NULL PRIMARY KEY, t TIME({fsp}), \
                 d DATETIME({fsp}), s TIMESTAMP({fsp}) NULL)"
            ),
            format!(
                "INSERT INTO old_temporal{fsp} VALUES \
                 (1, '-838:59:58.999999', '9999-12-31 23:59:59.999999', '2038-01-19 03:14:06.999999'), \
                 (2, '00:00:00.000001', '0000-00-00', '0000-00-00'), \
                 (3, '-00:00:00.5', '2000-00-01 01:02:03.456789', NULL), \
                 (4, '-01:02:03.123456', '1000-01-01 00:00:00.1', '1970-01-01 00:00:01.9')"
            ),
            format!("UPDATE old_temporal{fsp} SET t = '12:00:00.25' WHERE id = 3"),
        ])?;
    }
    source.run(["SET GLOBAL mysql56_temporal_format=ON"])
}
