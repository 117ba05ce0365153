"""The same with psycopg 3, which prepares statements by itself when they come again."""
import select
import sys

import psycopg

connection = psycopg.connect("")
connection.prepare_threshold = 2
listener = psycopg.connect("", autocommit=True)


def session():
    with connection.transaction():
        connection.execute("create temporary table basket (item int) on commit drop")
        connection.execute("insert into basket select generate_series(1, 3)")
        assert connection.execute("select sum(item) from basket").fetchone() == (6,)
    connection.execute("set work_mem = '7MB'")
    connection.commit()
    assert connection.execute("show work_mem").fetchone() == ("7MB",)
    connection.commit()
    try:
        with connection.transaction():
            connection.execute("select 1 / 0")
    except psycopg.errors.DivisionByZero:
        pass
    with connection.transaction():
        with connection.cursor("rows") as cursor:
            cursor.execute("select generate_series(1, 5000)")
            assert sum(row[0] for row in cursor) == 12502500


def copies():
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("delete from copied_too")
        with cursor.copy("copy copied_too from stdin") as copy:
            copy.write_row((1, "one"))
            copy.write_row((2, "two"))
        with cursor.copy("copy copied_too to stdout") as copy:
            assert b"".join(bytes(part) for part in copy) == b"1\tone\n2\ttwo\n"


def listens():
    listener.execute("listen news")
    connection.execute("notify news, 'of today'")
    connection.commit()
    assert next(listener.notifies()).payload == "of today"


def transfer():
    with connection.transaction():
        connection.execute("update accounts set balance = balance - %s where id = 1", (1,))
        connection.execute("update accounts set balance = balance + %s where id = 2", (1,))


session()
copies()
listens()
print("ready", flush=True)
count = 0
while not select.select([sys.stdin], [], [], 0)[0]:
    transfer()
    count += 1
session()
print("done", count, flush=True)
