"""Records how the reference servers order texts by each of their collations.

UNDERSTUDY_REFS=DIR python3 orders.py ../fixtures/orders

Writes one file a server: an object with `texts` (character set to texts in hexadecimal) and `ranks`
(collation to the number of texts below each text).
"""
import json, pathlib, sys
import refserver

TEXTS = ["", " ", "  ", "a", "A", "a ", "a\t", "a\x01", "a\x00", "a  b", "a b", "a\x1fb", "ab", "AB", "aB ", "b", "B", "z", "Z", "ä", "Ä", "ae", "AE", "æ", "Æ",
         "å", "Å", "aa", "ö", "Ö", "ø", "oe", "ü", "ß", "ss", "s", "é", "e", "É", "ç", "c", "ñ", "n", "ñ ", "ll", "l", "ł", "i", "I", "ı", "İ",
         "0", "1", "10", "9", "_", "-", ".", "!", "[", "`", "~", "\x7f", "д", "Д", "е", "ё", "Ё", "я", "α", "ά", "Α", "ω", "ς", "σ", "א", "ب",
         "あ", "ア", "ｱ", "か", "が", "漢", "字", "你", "好", "한", "글", "가", "€", "😀", "😁", "𐐀", "\ue000", "\uffe5", "e\u0301", "a\u0308", "Co", "co", "CO", "cote", "coté", "côte", "côté",
         "résumé", "resume", "Resume", "a-b", "ab c", "ﬁ", "fi", "№", "½", "\u200b", "x\u200by", "xy", "ǆ", "dž", "ĳ", "ĳ ", "ij"]


def main(folder):
    for name in refserver.SERVERS:
        with refserver.server(name) as (connect, _):
            client = connect()
            client.query("SET NAMES utf8mb4")
            client.query("DROP DATABASE IF EXISTS gen")
            client.query("CREATE DATABASE gen")
            client.query("USE gen")
            client.query("SET sql_mode='', character_set_results=NULL")
            rows = client.query("SELECT CHARACTER_SET_NAME, COLLATION_NAME FROM information_schema.COLLATIONS"
                                " WHERE ID IS NOT NULL AND COLLATION_NAME <> 'binary' ORDER BY IS_DEFAULT DESC, ID")
            if name == "mariadb-11.8":
                rows += client.query("SELECT CHARACTER_SET_NAME, FULL_COLLATION_NAME FROM"
                                     " information_schema.COLLATION_CHARACTER_SET_APPLICABILITY"
                                     " WHERE FULL_COLLATION_NAME REGEXP 'uca1400_(nopad_)?a[is]_c[is]$'")
            texts, ranks = {}, {}
            for charset, collation in ((a.decode(), b.decode()) for a, b in rows):
                client.query(f"CREATE TABLE t (i INT, s VARCHAR(40) CHARACTER SET {charset} COLLATE {collation})")
                for at, text in enumerate(TEXTS):
                    client.query(f"INSERT INTO t VALUES ({at}, CONVERT(X'{text.encode().hex()}' USING utf8mb4))")
                if charset not in texts:
                    texts[charset] = [row[0].hex() for row in client.query("SELECT s FROM t ORDER BY i")]
                ranks[collation] = [int(row[0]) for row in client.query(
                    "SELECT (SELECT COUNT(*) FROM t b WHERE b.s < a.s) FROM t a ORDER BY i")]
                client.query("DROP TABLE t")
            client.query("DROP DATABASE gen")
            lines = [f'"{c}": {json.dumps(r)}' for c, r in ranks.items()]
            (folder / f"{name}.json").write_text(
                '{"texts": ' + json.dumps(texts) + ',\n"ranks": {\n' + ",\n".join(lines) + "\n}}\n")


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    main(target)
