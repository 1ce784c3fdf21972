#!/usr/bin/env python3
"""Asks real servers for their system variables and writes mysql.rs and mariadb.rs.

Usage: UNDERSTUDY_REFS=DIR python3 record.py

MySQL 9.7's performance_schema.variables_metadata gives names, types and bounds; everything else (default, scope,
words of enumerations, block sizes, deprecation, what DEFAULT and NULL do) is tried out with SET. MariaDB's
information_schema.SYSTEM_VARIABLES gives the same without trying; of MariaDB only the variables that belong to
replication and that MySQL 9.7 does not have are written.
"""
import json, os, pathlib, re, sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[3] / "values" / "generated"))
import refserver  # noqa: E402

# Aliases that 9.7 still has; the table has them under their new names.
ALIASES = {"log_slave_updates": "log_replica_updates", "log_slow_slave_statements": "log_slow_replica_statements",
           "master_verify_checksum": "source_verify_checksum", "sync_master_info": "sync_source_info"}
REPLICATION = re.compile(r"slave|gtid|binlog|relay|replicat|^skip_replication|^sync_|^master|^report_|^log_bin|^server_id"
                         r"|^encrypt_binlog")
# Semi-synchronous replication and Galera have tables of their own, or none.
ELSEWHERE = re.compile(r"^rpl_semi_sync|^wsrep|^innodb|^aria|^spider")


CRASHES = {"default_collation_for_utf8mb4"}
# What a read-only variable of that type takes.
NUMBER_OR_TEXT = {"Boolean": "0", "Integer": "1", "Numeric": "1", "Enumeration": "0", "Set": "0"}


def bare(name, data, options):
    """Commands of a server that keeps its defaults, as far as one can run beside others."""
    argv, env = COMMAND(name, data, options)
    keep = ("--datadir", "--socket", "--user", "--pid-file", "--no-defaults", "--basedir", "--lc-messages-dir",
            "--character-sets-dir", "--plugin-dir", "--skip-networking", "--skip-grant-tables", "--mysqlx", "--secure-file-priv")
    return [a for a in argv if not a.startswith("--") or a.startswith(keep)], env


COMMAND = refserver.command
refserver.command = bare


def attempt(client, sql):
    """(errno or 0, warnings) of a statement."""
    try:
        client.query(sql)
    except refserver.ServerError as error:
        return error.errno, []
    return 0, [(int(r[1]), r[2].decode()) for r in client.query("SHOW WARNINGS")]


def value(client, name, scope):
    try:
        cell = client.query(f"SELECT @@{scope}.{name}")[0][0]
    except refserver.ServerError:
        return None
    return None if cell is None else cell.decode("utf-8", "replace")


