package io.shoestring.proxy.postgresql;

import static io.shoestring.proxy.postgresql.Wire.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.PoolConfig;
import io.shoestring.config.PoolSizes;
import io.shoestring.config.PostgresListenerConfig.Authentication;
import io.shoestring.config.PostgresListenerConfig.Reads;
import io.shoestring.model.PoolStatus;

import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;

/** How many clients and server connections there may be, and how many there are at least. */
@Timeout(60)
class PoolLimitsTest {
    private static final Duration HOLD = Duration.ofSeconds(30);
    private static final OptionalInt ANY = OptionalInt.empty();

    private static PostgresPair pair;
    private @Nullable ProxyUnderTest proxy;

    @BeforeAll
    static void startServers() throws Exception {
        pair = PostgresPair.start();
        try (var direct = pair.direct(pair.primary());
                var statement = direct.createStatement()) {
            statement.execute("create role trusted superuser login");
            statement.execute("create role other superuser login password 'else'");
            statement.execute("create database shelf");
            statement.execute("create sequence turns");
        }
    }

    @AfterAll
    static void stopServers() {
        pair.close();
    }

    private ProxyUnderTest proxy() {
        return requireNonNull(proxy, "nobody listens");
    }

    @AfterEach
    void stop() {
        proxy().close();
    }

    private void start(Reads reads, PoolConfig.Mode mode, PoolSizes sizes) throws Exception {
        Duration late = Duration.ofMinutes(10);
        var pool =
                new PoolConfig(
                        mode, sizes, Duration.ofSeconds(10), late, late, PoolConfig.AfterLoss.END);
        proxy = new ProxyUnderTest(pair, reads, HOLD, Authentication.TRUST, pool);
        proxy().publish(1, Optional.of(pair.primary()), false);
    }

    private void start(PoolSizes sizes) throws Exception {
        start(Reads.PRIMARY, PoolConfig.Mode.TRANSACTION, sizes);
    }

    private RawClient client(String user, String database) throws IOException {
        return RawClient.connect(proxy().port(), user, database);
    }

    private PoolStatus status() {
        return proxy().status().pool().orElseThrow();
    }

    private static ConditionFactory soon() {
        return await().atMost(Duration.ofSeconds(30));
    }

