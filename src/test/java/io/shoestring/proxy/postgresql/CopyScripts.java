package io.shoestring.proxy.postgresql;

import static io.shoestring.proxy.postgresql.Wire.copyData;
import static io.shoestring.proxy.postgresql.Wire.copyDone;
import static io.shoestring.proxy.postgresql.Wire.copyFail;
import static io.shoestring.proxy.postgresql.Wire.flush;
import static io.shoestring.proxy.postgresql.Wire.query;
import static io.shoestring.proxy.postgresql.Wire.run;
import static io.shoestring.proxy.postgresql.Wire.sync;

/** COPY in both directions, in all the orders in which its messages may come. */
final class CopyScripts {
    private final ProtocolScripts scripts;

    CopyScripts(ProtocolScripts scripts) {
        this.scripts = scripts;
    }

    void addAll() {
        copyIn();
        copyOut();
    }

    private void copyIn() {
        scripts.add(
                "COPY in",
                client -> {
                    client.send(query("copy items from stdin")).until('G');
                    client.send(copyData("80\teighty\n"), copyData("81\t\\N\n"), copyDone());
                    client.ready();
                    client.ask("select count(*) from items");
                });
        scripts.add(
                "COPY in without waiting",
                client -> {
                    client.send(
                                    query("copy items from stdin"),
                                    copyData("82\ta\n"),
                                    copyDone(),
                                    query("select count(*) from items"))
                            .ready(2);
                });
        scripts.add(
                "COPY in that the client gives up",
                client -> {
                    client.send(query("copy items from stdin")).until('G');
                    client.send(copyData("83\tx\n"), copyFail("changed my mind")).ready();
                    client.ask("select count(*) from items");
                });
        scripts.add(
                "COPY in with an error in the middle",
                client -> {
                    client.send(query("copy items from stdin")).until('G');
                    client.send(copyData("84\ta\n"), copyData("not a number\tb\n"));
                    client.send(copyData("85\tc\n"), copyDone()).ready();
                    client.send(copyData("ignored"), copyDone());
                    client.ask("select count(*) from items");
                });
        scripts.add(
                "COPY in by extended protocol",
                client -> {
                    client.send(run("copy items from stdin"), flush()).until('G');
                    client.send(copyData("86\ta\n"), copyDone(), sync()).ready();
                    client.ask("select name from items where id = 86");
                });
        scripts.add(
                "COPY in by extended protocol with an early Sync",
                client -> {
                    client.send(run("copy items from stdin"), sync()).until('G');
                    client.send(copyData("87\ta\n"), copyDone(), sync()).ready();
                    client.ask("select name from items where id = 87");
                });
        scripts.add(
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
        scripts.add(
                "COPY in by extended protocol with Syncs among the data",
                client -> {
                    client.send(run("copy items from stdin"), flush()).until('G');
                    client.send(copyData("89\ta\n"), sync(), flush(), copyData("90\tb\n"), sync());
                    client.send(copyDone(), sync()).ready();
                    client.ask("select count(*) from items");
                });
        scripts.add(
                "COPY in by extended protocol with an error",
                client -> {
                    client.send(run("copy items from stdin"), flush()).until('G');
                    client.send(copyData("x\ta\n"), copyDone(), sync()).ready();
                    client.send(run("copy items from stdin"), flush()).until('G');
                    client.send(copyData("91\ta\n"), copyFail("no"), sync()).ready();
                    client.ask("select count(*) from items");
                });
        scripts.add(
                "COPY in that does not begin",
                client -> {
                    client.send(query("copy nowhere from stdin"), copyData("1\n"), copyDone());
                    client.ready();
                    client.send(run("copy nowhere from stdin"), sync(), copyDone(), sync());
                    client.ready(2);
                });
        scripts.add(
                "two COPYs in one string",
                client -> {
                    client.send(query("copy items from stdin; copy items from stdin")).until('G');
                    client.send(copyData("92\ta\n"), copyDone()).until('G');
                    client.send(copyData("93\tb\n"), copyDone()).ready();
                    client.ask("select count(*) from items");
                });
        scripts.add(
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
        scripts.add("COPY out", client -> client.ask("copy items to stdout"));
        scripts.add(
                "COPY out by extended protocol",
                client -> client.send(run("copy items to stdout"), sync()).ready());
        scripts.add(
                "COPY out of a query", client -> client.ask("copy (select 1, 'x') to stdout csv"));
        scripts.add(
                "COPY out that fails in the middle",
                client -> client.ask("copy (select 1/(4-id) from items order by id) to stdout"));
        scripts.add(
                "COPY out of much",
                client ->
                        client.ask(
                                "copy (select i, repeat('x', 100) from generate_series(1, 5000) i)"
                                        + " to stdout"));
    }
}
