"""Writes what languages' collations change of the weights in weights.bin.

UNDERSTUDY_REFS=DIR python3 tailorings.py mysql.bin    (UCA 9.0.0, of MySQL 9.7)
UNDERSTUDY_REFS=DIR python3 tailorings.py mariadb.bin  (UCA 14.0.0 and MariaDB's own)
UNDERSTUDY_REFS=DIR python3 tailorings.py both.bin     (UCA 4.0.0 and 5.2.0, in all servers)

The servers are asked for WEIGHT_STRING of every code point, and of pairs, triples and quadruples of the
characters that languages use, to find the sequences that weigh otherwise than their characters do one after
another. Layout of the files and of plain sections as in weights.py. A tailoring's section, integers varints
unless said otherwise:

- u8 length and name of the sections it changes, u8 number of levels;
- a list of code points: count, differences to the last; for each level one u8 a code point with its number
  of weights; then for each level all weights as differences to the last weight, first the low bytes, then
  the high bytes;
- the sequences that weigh as one: count; for each u8 number of code points, the code points, and for each
  level u8 number of weights and the weights as little-endian u16. Number 0x82: two code points, and the weights
  of the second after the first.

Levels that a collation changes nearly everywhere are plain sections under its own name.
"""
import pathlib, struct, sys, zlib
import refserver
from conversions import varint
from weights import pack_weights

MARKS = [*range(0x300, 0x346)]
LETTERS = [*range(0x41, 0x5B), *range(0x61, 0x7B)]
# Characters that may form sequences with each other.
GROUPS = [
    LETTERS + [0x27, 0x2D, 0xB7, 0x2B9, 0x2BB, 0x2BC, 0x387, 0x2019] + [*range(0xC0, 0x100), *range(0x100, 0x250),
                                                                       *range(0x1E00, 0x1F00)] + MARKS,
    [*range(0x370, 0x400)] + MARKS,
    [*range(0x400, 0x500)] + MARKS,
    [*range(0x600, 0x700)],
    [*range(0xD80, 0xE00)],
    [*range(0xE00, 0xE80)],
    [*range(0xF40, 0xFC0)],
    [*range(0x1000, 0x10A0), *range(0xA9E0, 0xAA00), *range(0xAA60, 0xAA80)],
    [*range(0x3040, 0x3100), *range(0x31F0, 0x3200), *range(0xFF65, 0xFFA0)],
]
# Blocks without ideographs, in which every pair is tried for the tables that others build on.
BLOCKS = [[*range(first, first + 128)] for first in
          (*range(0, 0x3100, 128), *range(0xA480, 0xAC00, 128), *range(0xFB00, 0xFF80, 128),
           *range(0x10000, 0x12000, 128), *range(0x16800, 0x17000, 128), *range(0x1D000, 0x1F000, 128))]
SHORT_MARKS = [0x300, 0x301, 0x302, 0x303, 0x304, 0x306, 0x307, 0x308, 0x309, 0x30A, 0x30C, 0x323, 0x328]


