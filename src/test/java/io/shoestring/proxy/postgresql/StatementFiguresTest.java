package io.shoestring.proxy.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.PostgresListenerConfig.Authentication;
import io.shoestring.config.PostgresListenerConfig.Reads;
import io.shoestring.monitoring.digest.Requests;
import io.shoestring.monitoring.digest.StatementFigures;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What is counted of each kind of statement, against what PostgreSQL itself has counted. */
@Timeout(120)
class StatementFiguresTest {
    private static final int KINDS = 200;

    private static final int SLOW_KINDS = 10;
    private static final int ROUNDS_MAX = 8;

    /** Takes the server no time: there are no rows. */
    private static final String NOTHING = "max(c199x)";

    private static final Pattern KIND = Pattern.compile("max\\(c[0-9]+x\\)");

    private static PostgresPair pair;

    @BeforeAll
    static void start() throws SQLException {
        pair = PostgresPair.start();
        try (Connection connection = pair.direct(pair.primary());
                Statement statement = connection.createStatement()) {
            statement.execute("create extension pg_stat_statements");
            statement.execute("create table figure (id int primary key, v text)");
            statement.execute("insert into figure select i, 'v' from generate_series(1, 100) i");
            String columns =
                    IntStream.range(0, KINDS)
                            .mapToObj(i -> "c" + i + "x int")
                            .collect(Collectors.joining(", "));
            statement.execute("create table kinds (" + columns + ")");
        }
    }

    @AfterAll
    static void stop() {
        pair.close();
    }

    private static Connection connect(ProxyUnderTest proxy, String mode) throws SQLException {
        return proxy.connect("prepareThreshold=2&preferQueryMode=" + mode);
    }

    private static void work(Connection connection) throws SQLException {
        try (PreparedStatement read =
                        connection.prepareStatement("select v from figure where id = ?");
                PreparedStatement write =
                        connection.prepareStatement("update figure set v = ? where id = ?");
                Statement plain = connection.createStatement()) {
            for (int i = 1; i <= 50; i++) {
                read.setInt(1, i);
                read.executeQuery().close();
            }
            for (int i = 1; i <= 20; i++) {
                write.setString(1, "w" + i);
                write.setInt(2, i);
                write.executeUpdate();
            }
            for (int i = 1; i <= 10; i++) {
                plain.execute("select pg_sleep(0.01), " + i);
            }
            for (int i = 1; i <= 5; i++) {
                try {
                    plain.execute("select 1 / (id - id) from figure where id = " + i);
                    throw new AssertionError("a division by zero went well");
                } catch (SQLException e) {
                    assertThat(e.getSQLState()).isEqualTo("22012");
                }
            }
        }
    }

    private static StatementFigures figures(ProxyUnderTest proxy, String text) {
        return proxy.statements().stream()
                .filter(row -> row.digest().text().contains(text))
                .findFirst()
                .orElseThrow(() -> new AssertionError(text + " in " + proxy.statements()));
    }

    /** Calls and milliseconds, by the server itself. */
    private static double[] byServer(String like) throws SQLException {
        try (Connection connection = pair.direct(pair.primary());
                PreparedStatement statement =
                        connection.prepareStatement(
                                "select sum(calls), sum(total_exec_time) from pg_stat_statements"
                                        + " where query like ?")) {
            statement.setString(1, like);
            try (var found = statement.executeQuery()) {
                found.next();
                return new double[] {found.getDouble(1), found.getDouble(2)};
            }
        }
    }

    private static void reset() throws SQLException {
        try (Connection connection = pair.direct(pair.primary());
                Statement statement = connection.createStatement()) {
            statement.execute("select pg_stat_statements_reset()");
        }
    }

