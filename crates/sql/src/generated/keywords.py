#!/usr/bin/env python3
"""Writes keywords.rs: every word that is a keyword of some server, with the servers that reserve it.

usage: keywords.py MYSQL_CLIENT_MODULE_DIR SOCKET56 SOCKET97 SOCKET1011 SOCKET118 > keywords.rs

The module directory holds a minimal client `myc.py` (class C, method q). The words come from
information_schema.KEYWORDS of the newer servers and the list of old words below; whether a server reserves
a word is found by asking it to use the word as an alias.
"""
import sys

sys.path.insert(0, sys.argv[1])
import myc

OLD = """ASENSITIVE AUTHORS CONTRIBUTORS DES_KEY_FILE FRAC_SECOND INNOBASE MASTER_AUTO_POSITION MASTER_BIND
MASTER_CONNECT_RETRY MASTER_DELAY MASTER_HEARTBEAT_PERIOD MASTER_HOST MASTER_LOG_FILE MASTER_LOG_POS MASTER_PASSWORD
MASTER_PORT MASTER_RETRY_COUNT MASTER_SERVER_ID MASTER_SSL MASTER_SSL_CA MASTER_SSL_CAPATH MASTER_SSL_CERT
MASTER_SSL_CIPHER MASTER_SSL_CRL MASTER_SSL_CRLPATH MASTER_SSL_KEY MASTER_SSL_VERIFY_SERVER_CERT MASTER_USER
MASTER_TLS_VERSION MASTER_TLS_CIPHERSUITES MASTER_PUBLIC_KEY_PATH MASTER_COMPRESSION_ALGORITHMS
MASTER_ZSTD_COMPRESSION_LEVEL MASTER_DEMOTE_TO_SLAVE GET_MASTER_PUBLIC_KEY MAX_STATEMENT_TIME OLD_PASSWORD ONE_SHOT
PARSE_GCOL_EXPR PERSISTENT SQL_CACHE SQL_NO_CACHE SQL_TSI_FRAC_SECOND REDOFILE TABLE_REF_PRIORITY REMOTE
ADMIN NONBLOCKING TABLESAMPLE UUID INET4 INET6 XMLTYPE TIME_ZONE TRADITIONAL TREE JSON COUNT MIN MAX SUM AVG STD STDDEV STDDEV_POP
STDDEV_SAMP VARIANCE VAR_POP VAR_SAMP BIT_AND BIT_OR BIT_XOR GROUP_CONCAT JSON_ARRAYAGG JSON_OBJECTAGG ST_COLLECT CAST
EXTRACT TRIM SUBSTRING SUBSTR MID POSITION NOW CURDATE CURTIME SYSDATE DATE_ADD DATE_SUB ADDDATE SUBDATE OFFLINE CLUSTERING""".split()

servers = [myc.C(p, 'root', None, 10) for p in sys.argv[2:6]]
for server in servers:
    server.q('set names utf8')
words = set(OLD)
for server in servers[1:]:
    words |= {r[0].decode().upper() for r in server.q('SELECT WORD FROM information_schema.KEYWORDS')}
words = sorted(w for w in words if w.replace('_', '').isalnum() and not w[0].isdigit())


def reserved(server, word):
    try:
        server.q('SELECT 1 AS %s' % word)
    except myc.MyErr as e:
        assert e.code == 1064, (word, e.code, e.msg)
        return True
    return False


def camel(word):
    parts = [p for p in word.split('_') if p]
    name = parts[0].capitalize()
    for p in parts[1:]:
        # Two parts that both meet at digits would run together.
        name += ('_' if name[-1].isdigit() and p[0].isdigit() else '') + p.capitalize()
    return name


print('//! Keywords of MySQL 5.6 to 9.7 and MariaDB 10.11 to 11.8.')
print('//!')
print('//! Written by `keywords.py` beside this file from the answers of the real servers; do not edit.')
print('//! The flags after each word are the servers that reserve it: 5.6, 9.7, MariaDB 10.11, MariaDB 11.8.')
print()
print('crate::keyword::keywords! {')
for w in words:
    bits = ''.join('1' if reserved(s, w) else '0' for s in reversed(servers))
    print('    %s = "%s", 0b%s;' % (camel(w), w, bits))
print('}')
