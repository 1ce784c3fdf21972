"""Records what ALTER TABLE ... MODIFY makes of values on the reference servers.

UNDERSTUDY_REFS=DIR python3 casts.py ../fixtures/casts

Writes one file a server, a JSON object: `types` (type in SQL to ours) and `rows`: [from type, to type, value,
strict answer, lax answer]. An answer is the text in hexadecimal, null for NULL, or the errors [number, text].
"""
import json, pathlib, sys
import refserver


def integer(size, unsigned=False, width=11):
    return {"Int": {"size": size, "unsigned": unsigned, "zerofill": False, "width": width}}


def dec(p, s):
    return {"Decimal": {"precision": p, "scale": s, "unsigned": False, "zerofill": False}}


FLOATING = {"digits": None, "unsigned": False, "zerofill": False}
LATIN1, UTF8MB4 = 8, 45
MEMBERS = ["a", "b", "12"]
TEXTS = ["'0'", "'12'", "'-1.5'", "' 7 '", "'12abc'", "'abc'", "''", "'1e3'", "'300'", "'99999999999999999999'", "'2024-02-29'",
         "'2024-02-29 12:34:56.789'", "'12:34:56.5'", "'b'", "'a,b'", "'2024-02-30'", "'0000-00-00'", "'longer than five'", "'ab   '", "'true'"]

TYPES = {
    "TINYINT": (integer("Tiny", width=4), ["0", "5", "-128", "127"]),
    "TINYINT UNSIGNED": (integer("Tiny", True, 3), ["0", "255"]),
    "INT": (integer("Int"), ["0", "1", "-1", "2147483647", "-300", "20240229", "123456", "2024"]),
    "BIGINT": (integer("Big", width=20), ["0", "9223372036854775807", "-9223372036854775808", "20240229123456", "99999999"]),
    "BIGINT UNSIGNED": (integer("Big", True, 20), ["0", "18446744073709551615"]),
    "DECIMAL(10,2)": (dec(10, 2), ["0", "1.50", "-2.50", "99999999.99", "0.005", "20240229.49"]),
    "DECIMAL(5,0)": (dec(5, 0), ["0", "12345", "-7"]),
    "DECIMAL(30,10)": (dec(30, 10), ["12345678901234567890.0123456789", "-0.5", "2.5"]),
    "FLOAT": ({"Float": FLOATING}, ["0", "1.5", "-2.5", "1e10", "0.1", "3.14159"]),
    "DOUBLE": ({"Double": FLOATING}, ["0", "1.5", "2.5", "-0.1", "1e100", "1234567.891", "20240229123456"]),
    "BIT(8)": ({"Bit": {"bits": 8}}, ["0", "65", "255"]),
    "DATE": ("Date", ["'2024-02-29'", "'0000-00-00'", "'1999-12-31'"]),
    "TIME": ({"Time": {"fsp": 0, "old": False}}, ["'12:34:56'", "'-838:59:59'", "'00:00:00'"]),
    "TIME(6)": ({"Time": {"fsp": 6, "old": False}}, ["'12:34:56.789012'", "'-00:00:00.5'", "'838:59:58.999999'"]),
    "DATETIME": ({"DateTime": {"fsp": 0, "old": False}}, ["'2024-02-29 12:34:56'", "'0000-00-00 00:00:00'", "'9999-12-31 23:59:59'"]),
    "DATETIME(3)": ({"DateTime": {"fsp": 3, "old": False}}, ["'2024-02-29 12:34:56.789'", "'2024-12-31 23:59:59.999'"]),
    "TIMESTAMP NULL": ({"Timestamp": {"fsp": 0, "old": False}}, ["'2024-02-29 12:34:56'", "'0000-00-00 00:00:00'"]),
    "TIMESTAMP(6) NULL": ({"Timestamp": {"fsp": 6, "old": False}}, ["'2024-02-29 12:34:56.999999'"]),
    "YEAR": ({"Year": {"width": 4}}, ["2024", "0", "1901"]),
    "CHAR(5) CHARACTER SET latin1": ({"Char": {"length": 5, "collation": LATIN1}}, ["'12'", "''", "'ab'", "_latin1 X'E4'"]),
    "VARCHAR(5) CHARACTER SET latin1": ({"VarChar": {"length": 5, "collation": LATIN1}}, ["'ab   '", "'abcde'", "_latin1 X'E480'"]),
    "VARCHAR(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci": ({"VarChar": {"length": 30, "collation": UTF8MB4}}, TEXTS + ["_utf8mb4 X'C3A4F09F9880'", "_utf8mb4 X'E282AC'"]),
    "TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci": ({"Text": {"size": "Normal", "collation": UTF8MB4}}, ["'12'", "'long text of many characters'", "REPEAT('x', 300)"]),
    "TINYTEXT CHARACTER SET latin1": ({"Text": {"size": "Tiny", "collation": LATIN1}}, ["'12'", "REPEAT('y', 255)"]),
    "BINARY(4)": ({"Binary": {"length": 4}}, ["'12'", "X'00FF'", "'abcd'"]),
    "VARBINARY(10)": ({"VarBinary": {"length": 10}}, ["'12'", "X'00FF'", "'abcdef'", "'2024-02-29'"]),
    "BLOB": ({"Blob": {"size": "Normal"}}, ["'12'", "X'C3A4'", "X'FF'"]),
    "ENUM('a','b','12') CHARACTER SET latin1": ({"Enum": {"members": MEMBERS, "collation": LATIN1}}, ["'a'", "'12'", "'nope'"]),
    "ENUM('12','b','c') CHARACTER SET latin1": ({"Enum": {"members": ["12", "b", "c"], "collation": LATIN1}}, ["'b'", "'c'"]),
    "SET('a','b','12') CHARACTER SET latin1": ({"Set": {"members": MEMBERS, "collation": LATIN1}}, ["'a,b'", "'12'", "''"]),
    "JSON": ("Json", ["'1'", "'\"12\"'", "'[1, 2]'", "'\"2024-02-29\"'", "'null'", "'1.5'", "'true'"]),
}