    private void agrees(String mode) throws Exception {
        reset();
        try (ProxyUnderTest proxy =
                new ProxyUnderTest(
                        pair,
                        Reads.PRIMARY,
                        Duration.ofSeconds(10),
                        Authentication.PASSWORD,
                        ProxyUnderTest.NO_POOL)) {
            proxy.publish(1, Optional.of(pair.primary()), false);
            try (Connection connection = connect(proxy, mode)) {
                work(connection);
            }
            StatementFigures read = figures(proxy, "select v from figure");
            assertThat(read.count()).isEqualTo(50);
            assertThat(read.failures()).isZero();
            assertThat(read.onReplica()).isZero();
            assertThat(read.bytes()).isPositive();
            assertThat(read.count()).isEqualTo((long) byServer("select v from figure%")[0]);

            StatementFigures write = figures(proxy, "update figure");
            assertThat(write.count()).isEqualTo(20);
            assertThat(write.count()).isEqualTo((long) byServer("update figure%")[0]);

            StatementFigures slow = figures(proxy, "pg_sleep");
            double[] slowThere = byServer("select pg_sleep%");
            assertThat(slow.count()).isEqualTo((long) slowThere[0]);
            // What the way there adds depends on how busy the machine is.
            assertThat(slow.totalMicros() / 1_000.0).isGreaterThan(slowThere[1]);
            assertThat(slow.leastMicros()).isGreaterThan(9_000);

            StatementFigures failed = figures(proxy, "(id-id)");
            assertThat(failed.count()).isEqualTo(5);
            assertThat(failed.failures()).isEqualTo(5);

            assertThat(proxy.status().errors()).containsEntry("data", 5L);
            Requests atMember = proxy.member(pair.primary().name().value());
            assertThat(atMember.failures()).isEqualTo(5);
            assertThat(atMember.count()).isGreaterThanOrEqualTo(85);
            assertThat(atMember.percentileMicros(0.99)).isGreaterThan(9_000);
        }
    }

    @Test
    void agreesWithTheServerOnSimpleQueries() throws Exception {
        agrees("simple");
    }

    @Test
    void agreesWithTheServerOnExtendedAndPreparedOnes() throws Exception {
        agrees("extended");
    }

    /**
     * 200 kinds by text, bound and prepared, each another number of times: every count is the
     * server's. The time is what the server took and the way there, which is less than what the
     * client waited.
     */
    @Test
    void everyCountOfAMixedLoadIsTheServers() throws Exception {
        reset();
        try (ProxyUnderTest proxy =
                new ProxyUnderTest(
                        pair,
                        Reads.PRIMARY,
                        Duration.ofSeconds(10),
                        Authentication.PASSWORD,
                        ProxyUnderTest.NO_POOL)) {
            proxy.publish(1, Optional.of(pair.primary()), false);
            double clientsMillis = 0;
            for (String mode : List.of("simple", "extended")) {
                try (Connection connection = connect(proxy, mode)) {
                    for (int kind = 0; kind < KINDS; kind++) {
                        clientsMillis += repeat(connection, kind);
                    }
                }
            }
            Map<String, Long> ours = new HashMap<>();
            double oursMillis = 0;
            for (StatementFigures row : proxy.statements()) {
                Matcher name = KIND.matcher(row.digest().text());
                if (name.find()) {
                    ours.merge(name.group(), row.count(), Long::sum);
                    oursMillis += row.totalMicros() / 1e3;
                }
            }
            Map<String, Long> theirs = callsByServer();
            assertThat(theirs).hasSize(KINDS);
            assertThat(ours).isEqualTo(theirs);
            assertThat(oursMillis).isBetween(byServer("%from kinds%")[1], clientsMillis);
        }
    }

    /**
     * Sleeping and computing, 200 statements a round. The server's time has no way in it, ours has:
     * how long that is now a kind tells that takes the server no time, and is asked between. On a
     * busy machine it differs, so there are rounds; what is counted wrongly is wrong in each.
     */
    @Test
    void theTimeOfEachKindIsTheServersWithinATenth() throws Exception {
        Set<String> apart = new HashSet<>();
        List<String> told = new ArrayList<>();
        IntStream.range(0, SLOW_KINDS).forEach(kind -> apart.add("max(c" + kind + "x)"));
        for (int round = 0; round < ROUNDS_MAX && !apart.isEmpty(); round++) {
            reset();
            Map<String, Double> ours = slowRound();
            Map<String, Double> theirs = millisByServer();
            assertThat(ours.keySet()).isEqualTo(theirs.keySet()).containsAll(apart);
            told.add("round " + round + ": " + ours + " against " + theirs);
            assertThat(ours)
                    .allSatisfy(
                            (kind, millis) -> assertThat(millis).isGreaterThan(theirs.get(kind)));
            double way = millis(ours, NOTHING) - millis(theirs, NOTHING);
            apart.removeIf(
                    kind ->
                            Math.abs(millis(ours, kind) - way / SLOW_KINDS - millis(theirs, kind))
                                    <= millis(theirs, kind) / 10);
        }
        assertThat(apart).as("%s", told).isEmpty();
    }

