package io.shoestring.proxy.postgresql;

import static io.shoestring.proxy.postgresql.Wire.bind;
import static io.shoestring.proxy.postgresql.Wire.execute;
import static io.shoestring.proxy.postgresql.Wire.parse;
import static io.shoestring.proxy.postgresql.Wire.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.Consistency;
import io.shoestring.config.PostgresListenerConfig.Authentication;
import io.shoestring.config.PostgresListenerConfig.Reads;
import io.shoestring.config.ReadsConfig;

import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** What reads on a real replica find, which applies what is written, or stops to. */
@Timeout(60)
class ReadConsistencyTest {
    private static PostgresPair pair;
    private static Connection primary;
    private static Connection replica;
    private @Nullable ProxyUnderTest proxy;
    private @Nullable FreshnessPoller poller;

    @BeforeAll
    static void startServers() throws Exception {
        pair = PostgresPair.start();
        primary = pair.direct(pair.primary());
        run(primary, "create role trusted superuser login");
        run(primary, "create table counter (n int)");
        run(primary, "insert into counter values (0)");
        replica = pair.direct(pair.replica());
    }

    @AfterAll
    static void stopServers() throws Exception {
        primary.close();
        replica.close();
        pair.close();
    }

    private ProxyUnderTest proxy() {
        return requireNonNull(proxy, "nobody listens");
    }

    @AfterEach
    void stop() throws Exception {
        run(replica, "select pg_wal_replay_resume()");
        requireNonNull(poller, "nobody polls").close();
        proxy().close();
    }

    private void start(Consistency consistency, Duration maxLag) throws Exception {
        proxy =
                new ProxyUnderTest(
                        pair,
                        new TrialListener()
                                .reads(new ReadsConfig(Reads.REPLICAS, consistency, maxLag))
                                .authentication(Authentication.TRUST));
        proxy().publish(1, Optional.of(pair.primary()), false, pair.replica());
        poller = new FreshnessPoller(pair, proxy().freshness, proxy().clock);
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static ConditionFactory soon() {
        return await().atMost(Duration.ofSeconds(30));
    }

    private static String read(RawClient client) throws IOException {
        return client.value("select n from counter");
    }

    private static String route(RawClient client) throws IOException {
        return client.ask("SHOW shoestring.last_route").get(1);
    }

    private static void untilItReadsFromTheReplica(RawClient client) {
        soon().until(
                        () -> {
                            read(client);
                            return route(client).contains("]replica[");
                        });
    }

    @Test
    void aClusterWideReadFindsWhateverAnybodyWasToldToBeCommitted() throws Exception {
        start(Consistency.CLUSTER, Duration.ofSeconds(10));
        try (RawClient client = RawClient.connect(proxy().port())) {
            untilItReadsFromTheReplica(client);
            assertThat(route(client)).contains("everything that was acknowledged", "]cluster");
            int onReplica = 0;
            for (int i = 1; i <= 50; i++) {
                // Not even through us.
                run(primary, "update counter set n = " + i);
                assertThat(read(client)).isEqualTo(String.valueOf(i));
                onReplica += route(client).contains("]replica[") ? 1 : 0;
            }
            assertThat(onReplica).isPositive();
            run(replica, "select pg_wal_replay_pause()");
            run(primary, "update counter set n = 51");
            assertThat(read(client)).isEqualTo("51");
            assertThat(route(client))
                    .contains("]primary[", "no replica is known to have everything");
        }
    }

    @Test
    void anEventualReadFindsWhatIsNotOlderThanTheLimit() throws Exception {
        start(Consistency.EVENTUAL, Duration.ofSeconds(5));
        try (RawClient client = RawClient.connect(proxy().port())) {
            client.ask("update counter set n = 100");
            untilItReadsFromTheReplica(client);
            soon().until(() -> read(client).equals("100"));
            run(replica, "select pg_wal_replay_pause()");
            client.ask("update counter set n = 101");
            assertThat(read(client)).isEqualTo("100");
            assertThat(route(client)).contains("]replica[", "at most 5000 ms behind");
            soon().until(() -> read(client).equals("101"));
            assertThat(route(client)).contains("]primary[", "at most 5000 ms behind");
        }
    }

    @Test
    void aClientChoosesForItself() throws Exception {
        start(Consistency.SESSION, Duration.ofSeconds(20));
        try (RawClient client = RawClient.connect(proxy().port())) {
            assertThat(consistency(client)).isEqualTo("session");
            assertThat(client.ask("SET shoestring.reads = 'Cluster';")).contains("C SET[0]");
            assertThat(consistency(client)).isEqualTo("cluster");
            assertThat(String.join(" ", client.ask("set shoestring.reads to sometimes")))
                    .contains("22023", "session, cluster, eventual");
            assertThat(consistency(client)).isEqualTo("cluster");
            client.ask("reset shoestring.reads");
            assertThat(consistency(client)).isEqualTo("session");
            // What is rolled back has not been chosen.
            client.ask("begin");
            client.ask("set shoestring.reads = eventual");
            client.ask("rollback");
            assertThat(consistency(client)).isEqualTo("session");
            client.send(
                            parse("", "set session shoestring.reads to eventual"),
                            bind("", ""),
                            execute("", 0),
                            sync())
                    .ready();
            assertThat(consistency(client)).isEqualTo("eventual");
            client.ask("update counter set n = 200");
            untilItReadsFromTheReplica(client);
            client.ask("discard all");
            assertThat(consistency(client)).isEqualTo("session");
        }
        try (RawClient client =
                RawClient.connect(
                        proxy().port(), Map.of("options", "-c shoestring.reads=eventual"))) {
            assertThat(consistency(client)).isEqualTo("eventual");
        }
    }

    private static String consistency(RawClient client) throws IOException {
        return client.value("SHOW shoestring.reads");
    }
}
