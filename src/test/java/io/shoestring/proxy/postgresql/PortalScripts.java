package io.shoestring.proxy.postgresql;

import static io.shoestring.proxy.postgresql.ProtocolScripts.READ;
import static io.shoestring.proxy.postgresql.ProtocolScripts.WRITE;
import static io.shoestring.proxy.postgresql.ProtocolScripts.bound;
import static io.shoestring.proxy.postgresql.Wire.bind;
import static io.shoestring.proxy.postgresql.Wire.closePortal;
import static io.shoestring.proxy.postgresql.Wire.closeStatement;
import static io.shoestring.proxy.postgresql.Wire.describePortal;
import static io.shoestring.proxy.postgresql.Wire.describeStatement;
import static io.shoestring.proxy.postgresql.Wire.execute;
import static io.shoestring.proxy.postgresql.Wire.flush;
import static io.shoestring.proxy.postgresql.Wire.parse;
import static io.shoestring.proxy.postgresql.Wire.query;
import static io.shoestring.proxy.postgresql.Wire.run;
import static io.shoestring.proxy.postgresql.Wire.sync;

/** Portals and cursors that live through a transaction, in which is also written. */
final class PortalScripts {
    private static final String ROWS = "select i from generate_series(1, 9) i";

    private final ProtocolScripts scripts;

    PortalScripts(ProtocolScripts scripts) {
        this.scripts = scripts;
    }

    void addAll() {
        portalsOfTransactions();
        statementsOfTransactions();
        cursors();
    }

    private void portalsOfTransactions() {
        scripts.add(
                "unnamed portal goes on over Syncs in a transaction",
                client -> {
                    client.ask("begin");
                    client.send(run(ROWS), sync()).ready();
                    client.send(parse("", ROWS), bind("", ""), execute("", 3), sync()).ready();
                    client.send(execute("", 3), sync()).ready();
                    client.pause();
                    client.send(execute("", 0), sync()).ready();
                    client.ask("commit");
                });
        scripts.add(
                "unnamed portal goes on in a transaction that has written",
                client -> {
                    client.ask("begin");
                    client.ask("insert into items values (900, 'w')");
                    client.pause();
                    client.send(parse("", ROWS), bind("", ""), execute("", 3), sync()).ready();
                    client.pause();
                    client.send(execute("", 3), sync()).ready();
                    client.pause();
                    client.send(execute("", 0), sync()).ready();
                    client.ask("commit");
                });
        scripts.add(
                "unnamed portal that writes goes on",
                client -> {
                    client.ask("begin");
                    client.send(
                                    parse(
                                            "",
                                            "insert into items select i, 'r' from"
                                                    + " generate_series(910, 919) i returning id"),
                                    bind("", ""),
                                    execute("", 4),
                                    sync())
                            .ready();
                    client.pause();
                    client.send(execute("", 0), sync()).ready();
                    client.ask("commit");
                    client.ask("select count(*) from items");
                });
        scripts.add(
                "two named portals in turn, with a write between",
                client -> {
                    client.ask("begin");
                    client.send(parse("s", ROWS), bind("a", "s"), bind("b", "s"), sync()).ready();
                    client.send(execute("a", 2), execute("b", 4), sync()).ready();
                    client.ask("update items set name = 'u' where id = 1");
                    client.pause();
                    client.send(execute("a", 2), execute("b", 0), sync()).ready();
                    client.send(closePortal("a"), execute("b", 1), sync()).ready();
                    client.ask("rollback");
                });
        scripts.add(
                "portal of a statement that is closed",
                client -> {
                    client.ask("begin");
                    client.send(parse("s", ROWS), bind("p", "s"), closeStatement("s"), sync())
                            .ready();
                    client.send(execute("p", 2), sync()).ready();
                    client.send(describePortal("p"), sync()).ready();
                    client.send(bind("q", "s"), sync()).ready();
                    client.ask("rollback");
                });
        scripts.add(
                "portal name that is taken",
                client -> {
                    client.ask("begin");
                    client.send(parse("", ROWS), bind("p", ""), bind("p", ""), sync()).ready();
                    client.ask("rollback");
                });
        scripts.add(
                "portal over a savepoint that is rolled back to",
                client -> {
                    client.ask("begin");
                    client.send(parse("", ROWS), bind("before", ""), sync()).ready();
                    client.ask("savepoint s");
                    client.send(parse("", ROWS), bind("behind", ""), sync()).ready();
                    client.ask("rollback to s");
                    client.send(execute("before", 2), sync()).ready();
                    client.send(execute("behind", 2), sync()).ready();
                    client.ask("rollback");
                });
        scripts.add(
                "portal is gone with its transaction",
                client -> {
                    client.ask("begin");
                    client.send(parse("", ROWS), bind("p", ""), execute("p", 1), sync()).ready();
                    client.ask("commit");
                    client.send(execute("p", 1), sync()).ready();
                });
        scripts.add(
                "portal is run to its end, and again",
                client ->
                        client.send(
                                        parse("", ROWS),
                                        bind("p", ""),
                                        execute("p", 0),
                                        execute("p", 0),
                                        sync())
                                .ready());
        scripts.add(
                "FETCH from a portal of the protocol",
                client -> {
                    client.ask("begin");
                    client.send(parse("", ROWS), bind("p", ""), execute("p", 2), sync()).ready();
                    client.ask("fetch 2 from p");
                    client.ask("close p");
                    client.ask("commit");
                });
        scripts.add(
                "Execute of a cursor of SQL",
                client -> {
                    client.ask("begin");
                    client.ask("declare c cursor for " + ROWS);
                    client.send(execute("c", 2), describePortal("c"), execute("c", 0), sync())
                            .ready();
                    client.ask("commit");
                });
        scripts.add(
                "COMMIT as a portal among others",
                client -> {
                    client.ask("begin");
                    client.send(
                                    run(WRITE, "930", "x"),
                                    parse("", "commit"),
                                    bind("", ""),
                                    execute("", 0),
                                    sync())
                            .ready();
                    client.ask("select name from items where id = 930");
                });
        scripts.add(
                "row limit of a COMMIT",
                client -> {
                    client.ask("begin");
                    client.ask("insert into items values (931, 'x')");
                    client.send(parse("", "commit"), bind("", ""), execute("", 1), sync()).ready();
                });
    }