    private static double millis(Map<String, Double> by, String kind) {
        return requireNonNull(by.get(kind), kind);
    }

    private static Map<String, Double> slowRound() throws Exception {
        try (ProxyUnderTest proxy =
                new ProxyUnderTest(
                        pair,
                        Reads.PRIMARY,
                        Duration.ofSeconds(10),
                        Authentication.PASSWORD,
                        ProxyUnderTest.NO_POOL)) {
            proxy.publish(1, Optional.of(pair.primary()), false);
            try (Connection connection = connect(proxy, "simple");
                    Statement statement = connection.createStatement()) {
                for (int i = 0; i < SLOW_KINDS * 20; i++) {
                    statement.executeQuery(slow(i % SLOW_KINDS)).close();
                    statement.executeQuery("select " + NOTHING + " from kinds").close();
                }
            }
            Map<String, Double> millis = new HashMap<>();
            for (StatementFigures row : proxy.statements()) {
                Matcher name = KIND.matcher(row.digest().text());
                if (name.find()) {
                    millis.merge(name.group(), row.totalMicros() / 1e3, Double::sum);
                }
            }
            return millis;
        }
    }

    private static String slow(int kind) {
        String max = "max(c" + kind + "x)";
        return kind % 2 == 0
                ? "select pg_sleep(%s), %s from kinds".formatted((kind + 4) / 1000.0, max)
                : "select count(*) from generate_series(1, %d) where (select %s from kinds) is null"
                        .formatted((kind + 4) * 10_000, max);
    }

    private static Map<String, Double> millisByServer() throws SQLException {
        Map<String, Double> millis = new HashMap<>();
        try (Connection connection = pair.direct(pair.primary());
                Statement statement = connection.createStatement();
                var found =
                        statement.executeQuery(
                                "select query, total_exec_time from pg_stat_statements")) {
            while (found.next()) {
                Matcher name = KIND.matcher(found.getString(1));
                if (name.find()) {
                    millis.merge(name.group(), found.getDouble(2), Double::sum);
                }
            }
        }
        return millis;
    }

    /** Gives how long the client waited for it, in milliseconds. */
    private static double repeat(Connection connection, int kind) throws SQLException {
        String what = kind % 20 == 0 ? "pg_sleep(0.01), " : kind % 2 == 0 ? "count(*), " : "";
        String sql = "select " + what + "max(c" + kind + "x) from kinds where c0x > ?";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            long began = System.nanoTime();
            for (int i = 0; i <= kind % 7; i++) {
                statement.setInt(1, i);
                statement.executeQuery().close();
            }
            return (System.nanoTime() - began) / 1e6;
        }
    }

    private static Map<String, Long> callsByServer() throws SQLException {
        Map<String, Long> calls = new HashMap<>();
        try (Connection connection = pair.direct(pair.primary());
                Statement statement = connection.createStatement();
                var found =
                        statement.executeQuery(
                                "select query, calls from pg_stat_statements where query like"
                                        + " '%from kinds%'")) {
            while (found.next()) {
                Matcher name = KIND.matcher(found.getString(1));
                if (name.find()) {
                    calls.merge(name.group(), found.getLong(2), Long::sum);
                }
            }
        }
        return calls;
    }

    @Test
    void whatAReplicaAnsweredIsTold() throws Exception {
        try (ProxyUnderTest proxy =
                new ProxyUnderTest(
                        pair,
                        Reads.REPLICAS,
                        Duration.ofSeconds(10),
                        Authentication.PASSWORD,
                        ProxyUnderTest.NO_POOL)) {
            proxy.publish(1, Optional.of(pair.primary()), false, pair.replica());
            proxy.pretendReplicasAreFresh();
            try (Connection connection = connect(proxy, "simple");
                    Statement statement = connection.createStatement()) {
                for (int i = 0; i < 10; i++) {
                    statement.executeQuery("select v from figure where id = " + i).close();
                }
            }
            StatementFigures read = figures(proxy, "select v from figure");
            assertThat(read.count()).isEqualTo(10);
            assertThat(read.failures()).isZero();
            assertThat(read.onReplica()).isPositive();
        }
    }
}
