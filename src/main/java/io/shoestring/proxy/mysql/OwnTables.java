package io.shoestring.proxy.mysql;

import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.MemberSpec;
import io.shoestring.monitoring.digest.StatementFigures;
import io.shoestring.proxy.mysql.Census.ClientRow;
import io.shoestring.proxy.mysql.Census.ServerRow;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The tables of the schema {@code shoestring}: what the proxy knows of itself, in ProxySQL's
 * columns where they mean the same.
 */
final class OwnTables {
    static final String LAST_ROUTE = "last_route";

    /** By their names, and by ProxySQL's. */
    private static final Map<String, String> NAMES =
            Map.of(
                    LAST_ROUTE,
                    LAST_ROUTE,
                    "pools",
                    "pools",
                    "servers",
                    "servers",
                    "digests",
                    "digests",
                    "stats_mysql_query_digest",
                    "digests",
                    "routes",
                    "routes",
                    "pins",
                    "pins",
                    "processlist",
                    "processlist",
                    "stats_mysql_processlist",
                    "processlist");

    private static final String NAME = " VARCHAR(255)";
    private static final String NUMBER = " BIGINT";

    private final MysqlContext listener;
    private final Census census;

    OwnTables(MysqlContext listener, Census census) {
        this.listener = listener;
        this.census = census;
    }

    /** What that table is; empty: it is none of ours. */
    static Optional<String> find(String name) {
        return Optional.ofNullable(NAMES.get(name));
    }

    /** All names, in order. */
    static List<String> names() {
        return NAMES.keySet().stream().sorted().toList();
    }

    /** What is in one of them. */
    InlineTable table(String name, LastRoute lastRoute) {
        return switch (name) {
            case LAST_ROUTE -> lastRoute(lastRoute);
            case "pools" -> pools();
            case "servers" -> servers();
            case "digests" -> digests();
            case "routes" -> routes();
            case "pins" -> pins();
            case "processlist" -> processlist();
            default -> throw new IllegalArgumentException("no table is called " + name);
        };
    }

    private InlineTable lastRoute(LastRoute last) {
        return InlineTable.of("role" + NAME, "member" + NAME, "reason TEXT", "consistency" + NAME)
                .row(
                        last.role(),
                        last.member(),
                        last.reason(),
                        listener.config().consistency().name().toLowerCase(Locale.ROOT));
    }

    /** The connections of one user to one server. */
    private static final class Count {
        private int used;
        private int free;
    }

    private Stream<ServerRow> used() {
        return census.clients().stream()
                .flatMap(each -> Stream.concat(each.primary().stream(), each.replica().stream()));
    }

    private InlineTable pools() {
        Map<String, Map<String, Count>> counts = new TreeMap<>();
        used().forEach(row -> count(counts, row).used++);
        census.idle().forEach(row -> count(counts, row).free++);
        InlineTable table =
                InlineTable.of(
                        "user" + NAME, "srv_name" + NAME, "ConnUsed" + NUMBER, "ConnFree" + NUMBER);
        counts.forEach(
                (user, servers) ->
                        servers.forEach(
                                (server, count) ->
                                        table.row(user, server, count.used, count.free)));
        return table;
    }

    private static Count count(Map<String, Map<String, Count>> counts, ServerRow row) {
        return counts.computeIfAbsent(row.user(), _ -> new TreeMap<>())
                .computeIfAbsent(row.member().name().value(), _ -> new Count());
    }

    private InlineTable servers() {
        InlineTable table =
                InlineTable.of(
                        "srv_name" + NAME,
                        "srv_host" + NAME,
                        "srv_port" + NUMBER,
                        "role" + NAME,
                        "ConnUsed" + NUMBER,
                        "ConnFree" + NUMBER,
                        "lag_ms" + NUMBER);
        DatabaseTopology now = listener.topology();
        List<MemberSpec> all = new ArrayList<>(now.replicas());
        now.primary().filter(primary -> !all.contains(primary)).ifPresent(all::addFirst);
        for (MemberSpec member : all) {
            boolean primary = now.isPrimary(member);
            table.row(
                    member.name().value(),
                    member.endpoint().host(),
                    member.endpoint().port(),
                    primary ? "primary" : "replica",
                    used().filter(row -> row.member().equals(member)).count(),
                    census.idle().stream().filter(row -> row.member().equals(member)).count(),
                    primary ? "" : lagMillis(member));
        }
        return table;
    }

