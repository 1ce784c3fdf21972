"""Records partial JSON updates and partial row images of MySQL 9.7, and compressed columns of MariaDB.

UNDERSTUDY_REFS=DIR python3 partial.py ../fixtures/partial

Writes `mysql-9.7.json`: `json`: [statement, table map types, metadata, bitmaps, rows event's images,
document before, document after as text], `images`: updates with binlog_row_image=MINIMAL in the same form
with whole rows, and `mariadb-11.8.json`: compressed columns [type, types, metadata, image, text].
Bytes are in hexadecimal.
"""
import json, pathlib, sys
import binlog, refserver

DOCUMENT = '{"a": 1, "b": [1, 2, {"c": "text of some length", "d": null}], "name": "x", "long": "%s", "k y": {"z": 1.5}}' % ("y" * 300)
UPDATES = [
    "JSON_SET(j, '$.a', 2)", "JSON_SET(j, '$.b[0]', 'abc')", "JSON_SET(j, '$.b[2].c', CAST('[1, 2]' AS JSON))",
    "JSON_REPLACE(j, '$.\"k y\".z', CAST(1.0 AS JSON))", "JSON_REMOVE(j, '$.name')", "JSON_REMOVE(j, '$.b[1]')",
    "JSON_SET(j, '$.new', 1)", "JSON_SET(j, '$.b[9]', 7)", "JSON_SET(j, '$.a', 70000, '$.\"quo\\\\\"te\"', 1)",
    "JSON_SET(JSON_REMOVE(j, '$.a'), '$.b[0]', NULL)", "JSON_SET(j, '$.a', DATE'2024-02-29')",
    "JSON_SET(j, '$.b[2].d', CAST(12.50 AS DECIMAL(10,2)))", "JSON_ARRAY_INSERT(j, '$.b[0]', 0)",
    "JSON_SET(j, '$.ä', 'ö')", "JSON_SET(j, '$.long', REPEAT('z', 70000))",
]


def updates(client, data, statements, setup, columns):
    client.query("FLUSH BINARY LOGS")
    file = data / client.query("SHOW BINARY LOGS")[-1][0].decode()
    out = []
    for statement in statements:
        client.query("DELETE FROM t")
        client.query(setup)
        before = client.query(f"SELECT {columns} FROM t")[0]
        client.query(statement)
        after = client.query(f"SELECT {columns} FROM t")[0]
        out.append([statement, before, after])
    found = []
    for code, body in binlog.events(file):
        if code == binlog.TABLE_MAP:
            current = binlog.table_map(body)
        elif code in (binlog.UPDATE_V2, binlog.PARTIAL_UPDATE):
            bitmaps, images = binlog.rows(code, body)
            found.append([code, current["types"].hex(), current["metadata"].hex(), [b.hex() for b in bitmaps], images.hex()])
    assert len(found) == len(out), (len(found), len(out))
    shown = lambda row: [None if cell is None else cell.decode() for cell in row]
    return [[statement] + event + [shown(before), shown(after)] for (statement, before, after), event in zip(out, found)]


def mysql(client, data):
    client.query("SET NAMES utf8mb4, sql_mode='', time_zone='+00:00'")
    client.query("DROP DATABASE IF EXISTS rec")
    client.query("CREATE DATABASE rec")
    client.query("USE rec")
    client.query("CREATE TABLE t (id INT PRIMARY KEY, j JSON, o JSON, b BLOB, v VARCHAR(20))")
    insert = f"INSERT INTO t VALUES (1, '{DOCUMENT}', '[1]', 'blob', 'text')"
    client.query("SET binlog_row_value_options=PARTIAL_JSON")
    partial = updates(client, data, [f"UPDATE t SET j = {update}" for update in UPDATES]
                      + ["UPDATE t SET j = JSON_SET(j, '$.a', 5), o = JSON_SET(o, '$[0]', 9)",
                         "UPDATE t SET o = JSON_SET(o, '$[0]', 9), v = NULL", "UPDATE t SET j = NULL, o = JSON_REMOVE(o, '$[0]')"],
                      insert, "j, o, v")
    client.query("SET binlog_row_value_options=''")
    images = {}
    for mode in ("MINIMAL", "NOBLOB", "FULL"):
        client.query(f"SET binlog_row_image={mode}")
        images[mode] = updates(client, data, ["UPDATE t SET v = 'other'", "UPDATE t SET v = NULL", "UPDATE t SET b = 'changed', v = 'x'",
                                              "UPDATE t SET j = NULL"], insert, "id, j, o, b, v")
    client.query("DROP DATABASE rec")
    return {"json": partial, "images": images}


def mariadb(client, data):
    client.query("SET NAMES utf8mb4, sql_mode='', column_compression_threshold=10")
    client.query("DROP DATABASE IF EXISTS rec")
    client.query("CREATE DATABASE rec")
    client.query("USE rec")
    client.query("FLUSH BINARY LOGS")
    file = data / client.query("SHOW BINARY LOGS")[-1][0].decode()
    out = []
    types = ["VARCHAR(1000) COMPRESSED CHARACTER SET latin1", "VARCHAR(100) COMPRESSED CHARACTER SET latin1", "TINYBLOB COMPRESSED", "BLOB COMPRESSED",
             "LONGTEXT COMPRESSED CHARACTER SET latin1", "VARBINARY(300) COMPRESSED"]
    for number, sql in enumerate(types):
        client.query(f"CREATE TABLE t{number} (v {sql})")
        for value in ("''", "'short'", "REPEAT('abc', 33)", "REPEAT('abcd', 75)", "REPEAT('abcd', 20000)"):
            client.query(f"INSERT INTO t{number} VALUES ({value})")
        # Longer than the column: cut by the server.
        out.append([sql, [row[0].decode() for row in client.query(f"SELECT v FROM t{number}")]])
    maps, images = {}, {}
    for code, body in binlog.events(file):
        if code == binlog.TABLE_MAP:
            current = binlog.table_map(body)
            maps[current["table"]] = current
        elif code in (binlog.WRITE_V1, binlog.WRITE_V2):
            images.setdefault(current["table"], []).append(binlog.rows(code, body)[1].hex())
    client.query("DROP DATABASE rec")
    return [[sql, maps[f"t{n}"]["types"].hex(), maps[f"t{n}"]["metadata"].hex(), images[f"t{n}"], texts]
            for n, (sql, texts) in enumerate(out)]


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, record in [("mysql-9.7", mysql), ("mariadb-11.8", mariadb)]:
        with refserver.server(name) as (connect, data):
            (folder / f"{name}.json").write_text(json.dumps(record(connect(), data), ensure_ascii=False) + "\n")
