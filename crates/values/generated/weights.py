"""Writes weights.bin: what collations order text by, character by character.

UNDERSTUDY_REFS=DIR python3 weights.py weights.bin

The servers are asked for WEIGHT_STRING of every character. Layout, integers little-endian: u32 number of
sections; then for each: u8 length and name, u32 length, a zlib stream.

A section named as a collation holds byte weights of a character set of its own: a varint count, then for
each character the varint difference of its byte sequence (as a big-endian number) to the last one, u8
length and the weight's bytes.

Other sections (`general`, `0900.2`: level 2 of UCA 9.0.0) hold 16-bit weights of code points 0, 1, 2 ... :
u32 count, one u8 a code point with its number of weights, then for the first, second ... weight of each
code point that has one the difference to the last such weight, first all low bytes, then all high bytes.
"""
import struct, sys, zlib
import refserver
from conversions import WIDE, linear4, varint

# Several passes over the string or reordered characters: not a weight a character.
NOT_BY_CHARACTER = {"latin2_czech_cs", "cp1250_czech_cs", "tis620_thai_ci"}


def numbers(client, count):
    client.query("DROP DATABASE IF EXISTS gen")
    client.query("CREATE DATABASE gen")
    client.query("USE gen")
    client.query("CREATE TABLE n (n BIGINT PRIMARY KEY)")
    if "MariaDB" in client.query("SELECT @@version")[0][0].decode():
        client.query(f"INSERT INTO n SELECT seq FROM seq_0_to_{count - 1}")
    else:
        client.query("SET cte_max_recursion_depth=2000000")
        client.query("INSERT INTO n WITH RECURSIVE r AS (SELECT 0 n UNION ALL SELECT n+1 FROM r"
                     f" WHERE n < {count - 1}) SELECT n FROM r")


def byte_weights(client, charset, collation):
    found = {}

    def ask(width, where, table="n", base=0):
        sequence = f"CONVERT(UNHEX(LPAD(HEX(n+{base}),{2 * width},'0')) USING {charset})"
        for n, weight in client.query(f"SELECT n+{base}, WEIGHT_STRING({sequence} COLLATE {collation})"
                                      f" FROM {table} WHERE {where} AND CHAR_LENGTH({sequence}) = 1"):
            if weight is not None:
                found[int(n)] = weight

    ask(1, "n < 256")
    # Big5 is compared by code; its WEIGHT_STRING, by strokes, serves only the servers' own sorting.
    if charset in WIDE and charset != "big5":
        ask(2, "n BETWEEN 0x8000 AND 0xFFFF")
    if charset in ("ujis", "eucjpms"):
        ask(3, "n BETWEEN 0x8080 AND 0xFFFF", base=0x8F0000)
    if charset == "gb18030":
        client.query("CREATE TABLE IF NOT EXISTS q (n BIGINT PRIMARY KEY)")
        values = [str(linear4(i)) for i in range(39420)]
        for at in range(0, len(values), 5000):
            client.query("INSERT INTO q VALUES " + ",".join(f"({v})" for v in values[at : at + 5000]))
        ask(4, "1", "q")
    out, last = bytearray(varint(len(found))), 0
    for sequence, weight in sorted(found.items()):
        out += varint(sequence - last) + bytes([len(weight)]) + weight
        last = sequence
    return bytes(out)


def code_point_weights(client, collation, count, level):
    """Weights of one level for every code point; surrogates have none."""
    mariadb = "MariaDB" in client.query("SELECT @@version")[0][0].decode()
    charset = collation.split("_")[0]
    text = f"CONVERT(UNHEX(LPAD(HEX(n),8,'0')) USING utf32)"
    clause = f" LEVEL {level}" if mariadb else ""
    weights = [()] * count
    for first in range(0, count, 1 << 16):
        for n, weight in client.query(
                f"SELECT n, WEIGHT_STRING(CONVERT({text} USING {charset}) COLLATE {collation}{clause}) FROM n"
                f" WHERE n BETWEEN {first} AND {first + 0xFFFF} AND n NOT BETWEEN 0xD800 AND 0xDFFF"):
            units = struct.unpack(f">{len(weight or b'') // 2}H", weight or b"")
            if not mariadb and level > 1 or not mariadb and "_as_" in collation:
                levels, current = [], []
                for unit in units:
                    if unit == 0:
                        levels.append(current)
                        current = []
                    else:
                        current.append(unit)
                levels.append(current)
                units = tuple(levels[level - 1]) if len(levels) >= level else ()
            weights[int(n)] = units
    return weights


def pack_weights(weights):
    out = bytearray(struct.pack("<I", len(weights))) + bytes(len(units) for units in weights)
    for position in range(max(map(len, weights))):
        last, low, high = 0, bytearray(), bytearray()
        for units in weights:
            if len(units) > position:
                difference = units[position] - last & 0xFFFF
                low.append(difference & 255)
                high.append(difference >> 8)
                last = units[position]
        out += low + high
    return bytes(out)


def main(path):
    sections = []

    def add(name, data):
        blob = zlib.compress(data, 9)
        print(name, len(data), len(blob), file=sys.stderr)
        sections.append((name, blob))

    with refserver.server("mysql-9.7") as (connect, _):
        client = connect()
        client.query("SET NAMES utf8mb4")
        numbers(client, 0x110000)
        rows = client.query("SELECT CHARACTER_SET_NAME, COLLATION_NAME FROM information_schema.COLLATIONS"
                            " WHERE CHARACTER_SET_NAME NOT LIKE 'utf%' AND CHARACTER_SET_NAME NOT IN ('ucs2', 'binary')"
                            " AND COLLATION_NAME NOT LIKE '%\\_bin' ORDER BY 2")
        client.query("SET character_set_results=NULL")
        for charset, collation in ((a.decode(), b.decode()) for a, b in rows):
            if collation not in NOT_BY_CHARACTER and collation != "gb18030_unicode_520_ci":
                add(collation, byte_weights(client, charset, collation))
        add("general", pack_weights(code_point_weights(client, "utf8mb4_general_ci", 0x10000, 1)))
        add("general_mysql500", pack_weights(code_point_weights(client, "utf8mb3_general_mysql500_ci", 0x10000, 1)))
        add("unicode", pack_weights(code_point_weights(client, "utf8mb4_unicode_ci", 0x10000, 1)))
        add("unicode_520", pack_weights(code_point_weights(client, "utf8mb4_unicode_520_ci", 0x110000, 1)))
        for level in (1, 2, 3):
            add(f"0900.{level}", pack_weights(code_point_weights(client, "utf8mb4_0900_as_cs", 0x110000, level)))
        client.query("DROP DATABASE gen")
    with refserver.server("mariadb-11.8") as (connect, _):
        client = connect()
        client.query("SET NAMES utf8mb4")
        numbers(client, 0x110000)
        client.query("SET character_set_results=NULL")
        for level in (1, 2, 3):
            add(f"uca1400.{level}", pack_weights(code_point_weights(client, "utf8mb4_uca1400_as_cs", 0x110000, level)))
        client.query("DROP DATABASE gen")
    with open(path, "wb") as out:
        out.write(struct.pack("<I", len(sections)))
        for name, blob in sections:
            out.write(bytes([len(name)]) + name.encode() + struct.pack("<I", len(blob)) + blob)


if __name__ == "__main__":
    main(sys.argv[1])
