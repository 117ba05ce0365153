package io.shoestring.proxy.postgresql;

import static io.shoestring.proxy.postgresql.ProtocolScripts.INT4;
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
import static io.shoestring.proxy.postgresql.Wire.terminate;

/** Simple and extended queries, and the names of prepared statements. */
final class QueryScripts {
    private final ProtocolScripts scripts;

    QueryScripts(ProtocolScripts scripts) {
        this.scripts = scripts;
    }

    void addAll() {
        simpleQueries();
        extendedQueries();
        statementNames();
    }

    private void simpleQueries() {
        scripts.add("simple read", client -> client.ask("select * from items order by id"));
        scripts.add("simple write", client -> client.ask("insert into items values (10, 'ten')"));
        scripts.add("empty query", client -> client.ask(""));
        scripts.add("only a semicolon", client -> client.ask(" ; "));
        scripts.add("only a comment", client -> client.ask("/* nothing */ -- at all"));
        scripts.add(
                "several reads in one string",
                client -> client.ask("select 1; select 2; select name from items where id = 3"));
        scripts.add(
                "several writes in one string",
                client -> client.ask("insert into items values (11, 'a'); delete from items"));
        scripts.add(
                "several statements, the second wrong",
                client -> {
                    client.ask("insert into items values (12, 'a'); select 1/0; select 3");
                    client.ask("select count(*) from items");
                });
        scripts.add("syntax error", client -> client.ask("selekt 1"));
        scripts.add(
                "read that fails",
                client -> {
                    client.ask("select 1/0");
                    client.ask("select 1");
                });
        scripts.add(
                "read that fails after rows", client -> client.ask("select 1/(4-id) from items"));
        scripts.add("unknown table", client -> client.ask("select * from nothing_like_that"));
        scripts.add(
                "queries sent together",
                client -> {
                    client.send(
                            query("select 1"),
                            query("insert into items values (13, 'b')"),
                            query("select name from items where id = 13"),
                            query("select 1/0"),
                            query("select 2"));
                    client.ready(5);
                });
        scripts.add(
                "null, empty and wide values",
                client -> client.ask("select null, '', repeat('w', 99)"));
        scripts.add("no columns", client -> client.ask("select from items"));
        scripts.add("text in UTF-8", client -> client.ask("select 'Grüße, 世界' as ü"));
        scripts.add("goodbye", client -> client.send(query("select 1"), terminate()).untilEnd());
    }

    private void extendedQueries() {
        scripts.add("extended read", client -> client.send(run(READ, "2"), sync()).ready());
        scripts.add("extended write", client -> client.send(run(WRITE, "20", "x"), sync()).ready());
        scripts.add("extended empty query", client -> client.send(run(""), sync()).ready());
        scripts.add(
                "extended null", client -> client.send(run(READ, (String) null), sync()).ready());
        scripts.add(
                "two statements in one Parse",
                client -> client.send(run("select 1; select 2"), sync()).ready());
        scripts.add("Sync alone", client -> client.send(sync()).ready());
        scripts.add("three Syncs", client -> client.send(sync(), sync(), sync()).ready(3));
        scripts.add(
                "Syncs between requests",
                client ->
                        client.send(sync(), run(READ, "1"), sync(), sync(), run(READ, "2"), sync())
                                .ready(4));
        scripts.add("Parse alone", client -> client.send(parse("p", READ, INT4), sync()).ready());
        scripts.add(
                "Describe alone",
                client -> {
                    client.send(parse("d", READ), sync()).ready();
                    client.send(describeStatement("d"), sync()).ready();
                    client.send(describeStatement("d"), describeStatement("d"), sync()).ready();
                });
        scripts.add(
                "Describe of a statement without rows",
                client -> {
                    client.send(parse("", WRITE), describeStatement(""), sync()).ready();
                });
        scripts.add(
                "Describe of nothing",
                client -> {
                    client.send(describeStatement("none"), sync()).ready();
                    client.send(describePortal("none"), sync()).ready();
                });
        scripts.add(
                "Execute of nothing", client -> client.send(execute("none", 0), sync()).ready());
        scripts.add(
                "row limit and PortalSuspended",
                client ->
                        client.send(
                                        parse("", "select id from items order by id"),
                                        bind("", ""),
                                        execute("", 2),
                                        execute("", 2),
                                        execute("", 2),
                                        execute("", 2),
                                        sync())
                                .ready());
        scripts.add(
                "portal suspended over Flushes",
                client -> {
                    client.send(parse("", "select id from items order by id"), bind("", ""));
                    client.send(execute("", 2), flush()).until('s');
                    client.send(execute("", 2), flush()).until('s');
                    client.send(execute("", 2), flush()).until('C');
                    client.send(sync()).ready();
                });
        scripts.add(
                "unnamed portal is gone after Sync",
                client -> {
                    client.send(parse("", "select 1"), bind("", ""), sync()).ready();
                    client.send(execute("", 0), sync()).ready();
                });
        scripts.add(
                "named portals inside a transaction",
                client -> {
                    client.ask("begin");
                    client.send(parse("s", "select id from items order by id"), sync()).ready();
                    client.send(bind("one", "s"), bind("two", "s"), sync()).ready();
                    client.send(execute("one", 1), execute("two", 3), sync()).ready();
                    client.send(execute("one", 1), closePortal("two"), sync()).ready();
                    client.send(execute("two", 1), sync()).ready();
                    client.ask("rollback");
                });
        scripts.add(
                "Close of what is not there",
                client -> client.send(closeStatement("none"), closePortal("none"), sync()).ready());
        scripts.add(
                "Flush without Sync",
                client -> {
                    client.send(run(READ, "1"), flush()).until('C');
                    client.send(run(READ, "2"), flush()).until('C');
                    client.send(sync()).ready();
                });
        scripts.add(
                "Flush alone, then a simple query",
                client -> {
                    client.send(flush(), flush(), query("select 1")).ready();
                    client.send(sync()).ready();
                });
        scripts.add(
                "binary results",
                client -> {
                    byte[] bind =
                            Wire.message(
                                    'B',
                                    out -> {
                                        out.writeBytes("\0\0");
                                        out.writeShort(0);
                                        out.writeShort(0);
                                        out.writeShort(1);
                                        out.writeShort(1);
                                    });
                    client.send(parse("", "select 7, 8"), bind, execute("", 0), sync()).ready();
                });
        scripts.add(
                "wrong number of parameters",
                client -> client.send(run(READ, "1", "2"), sync()).ready());
    }

