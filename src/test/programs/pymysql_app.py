"""A small application by PyMySQL: transactions, a temporary table, a file of its own, its last number.

Usage: pymysql_app.py PORT FILE
"""

import sys

import pymysql

port, file = int(sys.argv[1]), sys.argv[2]


def connect():
    return pymysql.connect(
        host="127.0.0.1",
        port=port,
        user="app",
        password="secret",
        database="shop",
        charset="utf8mb4",
        local_infile=True,
        init_command="SET time_zone = '+02:00'",
    )


first, second = connect(), connect()
with first.cursor() as one, second.cursor() as two:
    one.execute("CREATE TABLE py (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(50), n INT)")
    one.execute("INSERT INTO py (name, n) VALUES (%s, %s)", ("Zoë", 10))
    number = one.lastrowid
    first.commit()
    two.execute("INSERT INTO py (name, n) VALUES (%s, 1)", ("other",))
    second.commit()
    one.execute("SELECT LAST_INSERT_ID()")
    assert one.fetchone()[0] == number
    first.commit()

    one.execute("UPDATE py SET n = n + 5 WHERE id = %s", (number,))
    first.rollback()
    two.execute("SELECT name, n FROM py WHERE id = %s", (number,))
    assert two.fetchone() == ("Zoë", 10)
    second.commit()

    one.execute("CREATE TEMPORARY TABLE draft AS SELECT * FROM py")
    first.commit()
    two.execute("SET SESSION sql_mode = 'ANSI_QUOTES'")
    second.commit()
    one.execute('SELECT count(*), "text" FROM draft')
    assert one.fetchone() == (2, "text")
    first.commit()

    one.execute("LOAD DATA LOCAL INFILE '%s' INTO TABLE py (name, n)" % file)
    first.commit()
    two.execute('SELECT sum("n"), timediff(now(), utc_timestamp()) FROM py')
    total, offset = two.fetchone()
    assert total == 6 + 5 + sum(range(1000)), total
    assert offset.total_seconds() == 7200
    second.commit()
first.close()
second.close()
print("good")
