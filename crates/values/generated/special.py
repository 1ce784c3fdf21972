"""Writes special.bin: tables of the collations that do not weigh character by character.

UNDERSTUDY_REFS=DIR python3 special.py special.bin

The file is laid out as weights.bin.

`latin2_czech_cs` and `cp1250_czech_cs` compare in several passes: u8 number of passes; for each pass the
weights of the 256 bytes (0: ignored); u8 number of sequences that weigh as one, each two bytes and a weight a
pass. `tis620_thai_ci` reorders: four tables of 256 bytes: the byte's weight, whether it changes places with
a leading vowel before it, whether it is such a vowel, whether it lowers the weight of the marks after it;
then the rank of each byte among the marks that move to the end (0: not one).

`gb18030_chinese_ci.4` adds to the section of that collation in weights.bin.
"""
import sys
import refserver
from conversions import varint
from tailorings import write


def weigh(client, charset, collation, texts):
    """WEIGHT_STRING of byte strings."""
    out, texts = [], list(texts)
    for at in range(0, len(texts), 500):
        cells = ",".join(f"WEIGHT_STRING(_{charset} X'{text.hex()}' COLLATE {collation})" for text in texts[at : at + 500])
        out += client.query("SELECT " + cells)[0]
    return dict(zip(texts, out))


def latin2_czech(client):
    def passes(answer):
        parts = answer.rstrip(b"\0").split(b"\1")
        return tuple(part[0] if part else 0 for part in parts)

    singles = weigh(client, "latin2", "latin2_czech_cs", (bytes([byte]) for byte in range(256)))
    one = {byte: passes(singles[bytes([byte])]) for byte in range(256)}
    # A space shows only between letters.
    spaces = [byte for byte in range(256)
              if weigh(client, "latin2", "latin2_czech_cs", [b"a" + bytes([byte]) + b"a"]).popitem()[1].startswith(b"\3\2\3\2")]
    for byte in spaces:
        one[byte] = (2, 2, 2, 2)
    letters = [byte for byte in range(256) if one[byte][0] > 2]
    pairs = weigh(client, "latin2", "latin2_czech_cs", (bytes([a, b]) for a in letters for b in letters))
    sequences = [(text, passes(answer)) for text, answer in sorted(pairs.items()) if len(answer) == len(singles[b"a"])]
    return packed(4, one, sequences)


def cp1250_czech(client):
    singles = weigh(client, "cp1250", "cp1250_czech_cs", (bytes([byte]) for byte in range(256)))
    one = {byte: tuple(singles[bytes([byte])]) for byte in range(256)}
    pairs = weigh(client, "cp1250", "cp1250_czech_cs", (bytes([a, b]) for a in range(256) for b in range(256)))
    sequences = [(text, tuple(answer)) for text, answer in sorted(pairs.items()) if len(answer) == 2]
    return packed(2, one, sequences)


def packed(count, one, sequences):
    out = bytearray([count])
    for level in range(count):
        out += bytes(one[byte][level] for byte in range(256))
    out.append(len(sequences))
    for text, weights in sequences:
        out += text + bytes(weights)
    return bytes(out)


def thai(client):
    def ask(*texts):
        return weigh(client, "tis620", "tis620_thai_ci", texts)

    everything = [bytes([byte]) for byte in range(256)]
    mark, letter, vowel = b"\xe8", b"\xa1", b"\xe0"
    one = ask(*everything)
    after_vowel = ask(*(vowel + byte for byte in everything))
    before_letter = ask(*(byte + letter for byte in everything))
    before_mark = ask(*(byte + mark for byte in everything))
    # WEIGHT_STRING, unlike comparison, ends at a zero byte.
    zero = everything[0]
    one[zero], after_vowel[vowel + zero] = zero, vowel + zero
    before_letter[zero + letter], before_mark[zero + mark] = zero + letter, zero + before_mark[b"\1" + mark][1:]
    marks = {byte for byte in everything if before_letter[byte + letter][:1] == letter
             and before_letter[byte + letter] != letter + byte}
    out = bytearray()
    out += bytes(one[byte][0] for byte in everything)
    out += bytes(int(after_vowel[vowel + byte] == one[byte] + vowel and byte != vowel) for byte in everything)
    out += bytes(int(before_letter[byte + letter] == letter + byte and byte != letter) for byte in everything)
    out += bytes(int(byte not in marks and before_mark[byte + mark][1] != one[mark][0]) for byte in everything)
    out += bytes(one[byte][0] - 0xF8 if byte in marks else 0 for byte in everything)
    return bytes(out)


def gb18030(client):
    """Characters past U+FFFF that do not weigh as their number, as a section of weights.bin."""
    client.query("SET cte_max_recursion_depth=2000000")
    rows = client.query(
        "WITH RECURSIVE r AS (SELECT 65536 n UNION ALL SELECT n+1 FROM r WHERE n < 1114111)"
        " SELECT n, CONVERT(CONVERT(UNHEX(LPAD(HEX(n),8,'0')) USING utf32) USING gb18030) c,"
        " WEIGHT_STRING(CONVERT(CONVERT(UNHEX(LPAD(HEX(n),8,'0')) USING utf32) USING gb18030)"
        " COLLATE gb18030_chinese_ci) FROM r")
    found = {int.from_bytes(character, "big"): weight for number, character, weight in rows
             if int.from_bytes(weight, "big") != 0xFF000000 | 189000 + int(number) - 65536}
    out, last = bytearray(varint(len(found))), 0
    for sequence, weight in sorted(found.items()):
        out += varint(sequence - last) + bytes([len(weight)]) + weight
        last = sequence
    return bytes(out)


def sections(client):
    """Names and contents."""
    client.query("SET character_set_results=NULL")
    yield "latin2_czech_cs", latin2_czech(client)
    yield "cp1250_czech_cs", cp1250_czech(client)
    yield "tis620_thai_ci", thai(client)
    yield "gb18030_chinese_ci.4", gb18030(client)


if __name__ == "__main__":
    with refserver.server("mysql-9.7") as (connect, _):
        write(sys.argv[1], list(sections(connect())))