    private void statementNames() {
        scripts.add(
                "named statement used again and again",
                client -> {
                    client.send(parse("n", READ), sync()).ready();
                    for (int i = 1; i <= 5; i++) {
                        client.send(bound("n", String.valueOf(i)), sync()).ready();
                    }
                });
        scripts.add(
                "named write used again and again",
                client -> {
                    client.send(parse("n", WRITE), sync()).ready();
                    for (int i = 30; i <= 33; i++) {
                        client.send(bound("n", String.valueOf(i), "w"), sync()).ready();
                    }
                    client.ask("select id from items where id > 29 order by id");
                });
        scripts.add(
                "Parse of a name that is taken",
                client -> {
                    client.send(parse("dup", READ), sync()).ready();
                    client.send(parse("dup", "select 2"), sync()).ready();
                    client.send(bound("dup", "3"), sync()).ready();
                });
        scripts.add(
                "Parse of a name that is taken, in one go",
                client -> {
                    client.send(parse("dup", READ), parse("dup", "select 2"), sync()).ready();
                    client.send(bound("dup", "3"), sync()).ready();
                });
        scripts.add(
                "Parse of a name that is taken, reads and writes",
                client -> {
                    client.send(parse("dup", WRITE), sync()).ready();
                    client.send(parse("dup", READ), sync()).ready();
                    client.send(bound("dup", "40", "forty"), sync()).ready();
                    client.send(closeStatement("dup"), parse("dup", READ), sync()).ready();
                    client.send(bound("dup", "40"), sync()).ready();
                });
        scripts.add(
                "Bind to a statement that is not there",
                client -> {
                    client.send(bound("missing"), sync()).ready();
                    client.send(bound(""), sync()).ready();
                    client.ask("select 1");
                });
        scripts.add(
                "Close, then Bind",
                client -> {
                    client.send(parse("c", READ), bound("c", "1"), sync()).ready();
                    client.send(closeStatement("c"), sync()).ready();
                    client.send(bound("c", "1"), sync()).ready();
                });
        scripts.add(
                "Close and Parse under the same name in one go",
                client -> {
                    client.send(parse("c", READ), bound("c", "1"), sync()).ready();
                    client.send(closeStatement("c"), parse("c", "select 'new'"), bound("c"), sync())
                            .ready();
                    client.send(bound("c"), sync()).ready();
                });
        scripts.add(
                "Close that an error skips",
                client -> {
                    client.send(parse("k", READ), sync()).ready();
                    client.send(parse("", "selekt"), closeStatement("k"), sync()).ready();
                    client.send(bound("k", "2"), sync()).ready();
                    client.send(parse("k", "select 2"), sync()).ready();
                });
        scripts.add(
                "Parse that fails leaves the name free",
                client -> {
                    client.send(parse("f", "select * from nowhere"), sync()).ready();
                    client.send(bound("f"), sync()).ready();
                    client.send(parse("f", READ), bound("f", "4"), sync()).ready();
                });
        scripts.add(
                "unnamed statement is replaced",
                client -> {
                    client.send(parse("", "select 1"), sync()).ready();
                    client.send(parse("", "select 2"), sync()).ready();
                    client.send(bound(""), sync()).ready();
                    client.send(bound(""), sync()).ready();
                });
        scripts.add(
                "unnamed statement is destroyed by a failing Parse",
                client -> {
                    client.send(parse("", "select 1"), sync()).ready();
                    client.send(parse("", "selekt"), sync()).ready();
                    client.send(bound(""), sync()).ready();
                });
        scripts.add(
                "unnamed statement is destroyed by a simple query",
                client -> {
                    client.send(parse("", "select 1"), sync()).ready();
                    client.ask("select 2");
                    client.send(bound(""), sync()).ready();
                });
        scripts.add(
                "unnamed write is destroyed by a simple read",
                client -> {
                    client.send(parse("", "delete from items"), sync()).ready();
                    client.ask("select name from items where id = 1");
                    client.send(bound(""), sync()).ready();
                    client.ask("select count(*) from items");
                });
        scripts.add(
                "unnamed statement is closed",
                client -> {
                    client.send(parse("", "select 1"), sync()).ready();
                    client.send(closeStatement(""), sync()).ready();
                    client.send(bound(""), sync()).ready();
                });
        scripts.add(
                "names of every kind of byte",
                client -> {
                    client.send(parse("Grüße \" ' ;", READ), sync()).ready();
                    client.send(bound("Grüße \" ' ;", "1"), sync()).ready();
                });
    }
}