class Kind:
    """A collation to be asked: its server's kind of answer and number of levels."""

    def __init__(self, client, collation, levels, mariadb):
        self.client, self.collation, self.levels, self.mariadb = client, collation, levels, mariadb
        self.by_level = mariadb and levels > 1

    def weigh(self, text):
        """SQL for the weights of `text`, one expression or one a level."""
        text = f"{text} COLLATE {self.collation}"
        if self.by_level:
            return [f"WEIGHT_STRING({text} LEVEL {level})" for level in range(1, self.levels + 1)]
        return [f"WEIGHT_STRING({text})"]

    def units(self, cells):
        """Weights by level."""
        split = [struct.unpack(f">{len(cell or b'') // 2}H", cell or b"") for cell in cells]
        if self.by_level or self.levels == 1:
            return tuple(split)
        out = [()]
        for unit in split[0]:
            if unit == 0:
                out.append(())
            else:
                out[-1] += (unit,)
        # Japanese has zero weights at the fourth level; Lithuanian, sequences whose first weight is a zero.
        if self.levels == 4:
            for more in out[4:]:
                out[3] += (0,) + more
            del out[4:]
        while len(out) > self.levels:
            out[:2] = [out[0] + (0,) + out[1]]
        return tuple(out + [()] * (self.levels - len(out)))

    def strings(self, texts):
        """Weights by level of sequences of code points."""
        out = {}
        client, texts = self.client, list(texts)
        for at in range(0, len(texts), 20000):
            part = texts[at : at + 20000]
            client.query("DROP TABLE IF EXISTS s")
            client.query("CREATE TABLE s (i INT PRIMARY KEY, c VARCHAR(12) CHARACTER SET utf8mb4) ENGINE=MyISAM")
            client.query("INSERT INTO s VALUES " + ",".join(
                f"({i},CONVERT(X'{''.join(map(chr, text)).encode('utf-8').hex()}' USING utf8mb4))"
                for i, text in enumerate(part)))
            for i, *cells in client.query(f"SELECT i, {', '.join(self.weigh('c'))} FROM s"):
                out[part[int(i)]] = self.units(cells)
        return out

    def suspects(self, groups):
        """Sequences, one code point of each group, whose weights are not those of their code points."""
        client, names = self.client, "abcd"[: len(groups)]
        for name, group in zip(names, groups):
            client.query(f"DROP TABLE IF EXISTS g{name}")
            columns = ", ".join(f"w{level} VARBINARY(100) NOT NULL" for level in range(self.levels))
            client.query(f"CREATE TABLE g{name} (n INT, c VARCHAR(1) CHARACTER SET utf8mb4, {columns}) ENGINE=MyISAM")
            rows = []
            for code in group:
                weights = self.one[code]
                cells = ",".join("X'" + "".join(f"{unit:04x}" for unit in level) + "'" for level in weights)
                rows.append(f"({code},CONVERT(X'{chr(code).encode().hex()}' USING utf8mb4),{cells})")
            client.query(f"INSERT INTO g{name} VALUES " + ",".join(rows))
        joined = [",".join(f"g{name}.w{level}" for name in names) for level in range(self.levels)]
        if self.by_level:
            expected = [f"CONCAT({cells})" for cells in joined]
        else:
            expected = ["CONCAT(" + ",X'0000',".join(joined) + ")"]
        weights = self.weigh("CONCAT(" + ",".join(f"g{name}.c" for name in names) + ")")
        where = " OR ".join(f"{own} <> {other}" for own, other in zip(weights, expected))
        rows = client.query(f"SELECT {','.join(f'g{name}.n' for name in names)}, {','.join(weights)}"
                            f" FROM {', '.join(f'g{name}' for name in names)} WHERE {where}")
        count = len(groups)
        return {tuple(int(cell) for cell in row[:count]): self.units(row[count:]) for row in rows}

    def composed(self, text, sequences):
        """Weights of `text` by the sequences known so far, the longest first."""
        out, at = [()] * self.levels, 0
        while at < len(text):
            for length in range(min(6, len(text) - at), 0, -1):
                part = text[at : at + length]
                weights = sequences.get(part) if length > 1 else self.one[part[0]]
                if weights is not None:
                    out = [have + more for have, more in zip(out, weights)]
                    at += length
                    break
        return tuple(out)

    def sequences(self, groups, known):
        """All sequences found, with their weights."""
        found, pool = {}, sorted({code for group in groups for code in group} | set(LETTERS + SHORT_MARKS)
                                 | {code for text in known for code in text})
        self.one = {text[0]: weights for text, weights in self.strings((code,) for code in pool).items()}

        def learn(candidates):
            for text, weights in sorted(candidates.items(), key=lambda pair: len(pair[0])):
                if self.composed(text, found) != weights:
                    found[text] = weights

        known = set(known)
        learn(self.strings(known))
        for group in groups:
            learn(self.suspects([group, group]))
        learn(self.suspects([LETTERS + SHORT_MARKS] * 3))
        taking_part = {code for text in found if len(text) == 2 and text not in known for code in text}
        for block in sorted({code >> 8 for code in taking_part}):
            codes = sorted(code for code in taking_part if code >> 8 == block)
            learn(self.suspects([codes[:110]] * 3))
        longer = sorted({code for text in found if len(text) > 2 for code in text})
        if longer and len(longer) <= 24:
            learn(self.suspects([longer] * 4))
        for length in (4, 5, 6):
            grown = [text for text in found if len(text) == length - 1]
            if len(grown) * len(longer) < 100000:
                learn(self.strings({(code,) + text for text in grown for code in longer}
                                   | {text + (code,) for text in grown for code in longer}))
        # A longer sequence that shorter ones explain is none.
        for text in sorted(found, key=len, reverse=True):
            weights = found.pop(text)
            if self.composed(text, found) != weights:
                found[text] = weights
        return found

    def contexts(self):
        """Japanese: what the second of two code points weighs after the first.

        A text of two shows at its later levels how its first weighs after its second, too.
        """
        kana = GROUPS[-1]
        self.one = {text[0]: weights for text, weights in self.strings((code,) for code in kana).items()}
        out = {}
        for (first, second), weights in self.suspects([kana, kana]).items():
            before = self.one[first]
            if weights[0] != before[0] + self.one[second][0]:
                assert all(own[: len(head)] == head for own, head in zip(weights, before)), (first, second)
                out[first, second] = tuple(own[len(head) :] for own, head in zip(weights, before))
        return out

    def table(self, name):
        """Keeps the weights of every code point in a table of that name."""
        self.client.query(f"DROP TABLE IF EXISTS {name}")
        weights = self.weigh("c")
        columns = ", ".join(f"w{at} VARBINARY(250)" for at in range(len(weights)))
        self.client.query(f"CREATE TABLE {name} (n INT PRIMARY KEY, c VARCHAR(1) CHARACTER SET utf8mb4, {columns})"
                          " ENGINE=MyISAM")
        self.client.query(f"INSERT INTO {name} SELECT n, c, {', '.join(weights)} FROM ch")

    def changes(self, base):
        """Weights of the code points that differ from a kept table."""
        weights = self.weigh("c")
        where = " OR ".join(f"{cell} <> w{at}" for at, cell in enumerate(weights))
        return {int(row[0]): self.units(row[1:]) for row in
                self.client.query(f"SELECT n, {', '.join(weights)} FROM {base} WHERE {where}")}


