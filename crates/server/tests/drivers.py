"""PyMySQL and Connector/Python against a server: argument 1 is the port, argument 2 the password of root.

Prints one line a check; any failure ends with an exception.
"""

import sys

import mysql.connector
import pymysql

PORT = int(sys.argv[1])
PASSWORD = sys.argv[2]


def check(name, got, expected):
    if got != expected:
        raise AssertionError(f"{name}: {got!r} instead of {expected!r}")
    print("ok", name)


def pymysql_checks():
    connection = pymysql.connect(
        host="127.0.0.1", port=PORT, user="root", password=PASSWORD, charset="utf8mb4"
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 + 1, 'ä€😀', NULL, 1.50")
        row = cursor.fetchone()
        check("pymysql select", (row[0], row[1], row[2], str(row[3])), (2, "ä€😀", None, "1.50"))
        cursor.execute("SHOW VARIABLES LIKE %s", ("server_id",))
        check("pymysql show", cursor.fetchall(), (("server_id", "1"),))
        cursor.execute("SELECT id, name FROM shop.item WHERE id = %s", (2,))
        check("pymysql rows", cursor.fetchall(), ((2, "zwei €"),))
        try:
            cursor.execute("SELECT nothing")
        except pymysql.err.OperationalError as error:
            check("pymysql error", error.args[0], 1054)
    connection.ping()
    connection.select_db("shop")
    connection.close()


def connector_checks(use_pure):
    connection = mysql.connector.connect(
        host="127.0.0.1", port=PORT, user="root", password=PASSWORD, use_pure=use_pure
    )
    kind = "pure" if use_pure else "C"
    cursor = connection.cursor()
    cursor.execute("SELECT @@version_comment, DATABASE(), CONNECTION_ID() > 0")
    check(f"connector {kind} select", cursor.fetchone(), ("Understudy", None, 1))
    cursor.close()
    cursor = connection.cursor(prepared=True)
    sql = "SELECT id, name, price, made FROM shop.item WHERE id >= ? ORDER BY id DESC LIMIT 1"
    for _ in range(2):
        cursor.execute(sql, (2,))
        row = cursor.fetchone()
        cursor.fetchall()
        values = (row[0], row[1], str(row[2]), str(row[3]))
        expected = (3, None, "-0.05", "2024-02-29 23:59:59")
        check(f"connector {kind} prepared", values, expected)
    cursor.execute("SELECT ?, ?, ?", ("it's \\", 2**40, None))
    check(f"connector {kind} values", cursor.fetchone(), ("it's \\", 2**40, None))
    cursor.close()
    connection.cmd_change_user(username="root", password=PASSWORD, database="shop", charset=45)
    cursor = connection.cursor()
    cursor.execute("SELECT DATABASE()")
    check(f"connector {kind} change user", cursor.fetchone()[0], "shop")
    cursor.close()
    connection.ping(reconnect=False)
    connection.cmd_reset_connection()
    connection.close()


pymysql_checks()
connector_checks(True)
if mysql.connector.HAVE_CEXT:
    connector_checks(False)
