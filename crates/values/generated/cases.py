"""The columns and values that `record.py` writes on the reference servers.

A case is (column type in SQL, our type as JSON, values as SQL expressions, servers).
"""
M56, M97, A10, A11 = "mysql-5.6", "mysql-9.7", "mariadb-10.11", "mariadb-11.8"
ALL = (M56, M97, A10, A11)
MARIA = (A10, A11)
LATIN1, UTF8MB3, UTF8MB4, UCS2, GBK, UTF16LE, CP932 = 8, 33, 45, 35, 28, 56, 95

CASES = []


def case(sql, ty, values, servers=ALL, setup=""):
    CASES.append((sql, ty, values, servers, setup))


def integers():
    sizes = [("TINYINT", "Tiny", 8, 4), ("SMALLINT", "Small", 16, 6), ("MEDIUMINT", "Medium", 24, 9),
             ("INT", "Int", 32, 11), ("BIGINT", "Big", 64, 20)]
    for name, size, bits, width in sizes:
        def ty(unsigned=False, zerofill=False, width=width):
            return {"Int": {"size": size, "unsigned": unsigned, "zerofill": zerofill, "width": width}}
        half = 1 << bits - 1
        case(name, ty(), ["0", "1", "-1", "42", str(half - 1), str(-half)])
        unsigned_width = {"Tiny": 3, "Small": 5, "Medium": 8, "Int": 10, "Big": 20}[size]
        case(f"{name} UNSIGNED", ty(True, False, unsigned_width), ["0", "1", str(half), str(2 * half - 1)])
        case(f"{name} ZEROFILL", ty(True, True, unsigned_width), ["0", "7", str(2 * half - 1)])
        case(f"{name}(2) ZEROFILL", ty(True, True, 2), ["0", "7", "12", "123"])


def decimals():
    for p, s in [(1, 0), (5, 2), (10, 0), (9, 9), (18, 9), (19, 3), (30, 30), (65, 0), (65, 30), (20, 12), (38, 10)]:
        whole, top = "9" * (p - s), "." + "9" * s if s else ""
        values = ["0", "1" if p > s else "0.1", "-1" if p > s else "-0.1", (whole or "0") + top, "-" + (whole or "0") + top,
                  "-0." + "0" * (s - 1) + "1" if s else "-3", "0.5", "0.05"]
        if p > 12 and p - s > 10:
            values += ["1234567890", "-1000000000", "999999999", "1000000001.5"]
        case(f"DECIMAL({p},{s})", {"Decimal": {"precision": p, "scale": s, "unsigned": False, "zerofill": False}}, values)
    for p, s in [(10, 2), (5, 0), (6, 6)]:
        case(f"DECIMAL({p},{s}) ZEROFILL", {"Decimal": {"precision": p, "scale": s, "unsigned": True, "zerofill": True}},
             ["0", "0.5", "12.34" if p > s + 1 else "0.25"])


def floats():
    common = ["0", "-0e0", "1", "-1", "0.1", "1.5", "-2.25", "3.14159265358979", "123456", "1234567", "12345678",
              "1e5", "1e6", "1e7", "1e14", "1e15", "1e16", "1e17", "123456789012345678", "1e20", "1e-1", "1e-3", "1e-4",
              "1e-5", "1e-6", "1.5e-5", "1.234567e-10", "0.00001234", "1.5e10", "33554432", "16777216", "16777217",
              "0.3333333333333333", "2e0/3", "100", "1000000", "999999.5", "999999", "9999995", "0.1e0+0.2e0", "1.17549435e-38",
              "3.40282e38", "-3.40282e38", "1e-38", "1.1754e-38", "7e-40", "123.456", "1e10", "1.1e15", "123456.7", "1234567.8",
              "65536.5", "0.007", "98765.4321", "1e2", "1e-2", "8388608.5", "1.0000001", "0.9999999"]
    doubles = common + ["1.7976931348623157e308", "2.2250738585072014e-308", "5e-324", "-1e308", "1e100", "1.5e-200",
                        "123456789.123456789", "1234567890123456", "12345678901234567", "0.1234567890123456789",
                        "9007199254740993", "1.2345678901234567e15", "1.2345678901234567e-5", "99999999999999999999",
                        "1e21", "1e22", "1e23", "4.35", "0.000123456789012345678", "1.0e-15", "123456789012345.6",
                        "12345678901234.56", "1234567890123456.7", "-1.2345678901234567e17", "9.5367431640625e-7"]
    floating = lambda kind, digits=None, unsigned=False, zerofill=False: {
        kind: {"digits": digits, "unsigned": unsigned, "zerofill": zerofill}}
    case("FLOAT", floating("Float"), common)
    case("DOUBLE", floating("Double"), doubles)
    case("FLOAT UNSIGNED ZEROFILL", floating("Float", None, True, True), ["0", "1.5", "1e20", "123456789"])
    case("DOUBLE UNSIGNED ZEROFILL", floating("Double", None, True, True), ["0", "1.5", "1e20", "1e-200"])
    for m, d in [(7, 4), (10, 2), (20, 10), (5, 0), (30, 1)]:
        values = ["0", "1", "-1", "0.5", "1.25", "99.99", "3.14159265", "-0.05", "0.00005"]
        case(f"FLOAT({m},{d})", floating("Float", [m, d]), values)
        case(f"DOUBLE({m},{d})", floating("Double", [m, d]), values + (["123456789.123456789"] if m >= 20 else []))
    case("DOUBLE(10,2) ZEROFILL", floating("Double", [10, 2], True, True), ["0", "1.5", "12345.67"])
    case("DOUBLE(255,30)", floating("Double", [255, 30]), ["0", "1.5", "1e200", "1e-20", "0.1", "123456789012345678901234567890"])


