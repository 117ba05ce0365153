package io.shoestring.proxy.postgresql;

import static io.shoestring.proxy.postgresql.Wire.bind;
import static io.shoestring.proxy.postgresql.Wire.closePortal;
import static io.shoestring.proxy.postgresql.Wire.closeStatement;
import static io.shoestring.proxy.postgresql.Wire.copyData;
import static io.shoestring.proxy.postgresql.Wire.copyDone;
import static io.shoestring.proxy.postgresql.Wire.copyFail;
import static io.shoestring.proxy.postgresql.Wire.describePortal;
import static io.shoestring.proxy.postgresql.Wire.describeStatement;
import static io.shoestring.proxy.postgresql.Wire.execute;
import static io.shoestring.proxy.postgresql.Wire.flush;
import static io.shoestring.proxy.postgresql.Wire.functionCall;
import static io.shoestring.proxy.postgresql.Wire.parse;
import static io.shoestring.proxy.postgresql.Wire.query;
import static io.shoestring.proxy.postgresql.Wire.run;
import static io.shoestring.proxy.postgresql.Wire.sync;
import static io.shoestring.proxy.postgresql.Wire.terminate;
import static io.shoestring.proxy.postgresql.Wire.together;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Conversations of which a client must get the same answers from a server and from the proxy in
 * front of it. They use the tables {@code items} (ids 1 to 5) and {@code parts} (empty; refers to
 * items, checked at commit).
 */
final class ProtocolScripts {
    private static final int UPPER = 871;
    private static final int INT4 = 23;
    private static final String READ = "select name from items where id = $1";
    private static final String WRITE = "insert into items values ($1, $2)";

    private final Map<String, Script> byName = new LinkedHashMap<>();

    /** What a client says, and how long it listens in between. */
    @FunctionalInterface
    interface Script {
        void run(RawClient client) throws IOException;
    }

    private ProtocolScripts() {}

    static Map<String, Script> all() {
        var scripts = new ProtocolScripts();
        scripts.simpleQueries();
        scripts.extendedQueries();
        scripts.statementNames();
        scripts.pipelines();
        scripts.errorsInPipelines();
        scripts.transactions();
        scripts.copyIn();
        scripts.copyOut();
        scripts.settings();
        scripts.sessionState();
        scripts.switchesBetweenServers();
        scripts.aside();
        return scripts.byName;
    }

    private void add(String name, Script script) {
        if (byName.put(name, script) != null) {
            throw new IllegalStateException("two scripts are named " + name);
        }
    }

    private static byte[] bound(String statement, String... values) {
        return together(bind("", statement, values), execute("", 0));
    }

