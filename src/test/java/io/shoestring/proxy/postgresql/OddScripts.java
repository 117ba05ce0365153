package io.shoestring.proxy.postgresql;

import static io.shoestring.proxy.postgresql.ProtocolScripts.INT4;
import static io.shoestring.proxy.postgresql.ProtocolScripts.READ;
import static io.shoestring.proxy.postgresql.Wire.bind;
import static io.shoestring.proxy.postgresql.Wire.closePortal;
import static io.shoestring.proxy.postgresql.Wire.copyData;
import static io.shoestring.proxy.postgresql.Wire.copyDone;
import static io.shoestring.proxy.postgresql.Wire.copyFail;
import static io.shoestring.proxy.postgresql.Wire.describePortal;
import static io.shoestring.proxy.postgresql.Wire.describeStatement;
import static io.shoestring.proxy.postgresql.Wire.execute;
import static io.shoestring.proxy.postgresql.Wire.flush;
import static io.shoestring.proxy.postgresql.Wire.parse;
import static io.shoestring.proxy.postgresql.Wire.query;
import static io.shoestring.proxy.postgresql.Wire.run;
import static io.shoestring.proxy.postgresql.Wire.sync;

/** What is seldom sent and yet legal, and answers of every kind. */
final class OddScripts {
    private final ProtocolScripts scripts;

    OddScripts(ProtocolScripts scripts) {
        this.scripts = scripts;
    }

    void addAll() {
        oddOrders();
        oddStatements();
        errors();
    }

    private void oddOrders() {
        scripts.add(
                "COPY messages outside a COPY",
                client -> {
                    client.send(copyData("x"), copyDone(), copyFail("y"));
                    client.ask("select 1");
                });
        scripts.add(
                "Flush again and again",
                client -> {
                    client.send(
                            flush(), flush(), run(READ, "1"), flush(), flush(), sync(), flush());
                    client.ready();
                    client.ask("select 1");
                });
        scripts.add(
                "Describe before and after Execute",
                client ->
                        client.send(
                                        parse("", READ),
                                        bind("", "", "1"),
                                        describePortal(""),
                                        execute("", 0),
                                        describePortal(""),
                                        closePortal(""),
                                        describePortal(""),
                                        sync())
                                .ready());
        scripts.add(
                "the same Bind many times",
                client ->
                        client.send(
                                        parse("", READ),
                                        bind("", "", "1"),
                                        bind("", "", "2"),
                                        bind("", "", "3"),
                                        execute("", 0),
                                        sync())
                                .ready());
        scripts.add(
                "a query between Parse and Sync",
                client -> {
                    client.send(parse("kept", READ), query("select 7"), sync());
                    client.ready(2);
                    client.send(bind("", "kept", "2"), execute("", 0), sync()).ready();
                });
        scripts.add(
                "types of parameters that the server has to find",
                client ->
                        client.send(
                                        parse("", "select $1::int + $2::int, $3", INT4),
                                        describeStatement(""),
                                        bind("", "", "1", "2", "x"),
                                        execute("", 0),
                                        sync())
                                .ready());
        scripts.add(
                "a type of a parameter that does not fit",
                client -> client.send(parse("", "select $1::text || 'x'", INT4), sync()).ready());
        scripts.add(
                "a statement without parameters gets one",
                client -> client.send(parse("", "select 1"), bind("", "", "9"), sync()).ready());
        scripts.add(
                "Execute of a portal that was never bound",
                client -> client.send(execute("", 0), sync(), execute("p", 1), sync()).ready(2));
        scripts.add(
                "long names",
                client -> {
                    String name = "n".repeat(200);
                    client.send(parse(name, READ), bind(name, name, "1"), execute(name, 0), sync())
                            .ready();
                    client.send(bind("", name, "2"), execute("", 0), sync()).ready();
                });
    }