def bits_and_years():
    for n, values in [(1, [0, 1]), (7, [0, 65, 127]), (8, [0, 255]), (9, [0, 256, 511]), (17, [65536, 131071, 1]),
                      (63, [0, (1 << 63) - 1]), (64, [0, (1 << 64) - 1, 1 << 63])]:
        case(f"BIT({n})", {"Bit": {"bits": n}}, [str(v) for v in values])
    case("YEAR", {"Year": {"width": 4}}, ["0", "1901", "2155", "2026", "'00'", "70"])
    case("YEAR(2)", {"Year": {"width": 2}}, ["0", "2000", "1999", "2069", "1970", "2026"], MARIA)


DATES = ["'0000-00-00'", "'1000-01-01'", "'9999-12-31'", "'2026-02-28'", "'2024-00-00'", "'2024-02-00'", "'0001-01-01'"]
TIMES = ["'00:00:00'", "'838:59:59'", "'-838:59:59'", "'12:34:56.789012'", "'-12:34:56.789012'", "'-00:00:00.5'",
         "'-00:00:01'", "'-00:00:00.000001'", "'-00:00:00.999999'", "'100:00:00.1'", "'-01:00:00.25'", "'-838:59:58.999'",
         "'00:00:00.000001'", "'23:59:59.999999'", "'-00:59:59.01'"]
DATETIMES = ["'0000-00-00 00:00:00'", "'1000-01-01 00:00:00'", "'9999-12-31 23:59:59.999999'",
             "'2026-02-28 12:34:56.789012'", "'2024-00-00 00:00:00.5'", "'2024-02-00 10:20:30.25'", "'0001-01-01 00:00:00.1'"]
STAMPS = ["'0000-00-00 00:00:00'", "'1970-01-01 00:00:01'", "'2038-01-19 03:14:07'", "'2026-07-01 12:34:56.789012'",
          "'2026-01-01 00:00:00.5'", "'2026-03-29 01:30:00.999999'"]


def temporal():
    case("DATE", "Date", DATES)
    for fsp in range(7):
        suffix = f"({fsp})" if fsp else ""
        # 5.6 and later cut or round to the column's digits; values that would pass the maximum are left out.
        datetimes = [v for v in DATETIMES if fsp == 6 or "9999" not in v] + ["'9999-12-31 23:59:59'"]
        # Left out as well: MariaDB's own formats, recorded apart below.
        case(f"TIME{suffix}", {"Time": {"fsp": fsp, "old": False}}, TIMES)
        case(f"DATETIME{suffix}", {"DateTime": {"fsp": fsp, "old": False}}, datetimes)
        case(f"TIMESTAMP{suffix} NULL", {"Timestamp": {"fsp": fsp, "old": False}}, STAMPS)
        off = "SET GLOBAL mysql56_temporal_format=OFF"
        case(f"TIME{suffix}", {"Time": {"fsp": fsp, "old": True}}, TIMES, MARIA, off)
        case(f"DATETIME{suffix}", {"DateTime": {"fsp": fsp, "old": True}}, datetimes, MARIA, off)
        case(f"TIMESTAMP{suffix} NULL", {"Timestamp": {"fsp": fsp, "old": True}}, STAMPS, MARIA, off)


