package io.shoestring.proxy.postgresql;

import static io.shoestring.proxy.postgresql.ProtocolScripts.READ;
import static io.shoestring.proxy.postgresql.ProtocolScripts.WRITE;
import static io.shoestring.proxy.postgresql.ProtocolScripts.bound;
import static io.shoestring.proxy.postgresql.Wire.flush;
import static io.shoestring.proxy.postgresql.Wire.parse;
import static io.shoestring.proxy.postgresql.Wire.query;
import static io.shoestring.proxy.postgresql.Wire.run;
import static io.shoestring.proxy.postgresql.Wire.sync;
import static io.shoestring.proxy.postgresql.Wire.together;

import java.util.Arrays;

/** Requests that do not wait for the answers of those before them, with errors in between. */
final class PipelineScripts {
    private final ProtocolScripts scripts;

    PipelineScripts(ProtocolScripts scripts) {
        this.scripts = scripts;
    }

    void addAll() {
        pipelines();
        errorsInPipelines();
    }

    private void pipelines() {
        scripts.add(
                "reads and writes in one pipeline",
                client -> {
                    client.send(parse("r", READ), parse("w", WRITE), sync());
                    for (int i = 50; i < 60; i++) {
                        client.send(bound("w", String.valueOf(i), "v" + i), sync());
                        client.send(bound("r", String.valueOf(i)), sync());
                    }
                    client.ready(21);
                });
        scripts.add(
                "one pipeline of more than 64 KiB",
                client -> {
                    byte[] row = bound("big", "1");
                    client.send(parse("big", READ));
                    byte[][] rows = new byte[4_000][];
                    Arrays.fill(rows, row);
                    client.send(rows);
                    client.send(sync()).ready();
                });
        scripts.add(
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
        scripts.add(
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
        scripts.add(
                "a statement of more than 64 KiB",
                client -> {
                    String long_ = "l".repeat(100_000);
                    client.ask("select length('" + long_ + "')");
                    client.send(run("select length('" + long_ + "')"), sync()).ready();
                    client.send(run("select length($1)", long_), sync()).ready();
                    client.ask("select 1");
                });
        scripts.add(
                "a long named statement",
                client -> {
                    String sql = "select length('" + "l".repeat(100_000) + "')";
                    client.send(parse("long", sql), sync()).ready();
                    client.send(bound("long"), sync()).ready();
                    client.ask("select 1");
                    client.send(bound("long"), sync()).ready();
                });
        scripts.add(
                "a long statement in place of a short one",
                client -> {
                    client.send(parse("", "select 1"), sync()).ready();
                    client.send(parse("", "select length('" + "l".repeat(99_999) + "')"), sync());
                    client.ready();
                    client.send(bound(""), sync()).ready();
                });
        scripts.add(
                "a long statement of which the first bytes come alone",
                client -> {
                    client.send(parse("", "select 1"), sync()).ready();
                    byte[] second = parse("", "select length('" + "l".repeat(99_999) + "')");
                    client.send(Arrays.copyOf(second, 5)).pause();
                    client.send(Arrays.copyOfRange(second, 5, second.length), sync()).ready();
                    client.send(bound(""), sync()).ready();
                });
        scripts.add(
                "a long value for a statement that was prepared before",
                client -> {
                    client.send(parse("length", "select length($1)"), sync()).ready();
                    client.send(bound("length", "short"), sync()).ready();
                    byte[] bind = bound("length", "l".repeat(100_000));
                    client.send(Arrays.copyOf(bind, 6)).pause();
                    client.send(Arrays.copyOfRange(bind, 6, bind.length), sync()).ready();
                });
        scripts.add(
                "a long query takes the unnamed statement away",
                client -> {
                    client.send(parse("", "select 1"), sync()).ready();
                    client.ask("select length('" + "l".repeat(99_999) + "')");
                    client.send(bound(""), sync()).ready();
                });
        scripts.add(
                "large rows",
                client -> {
                    client.ask("select repeat('r', 300000) from generate_series(1, 3)");
                    client.ask("select 1");
                });
        scripts.add(
                "simple query in the middle of a pipeline",
                client -> {
                    client.send(run(READ, "1"), query("select 2"), run(READ, "3"), sync());
                    client.ready(2);
                });
    }

    private void errorsInPipelines() {
        scripts.add(
                "Parse error inside a pipeline",
                client -> {
                    client.send(run(READ, "1"), run("selekt"), run(READ, "2"), sync()).ready();
                    client.send(run(READ, "2"), sync()).ready();
                });
        scripts.add(
                "error in the middle undoes what was before",
                client -> {
                    client.send(run(WRITE, "60", "a"), run("select 1/0"), sync()).ready();
                    client.ask("select count(*) from items where id = 60");
                });
        scripts.add(
                "errors and Syncs alternate",
                client -> {
                    client.send(run("select 1/0"), sync(), run(READ, "1"), sync());
                    client.send(run("select 2/0"), run(READ, "1"), sync(), sync());
                    client.ready(4);
                });
        scripts.add(
                "error, Flush, more, Sync",
                client -> {
                    client.send(run("select 1/0"), flush()).until('E');
                    client.send(run(READ, "1"), flush());
                    client.send(query("select 'never answered'"));
                    client.send(sync()).ready();
                    client.ask("select 2");
                });
        scripts.add(
                "error at Sync: a deferred constraint",
                client -> {
                    client.send(run("insert into parts values (1, 999)"), sync()).ready();
                    client.ask("select count(*) from parts");
                });
        scripts.add(
                "error after Flush with statements of both servers",
                client -> {
                    client.send(parse("r", READ), sync()).ready();
                    client.send(bound("r", "1"), sync()).ready();
                    client.send(run("insert into items values (1, 'taken')"), flush()).until('E');
                    client.send(bound("r", "2"), sync()).ready();
                    client.send(bound("r", "2"), sync()).ready();
                });
        scripts.add(
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
}
