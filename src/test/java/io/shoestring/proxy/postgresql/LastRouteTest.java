package io.shoestring.proxy.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.config.PostgresListenerConfig.Reads;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.sql.Connection;
import java.time.Duration;
import java.util.Optional;

/** A client asks why its last statement went where it went. */
@Timeout(60)
class LastRouteTest {
    @Test
    void saysWhereAndWhy() throws Exception {
        try (PostgresPair pair = PostgresPair.start();
                var proxy = new ProxyUnderTest(Reads.REPLICAS, Duration.ofSeconds(30))) {
            try (Connection direct = pair.direct(pair.primary());
                    var statement = direct.createStatement()) {
                statement.execute("create role trusted superuser login");
            }
            proxy.publish(1, Optional.of(pair.primary()), false, pair.replica());
            proxy.pretendReplicasAreFresh();
            try (RawClient client = RawClient.connect(proxy.port())) {
                assertThat(route(client)).contains("not asked anything yet");
                // The replica may refuse connections for a moment yet.
                await().atMost(Duration.ofSeconds(30))
                        .until(
                                () -> {
                                    client.ask("select 1");
                                    return route(client).contains("]replica[");
                                });
                assertThat(route(client)).contains("]b[").contains("reads");
                // Asking is no request of its own.
                assertThat(route(client)).contains("]replica[");
                client.ask("/* shoestring: primary */ select 1");
                assertThat(route(client)).contains("]primary[").contains("]a[").contains("comment");
                client.ask("create table t ()");
                assertThat(route(client)).contains("not certain that it only reads");
                client.ask("begin");
                client.ask("select 1");
                assertThat(route(client)).contains("a transaction");
                assertThat(client.heard()).last().isEqualTo("Z T");
                client.ask("rollback");
                proxy.publish(1, Optional.of(pair.primary()), false);
                client.ask("select 1");
                assertThat(route(client)).contains("]primary[").contains("no replica serves");
                assertThat(client.heard()).last().isEqualTo("Z I");
            }
        }
    }

    private static String route(RawClient client) throws IOException {
        var answer = client.ask("SHOW shoestring.last_route;");
        assertThat(answer).hasSize(4);
        assertThat(answer.get(2)).isEqualTo("C SHOW[0]");
        return answer.get(1);
    }
}