def strings():
    for sql, collation, values in [
        ("latin1", LATIN1, ["''", "'abc'", "'trail  '", "_latin1 X'E4F6FC'", "'a\\0b'"]),
        ("utf8mb4 COLLATE utf8mb4_general_ci", UTF8MB4, ["''", "'abc'", "_utf8mb4 X'F09F9880'", "_utf8mb4 X'C3A4E282AC20'"]),
        ("utf8 COLLATE utf8_general_ci", UTF8MB3, ["''", "_utf8 X'C3A4E282AC'"]),
        ("ucs2 COLLATE ucs2_general_ci", UCS2, ["''", "'ab'", "_ucs2 X'00E420AC'"]),
        ("gbk", GBK, ["''", "'ab'", "_gbk X'C4E3BAC3'"]),
        ("utf16le COLLATE utf16le_general_ci", UTF16LE, ["''", "'ab '"]),
        ("cp932", CP932, ["''", "_cp932 X'82A0'"]),
    ]:
        for n in (1, 10, 63, 64, 85, 86, 128, 255):
            if n == 1:
                case(f"CHAR(1) CHARACTER SET {sql}", {"Char": {"length": 1, "collation": collation}}, ["''", "'x'"])
            elif n == 10 or collation in (LATIN1, UTF8MB4):
                case(f"CHAR({n}) CHARACTER SET {sql}", {"Char": {"length": n, "collation": collation}}, values)
        for n in (10, 63, 64, 255, 256, 1000):
            case(f"VARCHAR({n}) CHARACTER SET {sql}", {"VarChar": {"length": n, "collation": collation}}, values)
        for name, size in [("TINYTEXT", "Tiny"), ("TEXT", "Normal"), ("MEDIUMTEXT", "Medium"), ("LONGTEXT", "Long")]:
            case(f"{name} CHARACTER SET {sql}", {"Text": {"size": size, "collation": collation}}, values)
    blobs = ["''", "'abc'", "X'00'", "X'00FF00'", "X'410000'", "'a '"]
    for n in (4, 16, 255):
        case(f"BINARY({n})", {"Binary": {"length": n}}, blobs)
    for n in (4, 255, 256, 5000):
        case(f"VARBINARY({n})", {"VarBinary": {"length": n}}, blobs)
    for name, size in [("TINYBLOB", "Tiny"), ("BLOB", "Normal"), ("MEDIUMBLOB", "Medium"), ("LONGBLOB", "Long")]:
        case(name, {"Blob": {"size": size}}, blobs)


def members():
    def quoted(names):
        return ",".join("'" + name + "'" for name in names)
    few = ["a", "b c", "ä", "x,y" if False else "z"]
    for kind, sql in [("Enum", "ENUM"), ("Set", "SET")]:
        for charset, collation in [("latin1", LATIN1), ("utf8mb4 COLLATE utf8mb4_general_ci", UTF8MB4),
                                   ("ucs2 COLLATE ucs2_general_ci", UCS2)]:
            values = ["1", "2", "3", "4", "'nope'"] + (["15", "0", "10"] if kind == "Set" else [])
            case(f"{sql}({quoted(few)}) CHARACTER SET {charset}", {kind: {"members": few, "collation": collation}}, values)
    many = [f"m{i}" for i in range(300)]
    case(f"ENUM({quoted(many)}) CHARACTER SET latin1", {"Enum": {"members": many, "collation": LATIN1}}, ["1", "255", "256", "300"])
    exact = many[:255]
    case(f"ENUM({quoted(exact)}) CHARACTER SET latin1", {"Enum": {"members": exact, "collation": LATIN1}}, ["1", "255"])
    for n in (8, 9, 16, 17, 24, 25, 32, 33, 64):
        names = many[:n]
        case(f"SET({quoted(names)}) CHARACTER SET latin1", {"Set": {"members": names, "collation": LATIN1}},
             ["0", "1", str(1 << n - 1), str((1 << n) - 1), str(1 | 1 << n - 1)])


