"""Writes conversions.bin: how each character set but the Unicode ones maps to Unicode and back.

UNDERSTUDY_REFS=DIR python3 conversions.py conversions.bin

The server converts every byte sequence and every code point. Layout, integers little-endian: u32 number of
character sets; then for each: u8 length and name, u32 length, and a zlib stream of two lists. A list is a
varint count and pairs; the first of a pair is the difference to the last first, the second the zigzag
difference to the last second plus one, both varints. The first list maps byte sequences (big-endian
numbers) to code points; the second, code points to byte sequences, holds what the first does not imply.
"""
import struct, sys, zlib
import refserver

WIDE = ["big5", "gbk", "gb2312", "euckr", "sjis", "cp932", "ujis", "eucjpms", "gb18030"]


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def pack(pairs):
    out, last, expected = bytearray(varint(len(pairs))), 0, 0
    for key, value in pairs:
        difference = value - expected
        out += varint(key - last) + varint(difference << 1 if difference >= 0 else ~difference << 1 | 1)
        last, expected = key, value + 1
    return bytes(out)


def linear4(index):
    index, d = divmod(index, 10)
    index, c = divmod(index, 126)
    a, b = divmod(index, 10)
    return (0x81 + a) << 24 | (0x30 + b) << 16 | (0x81 + c) << 8 | 0x30 + d


def rows(client, expression, table, where="1"):
    return [(int(row[0]), row[1].decode()) for row in
            client.query(f"SELECT n, {expression} FROM {table} WHERE {where}") if row[1]]


def main(path):
    with refserver.server("mysql-9.7") as (connect, _):
        client = connect()
        client.query("SET NAMES utf8mb4")
        client.query("DROP DATABASE IF EXISTS gen")
        client.query("CREATE DATABASE gen")
        client.query("USE gen")
        client.query("SET cte_max_recursion_depth=100000")
        client.query("CREATE TABLE n (n INT PRIMARY KEY)")
        client.query("INSERT INTO n WITH RECURSIVE r AS (SELECT 0 n UNION ALL SELECT n+1 FROM r WHERE n < 65535) SELECT n FROM r")
        client.query("CREATE TABLE q (n BIGINT PRIMARY KEY)")
        values = [str(linear4(i)) for i in range(39420)]
        for at in range(0, len(values), 5000):
            client.query("INSERT INTO q VALUES " + ",".join(f"({v})" for v in values[at : at + 5000]))
        charsets = [row[0].decode() for row in client.query(
            "SELECT CHARACTER_SET_NAME FROM information_schema.CHARACTER_SETS WHERE CHARACTER_SET_NAME NOT LIKE 'utf%'"
            " AND CHARACTER_SET_NAME NOT IN ('ucs2', 'binary') ORDER BY 1")]
        blobs = []
        for charset in charsets:
            def forward(width, table, where, base=0):
                sequence = f"UNHEX(LPAD(HEX(n+{base}),{2 * width},'0'))"
                expression = f"HEX(CONVERT(CONVERT({sequence} USING {charset}) USING utf32))"
                return [(n + base, int(code, 16)) for n, code in rows(client, expression, table, where)
                        if len(code) == 8 and (code != "0000003F" or n + base == 0x3F)]
            pairs = forward(1, "n", "n < 256")
            if charset in WIDE:
                singles = {n for n, _ in pairs}
                pairs += [p for p in forward(2, "n", "n >= 0x8000") if p[0] >> 8 not in singles]
            if charset in ("ujis", "eucjpms"):
                pairs += forward(3, "n", "n >= 0x8080", 0x8F0000)
            if charset == "gb18030":
                pairs += forward(4, "q", "1")
            pairs.sort()
            implied = {}
            for sequence, code in pairs:
                implied.setdefault(code, sequence)
            expression = f"HEX(CONVERT(CONVERT(UNHEX(LPAD(HEX(n),8,'0')) USING utf32) USING {charset}))"
            back = {code: int(sequence, 16) for code, sequence in
                    rows(client, expression, "n", "n NOT BETWEEN 0xD800 AND 0xDFFF")
                    if sequence != "3F" or code == 0x3F}
            exceptions = [(code, sequence) for code, sequence in sorted(back.items()) if implied.get(code) != sequence]
            # 0 with no entry in `back`: does not convert back.
            lost = [(code, 0xFFFFFFFF) for code in implied if code not in back and code < 0x10000]
            blob = zlib.compress(pack(pairs) + pack(sorted(exceptions + lost)), 9)
            print(charset, len(pairs), len(exceptions), len(lost), len(blob), file=sys.stderr)
            blobs.append((charset, blob))
        client.query("DROP DATABASE gen")
    with open(path, "wb") as out:
        out.write(struct.pack("<I", len(blobs)))
        for charset, blob in blobs:
            out.write(bytes([len(charset)]) + charset.encode() + struct.pack("<I", len(blob)) + blob)


if __name__ == "__main__":
    main(sys.argv[1])
