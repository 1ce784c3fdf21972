"""Records golden values from the reference servers: row images, texts and binary protocol rows.

UNDERSTUDY_REFS=DIR python3 record.py ../fixtures/types

Writes one file a server: a JSON array with one object a column type:
  type      the column's type as SQL, `ty` as ours
  types, metadata   of the table map
  rows      [expression, row image, text, {time zone: text}, binary protocol row], bytes in hexadecimal
"""
import json, pathlib, sys
import binlog, refserver
from cases import CASES

ZONES = ["+00:00", "+08:00", "-09:30", "+05:45"]


def hexed(data):
    return None if data is None else data.hex()


def record(name, client, data):
    client.query("SET NAMES utf8mb4")
    client.query("SET time_zone='+00:00', sql_mode=''")
    client.query("DROP DATABASE IF EXISTS rec")
    client.query("CREATE DATABASE rec")
    client.query("USE rec")
    client.query("FLUSH BINARY LOGS")
    file = data / client.query("SHOW BINARY LOGS")[-1][0].decode()
    out = []
    for number, (sql, ty, values, servers, setup) in enumerate(CASES):
        if name not in servers:
            continue
        if setup:
            client.query(setup)
        client.query(f"CREATE TABLE t{number} (v {sql})")
        stored = []
        for value in values + ["NULL"]:
            try:
                client.query(f"INSERT INTO t{number} VALUES ({value})")
                stored.append(value)
            except refserver.ServerError as error:
                print(f"{name}: {sql}: {value} left out: {error}", file=sys.stderr)
        if setup:
            client.query(setup.replace("OFF", "ON"))
        client.query("SET character_set_results=NULL")
        texts = [row[0] for row in client.query(f"SELECT v FROM t{number}")]
        zones = [{} for _ in texts]
        if sql.startswith("TIMESTAMP"):
            for zone in ZONES:
                client.query(f"SET time_zone='{zone}'")
                for into, row in zip(zones, client.query(f"SELECT v FROM t{number}")):
                    into[zone] = hexed(row[0])
            client.query("SET time_zone='+00:00'")
        binary = client.prepared(f"SELECT v FROM t{number}")
        client.query("SET NAMES utf8mb4")
        out.append({"number": number, "type": sql, "ty": ty, "values": stored, "texts": texts,
                    "zones": zones, "binary": binary, "images": []})
    maps = {}
    for code, body in binlog.events(file):
        if code == binlog.TABLE_MAP:
            current = binlog.table_map(body)
            maps[current["table"]] = current
        elif code in (binlog.WRITE_V1, binlog.WRITE_V2):
            entry = next(e for e in out if f"t{e['number']}" == current["table"])
            entry["images"].append(binlog.rows(code, body)[1])
    lines = []
    for entry in out:
        table = maps[f"t{entry['number']}"]
        rows = []
        assert len(entry["images"]) == len(entry["values"]) == len(entry["texts"]), entry
        for value, image, text, zones, binary in zip(
                entry["values"], entry["images"], entry["texts"], entry["zones"], entry["binary"]):
            rows.append([value, image.hex(), hexed(text), zones, binary.hex()])
        lines.append(json.dumps({"type": entry["type"], "ty": entry["ty"], "types": table["types"].hex(),
                                 "metadata": table["metadata"].hex(), "rows": rows}, ensure_ascii=False))
    return "[\n" + ",\n".join(lines) + "\n]\n"


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for server in refserver.SERVERS:
        with refserver.server(server) as (connect, data):
            (folder / f"{server}.json").write_text(record(server, connect(), data))