def pack(base, levels, changes, sequences, contexts=False):
    out = bytearray([len(base)]) + base.encode() + bytes([levels]) + varint(len(changes))
    last, codes = 0, sorted(changes)
    for code in codes:
        out += varint(code - last)
        last = code
    for level in range(levels):
        out += bytes(len(changes[code][level]) for code in codes)
    for level in range(levels):
        last, low, high = 0, bytearray(), bytearray()
        for code in codes:
            for unit in changes[code][level]:
                low.append(unit - last & 255)
                high.append((unit - last & 0xFFFF) >> 8)
                last = unit
        out += low + high
    out += varint(len(sequences))
    for text, weights in sorted(sequences.items()):
        out += bytes([len(text) | (0x80 if contexts else 0)]) + b"".join(map(varint, text))
        for level in weights:
            out += bytes([len(level)]) + struct.pack(f"<{len(level)}H", *level)
    return bytes(out)


def characters(client, mariadb):
    """A database with a table of all code points."""
    client.query("SET NAMES utf8mb4")
    client.query("DROP DATABASE IF EXISTS gen")
    client.query("CREATE DATABASE gen CHARACTER SET utf8mb4")
    client.query("USE gen")
    if mariadb:
        numbers = "SELECT seq n FROM seq_0_to_1114111"
        client.query("SET sql_mode='', sql_log_bin=0")
    else:
        client.query("SET cte_max_recursion_depth=2000000, sql_mode='', sql_log_bin=0")
        numbers = "WITH RECURSIVE r AS (SELECT 0 n UNION ALL SELECT n+1 FROM r WHERE n < 1114111) SELECT n FROM r"
    client.query("CREATE TABLE ch (n INT, c VARCHAR(1) CHARACTER SET utf8mb4) ENGINE=MyISAM")
    client.query("INSERT INTO ch SELECT n,"
                 f" CONVERT(CONVERT(UNHEX(LPAD(HEX(n),8,'0')) USING utf32) USING utf8mb4) c FROM ({numbers}) q"
                 " WHERE n NOT BETWEEN 55296 AND 57343")
    client.query("SET character_set_results=NULL")