    private static CompletableFuture<String> later(RawClient client, String sql) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return client.value(sql);
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                },
                task -> Thread.ofVirtual().start(task));
    }

    /** The second client has to wait until the first one's connection is closed for it. */
    private void assertThatOneIsClosedForTheOther(
            String oneUser, String oneDatabase, String otherUser, String otherDatabase)
            throws Exception {
        try (RawClient one = client(oneUser, oneDatabase);
                RawClient other = client(otherUser, otherDatabase)) {
            one.ask("begin");
            CompletableFuture<String> waits = later(other, "select 5");
            soon().until(() -> status().waiting() == 1);
            assertThat(status().servers()).isEqualTo(1);
            one.ask("commit");
            assertThat(waits.join()).isEqualTo("5");
            // What is idle and of no use to him is closed for him who comes next.
            assertThat(one.value("select 6")).isEqualTo("6");
            assertThat(status().servers()).isEqualTo(1);
        }
    }

    @Test
    void allUsersAndDatabasesTogetherHaveNoMoreThanTheMembersLimit() throws Exception {
        start(new PoolSizes(5, ANY, ANY, OptionalInt.of(1), 0));
        assertThatOneIsClosedForTheOther("trusted", "postgres", "other", "shelf");
    }

    @Test
    void aUserHasNoMoreThanItsLimitInWhicheverDatabase() throws Exception {
        start(new PoolSizes(5, OptionalInt.of(1), ANY, ANY, 0));
        assertThatOneIsClosedForTheOther("trusted", "postgres", "trusted", "shelf");
        try (RawClient first = client("trusted", "postgres");
                RawClient second = client("other", "postgres")) {
            first.ask("begin");
            assertThat(second.value("select 5")).isEqualTo("5");
        }
    }

    @Test
    void aDatabaseHasNoMoreThanItsLimitWhoeverTheUser() throws Exception {
        start(new PoolSizes(5, ANY, OptionalInt.of(1), ANY, 0));
        assertThatOneIsClosedForTheOther("trusted", "shelf", "other", "shelf");
        try (RawClient first = client("trusted", "postgres");
                RawClient second = client("trusted", "shelf")) {
            first.ask("begin");
            assertThat(second.value("select 5")).isEqualTo("5");
        }
    }

    @Test
    void whoWaitedTooLongHearsWhichLimitItWas() throws Exception {
        Duration late = Duration.ofMinutes(10);
        var sizes = new PoolSizes(5, ANY, OptionalInt.of(1), ANY, 0);
        proxy =
                new ProxyUnderTest(
                        pair,
                        Reads.PRIMARY,
                        HOLD,
                        Authentication.TRUST,
                        new PoolConfig(
                                PoolConfig.Mode.TRANSACTION,
                                sizes,
                                Duration.ofSeconds(1),
                                late,
                                late,
                                PoolConfig.AfterLoss.END));
        proxy().publish(1, Optional.of(pair.primary()), false);
        try (RawClient first = client("trusted", "shelf");
                RawClient second = client("other", "shelf")) {
            first.ask("begin");
            second.send(query("select 5")).ready();
            assertThat(String.join(" ", second.heard()))
                    .contains("53300", "all 1 server connections of database \"shelf\"")
                    .contains("database-limit");
        }
    }

    @Test
    void whoWaitsLongestIsServedFirstAlsoBetweenUsers() throws Exception {
        start(new PoolSizes(5, ANY, ANY, OptionalInt.of(1), 0));
        List<RawClient> clients = new ArrayList<>();
        List<CompletableFuture<String>> turns = new ArrayList<>();
        try (RawClient first = client("trusted", "postgres")) {
            // Both have connections before, so that all can log in.
            client("other", "postgres").close();
            for (int i = 0; i < 6; i++) {
                clients.add(client(i % 2 == 0 ? "other" : "trusted", "postgres"));
            }
            first.ask("begin");
            for (RawClient each : clients) {
                int before = turns.size();
                turns.add(later(each, "select nextval('turns')"));
                soon().until(() -> status().waiting() == before + 1);
            }
            // Older than what a connection stays with those whom it fits.
            Thread.sleep(60);
            first.ask("commit");
            assertThat(turns)
                    .extracting(turn -> Integer.valueOf(turn.join()))
                    .hasSize(6)
                    .doesNotHaveDuplicates()
                    .first()
                    .isEqualTo(1);
        } finally {
            for (RawClient each : clients) {
                each.close();
            }
        }
    }

    @Test
    void connectionsAreThereBeforeTheyAreNeededAndAtTheNextPrimaryToo() throws Exception {
        start(Reads.PRIMARY, PoolConfig.Mode.TRANSACTION, new PoolSizes(5, ANY, ANY, ANY, 3));
        try (RawClient client = client("trusted", "postgres")) {
            // One more, if the client was quicker than who opens them.
            soon().until(() -> status().idle() >= 3);
            // The replica is told to be the primary: that nobody asks, it does not matter here.
            proxy().publish(2, Optional.of(pair.replica()), false);
            soon().until(() -> connections(pair.replica()) == 3);
            soon().until(() -> connections(pair.primary()) == 0);
            long before = newest(pair.replica());
            assertThat(client.value("select 5")).isEqualTo("5");
            assertThat(newest(pair.replica())).isEqualTo(before);
        }
        assertThat(status().servers()).isEqualTo(3);
    }

    @Test
    void replicasThatAreReadHaveTheirConnectionsToo() throws Exception {
        start(Reads.REPLICAS, PoolConfig.Mode.TRANSACTION, new PoolSizes(5, ANY, ANY, ANY, 2));
        proxy().publish(1, Optional.of(pair.primary()), false, pair.replica());
        try (RawClient client = client("trusted", "postgres")) {
            // One more, if the client was quicker than who opens them.
            soon().untilAsserted(
                            () -> {
                                assertThat(connections(pair.replica())).isBetween(2L, 3L);
                                assertThat(connections(pair.primary())).isBetween(2L, 3L);
                            });
            assertThat(client.value("select 5")).isEqualTo("5");
        }
    }

    @Test
    void whatNobodyUsesIsClosedDownToTheMinimum() throws Exception {
        Duration late = Duration.ofMinutes(10);
        proxy =
                new ProxyUnderTest(
                        pair,
                        Reads.PRIMARY,
                        HOLD,
                        Authentication.TRUST,
                        new PoolConfig(
                                PoolConfig.Mode.TRANSACTION,
                                new PoolSizes(5, ANY, ANY, ANY, 2),
                                HOLD,
                                Duration.ofMillis(200),
                                late,
                                PoolConfig.AfterLoss.END));
        proxy().publish(1, Optional.of(pair.primary()), false);
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            clients.add(client("trusted", "postgres"));
            clients.getLast().ask("begin");
        }
        assertThat(status().servers()).isEqualTo(5);
        for (RawClient each : clients) {
            each.ask("commit");
        }
        soon().until(() -> status().servers() == 2);
        await().during(Duration.ofMillis(600))
                .atMost(Duration.ofSeconds(30))
                .until(() -> status().idle() == 2);
        for (RawClient each : clients) {
            each.close();
        }
    }

    private static long connections(io.shoestring.model.MemberSpec member) throws SQLException {
        return number(member, "select count(*) from pg_stat_activity where usename = 'trusted'");
    }

    /** When the newest of them began. */
    private static long newest(io.shoestring.model.MemberSpec member) throws SQLException {
        return number(
                member,
                "select (extract(epoch from max(backend_start)) * 1000000)::bigint"
                        + " from pg_stat_activity where usename = 'trusted'");
    }

    private static long number(io.shoestring.model.MemberSpec member, String sql)
            throws SQLException {
        try (Connection direct = pair.direct(member);
                var statement = direct.createStatement();
                var result = statement.executeQuery(sql)) {
            result.next();
            return result.getLong(1);
        }
    }

    @Test
    void aTransactionBlockEndsAClientThatHasStatementsOnly() throws Exception {
        start(Reads.PRIMARY, PoolConfig.Mode.STATEMENT, PoolSizes.ofEach(1));
        try (RawClient client = client("trusted", "postgres");
                RawClient other = client("trusted", "postgres")) {
            assertThat(client.value("select 5")).isEqualTo("5");
            assertThat(client.value("begin; select 6; commit")).isEqualTo("6");
            client.send(query("begin")).until('E');
            assertThat(String.join(" ", client.heard()))
                    .contains(
                            "FATAL",
                            "08P01",
                            "transaction blocks not allowed in statement pooling mode");
            assertThat(
                            other.value(
                                    "select count(*) from pg_stat_activity where state like 'idle"
                                            + " in%'"))
                    .isEqualTo("0");
        }
    }

    @Test
    void aUserHasNoMoreClientsThanItsLimit() throws Exception {
        proxy = new ProxyUnderTest(pair, new TrialListener().maxConnectionsOfUser(2));
        proxy().publish(1, Optional.of(pair.primary()), false);
        try (Connection first = proxy().connect()) {
            try (Connection second = proxy().connect()) {
                assertThat(second.isValid(10)).isTrue();
                assertThatThrownBy(() -> proxy().connect())
                        .isInstanceOfSatisfying(
                                SQLException.class,
                                refused -> assertThat(refused.getSQLState()).isEqualTo("53300"))
                        .hasMessageContaining("role \"postgres\" has its 2 connections")
                        .hasMessageContaining("max-connections-per-user");
                DriverManager.getConnection(proxy().url(""), "other", "else").close();
            }
            soon().ignoreExceptions()
                    .until(
                            () -> {
                                proxy().connect().close();
                                return true;
                            });
            assertThat(first.isValid(10)).isTrue();
        }
    }
}