    private void simpleQueries() {
        add("simple read", client -> client.ask("select * from items order by id"));
        add("simple write", client -> client.ask("insert into items values (10, 'ten')"));
        add("empty query", client -> client.ask(""));
        add("only a semicolon", client -> client.ask(" ; "));
        add("only a comment", client -> client.ask("/* nothing */ -- at all"));
        add(
                "several reads in one string",
                client -> client.ask("select 1; select 2; select name from items where id = 3"));
        add(
                "several writes in one string",
                client -> client.ask("insert into items values (11, 'a'); delete from items"));
        add(
                "several statements, the second wrong",
                client -> {
                    client.ask("insert into items values (12, 'a'); select 1/0; select 3");
                    client.ask("select count(*) from items");
                });
        add("syntax error", client -> client.ask("selekt 1"));
        add(
                "read that fails",
                client -> {
                    client.ask("select 1/0");
                    client.ask("select 1");
                });
        add("read that fails after rows", client -> client.ask("select 1/(4-id) from items"));
        add("unknown table", client -> client.ask("select * from nothing_like_that"));
        add(
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
        add(
                "null, empty and wide values",
                client -> client.ask("select null, '', repeat('w', 99)"));
        add("no columns", client -> client.ask("select from items"));
        add("text in UTF-8", client -> client.ask("select 'Grüße, 世界' as ü"));
        add("goodbye", client -> client.send(query("select 1"), terminate()).untilEnd());
    }

    private void extendedQueries() {
        add("extended read", client -> client.send(run(READ, "2"), sync()).ready());
        add("extended write", client -> client.send(run(WRITE, "20", "x"), sync()).ready());
        add("extended empty query", client -> client.send(run(""), sync()).ready());
        add("extended null", client -> client.send(run(READ, (String) null), sync()).ready());
        add(
                "two statements in one Parse",
                client -> client.send(run("select 1; select 2"), sync()).ready());
        add("Sync alone", client -> client.send(sync()).ready());
        add("three Syncs", client -> client.send(sync(), sync(), sync()).ready(3));
        add(
                "Syncs between requests",
                client ->
                        client.send(sync(), run(READ, "1"), sync(), sync(), run(READ, "2"), sync())
                                .ready(4));
        add("Parse alone", client -> client.send(parse("p", READ, INT4), sync()).ready());
        add(
                "Describe alone",
                client -> {
                    client.send(parse("d", READ), sync()).ready();
                    client.send(describeStatement("d"), sync()).ready();
                    client.send(describeStatement("d"), describeStatement("d"), sync()).ready();
                });
        add(
                "Describe of a statement without rows",
                client -> {
                    client.send(parse("", WRITE), describeStatement(""), sync()).ready();
                });
        add(
                "Describe of nothing",
                client -> {
                    client.send(describeStatement("none"), sync()).ready();
                    client.send(describePortal("none"), sync()).ready();
                });
        add("Execute of nothing", client -> client.send(execute("none", 0), sync()).ready());
        add(
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
        add(
                "portal suspended over Flushes",
                client -> {
                    client.send(parse("", "select id from items order by id"), bind("", ""));
                    client.send(execute("", 2), flush()).until('s');
                    client.send(execute("", 2), flush()).until('s');
                    client.send(execute("", 2), flush()).until('C');
                    client.send(sync()).ready();
                });
        add(
                "unnamed portal is gone after Sync",
                client -> {
                    client.send(parse("", "select 1"), bind("", ""), sync()).ready();
                    client.send(execute("", 0), sync()).ready();
                });
        add(
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
        add(
                "Close of what is not there",
                client -> client.send(closeStatement("none"), closePortal("none"), sync()).ready());
        add(
                "Flush without Sync",
                client -> {
                    client.send(run(READ, "1"), flush()).until('C');
                    client.send(run(READ, "2"), flush()).until('C');
                    client.send(sync()).ready();
                });
        add(
                "Flush alone, then a simple query",
                client -> {
                    client.send(flush(), flush(), query("select 1")).ready();
                    client.send(sync()).ready();
                });
        add(
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
        add(
                "wrong number of parameters",
                client -> client.send(run(READ, "1", "2"), sync()).ready());
    }

    private void statementNames() {
        add(
                "named statement used again and again",
                client -> {
                    client.send(parse("n", READ), sync()).ready();
                    for (int i = 1; i <= 5; i++) {
                        client.send(bound("n", String.valueOf(i)), sync()).ready();
                    }
                });
        add(
                "named write used again and again",
                client -> {
                    client.send(parse("n", WRITE), sync()).ready();
                    for (int i = 30; i <= 33; i++) {
                        client.send(bound("n", String.valueOf(i), "w"), sync()).ready();
                    }
                    client.ask("select id from items where id > 29 order by id");
                });
        add(
                "Parse of a name that is taken",
                client -> {
                    client.send(parse("dup", READ), sync()).ready();
                    client.send(parse("dup", "select 2"), sync()).ready();
                    client.send(bound("dup", "3"), sync()).ready();
                });
        add(
                "Parse of a name that is taken, in one go",
                client -> {
                    client.send(parse("dup", READ), parse("dup", "select 2"), sync()).ready();
                    client.send(bound("dup", "3"), sync()).ready();
                });
        add(
                "Parse of a name that is taken, reads and writes",
                client -> {
                    client.send(parse("dup", WRITE), sync()).ready();
                    client.send(parse("dup", READ), sync()).ready();
                    client.send(bound("dup", "40", "forty"), sync()).ready();
                    client.send(closeStatement("dup"), parse("dup", READ), sync()).ready();
                    client.send(bound("dup", "40"), sync()).ready();
                });
        add(
                "Bind to a statement that is not there",
                client -> {
                    client.send(bound("missing"), sync()).ready();
                    client.send(bound(""), sync()).ready();
                    client.ask("select 1");
                });
        add(
                "Close, then Bind",
                client -> {
                    client.send(parse("c", READ), bound("c", "1"), sync()).ready();
                    client.send(closeStatement("c"), sync()).ready();
                    client.send(bound("c", "1"), sync()).ready();
                });
        add(
                "Close and Parse under the same name in one go",
                client -> {
                    client.send(parse("c", READ), bound("c", "1"), sync()).ready();
                    client.send(closeStatement("c"), parse("c", "select 'new'"), bound("c"), sync())
                            .ready();
                    client.send(bound("c"), sync()).ready();
                });
        add(
                "Close that an error skips",
                client -> {
                    client.send(parse("k", READ), sync()).ready();
                    client.send(parse("", "selekt"), closeStatement("k"), sync()).ready();
                    client.send(bound("k", "2"), sync()).ready();
                    client.send(parse("k", "select 2"), sync()).ready();
                });
        add(
                "Parse that fails leaves the name free",
                client -> {
                    client.send(parse("f", "select * from nowhere"), sync()).ready();
                    client.send(bound("f"), sync()).ready();
                    client.send(parse("f", READ), bound("f", "4"), sync()).ready();
                });
        add(
                "unnamed statement is replaced",
                client -> {
                    client.send(parse("", "select 1"), sync()).ready();
                    client.send(parse("", "select 2"), sync()).ready();
                    client.send(bound(""), sync()).ready();
                    client.send(bound(""), sync()).ready();
                });
        add(
                "unnamed statement is destroyed by a failing Parse",
                client -> {
                    client.send(parse("", "select 1"), sync()).ready();
                    client.send(parse("", "selekt"), sync()).ready();
                    client.send(bound(""), sync()).ready();
                });
        add(
                "unnamed statement is destroyed by a simple query",
                client -> {
                    client.send(parse("", "select 1"), sync()).ready();
                    client.ask("select 2");
                    client.send(bound(""), sync()).ready();
                });
        add(
                "unnamed write is destroyed by a simple read",
                client -> {
                    client.send(parse("", "delete from items"), sync()).ready();
                    client.ask("select name from items where id = 1");
                    client.send(bound(""), sync()).ready();
                    client.ask("select count(*) from items");
                });
        add(
                "unnamed statement is closed",
                client -> {
                    client.send(parse("", "select 1"), sync()).ready();
                    client.send(closeStatement(""), sync()).ready();
                    client.send(bound(""), sync()).ready();
                });
        add(
                "names of every kind of byte",
                client -> {
                    client.send(parse("Grüße \" ' ;", READ), sync()).ready();
                    client.send(bound("Grüße \" ' ;", "1"), sync()).ready();
                });
    }

    private void pipelines() {
        add(
                "reads and writes in one pipeline",
                client -> {
                    client.send(parse("r", READ), parse("w", WRITE), sync());
                    for (int i = 50; i < 60; i++) {
                        client.send(bound("w", String.valueOf(i), "v" + i), sync());
                        client.send(bound("r", String.valueOf(i)), sync());
                    }
                    client.ready(21);
                });
        add(
                "one pipeline of more than 64 KiB",
                client -> {
                    byte[] row = bound("big", "1");
                    client.send(parse("big", READ));
                    byte[][] rows = new byte[4_000][];
                    java.util.Arrays.fill(rows, row);
                    client.send(rows);
                    client.send(sync()).ready();
                });
        add(
                "one pipeline of more than 64 KiB that writes",
                client -> {
                    client.send(parse("big", WRITE));
                    byte[][] rows = new byte[2_000][];
                    for (int i = 0; i < rows.length; i++) {
                        rows[i] = bound("big", String.valueOf(1_000 + i), "some padding here");
                    }
                    client.send(together(rows), sync()).ready();
                    client.ask("select count(*) from items");
                });
        add(
                "one pipeline of more than 64 KiB that fails early",
                client -> {
                    client.send(parse("big", WRITE));
                    byte[][] rows = new byte[2_000][];
                    for (int i = 0; i < rows.length; i++) {
                        rows[i] = bound("big", i == 100 ? "x" : String.valueOf(1_000 + i), "pad");
                    }
                    client.send(together(rows), sync()).ready();
                    client.ask("select count(*) from items");
                });
        add(
                "a statement of more than 64 KiB",
                client -> {
                    String long_ = "l".repeat(100_000);
                    client.ask("select length('" + long_ + "')");
                    client.send(run("select length('" + long_ + "')"), sync()).ready();
                    client.send(run("select length($1)", long_), sync()).ready();
                    client.ask("select 1");
                });
        add(
                "a long named statement",
                client -> {
                    String sql = "select length('" + "l".repeat(100_000) + "')";
                    client.send(parse("long", sql), sync()).ready();
                    client.send(bound("long"), sync()).ready();
                    client.ask("select 1");
                    client.send(bound("long"), sync()).ready();
                });
        add(
                "a long statement in place of a short one",
                client -> {
                    client.send(parse("", "select 1"), sync()).ready();
                    client.send(parse("", "select length('" + "l".repeat(99_999) + "')"), sync());
                    client.ready();
                    client.send(bound(""), sync()).ready();
                });
        add(
                "large rows",
                client -> {
                    client.ask("select repeat('r', 300000) from generate_series(1, 3)");
                    client.ask("select 1");
                });
        add(
                "simple query in the middle of a pipeline",
                client -> {
                    client.send(run(READ, "1"), query("select 2"), run(READ, "3"), sync());
                    client.ready(2);
                });
    }

    private void errorsInPipelines() {
        add(
                "Parse error inside a pipeline",
                client -> {
                    client.send(run(READ, "1"), run("selekt"), run(READ, "2"), sync()).ready();
                    client.send(run(READ, "2"), sync()).ready();
                });
        add(
                "error in the middle undoes what was before",
                client -> {
                    client.send(run(WRITE, "60", "a"), run("select 1/0"), sync()).ready();
                    client.ask("select count(*) from items where id = 60");
                });
        add(
                "errors and Syncs alternate",
                client -> {
                    client.send(run("select 1/0"), sync(), run(READ, "1"), sync());
                    client.send(run("select 2/0"), run(READ, "1"), sync(), sync());
                    client.ready(4);
                });
        add(
                "error, Flush, more, Sync",
                client -> {
                    client.send(run("select 1/0"), flush()).until('E');
                    client.send(run(READ, "1"), flush());
                    client.send(query("select 'never answered'"));
                    client.send(sync()).ready();
                    client.ask("select 2");
                });
        add(
                "error at Sync: a deferred constraint",
                client -> {
                    client.send(run("insert into parts values (1, 999)"), sync()).ready();
                    client.ask("select count(*) from parts");
                });
        add(
                "error after Flush with statements of both servers",
                client -> {
                    client.send(parse("r", READ), sync()).ready();
                    client.send(bound("r", "1"), sync()).ready();
                    client.send(run("insert into items values (1, 'taken')"), flush()).until('E');
                    client.send(bound("r", "2"), sync()).ready();
                    client.send(bound("r", "2"), sync()).ready();
                });
        add(
                "malformed bodies",
                client -> {
                    client.send(Wire.message('P', out -> out.writeBytes("no end")), sync()).ready();
                    client.send(Wire.message('B', out -> out.writeBytes("\0")), sync()).ready();
                    client.send(Wire.message('D', out -> out.writeBytes("Qx\0")), sync()).ready();
                    client.send(Wire.message('E', out -> out.writeBytes("\0\0")), sync()).ready();
                    client.send(Wire.message('C', out -> out.writeBytes("Q\0")), sync()).ready();
                    client.send(Wire.message('Q', out -> out.writeBytes("select 1"))).ready();
                    client.ask("select 1");
                });
    }

    private void transactions() {
        add(
                "transaction",
                client -> {
                    client.ask("begin");
                    client.ask("insert into items values (70, 'x')");
                    client.ask("select name from items where id = 70");
                    client.ask("commit");
                    client.ask("select name from items where id = 70");
                });
        add(
                "failed transaction goes on and ends",
                client -> {
                    client.ask("begin");
                    client.ask("select 1/0");
                    client.ask("select 1");
                    client.send(run(READ, "1"), sync()).ready();
                    client.send(sync()).ready();
                    client.ask("commit");
                    client.ask("select 1");
                });
        add(
                "savepoints",
                client -> {
                    client.ask("begin");
                    client.ask("insert into items values (71, 'x')");
                    client.ask("savepoint s");
                    client.ask("insert into items values (71, 'again')");
                    client.ask("rollback to savepoint s");
                    client.ask("insert into items values (72, 'y')");
                    client.ask("release savepoint s");
                    client.ask("commit");
                    client.ask("select count(*) from items where id in (71, 72)");
                });
        add(
                "commit and chain",
                client -> {
                    client.ask("begin");
                    client.ask("commit and chain");
                    client.ask("select 1");
                    client.ask("rollback and chain");
                    client.ask("rollback");
                });
        add(
                "warnings about transactions",
                client -> {
                    client.ask("commit");
                    client.ask("rollback");
                    client.ask("begin");
                    client.ask("begin");
                    client.ask("end");
                    client.ask("savepoint s");
                });
        add(
                "transaction in extended protocol",
                client -> {
                    client.send(run("begin"), run(WRITE, "73", "z"), sync()).ready();
                    client.send(run(READ, "73"), sync()).ready();
                    client.send(run("commit"), sync()).ready();
                    client.send(run(READ, "73"), sync()).ready();
                });
        add(
                "commit fails",
                client -> {
                    client.ask("begin");
                    client.ask("insert into parts values (1, 999)");
                    client.ask("commit");
                    client.ask("select count(*) from parts");
                });
        add(
                "read-only and serializable transactions",
                client -> {
                    client.ask("begin read only");
                    client.ask("insert into items values (74, 'no')");
                    client.ask("rollback");
                    client.ask("begin isolation level serializable, read only, deferrable");
                    client.ask("show transaction_isolation");
                    client.ask("commit");
                });
        add(
                "transaction in one string",
                client -> {
                    client.ask("begin; insert into items values (75, 'a'); commit; select 1");
                    client.ask("begin; insert into items values (76, 'a')");
                    client.ask("select name from items where id = 76");
                    client.ask("rollback");
                    client.ask("select name from items where id = 76");
                });
    }

    private void copyIn() {
        add(
                "COPY in",
                client -> {
                    client.send(query("copy items from stdin")).until('G');
                    client.send(copyData("80\teighty\n"), copyData("81\t\\N\n"), copyDone());
                    client.ready();
                    client.ask("select count(*) from items");
                });
        add(
                "COPY in without waiting",
                client -> {
                    client.send(
                                    query("copy items from stdin"),
                                    copyData("82\ta\n"),
                                    copyDone(),
                                    query("select count(*) from items"))
                            .ready(2);
                });
        add(
                "COPY in that the client gives up",
                client -> {
                    client.send(query("copy items from stdin")).until('G');
                    client.send(copyData("83\tx\n"), copyFail("changed my mind")).ready();
                    client.ask("select count(*) from items");
                });
        add(
                "COPY in with an error in the middle",
                client -> {
                    client.send(query("copy items from stdin")).until('G');
                    client.send(copyData("84\ta\n"), copyData("not a number\tb\n"));
                    client.send(copyData("85\tc\n"), copyDone()).ready();
                    client.send(copyData("ignored"), copyDone());
                    client.ask("select count(*) from items");
                });
        add(
                "COPY in by extended protocol",
                client -> {
                    client.send(run("copy items from stdin"), flush()).until('G');
                    client.send(copyData("86\ta\n"), copyDone(), sync()).ready();
                    client.ask("select name from items where id = 86");
                });
        add(
                "COPY in by extended protocol with an early Sync",
                client -> {
                    client.send(run("copy items from stdin"), sync()).until('G');
                    client.send(copyData("87\ta\n"), copyDone(), sync()).ready();
                    client.ask("select name from items where id = 87");
                });
        add(
                "COPY in by extended protocol without waiting",
                client -> {
                    client.send(
                                    run("copy items from stdin"),
                                    sync(),
                                    copyData("88\ta\n"),
                                    copyDone(),
                                    sync(),
                                    query("select name from items where id = 88"))
                            .ready(2);
                });
        add(
                "COPY in by extended protocol with Syncs among the data",
                client -> {
                    client.send(run("copy items from stdin"), flush()).until('G');
                    client.send(copyData("89\ta\n"), sync(), flush(), copyData("90\tb\n"), sync());
                    client.send(copyDone(), sync()).ready();
                    client.ask("select count(*) from items");
                });
        add(
                "COPY in by extended protocol with an error",
                client -> {
                    client.send(run("copy items from stdin"), flush()).until('G');
                    client.send(copyData("x\ta\n"), copyDone(), sync()).ready();
                    client.send(run("copy items from stdin"), flush()).until('G');
                    client.send(copyData("91\ta\n"), copyFail("no"), sync()).ready();
                    client.ask("select count(*) from items");
                });
        add(
                "COPY in that does not begin",
                client -> {
                    client.send(query("copy nowhere from stdin"), copyData("1\n"), copyDone());
                    client.ready();
                    client.send(run("copy nowhere from stdin"), sync(), copyDone(), sync());
                    client.ready(2);
                });
        add(
                "two COPYs in one string",
                client -> {
                    client.send(query("copy items from stdin; copy items from stdin")).until('G');
                    client.send(copyData("92\ta\n"), copyDone()).until('G');
                    client.send(copyData("93\tb\n"), copyDone()).ready();
                    client.ask("select count(*) from items");
                });
        add(
                "long COPY data",
                client -> {
                    client.send(query("copy items from stdin")).until('G');
                    var rows = new StringBuilder();
                    for (int i = 1_000; i < 6_000; i++) {
                        rows.append(i).append("\tsome padding to make it long\n");
                    }
                    client.send(copyData(rows.toString()), copyDone()).ready();
                    client.ask("select count(*) from items");
                });
    }

    private void copyOut() {
        add("COPY out", client -> client.ask("copy items to stdout"));
        add(
                "COPY out by extended protocol",
                client -> client.send(run("copy items to stdout"), sync()).ready());
        add("COPY out of a query", client -> client.ask("copy (select 1, 'x') to stdout csv"));
        add(
                "COPY out that fails in the middle",
                client -> client.ask("copy (select 1/(4-id) from items order by id) to stdout"));
        add(
                "COPY out of much",
                client ->
                        client.ask(
                                "copy (select i, repeat('x', 100) from generate_series(1, 5000) i)"
                                        + " to stdout"));
    }

    private void settings() {
        add(
                "settings that are reported",
                client -> {
                    client.ask("set client_encoding = 'LATIN1'");
                    client.ask("select 'ü'");
                    client.ask("set datestyle = 'German, DMY'");
                    client.ask("select date '2026-01-31'");
                    client.ask("set timezone = 'Asia/Tokyo'");
                    client.ask("set application_name = 'other'");
                    client.ask("select timestamptz '2026-01-31 00:00 UTC'");
                    client.ask("reset datestyle");
                    client.ask("reset all");
                    client.ask("select date '2026-01-31'");
                });
        add(
                "SET in a transaction that is rolled back",
                client -> {
                    client.ask("set work_mem = '3MB'");
                    client.ask("begin");
                    client.ask("set work_mem = '5MB'");
                    client.ask("set datestyle = 'SQL, DMY'");
                    client.ask("rollback");
                    client.ask("select current_setting('work_mem'), date '2026-01-31'");
                });
        add(
                "SET in a transaction that commits",
                client -> {
                    client.ask("begin");
                    client.ask("set work_mem = '6MB'");
                    client.ask("commit");
                    client.ask("select current_setting('work_mem')");
                });
        add(
                "SET before and after a savepoint",
                client -> {
                    client.ask("begin");
                    client.ask("set work_mem = '7MB'");
                    client.ask("savepoint s");
                    client.ask("set work_mem = '8MB'");
                    client.ask("rollback to s");
                    client.ask("commit");
                    client.ask("select current_setting('work_mem')");
                });
        add(
                "SETs in one pipeline with transactions",
                client -> {
                    client.send(
                            query("set work_mem = '9MB'"),
                            query("begin"),
                            query("set work_mem = '10MB'"),
                            query("rollback"),
                            query("select current_setting('work_mem')"));
                    client.ready(5);
                    client.ask("select current_setting('work_mem')");
                });
        add(
                "SET that fails among SETs",
                client -> {
                    client.send(
                            query("set work_mem = '11MB'"),
                            query("set no_such_thing = 1"),
                            query("set maintenance_work_mem = '12MB'"));
                    client.ready(3);
                    client.ask(
                            "select current_setting('work_mem'),"
                                    + " current_setting('maintenance_work_mem')");
                });
        add(
                "SET in an extended pipeline that fails",
                client -> {
                    client.send(run("set work_mem = '13MB'"), run("select 1/0"), sync()).ready();
                    client.ask("select current_setting('work_mem')");
                });
        add(
                "SET among others in one string",
                client -> {
                    client.ask("set work_mem = '14MB'; select 1");
                    client.ask("select current_setting('work_mem')");
                });
        add(
                "SET LOCAL",
                client -> {
                    client.ask("begin");
                    client.ask("set local work_mem = '15MB'");
                    client.ask("select current_setting('work_mem')");
                    client.ask("commit");
                    client.ask("select current_setting('work_mem')");
                });
        add(
                "set_config",
                client -> {
                    client.ask("select set_config('work_mem', '16MB', false)");
                    client.ask("select current_setting('work_mem')");
                });
        add(
                "SET ROLE",
                client -> {
                    client.ask("set role pg_monitor");
                    client.ask("select current_user");
                    client.ask("select name from items where id = 1");
                    client.ask("reset role");
                    client.ask("select current_user, session_user");
                });
        add(
                "search_path decides what is read",
                client -> {
                    client.ask("set search_path = other");
                    client.ask("select name from items where id = 1");
                    client.ask("set search_path = default");
                    client.ask("select name from items where id = 1");
                });
        add(
                "serializable by default",
                client -> {
                    client.ask("set default_transaction_isolation = 'serializable'");
                    client.ask("select name from items where id = 1");
                    client.send(run(READ, "2"), sync()).ready();
                });
        add(
                "set, discard all, read",
                client -> {
                    client.ask("set work_mem = '17MB'");
                    client.ask("select current_setting('work_mem')");
                    client.ask("discard all");
                    client.ask("select current_setting('work_mem')");
                    client.ask("set work_mem = '18MB'");
                    client.ask("select current_setting('work_mem')");
                });
        add(
                "set and discard all in one pipeline",
                client -> {
                    client.send(
                            query("set work_mem = '19MB'"),
                            query("discard all"),
                            query("set maintenance_work_mem = '20MB'"));
                    client.ready(3);
                    client.ask(
                            "select current_setting('work_mem'),"
                                    + " current_setting('maintenance_work_mem')");
                });
        add(
                "statement_timeout",
                client -> {
                    client.ask("set statement_timeout = '50ms'");
                    client.ask("select pg_sleep(5)");
                    client.ask("select count(*) from generate_series(1, 100000000)");
                    client.ask("select 1");
                });
    }

    private void sessionState() {
        add(
                "SQL PREPARE and EXECUTE",
                client -> {
                    client.ask("prepare q (int) as select name from items where id = $1");
                    client.ask("execute q (1)");
                    client.send(bound("q", "2"), sync()).ready();
                    client.ask("deallocate q");
                    client.ask("execute q (1)");
                });
        add(
                "SQL EXECUTE of a statement of the protocol",
                client -> {
                    client.send(parse("e", READ, INT4), sync()).ready();
                    client.ask("execute e (3)");
                    client.send(bound("e", "3"), sync()).ready();
                });
        add(
                "DEALLOCATE of a statement of the protocol",
                client -> {
                    client.send(parse("x", READ), bound("x", "1"), sync()).ready();
                    client.ask("deallocate x");
                    client.send(bound("x", "1"), sync()).ready();
                    client.send(parse("x", "select 'other'"), bound("x"), sync()).ready();
                    client.ask("DEALLOCATE PREPARE \"x\";");
                    client.send(parse("x", WRITE), bound("x", "95", "w"), sync()).ready();
                    client.ask("deallocate x");
                    client.send(parse("x", READ), bound("x", "95"), sync()).ready();
                });
        add(
                "DEALLOCATE by extended protocol",
                client -> {
                    client.send(parse("y", READ), bound("y", "1"), sync()).ready();
                    client.send(run("deallocate y"), sync()).ready();
                    client.send(bound("y", "1"), sync()).ready();
                });
        add("DEALLOCATE of nothing", client -> client.ask("deallocate nothing_like_that"));
        add(
                "DEALLOCATE ALL",
                client -> {
                    client.send(parse("a1", READ), parse("a2", WRITE), sync()).ready();
                    client.ask("deallocate all");
                    client.send(bound("a1", "1"), sync()).ready();
                    client.send(bound("a2", "1", "x"), sync()).ready();
                    client.send(parse("a1", READ), bound("a1", "1"), sync()).ready();
                });
        add(
                "DISCARD ALL",
                client -> {
                    client.send(parse("d1", READ), sync()).ready();
                    client.ask("create temp table mine (id int)");
                    client.ask("discard all");
                    client.ask("select * from mine");
                    client.send(bound("d1", "1"), sync()).ready();
                    client.send(parse("d1", READ), bound("d1", "1"), sync()).ready();
                });
        add(
                "cursors",
                client -> {
                    client.ask("begin");
                    client.ask("declare c cursor for select id from items order by id");
                    client.ask("fetch 2 from c");
                    client.send(run("fetch 2 from c"), sync()).ready();
                    client.ask("close c");
                    client.ask("fetch 1 from c");
                    client.ask("rollback");
                });
        add(
                "cursor with hold",
                client -> {
                    client.ask("begin");
                    client.ask("declare h cursor with hold for select id from items order by id");
                    client.ask("commit");
                    client.ask("select name from items where id = 1");
                    client.ask("fetch 3 from h");
                    client.ask("close h");
                });
        add(
                "temporary table",
                client -> {
                    client.ask("create temp table items as select 'mine' as name, 1 as id");
                    client.ask("select name || '!' from items where id = 1");
                    client.ask("drop table items");
                    client.ask("select name from items where id = 1");
                });
        add(
                "LISTEN and NOTIFY to itself",
                client -> {
                    client.ask("listen bell");
                    client.ask("notify bell, 'ding'");
                    client.ask("begin");
                    client.ask("notify bell, 'dong'");
                    client.ask("commit");
                    client.ask("unlisten bell");
                    client.ask("notify bell, 'unheard'");
                });
        add(
                "advisory lock",
                client -> {
                    client.ask("select pg_advisory_lock(4711)");
                    client.ask("select pg_advisory_unlock(4711)");
                    client.ask("select pg_advisory_unlock(4711)");
                });
        add(
                "sequence",
                client -> {
                    client.ask("select setval('numbers', 41)");
                    client.ask("select nextval('numbers')");
                    client.ask("select currval('numbers'), lastval()");
                });
    }

    private void switchesBetweenServers() {
        add(
                "named statements on both servers in turn",
                client -> {
                    client.send(parse("r", READ), sync()).ready();
                    client.send(bound("r", "1"), sync()).ready();
                    client.ask("begin");
                    client.send(bound("r", "2"), sync()).ready();
                    client.ask("commit");
                    client.send(bound("r", "3"), sync()).ready();
                    client.send(closeStatement("r"), sync()).ready();
                    client.ask("begin");
                    client.send(bound("r", "4"), sync()).ready();
                    client.ask("rollback");
                    client.send(bound("r", "4"), sync()).ready();
                });
        add(
                "statement closed on one server and made anew",
                client -> {
                    client.send(parse("r", READ), bound("r", "1"), sync()).ready();
                    client.ask("begin");
                    client.send(bound("r", "2"), closeStatement("r"), sync()).ready();
                    client.send(parse("r", "select 'new'"), bound("r"), sync()).ready();
                    client.ask("commit");
                    client.send(bound("r"), sync()).ready();
                });
        add(
                "a statement is used many times in a pipeline on the other server",
                client -> {
                    client.send(parse("r", READ), bound("r", "1"), sync()).ready();
                    client.send(query("begin"));
                    client.send(bound("r", "1"), sync(), bound("r", "2"), sync());
                    client.send(bound("r", "3"), sync(), query("commit"));
                    client.ready(5);
                });
        add(
                "write, then read it at once",
                client -> {
                    for (int i = 100; i < 120; i++) {
                        client.ask("insert into items values (" + i + ", 'own')");
                        client.ask("select name from items where id = " + i);
                    }
                });
        add(
                "unnamed statement parsed on one server, used on the other",
                client -> {
                    client.send(parse("", READ), describeStatement(""), sync()).ready();
                    client.ask("select 1");
                    client.send(parse("", READ), describeStatement(""), sync()).ready();
                    client.send(bound("", "3"), sync()).ready();
                });
        add(
                "what looks like a read and writes",
                client -> {
                    client.ask("select 1 <+> 2");
                    client.send(parse("op", "select 3 <+> $1::int"), sync()).ready();
                    client.send(bound("op", "4"), sync()).ready();
                    client.send(bound("op", "5"), sync()).ready();
                    client.ask("select count(*) from items where name = 'noted'");
                });
        add(
                "error on the replica while a name is prepared",
                client -> {
                    client.send(parse("z", "select 1/(id - 3) from items where id = $1"), sync());
                    client.ready();
                    client.send(bound("z", "3"), sync()).ready();
                    client.send(bound("z", "4"), sync()).ready();
                });
    }

    private void aside() {
        add(
                "notices",
                client -> {
                    client.ask("do $$ begin raise notice 'one'; raise warning 'two'; end $$");
                    client.ask("drop table if exists nothing_like_that");
                    client.send(run("drop table if exists nothing_like_that"), sync()).ready();
                });
        add(
                "function call",
                client -> {
                    client.send(functionCall(UPPER, "shout")).ready();
                    client.send(functionCall(99_999_999, "x")).ready();
                    client.ask("select 1");
                });
        add(
                "explain",
                client -> {
                    client.ask("explain (costs off) select * from items where id = 1");
                    client.ask("show server_version_num");
                });
        add(
                "cancel of nothing is nothing",
                client -> {
                    client.ask("select 1");
                    client.ask("select 1");
                });
    }
}