    private Object lagMillis(MemberSpec member) {
        var lag = listener.freshness().lagNanos(member.name());
        return lag.isPresent() ? TimeUnit.NANOSECONDS.toMillis(lag.getAsLong()) : "";
    }

    private InlineTable digests() {
        InlineTable table =
                InlineTable.of(
                        "digest" + NAME,
                        "digest_text LONGTEXT",
                        "count_star" + NUMBER,
                        "first_seen" + NUMBER,
                        "last_seen" + NUMBER,
                        "sum_time" + NUMBER,
                        "min_time" + NUMBER,
                        "max_time" + NUMBER,
                        "failures" + NUMBER,
                        "on_replica" + NUMBER,
                        "p50" + NUMBER,
                        "p95" + NUMBER,
                        "p99" + NUMBER,
                        "bytes" + NUMBER);
        for (StatementFigures each : listener.statements()) {
            table.row(
                    "0x%016X".formatted(each.digest().id()),
                    each.digest().text(),
                    each.count(),
                    each.firstSeen().getEpochSecond(),
                    each.lastSeen().getEpochSecond(),
                    each.totalMicros(),
                    each.leastMicros(),
                    each.mostMicros(),
                    each.failures(),
                    each.onReplica(),
                    each.p50Micros(),
                    each.p95Micros(),
                    each.p99Micros(),
                    each.bytes());
        }
        return table;
    }

    private InlineTable routes() {
        InlineTable table = InlineTable.of("role" + NAME, "reason TEXT", "requests" + NUMBER);
        Counters counters = listener.counters();
        counters.onPrimary
                .byReason()
                .forEach((why, count) -> table.row("primary", why.text(), count));
        counters.onReplicas
                .byReason()
                .forEach((why, count) -> table.row("replica", why.text(), count));
        return table;
    }

    private InlineTable pins() {
        InlineTable table = InlineTable.of("reason TEXT", "sessions" + NUMBER);
        new TreeMap<>(listener.counters().pinned()).forEach(table::row);
        return table;
    }

    private InlineTable processlist() {
        InlineTable table =
                InlineTable.of(
                        "SessionID" + NUMBER,
                        "user" + NAME,
                        "db" + NAME,
                        "cli_host" + NAME,
                        "cli_port" + NUMBER,
                        "srv_name" + NAME,
                        "srv_thread" + NUMBER,
                        "replica_name" + NAME,
                        "replica_thread" + NUMBER,
                        "command" + NAME,
                        "time_ms" + NUMBER,
                        "in_transaction" + NUMBER,
                        "pinned TEXT");
        for (ClientRow each : census.clients()) {
            table.row(
                    each.id(),
                    each.user(),
                    each.schema(),
                    each.address(),
                    each.port(),
                    name(each.primary()),
                    id(each.primary()),
                    name(each.replica()),
                    id(each.replica()),
                    each.state(),
                    millisSince(each),
                    each.inTransaction() ? 1 : 0,
                    each.keeps().orElse(""));
        }
        return table;
    }

    private static String name(Optional<ServerRow> row) {
        return row.map(each -> each.member().name().value()).orElse("");
    }

    private static Object id(Optional<ServerRow> row) {
        return row.isPresent() ? Integer.valueOf(row.get().id()) : "";
    }

    /** Since its newest command came. */
    long millisSince(ClientRow client) {
        return TimeUnit.NANOSECONDS.toMillis(listener.clock().nanos() - client.sinceNanos());
    }
}