    private void oddStatements() {
        scripts.add(
                "blocks of procedural code",
                client -> {
                    client.ask("do $$ begin insert into items values (970, 'd'); end $$");
                    client.ask("do $$ begin raise notice 'n %', 1; raise warning 'w'; end $$");
                    client.ask("select name from items where id = 970");
                });
        scripts.add(
                "code that commits by itself",
                client -> {
                    client.ask(
                            "do $$ begin insert into items values (971, 'a'); commit; insert into"
                                    + " items values (972, 'b'); rollback; end $$");
                    client.ask("select count(*) from items");
                });
        scripts.add(
                "code that commits inside a transaction",
                client -> {
                    client.ask("begin");
                    client.ask("do $$ begin commit; end $$");
                    client.ask("rollback");
                });
        scripts.add(
                "writing WITH",
                client -> {
                    client.ask(
                            "with gone as (delete from items where id > 3 returning id) select"
                                    + " count(*) from gone");
                    client.ask("select count(*) from items");
                });
        scripts.add(
                "upsert that returns",
                client -> {
                    String sql =
                            "insert into items values (1, 'x') on conflict (id) do update set name"
                                    + " = excluded.name || '!' returning *";
                    client.ask(sql);
                    client.send(run(sql), sync()).ready();
                });
        scripts.add(
                "merge",
                client ->
                        client.ask(
                                "merge into items using (values (1), (99)) v (i) on id = i when"
                                        + " matched then delete when not matched then insert values"
                                        + " (i, 'm')"));
        scripts.add(
                "truncate is taken back",
                client -> {
                    client.ask("begin; truncate items, parts; select count(*) from items");
                    client.ask("rollback");
                    client.ask("select count(*) from items");
                });
        scripts.add(
                "a table that is made and dropped",
                client -> {
                    client.ask("create table made (id int)");
                    client.ask("insert into made values (1); select count(*) from made");
                    client.ask("drop table made");
                    client.ask("select * from made");
                });
        scripts.add(
                "plans that change with the table",
                client -> {
                    client.ask("create table shifting (a int)");
                    client.send(parse("s", "select * from shifting"), sync()).ready();
                    client.send(bind("", "s"), execute("", 0), sync()).ready();
                    client.ask("alter table shifting alter a type bigint");
                    client.ask("drop table shifting");
                    client.send(bind("", "s"), execute("", 0), sync()).ready();
                });
        scripts.add(
                "dates, arrays, records, JSON, bytes",
                client ->
                        client.ask(
                                "select '2020-02-29'::date, array[1,null,3], row(1, 'a'),"
                                        + " '{\"a\": [1, 2]}'::jsonb, '\\x00ff'::bytea, 1e300,"
                                        + " 'NaN'::float8, interval '1 mon 2 days'"));
        scripts.add(
                "settings decide how values are written",
                client -> {
                    client.ask("set datestyle = 'german'; set intervalstyle = 'iso_8601'");
                    client.ask("select '2020-02-29'::date, interval '1 mon 2 days'");
                    client.ask("set bytea_output = 'escape'");
                    client.ask("select '\\x00ff'::bytea");
                    client.ask("reset all");
                    client.ask("select '2020-02-29'::date, interval '1 mon 2 days'");
                });
        scripts.add(
                "another schema for one transaction",
                client -> {
                    client.ask("begin");
                    client.ask("set local search_path = other");
                    client.ask("select name from items where id = 1");
                    client.ask("commit");
                    client.ask("select name from items where id = 1");
                });
        scripts.add(
                "isolation of the next transaction",
                client -> {
                    client.ask(
                            "set session characteristics as transaction isolation level"
                                    + " serializable");
                    client.ask("show transaction_isolation");
                    client.ask("begin; show transaction_isolation; commit");
                    client.ask("set session characteristics as transaction read only");
                    client.ask("insert into items values (980, 'no')");
                    client.ask("set session characteristics as transaction read write");
                    client.ask("insert into items values (980, 'yes')");
                });
        scripts.add(
                "a deferrable snapshot",
                client -> {
                    client.ask("begin isolation level serializable read only deferrable");
                    client.ask("select count(*) from items");
                    client.ask("commit");
                });
        scripts.add(
                "values that look alike are different statements",
                client -> {
                    for (int i = 1; i < 6; i++) {
                        client.ask("select name from items where id = " + i);
                        client.ask("select '" + "x".repeat(i) + "', " + i + ".5, -" + i);
                    }
                    client.ask("select name from items where id = 1 and name = 'o''ne'");
                    client.ask("insert into items values (981, 'a'), (982, 'b')");
                    client.ask("insert into items values (983, 'c'), (981, 'd')");
                });
    }

    private void errors() {
        scripts.add(
                "constraint with all the fields of an error",
                client -> {
                    client.ask("insert into items values (1, 'twice')");
                    client.ask("insert into items (name) values ('no id')");
                });
        scripts.add(
                "error with detail, hint and position of code",
                client ->
                        client.ask(
                                "do $$ begin raise exception 'e' using detail = 'd', hint = 'h',"
                                        + " errcode = 'ZX123', column = 'c', table = 't'; end $$"));
        scripts.add(
                "an error in a function of a read",
                client -> {
                    client.ask("select note(1, 2), note(1, 2)");
                    client.ask("select count(*) from items");
                });
        scripts.add(
                "commands in a failed transaction",
                client -> {
                    client.ask("begin");
                    client.ask("selekt");
                    client.ask("select 1");
                    client.ask("savepoint s");
                    client.send(run(READ, "1"), sync()).ready();
                    client.send(parse("", "commit"), bind("", ""), execute("", 0), sync()).ready();
                    client.ask("select 1");
                });
        scripts.add(
                "an error of each message, one after the other",
                client -> {
                    client.send(parse("", "selekt"), sync()).ready();
                    client.send(bind("", "nowhere"), sync()).ready();
                    client.send(describeStatement("nowhere"), sync()).ready();
                    client.send(describePortal("nowhere"), sync()).ready();
                    client.send(execute("nowhere", 0), sync()).ready();
                    client.send(parse("", READ), bind("", "", "x"), sync()).ready();
                    client.ask("select 1");
                });
        scripts.add(
                "lock_timeout and an unknown setting",
                client -> {
                    client.ask("set lock_timeout = '10ms'");
                    client.ask("set nothing_like_that = 1");
                    client.ask("set my.own = 'kept'");
                    client.ask("show my.own");
                    client.ask("set work_mem = 'much'");
                });
    }
}
