package io.shoestring.proxy.postgresql;

import static io.shoestring.proxy.postgresql.ProtocolScripts.READ;
import static io.shoestring.proxy.postgresql.ProtocolScripts.WRITE;
import static io.shoestring.proxy.postgresql.ProtocolScripts.bound;
import static io.shoestring.proxy.postgresql.Wire.closeStatement;
import static io.shoestring.proxy.postgresql.Wire.describeStatement;
import static io.shoestring.proxy.postgresql.Wire.parse;
import static io.shoestring.proxy.postgresql.Wire.query;
import static io.shoestring.proxy.postgresql.Wire.run;
import static io.shoestring.proxy.postgresql.Wire.sync;

/** Transaction blocks, and requests that change between the primary and a replica. */
final class TransactionScripts {
    private final ProtocolScripts scripts;

    TransactionScripts(ProtocolScripts scripts) {
        this.scripts = scripts;
    }

    void addAll() {
        transactions();
        switchesBetweenServers();
    }

    private void transactions() {
        scripts.add(
                "transaction",
                client -> {
                    client.ask("begin");
                    client.ask("insert into items values (70, 'x')");
                    client.ask("select name from items where id = 70");
                    client.ask("commit");
                    client.ask("select name from items where id = 70");
                });
        scripts.add(
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
        scripts.add(
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
        scripts.add(
                "commit and chain",
                client -> {
                    client.ask("begin");
                    client.ask("commit and chain");
                    client.ask("select 1");
                    client.ask("rollback and chain");
                    client.ask("rollback");
                });
        scripts.add(
                "warnings about transactions",
                client -> {
                    client.ask("commit");
                    client.ask("rollback");
                    client.ask("begin");
                    client.ask("begin");
                    client.ask("end");
                    client.ask("savepoint s");
                });
        scripts.add(
                "transaction in extended protocol",
                client -> {
                    client.send(run("begin"), run(WRITE, "73", "z"), sync()).ready();
                    client.send(run(READ, "73"), sync()).ready();
                    client.send(run("commit"), sync()).ready();
                    client.send(run(READ, "73"), sync()).ready();
                });
        scripts.add(
                "commit fails",
                client -> {
                    client.ask("begin");
                    client.ask("insert into parts values (1, 999)");
                    client.ask("commit");
                    client.ask("select count(*) from parts");
                });
        scripts.add(
                "read-only and serializable transactions",
                client -> {
                    client.ask("begin read only");
                    client.ask("insert into items values (74, 'no')");
                    client.ask("rollback");
                    client.ask("begin isolation level serializable, read only, deferrable");
                    client.ask("show transaction_isolation");
                    client.ask("commit");
                });
        scripts.add(
                "transaction in one string",
                client -> {
                    client.ask("begin; insert into items values (75, 'a'); commit; select 1");
                    client.ask("begin; insert into items values (76, 'a')");
                    client.ask("select name from items where id = 76");
                    client.ask("rollback");
                    client.ask("select name from items where id = 76");
                });
    }

    private void switchesBetweenServers() {
        scripts.add(
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
        scripts.add(
                "statement closed on one server and made anew",
                client -> {
                    client.send(parse("r", READ), bound("r", "1"), sync()).ready();
                    client.ask("begin");
                    client.send(bound("r", "2"), closeStatement("r"), sync()).ready();
                    client.send(parse("r", "select 'new'"), bound("r"), sync()).ready();
                    client.ask("commit");
                    client.send(bound("r"), sync()).ready();
                });
        scripts.add(
                "a statement is used many times in a pipeline on the other server",
                client -> {
                    client.send(parse("r", READ), bound("r", "1"), sync()).ready();
                    client.send(query("begin"));
                    client.send(bound("r", "1"), sync(), bound("r", "2"), sync());
                    client.send(bound("r", "3"), sync(), query("commit"));
                    client.ready(5);
                });
        scripts.add(
                "write, then read it at once",
                client -> {
                    for (int i = 100; i < 120; i++) {
                        client.ask("insert into items values (" + i + ", 'own')");
                        client.ask("select name from items where id = " + i);
                    }
                });
        scripts.add(
                "unnamed statement parsed on one server, used on the other",
                client -> {
                    client.send(parse("", READ), describeStatement(""), sync()).ready();
                    client.ask("select 1");
                    client.send(parse("", READ), describeStatement(""), sync()).ready();
                    client.send(bound("", "3"), sync()).ready();
                });
        scripts.add(
                "what looks like a read and writes",
                client -> {
                    client.ask("select 1 <+> 2");
                    client.send(parse("op", "select 3 <+> $1::int"), sync()).ready();
                    client.send(bound("op", "4"), sync()).ready();
                    client.send(bound("op", "5"), sync()).ready();
                    // As long as no replica was asked, nobody knows that this session wrote.
                    client.ask("insert into parts values (1, 1)");
                    client.ask("select count(*) from items where name = 'noted'");
                });
        scripts.add(
                "error on the replica while a name is prepared",
                client -> {
                    client.send(parse("z", "select 1/(id - 3) from items where id = $1"), sync());
                    client.ready();
                    client.send(bound("z", "3"), sync()).ready();
                    client.send(bound("z", "4"), sync()).ready();
                });
    }
}
