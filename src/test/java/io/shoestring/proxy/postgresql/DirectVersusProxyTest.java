package io.shoestring.proxy.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.PostgresListenerConfig.Authentication;
import io.shoestring.config.PostgresListenerConfig.Reads;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The server's own answers are the oracle: every script of {@link ProtocolScripts} must be answered
 * the same, message for message, by the primary itself and by the proxy in front of it.
 */
@Timeout(60)
class DirectVersusProxyTest {
    private static final int SINGLE_BYTES_MAX = 2_000;

    private static final String WRITTEN = "select pg_current_wal_insert_lsn()";
    private static String writtenThen = "";
    private static final Map<String, List<String>> EXPECTED = new HashMap<>();

    private static PostgresPair pair;
    private static ProxyUnderTest toPrimary;
    private static ProxyUnderTest toReplicas;
    private static ProxyUnderTest pooled;
    private static ProxyUnderTest pooledToReplicas;
    private static FreshnessPoller pooledPoller;
    private static FreshnessPoller poller;
    private static Connection direct;
    private static Connection replica;

    @BeforeAll
    static void start() throws Exception {
        pair = PostgresPair.start();
        direct = pair.direct(pair.primary());
        replica = pair.direct(pair.replica());
        execute(
                """
                create role trusted superuser login;
                create table items (id int primary key, name text);
                create table parts (
                    id int, item int references items deferrable initially deferred);
                create schema other;
                create table other.items (id int primary key, name text);
                insert into other.items values (1, 'another one');
                create sequence numbers;
                create function note(a int, b int) returns int language plpgsql as $$
                    begin insert into items values (1000000 + a * 1000 + b, 'noted');
                    return a + b; end $$;
                create operator <+> (leftarg = int, rightarg = int, function = note);
                """);
        toPrimary = proxy(Reads.PRIMARY);
        toReplicas = proxy(Reads.REPLICAS);
        poller = new FreshnessPoller(pair, toReplicas.freshness, toReplicas.clock);
        pooled = pooled(Reads.PRIMARY);
        pooledToReplicas = pooled(Reads.REPLICAS);
        pooledPoller =
                new FreshnessPoller(pair, pooledToReplicas.freshness, pooledToReplicas.clock);
    }

    /** All scripts, one after the other, meet what the others have left. */
    private static ProxyUnderTest pooled(Reads reads) throws Exception {
        var proxy =
                new ProxyUnderTest(
                        pair,
                        reads,
                        Duration.ofSeconds(5),
                        Authentication.TRUST,
                        ProxyUnderTest.shared(1));
        proxy.publish(1, Optional.of(pair.primary()), false, pair.replica());
        return proxy;
    }

    private static ProxyUnderTest proxy(Reads reads) throws Exception {
        var proxy =
                new ProxyUnderTest(pair, reads, Duration.ofSeconds(5), 100, Authentication.TRUST);
        proxy.publish(1, Optional.of(pair.primary()), false, pair.replica());
        return proxy;
    }

    @AfterAll
    static void stop() throws Exception {
        poller.close();
        pooledPoller.close();
        pooled.close();
        pooledToReplicas.close();
        toPrimary.close();
        toReplicas.close();
        direct.close();
        replica.close();
        pair.close();
    }

    static Stream<String> scripts() {
        return ProtocolScripts.all().keySet().stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("scripts")
    void theProxyAnswersAsTheServerDoes(String script) throws Exception {
        List<String> expected = expected(script);
        assertThat(run(script, toPrimary.port(), false)).isEqualTo(expected);
        assertThat(run(script, toReplicas.port(), false)).isEqualTo(expected);
    }

    /** What a client that shares connections tells itself comes just after its request is done. */
    static Stream<String> scriptsOfSharers() {
        return scripts().filter(script -> !script.equals("LISTEN and NOTIFY to itself"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("scriptsOfSharers")
    void nobodyNoticesThatServerConnectionsAreShared(String script) throws Exception {
        List<String> expected = expected(script);
        assertThat(run(script, pooled.port(), false)).isEqualTo(expected);
        assertThat(run(script, pooledToReplicas.port(), false)).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("scripts")
    void itDoesNotMatterInWhichPiecesTheBytesCome(String script) throws Exception {
        List<String> expected = expected(script);
        if (expected.stream().mapToInt(String::length).sum() < SINGLE_BYTES_MAX) {
            assertThat(run(script, toReplicas.port(), true)).isEqualTo(expected);
        }
    }

    @Test
    void theReplicaHadItsPart() throws Exception {
        run("named statement used again and again", toReplicas.port(), false);
        assertThat(toReplicas.status().onReplicas()).isPositive();
        assertThat(toPrimary.status().onReplicas()).isZero();
    }

    private static List<String> expected(String script) throws Exception {
        List<String> known = EXPECTED.get(script);
        if (known == null) {
            known = run(script, pair.primary().endpoint().port(), false);
            EXPECTED.put(script, known);
        }
        return known;
    }

    private static List<String> run(String name, int port, boolean inSingleBytes) throws Exception {
        reset();
        try (RawClient client = RawClient.connect(port)) {
            if (inSingleBytes) {
                client.inSingleBytes();
            }
            var script = requireNonNull(ProtocolScripts.all().get(name));
            try {
                script.run(client);
            } catch (IOException e) {
                throw new AssertionError("port " + port + ": " + e + client.heard(), e);
            }
            return client.heard();
        }
    }

    /** The tables are as they were, on the replica too; most scripts have written nothing. */
    private static void reset() throws SQLException {
        if (value(direct, WRITTEN).equals(writtenThen)) {
            return;
        }
        execute(
                """
                truncate items, parts;
                insert into items values (1, 'one'), (2, 'two'), (3, 'three'), (4, 'four'),
                    (5, 'five');
                """);
        String lsn = value(direct, "select pg_current_wal_flush_lsn()");
        await().pollInterval(Duration.ofMillis(2)).until(() -> isApplied(lsn));
        writtenThen = value(direct, WRITTEN);
    }

    private static boolean isApplied(String lsn) throws SQLException {
        return value(replica, "select pg_last_wal_replay_lsn() >= '" + lsn + "'::pg_lsn")
                .equals("t");
    }

    private static void execute(String sql) throws SQLException {
        try (var statement = direct.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String value(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var result = statement.executeQuery(sql)) {
            result.next();
            return result.getString(1);
        }
    }
}
