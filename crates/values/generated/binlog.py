"""Reads the row events of a server's binlog files: just enough for the recorders."""
import struct

TABLE_MAP, WRITE_V1, UPDATE_V1, WRITE_V2, UPDATE_V2, PARTIAL_UPDATE = 19, 23, 24, 30, 31, 39
# MariaDB's compressed ones are not written unless log_bin_compress is on.


def net_length(data, at):
    first = data[at]
    if first < 0xFB:
        return first, at + 1
    size = {0xFC: 2, 0xFD: 3, 0xFE: 8}[first]
    return int.from_bytes(data[at + 1 : at + 1 + size], "little"), at + 1 + size


def events(path, start=4):
    data = path.read_bytes()
    at, checksum = 4, 0
    while at + 19 <= len(data):
        _, code, _, size, _, _ = struct.unpack_from("<IBIIIH", data, at)
        body = data[at + 19 : at + size]
        if code == 15:
            checksum = 4 if body[-5] == 1 else 0
        if at >= start:
            yield code, body[: len(body) - checksum]
        at += size


def table_map(body):
    at = 8
    db, at = body[at + 1 : at + 1 + body[at]], at + 2 + body[at]
    table, at = body[at + 1 : at + 1 + body[at]], at + 2 + body[at]
    count, at = net_length(body, at)
    types, at = body[at : at + count], at + count
    length, at = net_length(body, at)
    return {"table": table.decode(), "types": types, "metadata": body[at : at + length]}


def rows(code, body):
    """The images of a rows event, uncut, with the bitmaps of present columns."""
    at = 8
    if code in (WRITE_V2, UPDATE_V2, PARTIAL_UPDATE):
        at += struct.unpack_from("<H", body, at)[0]
    count, at = net_length(body, at)
    size = (count + 7) // 8
    bitmaps = [body[at : at + size]]
    at += size
    if code in (UPDATE_V1, UPDATE_V2, PARTIAL_UPDATE):
        bitmaps.append(body[at : at + size])
        at += size
    return bitmaps, body[at:]