    private void statementsOfTransactions() {
        scripts.add(
                "unnamed statement outlives a request in a transaction that has written",
                client -> {
                    client.ask("begin");
                    client.send(run(WRITE, "940", "x"), sync()).ready();
                    client.pause();
                    client.send(bound("", "941", "y"), sync()).ready();
                    client.pause();
                    client.send(bound("", "942", "z"), sync()).ready();
                    client.ask("commit");
                    client.ask("select count(*) from items");
                });
        scripts.add(
                "unnamed statement is parsed in one request and described in the next",
                client -> {
                    client.ask("begin");
                    client.ask("update items set name = 'v' where id = 2");
                    client.send(parse("", READ), sync()).ready();
                    client.pause();
                    client.send(describeStatement(""), sync()).ready();
                    client.send(bound("", "2"), sync()).ready();
                    client.ask("commit");
                });
        scripts.add(
                "writes and commits without waiting",
                client ->
                        client.send(
                                        query("begin"),
                                        query("insert into items values (950, 'a')"),
                                        query("commit"),
                                        query("begin"),
                                        query("insert into items values (950, 'b')"),
                                        query("commit"),
                                        query("select count(*) from items"))
                                .ready(7));
        scripts.add(
                "extended transaction without waiting",
                client ->
                        client.send(
                                        run("begin"),
                                        sync(),
                                        run(WRITE, "951", "a"),
                                        sync(),
                                        run("commit"),
                                        sync(),
                                        run(READ, "951"),
                                        sync())
                                .ready(4));
        scripts.add(
                "writes fail until a savepoint mends them",
                client -> {
                    client.ask("begin");
                    client.ask("insert into items values (952, 'a')");
                    client.ask("savepoint s");
                    client.ask("insert into items values (952, 'a')");
                    client.ask("select 1");
                    client.ask("rollback to savepoint s");
                    client.ask("release savepoint s");
                    client.ask("commit");
                });
        scripts.add(
                "the first write is in a savepoint that is rolled back",
                client -> {
                    client.ask("begin");
                    client.ask("savepoint s");
                    client.ask("insert into items values (953, 'a')");
                    client.ask("rollback to s");
                    client.pause();
                    client.ask("commit");
                    client.ask("select count(*) from items");
                });
        scripts.add(
                "a lock is no write, and a write comes after it",
                client -> {
                    client.ask("begin");
                    client.ask("select name from items where id = 1 for update");
                    client.ask("lock table items in share mode");
                    client.ask("update items set name = 'l' where id = 1");
                    client.ask("commit");
                });
        scripts.add(
                "two-phase commit is not switched on",
                client -> {
                    client.ask("begin");
                    client.ask("insert into items values (954, 'a')");
                    client.ask("prepare transaction 'x'");
                    client.ask("commit prepared 'x'");
                });
        scripts.add(
                "COPY in a transaction that has written",
                client -> {
                    client.ask("begin");
                    client.ask("insert into items values (955, 'a')");
                    client.send(query("copy items from stdin")).until('G');
                    client.pause();
                    client.send(Wire.copyData("956\tb\n"), Wire.copyDone()).ready();
                    client.ask("commit");
                    client.ask("select count(*) from items");
                });
        scripts.add(
                "a Flush in a transaction that has written",
                client -> {
                    client.ask("begin");
                    client.send(run(WRITE, "957", "a"), flush()).until('C');
                    client.pause();
                    client.send(run(WRITE, "958", "b"), flush()).until('C');
                    client.send(sync()).ready();
                    client.ask("commit");
                });
        scripts.add(
                "what is prepared is seen, and nothing else",
                client -> {
                    client.ask("begin");
                    client.ask("insert into items values (959, 'a')");
                    client.ask("prepare mine as select 1");
                    client.pause();
                    client.ask("select name, statement from pg_prepared_statements");
                    client.ask("select name from pg_cursors");
                    client.ask("deallocate mine");
                    client.ask("commit");
                });
    }

    private void cursors() {
        scripts.add(
                "cursor goes back and forth while something is written",
                client -> {
                    client.ask("begin");
                    client.ask("declare c scroll cursor for select id from items order by id");
                    client.ask("fetch 2 from c");
                    client.ask("insert into items values (960, 'a')");
                    client.pause();
                    client.ask("fetch prior from c");
                    client.ask("fetch all from c");
                    client.ask("move backward all from c");
                    client.ask("fetch absolute 3 from c");
                    client.ask("commit");
                });
        scripts.add(
                "update and delete where the cursor stands",
                client -> {
                    client.ask("begin");
                    client.ask("declare c cursor for select * from items order by id for update");
                    client.ask("fetch 1 from c");
                    client.ask("update items set name = 'here' where current of c");
                    client.pause();
                    client.ask("fetch 1 from c");
                    client.ask("delete from items where current of c");
                    client.ask("commit");
                    client.ask("select count(*) from items");
                });
        scripts.add(
                "cursor outside a transaction",
                client -> client.ask("declare c cursor for select 1"));
        scripts.add(
                "binary cursor",
                client -> {
                    client.ask("begin");
                    client.ask("declare c binary cursor for select 258::int4");
                    client.ask("fetch all from c");
                    client.ask("rollback");
                });
    }
}
