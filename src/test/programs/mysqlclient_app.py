"""A small application by mysqlclient: transactions, a temporary table, a file of its own, compression.

Usage: mysqlclient_app.py PORT FILE
"""

import sys

import MySQLdb

port, file = int(sys.argv[1]), sys.argv[2]


def connect(**more):
    return MySQLdb.connect(
        host="127.0.0.1", port=port, user="app", password="secret", database="shop", local_infile=1, **more
    )


first, second = connect(), connect(compress=True)
one, two = first.cursor(), second.cursor()
one.execute("CREATE TABLE client (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(50), n INT)")
one.execute("INSERT INTO client (name, n) VALUES (%s, %s)", ("first", 10))
number = one.lastrowid
first.commit()
one.execute("UPDATE client SET n = 99")
first.rollback()
two.execute("SELECT n FROM client WHERE id = %s", (number,))
assert two.fetchone() == (10,)
second.commit()
one.execute("CREATE TEMPORARY TABLE draft AS SELECT * FROM client")
first.commit()
one.execute("LOAD DATA LOCAL INFILE '%s' INTO TABLE client (name, n)" % file)
first.commit()
two.execute("SELECT SUM(n), REPEAT('z', 200000) FROM client")
total, text = two.fetchone()
assert (total, len(text)) == (10 + sum(range(1000)), 200000), total
second.commit()
one.execute("SELECT COUNT(*) FROM draft")
assert one.fetchone() == (1,)
one.executemany("INSERT INTO client (name, n) VALUES (%s, %s)", [("x", i) for i in range(500)])
first.commit()
one.execute("DROP TABLE client")
first.close()
second.close()
print("good")
