package io.shoestring.proxy.postgresql;

import static io.shoestring.proxy.postgresql.ProtocolScripts.INT4;
import static io.shoestring.proxy.postgresql.ProtocolScripts.READ;
import static io.shoestring.proxy.postgresql.ProtocolScripts.UPPER;
import static io.shoestring.proxy.postgresql.ProtocolScripts.WRITE;
import static io.shoestring.proxy.postgresql.ProtocolScripts.bound;
import static io.shoestring.proxy.postgresql.Wire.functionCall;
import static io.shoestring.proxy.postgresql.Wire.parse;
import static io.shoestring.proxy.postgresql.Wire.query;
import static io.shoestring.proxy.postgresql.Wire.run;
import static io.shoestring.proxy.postgresql.Wire.sync;

/** What outlives a statement: settings, temporary tables, cursors, and what comes unasked. */
final class SessionScripts {
    private final ProtocolScripts scripts;

    SessionScripts(ProtocolScripts scripts) {
        this.scripts = scripts;
    }

    void addAll() {
        settings();
        sessionState();
        aside();
    }

    private void settings() {
        scripts.add(
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
        scripts.add(
                "SET in a transaction that is rolled back",
                client -> {
                    client.ask("set work_mem = '3MB'");
                    client.ask("begin");
                    client.ask("set work_mem = '5MB'");
                    client.ask("set datestyle = 'SQL, DMY'");
                    client.ask("rollback");
                    client.ask("select current_setting('work_mem'), date '2026-01-31'");
                });
        scripts.add(
                "SET in a transaction that commits",
                client -> {
                    client.ask("begin");
                    client.ask("set work_mem = '6MB'");
                    client.ask("commit");
                    client.ask("select current_setting('work_mem')");
                });
        scripts.add(
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
        scripts.add(
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
        scripts.add(
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
        scripts.add(
                "SET in an extended pipeline that fails",
                client -> {
                    client.send(run("set work_mem = '13MB'"), run("select 1/0"), sync()).ready();
                    client.ask("select current_setting('work_mem')");
                });
        scripts.add(
                "SET among others in one string",
                client -> {
                    client.ask("set work_mem = '14MB'; select 1");
                    client.ask("select current_setting('work_mem')");
                });
        scripts.add(
                "SET LOCAL",
                client -> {
                    client.ask("begin");
                    client.ask("set local work_mem = '15MB'");
                    client.ask("select current_setting('work_mem')");
                    client.ask("commit");
                    client.ask("select current_setting('work_mem')");
                });
        scripts.add(
                "set_config",
                client -> {
                    client.ask("select set_config('work_mem', '16MB', false)");
                    client.ask("select current_setting('work_mem')");
                });
        scripts.add(
                "SET ROLE",
                client -> {
                    client.ask("set role pg_monitor");
                    client.ask("select current_user");
                    client.ask("select name from items where id = 1");
                    client.ask("reset role");
                    client.ask("select current_user, session_user");
                });
        scripts.add(
                "search_path decides what is read",
                client -> {
                    client.ask("set search_path = other");
                    client.ask("select name from items where id = 1");
                    client.ask("set search_path = default");
                    client.ask("select name from items where id = 1");
                });
        scripts.add(
                "serializable by default",
                client -> {
                    client.ask("set default_transaction_isolation = 'serializable'");
                    client.ask("select name from items where id = 1");
                    client.send(run(READ, "2"), sync()).ready();
                });
        scripts.add(
                "set, discard all, read",
                client -> {
                    client.ask("set work_mem = '17MB'");
                    client.ask("select current_setting('work_mem')");
                    client.ask("discard all");
                    client.ask("select current_setting('work_mem')");
                    client.ask("set work_mem = '18MB'");
                    client.ask("select current_setting('work_mem')");
                });
        scripts.add(
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
        scripts.add(
                "statement_timeout",
                client -> {
                    client.ask("set statement_timeout = '50ms'");
                    client.ask("select pg_sleep(5)");
                    client.ask("select count(*) from generate_series(1, 100000000)");
                    client.ask("select 1");
                });
    }

    private void sessionState() {
        scripts.add(
                "SQL PREPARE and EXECUTE",
                client -> {
                    client.ask("prepare q (int) as select name from items where id = $1");
                    client.ask("execute q (1)");
                    client.send(bound("q", "2"), sync()).ready();
                    client.ask("deallocate q");
                    client.ask("execute q (1)");
                });
        scripts.add(
                "SQL EXECUTE of a statement of the protocol",
                client -> {
                    client.send(parse("e", READ, INT4), sync()).ready();
                    client.ask("execute e (3)");
                    client.send(bound("e", "3"), sync()).ready();
                });
        scripts.add(
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
        scripts.add(
                "DEALLOCATE by extended protocol",
                client -> {
                    client.send(parse("y", READ), bound("y", "1"), sync()).ready();
                    client.send(run("deallocate y"), sync()).ready();
                    client.send(bound("y", "1"), sync()).ready();
                });
        scripts.add("DEALLOCATE of nothing", client -> client.ask("deallocate nothing_like_that"));
        scripts.add(
                "DEALLOCATE ALL",
                client -> {
                    client.send(parse("a1", READ), parse("a2", WRITE), sync()).ready();
                    client.ask("deallocate all");
                    client.send(bound("a1", "1"), sync()).ready();
                    client.send(bound("a2", "1", "x"), sync()).ready();
                    client.send(parse("a1", READ), bound("a1", "1"), sync()).ready();
                });
        scripts.add(
                "DISCARD ALL",
                client -> {
                    client.send(parse("d1", READ), sync()).ready();
                    client.ask("create temp table mine (id int)");
                    client.ask("discard all");
                    client.ask("select * from mine");
                    client.send(bound("d1", "1"), sync()).ready();
                    client.send(parse("d1", READ), bound("d1", "1"), sync()).ready();
                });
        scripts.add(
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
        scripts.add(
                "cursor with hold",
                client -> {
                    client.ask("begin");
                    client.ask("declare h cursor with hold for select id from items order by id");
                    client.ask("commit");
                    client.ask("select name from items where id = 1");
                    client.ask("fetch 3 from h");
                    client.ask("close h");
                });
        scripts.add(
                "temporary table",
                client -> {
                    client.ask("create temp table items as select 'mine' as name, 1 as id");
                    client.ask("select name || '!' from items where id = 1");
                    client.ask("drop table items");
                    client.ask("select name from items where id = 1");
                });
        scripts.add(
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
        scripts.add(
                "advisory lock",
                client -> {
                    client.ask("select pg_advisory_lock(4711)");
                    client.ask("select pg_advisory_unlock(4711)");
                    client.ask("select pg_advisory_unlock(4711)");
                });
        scripts.add(
                "sequence",
                client -> {
                    client.ask("select setval('numbers', 41)");
                    client.ask("select nextval('numbers')");
                    client.ask("select currval('numbers'), lastval()");
                });
    }

    private void aside() {
        scripts.add(
                "notices",
                client -> {
                    client.ask("do $$ begin raise notice 'one'; raise warning 'two'; end $$");
                    client.ask("drop table if exists nothing_like_that");
                    client.send(run("drop table if exists nothing_like_that"), sync()).ready();
                });
        scripts.add(
                "function call",
                client -> {
                    client.send(functionCall(UPPER, "shout")).ready();
                    client.send(functionCall(99_999_999, "x")).ready();
                    client.ask("select 1");
                });
        scripts.add(
                "explain",
                client -> {
                    client.ask("explain (costs off) select * from items where id = 1");
                    client.ask("show server_version_num");
                });
        scripts.add(
                "cancel of nothing is nothing",
                client -> {
                    client.ask("select 1");
                    client.ask("select 1");
                });
    }
}
