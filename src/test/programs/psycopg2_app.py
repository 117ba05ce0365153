"""A small application with psycopg2: what it needs of a session, and transfers until it is told to end."""
import select
import sys

import psycopg2
import psycopg2.extensions

connection = psycopg2.connect("")
listener = psycopg2.connect("")
listener.autocommit = True


def session():
    with connection, connection.cursor() as cursor:
        cursor.execute("create temporary table basket (item int) on commit drop")
        cursor.execute("insert into basket select generate_series(1, 3)")
        cursor.execute("select sum(item) from basket")
        assert cursor.fetchone() == (6,)
    with connection, connection.cursor() as cursor:
        cursor.execute("set work_mem = '7MB'")
    with connection, connection.cursor() as cursor:
        cursor.execute("show work_mem")
        assert cursor.fetchone() == ("7MB",)
    with connection, connection.cursor("rows") as cursor:
        cursor.execute("select generate_series(1, 5000)")
        assert sum(row[0] for row in cursor) == 12502500


def prepares():
    # It keeps its server connection, and goes.
    other = psycopg2.connect("")
    with other, other.cursor() as cursor:
        cursor.execute("prepare half as select $1::int / 2")
        cursor.execute("execute half (8)")
        assert cursor.fetchone() == (4,)
    other.close()


def copies():
    import io

    with connection, connection.cursor() as cursor:
        cursor.execute("delete from copied")
        cursor.copy_from(io.StringIO("1\tone\n2\ttwo\n"), "copied")
        out = io.StringIO()
        cursor.copy_to(out, "copied")
        assert out.getvalue() == "1\tone\n2\ttwo\n"


def listens():
    with listener.cursor() as cursor:
        cursor.execute("listen news")
        with connection, connection.cursor() as other:
            other.execute("notify news, 'of today'")
        while not listener.notifies:
            assert select.select([listener], [], [], 20)[0], "no notification"
            listener.poll()
        assert listener.notifies.pop().payload == "of today"


def transfer():
    with connection, connection.cursor() as cursor:
        cursor.execute("update accounts set balance = balance - %s where id = 1", (1,))
        cursor.execute("update accounts set balance = balance + %s where id = 2", (1,))


session()
prepares()
copies()
listens()
print("ready", flush=True)
count = 0
while not select.select([sys.stdin], [], [], 0)[0]:
    transfer()
    count += 1
session()
print("done", count, flush=True)
