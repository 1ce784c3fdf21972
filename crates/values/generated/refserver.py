"""Starts real reference servers and talks to them, for the generators and recorders of this crate.

The servers are those that the project's tests fetch; the folder holding them (`mysql-9.7`, `mysql-5.6`,
`mariadb-10.11`, `mariadb-11.8`) is given by UNDERSTUDY_REFS. Only the standard library is used.
"""
import contextlib, os, pathlib, shutil, signal, socket, struct, subprocess, sys, tempfile, time

REFS = pathlib.Path(os.environ.get("UNDERSTUDY_REFS", ""))
SERVERS = ["mysql-5.6", "mysql-9.7", "mariadb-10.11", "mariadb-11.8"]

CAPABILITIES = 1 | 2 | 4 | 0x200 | 0x2000 | 0x8000 | 0x80000 | 0x8


class ServerError(Exception):
    def __init__(self, packet):
        self.errno = struct.unpack_from("<H", packet, 1)[0]
        self.message = packet[9:].decode("utf-8", "replace")
        super().__init__(f"{self.errno}: {self.message}")


def lenenc(data, at):
    first = data[at]
    if first < 0xFB:
        return first, at + 1
    size = {0xFC: 2, 0xFD: 3, 0xFE: 8}[first]
    return int.from_bytes(data[at + 1 : at + 1 + size], "little"), at + 1 + size


def lenenc_bytes(data, at):
    if data[at] == 0xFB:
        return None, at + 1
    length, at = lenenc(data, at)
    return data[at : at + length], at + length


class Client:
    """A blocking client: text queries and prepared statements, values as bytes."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(path)
        self.file = self.sock.makefile("rb")
        self.read()
        auth = struct.pack("<IIB23x", CAPABILITIES, 1 << 30, 45) + b"root\0" + b"\0" + b"\0" + b"mysql_native_password\0"
        self.send(auth, 1)
        while True:
            packet = self.read()
            if packet[0] == 0:
                return
            if packet[0] == 0xFF:
                raise ServerError(packet)
            if packet[0] == 0xFE:
                self.send(b"", self.seq + 1)

    def send(self, payload, seq=0):
        while True:
            part, payload = payload[: 0xFFFFFF], payload[0xFFFFFF:]
            self.sock.sendall(len(part).to_bytes(3, "little") + bytes([seq & 255]) + part)
            seq += 1
            if len(part) < 0xFFFFFF:
                return

    def read(self):
        out = b""
        while True:
            header = self.file.read(4)
            if len(header) < 4:
                raise EOFError("server closed the connection")
            length = int.from_bytes(header[:3], "little")
            self.seq = header[3]
            out += self.file.read(length)
            if length < 0xFFFFFF:
                break
        if out and out[0] == 0xFF:
            raise ServerError(out)
        return out

    def columns(self, count):
        out = []
        for _ in range(count):
            packet, at, parts = self.read(), 0, []
            for _ in range(6):
                part, at = lenenc_bytes(packet, at)
                parts.append(part)
            collation, length, code, flags, decimals = struct.unpack_from("<HIBHB", packet, at + 1)
            out.append({"name": parts[4].decode(), "collation": collation, "length": length, "type": code,
                        "flags": flags, "decimals": decimals})
        if count:
            self.read()
        return out

    def query(self, sql):
        """Rows of a text query: lists of bytes or None."""
        self.send(b"\3" + (sql if isinstance(sql, bytes) else sql.encode()))
        head = self.read()
        if head[0] == 0:
            return []
        count, _ = lenenc(head, 0)
        self.meta = self.columns(count)
        rows = []
        while True:
            packet = self.read()
            if packet[0] == 0xFE and len(packet) < 9:
                return rows
            at, row = 0, []
            for _ in range(count):
                cell, at = lenenc_bytes(packet, at)
                row.append(cell)
            rows.append(row)

    def prepared(self, sql):
        """Rows of a prepared query in the binary protocol: the raw packets."""
        self.send(b"\x16" + sql.encode())
        head = self.read()
        statement, columns, params = struct.unpack_from("<IHH", head, 1)
        assert params == 0
        self.columns(columns)
        self.send(b"\x17" + struct.pack("<IBI", statement, 0, 1))
        head = self.read()
        count, _ = lenenc(head, 0)
        self.meta = self.columns(count)
        rows = []
        while True:
            packet = self.read()
            if packet[0] == 0xFE and len(packet) < 9:
                break
            rows.append(packet)
        self.send(b"\x19" + struct.pack("<I", statement))
        return rows


def command(name, data, options):
    base = REFS / name
    extra = [f"--datadir={data}", f"--socket={data}/s.sock", "--skip-networking", "--user=root",
             f"--pid-file={data}/pid", "--log-bin=bin", "--server-id=1", "--secure-file-priv=",
             "--innodb-buffer-pool-size=64M", "--performance-schema=OFF", "--sql-mode="] + options
    if name == "mysql-5.6":
        server = base / "server"
        return ([str(server / "mysqld"), "--no-defaults", f"--basedir={server}",
                 f"--lc-messages-dir={server}/share", f"--character-sets-dir={server}/share/charsets",
                 "--binlog-format=ROW"] + extra, {"LD_LIBRARY_PATH": str(server)})
    if name.startswith("mysql"):
        return ([str(base / "run"), str(base / "usr/sbin/mysqld"), "--no-defaults", "--mysqlx=OFF",
                 f"--lc-messages-dir={base}/usr/share/mysql", f"--character-sets-dir={base}/usr/share/mysql/charsets"] + extra, {})
    plugins = base / "usr/lib/mysql/plugin"
    return ([str(base / "run"), str(base / "usr/sbin/mariadbd"), "--no-defaults", "--binlog-format=ROW",
             f"--plugin-dir={plugins}", f"--lc-messages-dir={base}/usr/share/mysql", "--skip-grant-tables",
             f"--character-sets-dir={base}/usr/share/mysql/charsets"] + extra, {})


@contextlib.contextmanager
def server(name, options=()):
    """A fresh server of that name; yields (client factory, data directory).

    With UNDERSTUDY_REFS_RUNNING=DIR one that `refserver.py DIR` started is used instead.
    """
    keep = os.environ.get("UNDERSTUDY_REFS_RUNNING")
    if keep:
        data = pathlib.Path(keep) / name
        yield (lambda: Client(str(data / "s.sock"))), data
        return
    with tempfile.TemporaryDirectory() as temp:
        data = pathlib.Path(temp) / "data"
        process = start(name, data, list(options))
        try:
            yield (lambda: Client(str(data / "s.sock"))), data
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def start(name, data, options):
    template = next((REFS / "templates").glob(f"{name}-*/mysql"), None)
    if template is None:
        sys.exit(f"no initialised data directory for {name} under {REFS}/templates: run the test kit once")
    shutil.copytree(template.parent, data)
    argv, env = command(name, data, options)
    log = open(data / "log", "wb")
    process = subprocess.Popen(argv, env={**os.environ, **env}, stdout=log, stderr=log)
    for _ in range(600):
        try:
            Client(str(data / "s.sock"))
            return process
        except OSError:
            if process.poll() is not None:
                sys.exit((data / "log").read_text(errors="replace")[-4000:])
            time.sleep(0.1)
    sys.exit(f"{name} did not start")


if __name__ == "__main__":
    # refserver.py DIR: start all servers below DIR and print their process ids.
    for each in SERVERS:
        running = start(each, pathlib.Path(sys.argv[1]) / each, [])
        print(each, running.pid, flush=True)
