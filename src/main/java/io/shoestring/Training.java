package io.shoestring;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.cli.Console;
import io.shoestring.sandbox.Ports;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What the launcher has the Java machine watch once after a build: a node that starts, serves and
 * ends, and the commands that ask it. The Java machine writes down which classes that took, and
 * every later start finds them ready (JEP 483, JEP 515). Nothing of it stays behind but that.
 */
final class Training {
    private static final int REQUESTS = 20;
    private static final int WATCH_SECONDS = 60;
    private static final String WHOLE = "whole.yaml";

    private final Path directory;
    private final Path file;
    private final int web;
    private final int tcp;
    private final int admin;
    private final int first;
    private final int second;

    private Training(Path directory, List<Integer> ports) {
        this.directory = directory;
        this.file = directory.resolve("shoestring.yaml");
        this.web = ports.get(0);
        this.tcp = ports.get(1);
        this.admin = ports.get(2);
        this.first = ports.get(3);
        this.second = ports.get(4);
    }

    /**
     * Trains.
     *
     * @param arguments an empty directory, for what the node writes, and then the command line of
     *     the Java machine that watches the commands; of that one: {@code commands}, and the
     *     directory
     */
    public static void main(String[] arguments) throws Exception {
        List<String> all = List.of(arguments);
        if (all.getFirst().equals("commands")) {
            new Training(Path.of(all.get(1)), List.of(0, 0, 0, 0, 0)).ask();
        } else {
            new Training(Path.of(all.getFirst()), Ports.free(5)).train(all.subList(1, all.size()));
        }
        // As all commands end: what still stands on a thread does not hold the process up.
        System.exit(0);
    }

    private void train(List<String> asking) throws Exception {
        Files.writeString(
                file,
                """
                cluster: { name: training, nodes: { local: 127.0.0.1 }, directory: state }
                admin: { bind: 127.0.0.1:%d }
                listeners:
                  web: { bind: 127.0.0.1:%d, protocol: http, backend: page, access-log: access.log }
                  raw: { bind: 127.0.0.1:%d, protocol: tcp, backend: page }
                backends:
                  page: { servers: { page: 127.0.0.1:%d } }
                # Nothing is there, and nothing is made: it is there to be told of.
                databases:
                  shop:
                    engine: postgresql
                    superuser: { name: shoestring, password-file: secret }
                    members:
                      a: { node: local, data: nothing-a, port: %d }
                      b: { node: local, data: nothing-b, port: %d }
                """
                        .formatted(admin, web, tcp, admin, first, second));
        Files.writeString(directory.resolve("secret"), "secret\n");
        whole();
        command("--help");
        command("check", directory.resolve(WHOLE).toString());
        try (var _ = Main.runNode(file)) {
            for (int request = 0; request < REQUESTS; request++) {
                fetch(web);
                fetch(tcp);
            }
            watch(asking);
        }
        several();
    }

    /** Whoever cannot have two nodes on one machine starts quickly alone. */
    private void several() throws Exception {
        try {
            Path empty = directory.resolve("cluster");
            new ClusterTraining(empty, Ports.free(2), this::console).train();
        } catch (IOException e) {
            System.err.println("Not watched: nodes of a cluster. " + e.getMessage());
        }
    }

    /** The commands are watched in a process of their own: they need a third of the classes. */
    private void watch(List<String> asking) throws Exception {
        if (asking.isEmpty()) {
            ask();
            return;
        }
        List<String> line = new ArrayList<>(asking);
        line.addAll(List.of(Training.class.getName(), "commands", directory.toString()));
        Process process = new ProcessBuilder(line).inheritIO().start();
        if (!process.waitFor(WATCH_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }

    private void ask() {
        command("--help");
        command("check", directory.resolve(WHOLE).toString());
        for (String each : List.of("status", "events", "statements")) {
            command(each, "-c", file.toString());
        }
        command("status", "-c", file.toString(), "--json");
    }

    /** A configuration in which there is something of everything; only looked at. */
    private void whole() throws IOException {
        Path secret = Files.writeString(directory.resolve("secret"), "secret\n");
        Files.writeString(
                directory.resolve(WHOLE),
                """
                cluster:
                  name: training
                  nodes: { db0: 10.0.0.10, db1: 10.0.0.11, witness: 10.0.0.12 }
                  directory: state
                databases:
                  shop:
                    engine: postgresql
                    superuser: { name: shoestring, password-file: %1$s }
                    members:
                      db0: { data: a, port: 5432 }
                      db1: { data: b, port: 5432 }
                  blog:
                    engine: mariadb
                    superuser: { name: shoestring, password-file: %1$s }
                    members:
                      db0: { data: c, config-file: my.cnf, port: 3306 }
                      db1: { data: d, config-file: my.cnf, port: 3306 }
                addresses:
                  writer: { address: 10.0.0.100/24, follows: primary of shop }
                listeners:
                  sql: { bind: 127.0.0.1:6432, protocol: postgresql, database: shop, reads: replicas }
                  my: { bind: 127.0.0.1:6306, protocol: mysql, database: blog, reads: replicas }
                  web: { bind: 127.0.0.1:8080, protocol: http, backend: pages }
                backends:
                  pages: { check: { http: GET /health }, servers: { page: 127.0.0.1:8081 } }
                """
                        .formatted(secret));
    }

    private void command(String... arguments) {
        int _ = Main.commands(console(new PrintWriter(Writer.nullWriter()))).execute(arguments);
    }

    private Console console(PrintWriter out) {
        return new Console(
                out,
                out,
                false,
                Map.of(),
                directory,
                Clock.system(),
                WallClock.system(),
                ZoneOffset.UTC);
    }

    private static void fetch(int port) throws IOException {
        try (InputStream page =
                URI.create("http://127.0.0.1:" + port + "/login").toURL().openStream()) {
            page.readAllBytes();
        }
    }
}