def every_weight(kind, table, count):
    out = [[()] * count for _ in range(kind.levels)]
    for n, *cells in kind.client.query(f"SELECT n, {', '.join(f'w{at}' for at in range(len(kind.weigh('c'))))}"
                                       f" FROM {table} WHERE n < {count}"):
        for level, units in zip(out, kind.units(cells)):
            level[int(n)] = units
    return out


# Tables that others change: section names in weights.bin, collation, number of levels.
MYSQL_BASES = {"0900": ("utf8mb4_0900_as_cs", 3)}
MARIADB_BASES = {"unicode": ("utf8mb4_unicode_ci", 1), "unicode_520": ("utf8mb4_unicode_520_ci", 1),
                 "uca1400": ("utf8mb4_uca1400_as_cs", 3)}
BOTH_BASES = {base: MARIADB_BASES[base] for base in ("unicode", "unicode_520")}


def ask(server, bases, languages, add):
    mariadb = server.startswith("mariadb")
    with refserver.server(server) as (connect, _):
        client = connect()
        characters(client, mariadb)
        own = {}
        for base, (collation, levels) in bases.items():
            kind = Kind(client, collation, levels, mariadb)
            kind.table("b_" + base)
            own[base] = kind.sequences(BLOCKS + GROUPS, [])
            if own[base]:
                add(base, pack(base, levels, {}, own[base]))
        for section, collation, levels, candidates in languages(client):
            kind, best = Kind(client, collation, levels, mariadb), None
            for base in candidates:
                if levels == bases[base][1]:
                    changes = kind.changes("b_" + base)
                else:
                    changes = levels_more(kind, base, bases, client)
                if best is None or len(changes) < len(best[1]):
                    best = (base, changes)
                if len(changes) < 1000:
                    break
            base, changes = best
            if section == "thai_520_w2":
                # Its second level is that of no other collation: all of it, and here what the first changes.
                second = [changes.get(code, ((), ()))[1] for code in range(0x110000)]
                add(f"{base}.2", pack_weights(second))
                plain = every_weight(Kind(client, bases[base][0], 1, mariadb), f"b_{base}", 0x110000)[0]
                changes = {code: weights for code, weights in changes.items() if weights[0] != plain[code]}
            if len(changes) > 100000:
                split(section, Kind(client, *bases[base], mariadb), f"b_{base}", changes, add)
            contexts = section.startswith("ja_")
            sequences = kind.contexts() if contexts else kind.sequences(GROUPS, list(own[base]))
            add(section, pack(base, levels, changes, sequences, contexts), f"{base}: {len(changes)} and {len(sequences)}")
        yield client
        client.query("DROP DATABASE gen")


def split(section, plain, table, changes, add):
    """Takes levels that change nearly everywhere out of the changes, as sections of their own."""
    weights = every_weight(plain, table, 0x110000)
    for level, before in enumerate(weights):
        if sum(own[level] != before[code] for code, own in changes.items()) > 50000:
            for code, own in changes.items():
                before[code] = own[level]
            add(f"{section}.{level + 1}", pack_weights(before))
    for code in [code for code, own in changes.items()
                 if all(own[level] == now[code] for level, now in enumerate(weights))]:
        del changes[code]


