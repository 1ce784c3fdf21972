"""Writes charsets.rs: every character set and collation of the reference servers.

UNDERSTUDY_REFS=DIR python3 charsets.py > charsets.rs
"""
import refserver

charsets, collations = {}, {}
# Added to the number of a collation that another server has under the same number.
ALIAS = 0x8000


def canonical(name):
    return "utf8mb3" + name[4:] if name == "utf8" or name.startswith("utf8_") else name


for bit, name in enumerate(refserver.SERVERS):
    with refserver.server(name) as (connect, _):
        client = connect()
        for row in client.query("SELECT CHARACTER_SET_NAME, DESCRIPTION, MAXLEN, DEFAULT_COLLATE_NAME"
                                " FROM information_schema.CHARACTER_SETS"):
            charset, description, maxlen, default = (cell.decode() for cell in row)
            entry = charsets.setdefault(canonical(charset), {"present": 0, "defaults": [None] * 4})
            # Servers run without their full set of files leave some out.
            entry["description"] = entry.get("description") or description
            entry["maxlen"] = int(maxlen)
            entry["present"] |= 1 << bit
            entry["defaults"][bit] = canonical(default)
        pads = {}
        if name == "mysql-9.7":
            pads = dict((a.decode(), b == b"PAD SPACE") for a, b in
                        client.query("SELECT COLLATION_NAME, PAD_ATTRIBUTE FROM information_schema.COLLATIONS"))
        rows = client.query("SELECT ID, COLLATION_NAME, CHARACTER_SET_NAME, SORTLEN"
                            " FROM information_schema.COLLATIONS WHERE ID IS NOT NULL")
        if name == "mariadb-11.8" or name == "mariadb-10.11":
            sortlens = {row[0]: row[1] for row in
                        client.query("SELECT COLLATION_NAME, SORTLEN FROM information_schema.COLLATIONS")}
            rows = [[row[0], row[1], row[2], sortlens.get(row[3], b"8")] for row in client.query(
                "SELECT ID, FULL_COLLATION_NAME, CHARACTER_SET_NAME, COLLATION_NAME"
                " FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY")]
        # MariaDB has MySQL's newest names and numbers for collations of its own.
        aliases = {}
        if name == "mariadb-11.8":
            aliases = {a.decode(): b.decode()[len("Alias for "):] for a, b in
                       client.query("SELECT COLLATION_NAME, COMMENT FROM information_schema.COLLATIONS"
                                    " WHERE COMMENT LIKE 'Alias for %'")}
        if name.startswith("mariadb"):
            # Same name, other order: MySQL takes the bytes of its characters for letters.
            aliases["euckr_korean_ci"] = "euckr_korean_ci"
        for row in rows:
            number, collation, charset, sortlen = (cell.decode() for cell in row)
            alias = aliases.get(collation, "")
            number = int(number) | (ALIAS if alias else 0)
            collation, charset = canonical(collation), canonical(charset)
            entry = collations.setdefault(number, {"name": collation, "charset": charset, "present": 0})
            assert entry["charset"] == charset, (name, row, entry)
            if entry["name"] != collation:
                assert name.startswith("mariadb"), (name, row, entry)
                entry["mariadb_name"] = collation
            entry["present"] |= 1 << bit
            # Servers without PAD_ATTRIBUTE tell it by the name.
            pad = pads.get(row[1].decode(), entry.get(
                "pad", not ("nopad" in collation or "_0900_" in collation or collation == "binary")))
            entry["pad"], entry["sortlen"], entry["alias"] = pad, int(sortlen), alias

names = sorted(charsets)
print("//! Character sets and collations of the reference servers; written by `charsets.py`.")
print()
print("use super::{Charset, Collation};")
print()
print("/// Sorted by name.")
print("#[rustfmt::skip]")
print("pub static CHARSETS: &[Charset] = &[")
for name in names:
    entry = charsets[name]
    ids = []
    for bit, default in enumerate(entry["defaults"]):
        ids.append(next((number for number, c in collations.items()
                         if c["name"] == default and c["present"] >> bit & 1), 0))
    minlen = {"ucs2": 2, "utf16": 2, "utf16le": 2, "utf32": 4}.get(name, 1)
    print(f'    Charset {{ name: "{name}", description: "{entry["description"]}", mbminlen: {minlen},'
          f' mbmaxlen: {entry["maxlen"]}, defaults: {ids}, present: {entry["present"]} }},')
print("];")
print()
print("/// Sorted by number.")
print("#[rustfmt::skip]")
print("pub static COLLATIONS: &[Collation] = &[")
for number, entry in sorted(collations.items()):
    print(f'    Collation {{ id: {number}, name: "{entry["name"]}",'
          f' mariadb_name: "{entry.get("mariadb_name", entry["name"])}", charset: {names.index(entry["charset"])},'
          f' alias: "{entry["alias"]}", pad_space: {str(entry["pad"]).lower()}, sortlen: {entry["sortlen"]}, present: {entry["present"]} }},')
print("];")