def quote(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def words(client, name, scope, bits):
    """Words of an enumeration or a set, found by setting its numbers."""
    out = []
    for index in range(64):
        errno, _ = attempt(client, f"SET {scope} {name} = {1 << index if bits else index}")
        if errno:
            break
        out.append(value(client, name, scope))
    attempt(client, f"SET {scope} {name} = DEFAULT")
    return out


def block(client, name, scope, least, most, default):
    """The power of two of which values are multiples."""
    if name.startswith("innodb_") or scope == "SESSION":
        return 1
    tried = default | 8191
    if tried > most:
        tried = most - 1
    if not least <= tried <= most:
        return 1
    errno, _ = attempt(client, f"SET {scope} {name} = {tried}")
    got = value(client, name, scope)
    attempt(client, f"SET {scope} {name} = {default}")
    if errno or got is None or int(got) == tried:
        return 1
    return next((1 << n for n in range(14) if tried >> n << n == int(got)), 1)


def kind_of(client, name, scope, data_type, least, most, default, dynamic):
    if name in ("character_set_client", "character_set_connection", "character_set_database",
                "character_set_filesystem", "character_set_results", "character_set_server"):
        return "Charset"
    if name.startswith("collation_") or name == "default_collation_for_utf8mb4":
        return "Collation"
    if name == "sql_mode":
        return "SqlMode"
    if name == "gtid_mode":
        return 'Enum(&["OFF", "OFF_PERMISSIVE", "ON_PERMISSIVE", "ON"])'
    if name == "enforce_gtid_consistency":
        return 'Enum(&["OFF", "ON", "WARN"])'
    if data_type == "Boolean":
        return "Bool"
    if data_type == "Integer":
        least, most = int(least), int(most)
        if least < 0:
            return f"Signed({least}, {most})"
        size = block(client, name, scope, least, most, int(default or 0)) if dynamic else 1
        return f"Blocks({least}, {most}, {size})" if size > 1 else f"Int({least}, {most})"
    if data_type == "Numeric":
        return f"Double({float(least or 0):.1f}, {float(most or 0):.1f})"
    if data_type == "Enumeration" and dynamic:
        found = words(client, name, scope, False)
        if found and all(found):
            return "Enum(&[" + ", ".join(map(quote, found)) + "])"
    if data_type == "Set" and dynamic:
        found = [w for w in words(client, name, scope, True) if w]
        if name in ("optimizer_switch", "optimizer_trace", "optimizer_trace_features"):
            flags = [f.split("=")[0] for f in (default or "").split(",")]
            return "Flags(&[" + ", ".join(map(quote, flags)) + "])"
        if found and not any("," in w for w in found):
            return "Set(&[" + ", ".join(map(quote, found)) + "])"
    return "Text"


def mysql():
    lines = []
    with refserver.server("mysql-9.7") as (connect, data):
        client = connect()
        host = client.query("SELECT @@hostname")[0][0].decode()
        shown = {r[0].decode(): r[1].decode() for r in client.query("SHOW GLOBAL VARIABLES")}
        shown_session = {r[0].decode(): r[1].decode() for r in client.query("SHOW SESSION VARIABLES")}
        rows = client.query("SELECT VARIABLE_NAME, VARIABLE_SCOPE, DATA_TYPE, MIN_VALUE, MAX_VALUE "
                            "FROM performance_schema.variables_metadata ORDER BY 1")
        for row in rows:
            name, scope, data_type, least, most = (None if c is None else c.decode() for c in row)
            if name.startswith("mysqlx"):
                continue
            new = ALIASES.get(name, name.replace("slave", "replica"))
            if new != name and any(r[0].decode() == new for r in rows):
                continue
            at = "SESSION" if scope == "SESSION_ONLY" else "GLOBAL"
            actual = shown.get(name, shown_session.get(name, ""))
            if data_type == "Integer" and not actual.lstrip("-").isdigit():
                actual = "0"
            tried, warnings = attempt(client, f"SET {at} {name} = DEFAULT")
            dynamic = tried != 1238
            client.query(f"SELECT @@{at}.{name}")
            flags = []
            if tried == 1230:
                flags.append("NO_DEFAULT")
            if value(client, name, at) is None:
                flags.append("NULL")
            if dynamic and scope == "SESSION":
                errno, _ = attempt(client, f"SET SESSION {name} = DEFAULT")
                if errno == 1238:
                    flags.append("SESSION_READ_ONLY")
                elif errno == 1621:
                    flags.append("SESSION_FIXED")
            if dynamic and data_type == "String":
                for flag, given in (("NOT_NULL", "NULL"), ("NOT_EMPTY", "''")):
                    if attempt(client, f"SET {at} {name} = {given}")[0] == 1231:
                        flags.append(flag)
                attempt(client, f"SET {at} {name} = DEFAULT")
            # DEFAULT of read-only variables, and of CRASHES, ends the real server.
            given = "DEFAULT" if dynamic else NUMBER_OR_TEXT.get(data_type, "'x'")
            if scope != "SESSION_ONLY" and tried != 1230 and name not in CRASHES and attempt(client, f"SET PERSIST_ONLY {name} = {given}")[0] == 1238:
                flags.append("NOT_PERSISTENT")
            kind = kind_of(client, name, at, data_type, least, most, actual, dynamic)
            text = actual
            if str(data) in text or str(refserver.REFS) in text or (host and host in text) or name in ("server_uuid", "pseudo_thread_id", "basedir"):
                text = ""
            if name in ("timestamp",):
                text = "0.000000"
            old = next((m for n, m in warnings if n == 1287), "")
            scope = {"GLOBAL": "Global", "SESSION": "Both", "SESSION_ONLY": "Session"}[scope]
            lines.append(f"    row({quote(name)}, {kind}, {scope}, {quote(text)}, {str(dynamic).lower()}, "
                         f"{' | '.join(flags) or '0'}, {quote(old)}),")
            try:
                client.query("SELECT 1")
            except (OSError, EOFError):
                sys.exit(f"the server did not survive {name}")
        groups = json.loads((data / "mysqld-auto.cnf").read_text())
        early = {n for group, names in groups.items() if "parse_early" in group for n in names}
    for index, line in enumerate(lines):
        name = re.search(r'"(\w+)"', line)[1]
        if name in early:
            lines[index] = re.sub(r', (0|[A-Z_ |]+), ("(?:[^"\\]|\\.)*"\),)$',
                                  lambda m: f", {'PARSE_EARLY' if m[1] == '0' else m[1] + ' | PARSE_EARLY'}, {m[2]}", line)
    write("mysql.rs", "MySQL 9.7", "MYSQL", lines)


def mariadb():
    found = {}
    for version in ("mariadb-10.11", "mariadb-11.8"):
        with refserver.server(version) as (connect, data):
            client = connect()
            rows = client.query(
                "SELECT LOWER(VARIABLE_NAME), VARIABLE_SCOPE, VARIABLE_TYPE, IFNULL(GLOBAL_VALUE, DEFAULT_VALUE), "
                "NUMERIC_MIN_VALUE, NUMERIC_MAX_VALUE, NUMERIC_BLOCK_SIZE, ENUM_VALUE_LIST, READ_ONLY "
                "FROM information_schema.SYSTEM_VARIABLES")
            for row in rows:
                row = [None if c is None else c.decode() for c in row]
                name, scope, data_type, default, least, most, size, enumeration, read_only = row
                if not REPLICATION.search(name) or ELSEWHERE.search(name):
                    continue
                listed = ", ".join(quote(w) for w in (enumeration or "").split(","))
                if data_type == "BOOLEAN":
                    kind = "Bool"
                elif "INT" in data_type:
                    unit = int(float(size))
                    kind = f"Blocks({least}, {most}, {unit})" if unit > 1 else f"Int({least}, {most})"
                    if int(least) < 0:
                        kind = f"Signed({least}, {most})"
                elif data_type == "DOUBLE":
                    kind = f"Double({float(least):.1f}, {float(most):.1f})"
                elif data_type in ("ENUM", "SET", "FLAGSET"):
                    kind = {"ENUM": "Enum", "SET": "Set", "FLAGSET": "Flags"}[data_type] + f"(&[{listed}])"
                else:
                    kind = "Text"
                at = "SESSION" if scope == "SESSION ONLY" else "GLOBAL"
                dynamic = read_only == "NO" and attempt(client, f"SET {at} {name} = DEFAULT")[0] != 1238
                flags = []
                if dynamic and attempt(client, f"SET {at} {name} = DEFAULT")[0] == 1230:
                    flags.append("NO_DEFAULT")
                if dynamic and kind == "Text":
                    for flag, given in (("NOT_NULL", "NULL"), ("NOT_EMPTY", "''")):
                        if attempt(client, f"SET {at} {name} = {given}")[0] == 1231:
                            flags.append(flag)
                text = default or ""
                if str(data) in text or "/tmp" in text:
                    text = ""
                scope = {"GLOBAL": "Global", "SESSION": "Both", "SESSION ONLY": "Session"}[scope]
                found[name] = (f"    row({quote(name)}, {kind}, {scope}, {quote(text)}, {str(dynamic).lower()}, "
                               f"{' | '.join(flags) or '0'}, \"\"),")
    ours = set(re.findall(r'row\("(\w+)"', (HERE / "mysql.rs").read_text()))
    old = {n.replace("replica", "slave") for n in ours} | set(ALIASES) | ours
    write("mariadb.rs", "MariaDB 10.11 and 11.8, without those that MySQL 9.7 has", "MARIADB",
          [line for name, line in sorted(found.items()) if name not in old])


def write(file, whose, constant, lines):
    text = "\n".join(lines)
    used = [w for w in ("Blocks", "Bool", "Charset", "Collation", "Double", "Enum", "Flags", "Int", "Set", "Signed",
                        "SqlMode", "Text") if re.search(rf"\b{w}\b", text)]
    scopes = [w for w in ("Both", "Global", "Session") if re.search(rf"\b{w}\b", text)]
    flags = [w for w in ("NOT_EMPTY", "NOT_NULL", "NO_DEFAULT", "NULL", "SESSION_FIXED", "SESSION_READ_ONLY", "NOT_PERSISTENT",
                         "PARSE_EARLY") if re.search(rf"\b{w}\b", text)]
    (HERE / file).write_text(
        f"//! Replication's and other system variables of {whose}. Written by record.py; do not edit.\n\n"
        f"use crate::variables::Kind::{{{', '.join(used)}}};\n"
        f"use crate::variables::Scope::{{{', '.join(scopes)}}};\n"
        f"use crate::variables::definition::{{{', '.join(sorted(flags) + ['row'])}}};\n"
        "use crate::variables::Definition;\n\n"
        "/// In order of names.\n#[rustfmt::skip]\n"
        f"pub static {constant}: &[Definition] = &[\n{text}\n];\n")


if __name__ == "__main__":
    mysql()
    mariadb()
