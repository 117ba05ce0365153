package io.shoestring.sandbox.bench;

import io.shoestring.sandbox.bench.Peer.Kind;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** All that can be measured. */
final class Works {
    private static final int KB = 1024;
    private static final int BULK = 16 * KB * KB;
    private static final Set<Tool> WEB_TOOLS = EnumSet.of(Tool.NGINX, Tool.WRK, Tool.H2LOAD);
    private static final Set<Tool> TLS_TOOLS =
            EnumSet.of(Tool.NGINX, Tool.WRK, Tool.H2LOAD, Tool.OPENSSL);
    private static final List<Integer> CONNECTIONS = List.of(1, 32, 256);
    private static final List<Integer> CLIENTS = List.of(1, 8, 32);

    private Works() {}

    /** In the order in which they are measured. */
    static List<Work> all() {
        List<Work> works = new ArrayList<>();
        http(works);
        tls(works);
        tcp(works);
        postgresql(works);
        mysql(works);
        works.add(
                new Work(
                        "start",
                        "from the start of the program to the first answer that it brings",
                        EnumSet.of(Kind.HAPROXY, Kind.NGINX, Kind.SHOESTRING),
                        EnumSet.of(Tool.NGINX),
                        new StartMeasurement("start")));
        return List.copyOf(works);
    }

    private static void http(List<Work> works) {
        for (int bytes : List.of(128, KB, 64 * KB)) {
            for (int connections : CONNECTIONS) {
                works.add(
                        web(
                                "http-%s-c%d".formatted(size(bytes), connections),
                                new WebShape(true, false, bytes, connections, false)));
            }
        }
        works.add(web("http-connect", new WebShape(true, false, 128, 32, true)));
        WebShape shape = new WebShape(true, false, KB, 32, false);
        works.add(
                new Work(
                        "http-extras-c32",
                        "1k HTTP answers, 32 connections kept, beside itself without check and log",
                        EnumSet.noneOf(Kind.class),
                        WEB_TOOLS,
                        (race, _) ->
                                race.run("http-extras-c32", WebSetting.extras(shape), List.of())));
    }

    private static void tls(List<Work> works) {
        for (int bytes : List.of(KB, 64 * KB)) {
            works.add(
                    web(
                            "https-%s-c32".formatted(size(bytes)),
                            new WebShape(true, true, bytes, 32, false)));
        }
        works.add(web("https-connect", new WebShape(true, true, 128, 32, true)));
    }

    private static void tcp(List<Work> works) {
        for (int bytes : List.of(KB, 64 * KB)) {
            works.add(
                    web(
                            "tcp-%s-c32".formatted(size(bytes)),
                            new WebShape(false, false, bytes, 32, false)));
        }
        works.add(web("tcp-bulk", new WebShape(false, false, BULK, 2, false)));
        works.add(web("tcp-connect", new WebShape(false, false, 128, 32, true)));
    }

    private static Work web(String name, WebShape shape) {
        return new Work(
                name,
                "%s %s answers, %d connections%s%s"
                        .formatted(
                                size(shape.bytes()),
                                shape.http() ? "HTTP" : "TCP",
                                shape.connections(),
                                shape.closes() ? ", each for one request" : " kept",
                                shape.tls() ? ", TLS 1.3" : ""),
                shape.http()
                        ? EnumSet.of(Kind.HAPROXY, Kind.NGINX, Kind.SHOESTRING)
                        : EnumSet.of(Kind.HAPROXY, Kind.SHOESTRING),
                shape.tls() ? TLS_TOOLS : WEB_TOOLS,
                (race, peers) -> race.run(name, new WebSetting(shape), peers));
    }

    private static void postgresql(List<Work> works) {
        for (String mode : List.of("simple", "extended", "prepared")) {
            // Debian's PgBouncer has no prepared statements in transaction pools.
            String pool = mode.equals("prepared") ? "session" : "transaction";
            for (int clients : CLIENTS) {
                works.add(
                        postgresql(
                                "postgresql-%s-c%d".formatted(mode, clients),
                                new SqlShape("select-only", mode, clients, pool, false),
                                EnumSet.of(Kind.PGBOUNCER, Kind.SHOESTRING)));
            }
        }
        works.add(
                postgresql(
                        "postgresql-write-c8",
                        new SqlShape("tpcb-like", "simple", 8, "transaction", false),
                        EnumSet.of(Kind.PGBOUNCER, Kind.SHOESTRING)));
        works.add(
                postgresql(
                        "postgresql-pgpool-c8",
                        new SqlShape("select-only", "simple", 8, "transaction", false),
                        EnumSet.of(Kind.PGPOOL)));
        works.add(
                postgresql(
                        "postgresql-split-c8",
                        new SqlShape("select-only", "simple", 8, "transaction", true),
                        EnumSet.of(Kind.PGPOOL, Kind.SHOESTRING)));
        for (int clients : List.of(1_000, 10_000)) {
            String name = "postgresql-idle-" + clients;
            works.add(
                    new Work(
                            name,
                            "PostgreSQL, %,d clients that ask nothing".formatted(clients),
                            EnumSet.of(Kind.PGBOUNCER),
                            EnumSet.of(Tool.PGBENCH),
                            new IdleMeasurement(name, clients)));
        }
    }

    private static Work postgresql(String name, SqlShape shape, Set<Kind> against) {
        return new Work(
                name,
                "PostgreSQL, pgbench %s, %s, %d clients, pool %s%s"
                        .formatted(
                                shape.script(),
                                shape.mode(),
                                shape.clients(),
                                shape.pool(),
                                shape.splits() ? ", reads on the replica" : ""),
                against,
                EnumSet.of(Tool.PGBENCH),
                (race, peers) ->
                        race.run(name, new SqlSetting(shape, new PostgresEngine(shape)), peers));
    }

    private static void mysql(List<Work> works) {
        for (String script : List.of("oltp_point_select", "oltp_read_write")) {
            String title = script.equals("oltp_point_select") ? "point" : "mix";
            works.add(mysql("mysql-" + title + "-c8", script, "disable", false));
            works.add(mysql("mysql-" + title + "-prepared-c8", script, "auto", false));
        }
        works.add(mysql("mysql-split-c8", "oltp_point_select", "disable", true));
    }

    private static Work mysql(String name, String script, String mode, boolean splits) {
        SqlShape shape = new SqlShape(script, mode, 8, "session", splits);
        return new Work(
                name,
                "MariaDB, sysbench %s, %s, 8 clients%s"
                        .formatted(
                                script,
                                mode.equals("auto") ? "prepared" : "text",
                                splits ? ", reads on the replica" : ""),
                EnumSet.of(Kind.HAPROXY, Kind.SHOESTRING),
                EnumSet.of(Tool.SYSBENCH),
                (race, peers) ->
                        race.run(name, new SqlSetting(shape, new MariaDbEngine(shape)), peers));
    }

    private static String size(int bytes) {
        return bytes < KB
                ? Integer.toString(bytes)
                : bytes < KB * KB ? bytes / KB + "k" : bytes / KB / KB + "m";
    }
}