JSONS = [
    "'null'", "'true'", "'false'", "'0'", "'1'", "'-1'", "'32767'", "'32768'", "'-32768'", "'-32769'", "'65535'", "'65536'",
    "'2147483647'", "'2147483648'", "'-2147483649'", "'9223372036854775807'", "'9223372036854775808'", "'18446744073709551615'",
    "'18446744073709551616'", "'1.0'", "'-0.0'", "'0.1'", "'1e10'", "'1e15'", "'1e16'", "'1e17'", "'1e300'", "'1.5e-7'", "'3.14'", "'1E20'", "'123456789.125'",
    "'\"\"'", "'\"abc\"'", "'\"a\\\\\"b\\\\\\\\c\\\\/d\\\\n\\\\t\\\\b\\\\f\\\\r\\\\u0001\\\\u001f\\\\u007f\"'", "'\"\\\\u00e4\\\\u20ac\\\\ud83d\\\\ude00\"'",
    "'[]'", "'{}'", "'[1,2,3]'", "'[null,true,[],{},\"x\",1.0]'", "'{\"b\":1,\"a\":2,\"aa\":3,\"\":4}'", "'{\"a\":{\"b\":{\"c\":[1,{\"d\":null}]}}}'",
    "CAST(1.0 AS JSON)", "JSON_ARRAY(1.50, 0.1, -12345678901234567890.123456789, 3)", "JSON_OBJECT('d', CAST('99999999999999999999999999.99' AS DECIMAL(65,2)))",
    "JSON_ARRAY(DATE'2024-02-29', TIME'12:34:56', TIME'-838:59:58.5', TIMESTAMP'2024-02-29 12:34:56.789012')",
    "CAST(DATE'2024-02-29' AS JSON)", "CAST(TIME'-00:00:00.000001' AS JSON)", "CAST(TIMESTAMP'2024-02-29 12:34:56' AS JSON)", "CAST(CAST('12:34:56.5' AS TIME(1)) AS JSON)",
    "JSON_ARRAY(b'101', X'4142', CAST('abc' AS BINARY), CAST(_binary X'00FF' AS JSON))",
    "CAST(CAST(1.5e0 AS FLOAT) AS JSON)", "CAST(ST_GeomFromText('POINT(1 2)') AS JSON)", "CAST(CAST(2024 AS YEAR) AS JSON)",
    "JSON_ARRAY(REPEAT('x', 127), REPEAT('y', 128), REPEAT('z', 16384))", "CAST(REPEAT('q', 200) AS JSON)",
    "JSON_OBJECT('k', REPEAT('w', 70000))", "CONCAT('[', REPEAT('1,', 22000), '1]')", "CONCAT(REPEAT('[', 99), REPEAT(']', 99))",
    "CAST(CAST(REPEAT('ab', 300) AS BINARY) AS JSON)", "JSON_OBJECT('z', 1, 'é', 2, 'zz', JSON_ARRAY(), 'Z', 3, 'long key with \"quotes\"', 4)",
    "JSON_ARRAY(CAST(18446744073709551615 AS UNSIGNED), CAST(-9223372036854775808 AS SIGNED), 65535, 70000, 4294967296)",
    "JSON_ARRAY(CAST('0.000' AS DECIMAL(10,3)), CAST('-5' AS DECIMAL(5,0)))",
]


def others():
    case("JSON", "Json", JSONS, (M97,))
    point = "ST_GeomFromText('POINT(1 2)')"
    values = [point, "ST_GeomFromText('LINESTRING(0 0,1 1,2.5 3)')", "ST_GeomFromText('POINT(1 2)', 4326)"]
    case("GEOMETRY", {"Geometry": {"kind": "Geometry", "srid": None}}, values)
    case("POINT", {"Geometry": {"kind": "Point", "srid": None}}, [point])
    case("VECTOR(3)", {"Vector": {"dimensions": 3, "mariadb": False}}, ["TO_VECTOR('[1,2.5,-3]')"], (M97,))
    case("VECTOR(3)", {"Vector": {"dimensions": 3, "mariadb": True}}, ["VEC_FromText('[1,2.5,-3]')"], (A11,))
    case("UUID", "Uuid", ["'123e4567-e89b-12d3-a456-426655422000'", "'00000000-0000-0000-0000-000000000000'",
                          "'ffffffff-ffff-ffff-ffff-ffffffffffff'", "'0189ab12-3456-7abc-8def-0123456789ab'",
                          "'123e4567-e89b-12d3-a456-426655440020'", "'123e4567-e89b-02d3-0456-426655440020'",
                          "'123e4567-e89b-92d3-a456-426655440020'", "'123e4567-e89b-12d3-4456-426655440020'",
                          "'123e4567-e89b-62d3-c456-426655440020'"], MARIA)
    case("INET6", "Inet6", ["'::'", "'::1'", "'2001:db8::ff00:42:8329'", "'::ffff:192.0.2.128'", "'::192.0.2.128'", "'fe80::'",
                            "'1:0:0:2:0:0:0:3'", "'1:2:3:4:5:6:7:8'", "'0:0:1::'", "'::1:0'", "'1:0:2:0:3:0:4:0'", "'ffff::'", "'::ffff:0:0'", "'::2:3'", "'0:1:0:1:0:1:0:1'"], MARIA)
    case("INET4", "Inet4", ["'0.0.0.0'", "'192.0.2.128'", "'255.255.255.255'", "'10.0.0.0'", "'0.0.0.32'"], MARIA)


integers()
decimals()
floats()
bits_and_years()
temporal()
strings()
members()
others()