def levels_more(kind, base, bases, client):
    """Changes where the collation has more levels than the tables it builds on: the last ones are all its own."""
    plain = Kind(client, bases[base][0], bases[base][1], kind.mariadb)
    fewer = len(plain.weigh("c"))
    out, one = {}, ", ".join(kind.weigh("c"))
    for row in client.query(f"SELECT n, {one}, {', '.join(f'w{at}' for at in range(fewer))} FROM b_{base}"):
        weights = kind.units(row[1:-fewer])
        if weights[: plain.levels] != plain.units(row[-fewer:]) or weights[plain.levels :] != ((),) * (kind.levels - plain.levels):
            out[int(row[0])] = weights
    return out


def names(client, pattern):
    return [row[0].decode() for row in client.query(
        "SELECT COLLATION_NAME FROM information_schema.COLLATIONS WHERE COLLATION_NAME"
        f" REGEXP '{pattern}' ORDER BY 1")]


def both_languages(client):
    for name in names(client, "^utf8mb4_[a-z]+[0-9]?(_mysql561)?_ci$"):
        # MariaDB has another Croatian beside MySQL's.
        language = name[8:-3].replace("_mysql561", "_mysql")
        if language not in ("general", "unicode", "croatian", "myanmar"):
            yield language.replace("_mysql", ""), name, 1, ["unicode", "unicode_520"]


def mysql_languages(client):
    for name in names(client, "^utf8mb4_[a-z_]+_0900_as_cs(_ks)?$"):
        section = name[8:].replace("_as_cs", "")
        yield section, name, 4 if section.endswith("_ks") else 3, ["0900"]


def mariadb_languages(client):
    for name in ("utf8mb4_croatian_ci", "utf8mb4_myanmar_ci"):
        yield "mariadb_" + name[8:-3], name, 1, ["unicode", "unicode_520"]
    yield "thai_520_w2", "utf8mb4_thai_520_w2", 2, ["unicode_520"]
    found = {row[0].decode() for row in client.query(
        "SELECT FULL_COLLATION_NAME FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY"
        " WHERE FULL_COLLATION_NAME REGEXP '^utf8mb4_uca1400_[a-z0-9_]+_as_cs$'"
        " AND FULL_COLLATION_NAME NOT LIKE '%nopad%'")}
    for name in sorted(found):
        yield name[8:-6], name, 3, ["uca1400"]


def write(path, sections):
    with open(path, "wb") as out:
        out.write(struct.pack("<I", len(sections)))
        for name, data in sections:
            blob = zlib.compress(data, 9)
            out.write(bytes([len(name)]) + name.encode() + struct.pack("<I", len(blob)) + blob)


def mysql(add):
    for client in ask("mysql-9.7", MYSQL_BASES, mysql_languages, add):
        kind = Kind(client, "utf8mb3_tolower_ci", 1, False)
        client.query("CREATE TABLE t (n INT, w0 VARBINARY(8))")
        client.query("INSERT INTO t SELECT n, WEIGHT_STRING(CONVERT(c USING utf8mb3) COLLATE utf8mb3_tolower_ci) w0"
                     " FROM ch WHERE n < 0x10000")
        add("tolower.1", pack_weights(every_weight(kind, "t", 0x10000)[0]))


def mariadb(add):
    for client in ask("mariadb-11.8", MARIADB_BASES, mariadb_languages, add):
        # Weights of three bytes there, two of 16 bits here.
        kind = Kind(client, "utf8mb4_general1400_as_ci", 1, True)
        client.query("CREATE TABLE t (n INT, w0 VARBINARY(8))")
        client.query("INSERT INTO t SELECT n, CONCAT(X'00', WEIGHT_STRING(c COLLATE utf8mb4_general1400_as_ci)) w0 FROM ch")
        add("general1400.1", pack_weights(every_weight(kind, "t", 0x110000)[0]))


def both(add):
    for _ in ask("mariadb-10.11", BOTH_BASES, both_languages, add):
        pass


def main(path):
    sections = []

    def add(name, data, remark=""):
        print(name, len(data), remark, file=sys.stderr, flush=True)
        sections.append((name, data))

    {"mysql": mysql, "mariadb": mariadb, "both": both}[pathlib.Path(path).stem](add)
    write(path, sections)


if __name__ == "__main__":
    main(sys.argv[1])