def answer(client, table, target):
    try:
        client.query(f"ALTER TABLE {table} MODIFY v {target}")
    except refserver.ServerError as error:
        return [error.errno, error.message]
    value = client.query(f"SELECT v FROM {table}")[0][0]
    return None if value is None else value.hex()


def record(client, mysql):
    client.query("SET NAMES utf8mb4")
    client.query("DROP DATABASE IF EXISTS rec")
    client.query("CREATE DATABASE rec")
    client.query("USE rec")
    client.query("SET sql_log_bin=0, time_zone='+00:00', timestamp=1700000000")
    lines = []
    for source, (_, values) in TYPES.items():
        for target in TYPES:
            if source == target or not mysql and "JSON" in (source, target):
                continue
            for value in values:
                answers = []
                for mode in ("STRICT_ALL_TABLES", ""):
                    client.query("SET NAMES utf8mb4, sql_mode=''")
                    client.query(f"CREATE TABLE t (v {source}) ENGINE=MyISAM")
                    client.query(f"INSERT INTO t VALUES ({value})")
                    client.query(f"SET sql_mode='{mode}', character_set_results=NULL")
                    answers.append(answer(client, "t", target))
                    client.query("DROP TABLE t")
                lines.append(json.dumps([source, target, value] + answers, ensure_ascii=False))
    client.query("DROP DATABASE rec")
    types = json.dumps({sql: ty for sql, (ty, _) in TYPES.items()})
    return '{"types": ' + types + ',\n"rows": [\n' + ",\n".join(lines) + "\n]}\n"


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in ["mysql-9.7", "mariadb-11.8"]:
        with refserver.server(name) as (connect, _):
            (folder / f"{name}.json").write_text(record(connect(), name.startswith("mysql")))
