package io.shoestring.proxy.postgresql;

import io.shoestring.config.PoolConfig;
import io.shoestring.config.PostgresListenerConfig.Reads;
import io.shoestring.config.ReplayConfig;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;

/** What tests share in which a real primary is killed, and its replica takes over. */
abstract class LostPrimary {
    static final Duration HOLD = Duration.ofSeconds(30);

    PostgresPair pair;
    ProxyUnderTest proxy;

    @BeforeEach
    void start() throws Exception {
        pair = PostgresPair.start();
        direct(
                pair.primary().endpoint().port(),
                "create role trusted superuser login",
                "create table written (" + columns() + ")");
        proxy = proxy(replay());
        proxy.publish(1, Optional.of(pair.primary()), false, pair.replica());
    }

    @AfterEach
    void stop() {
        proxy.close();
        pair.close();
    }

    ProxyUnderTest proxy(ReplayConfig replay) throws Exception {
        return new ProxyUnderTest(Reads.PRIMARY, HOLD, pool(), replay, Optional.of(pair));
    }

    /** Of the table {@code written}. */
    abstract String columns();

    /** What is carried over. */
    abstract ReplayConfig replay();

    /** How clients come by server connections. */
    PoolConfig pool() {
        return ProxyUnderTest.NO_POOL;
    }

    RawClient client() throws IOException {
        RawClient client = RawClient.connect(proxy.port());
        client.forget();
        return client;
    }

    /** Past the proxy; waits for no replica. */
    void direct(int port, String... statements) throws SQLException {
        var member = port == pair.primary().endpoint().port() ? pair.primary() : pair.replica();
        try (Connection direct = pair.direct(member);
                var statement = direct.createStatement()) {
            statement.execute("set synchronous_commit = local");
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }

    void killPrimary() throws IOException {
        pair.kill("a");
        proxy.publish(1, Optional.empty(), false);
    }

    void promote() {
        pair.promoteReplica();
        proxy.publish(2, Optional.of(pair.replica()), false);
    }
}
