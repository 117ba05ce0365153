package io.shoestring.proxy.postgresql;

import static io.shoestring.proxy.postgresql.Wire.bind;
import static io.shoestring.proxy.postgresql.Wire.describePortal;
import static io.shoestring.proxy.postgresql.Wire.execute;
import static io.shoestring.proxy.postgresql.Wire.parse;
import static io.shoestring.proxy.postgresql.Wire.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.config.PostgresListenerConfig.Authentication;
import io.shoestring.config.PostgresListenerConfig.Reads;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A table changes under statements that were prepared for it. */
@Timeout(60)
class StalePlanTest {
    private PostgresPair pair;
    private ProxyUnderTest proxy;

    @BeforeEach
    void start() throws Exception {
        pair = PostgresPair.start();
        direct(
                "create role trusted superuser login; create table t (a int); insert into t values"
                        + " (1)");
        proxy =
                new ProxyUnderTest(
                        pair,
                        Reads.PRIMARY,
                        Duration.ofSeconds(5),
                        Authentication.TRUST,
                        ProxyUnderTest.shared(1));
        proxy.publish(1, Optional.of(pair.primary()), false, pair.replica());
    }

    @AfterEach
    void stop() {
        proxy.close();
        pair.close();
    }

    private void direct(String sql) throws Exception {
        try (Connection direct = pair.direct(pair.primary());
                var statement = direct.createStatement()) {
            statement.execute(sql);
        }
    }

    private static List<String> run(RawClient client, String statement, boolean describes)
            throws IOException {
        client.forget();
        client.send(bind("", statement));
        if (describes) {
            client.send(describePortal(""));
        }
        return client.send(execute("", 0), sync()).ready().heard();
    }

    @Test
    void whoAsksWhatTheRowsLookLikeGetsThemAsTheyAreNow() throws Exception {
        try (RawClient client = RawClient.connect(proxy.port())) {
            client.send(parse("reads", "select * from t"), sync()).ready();
            client.send(parse("writes", "insert into t values (2) returning *"), sync()).ready();
            assertThat(run(client, "reads", true)).hasSize(5).last().isEqualTo("Z I");
            assertThat(run(client, "writes", true)).last().isEqualTo("Z I");
            direct("alter table t add b text default 'new'");
            assertThat(run(client, "reads", true).get(2)).startsWith("D ").contains("new");
            assertThat(client.heard()).last().isEqualTo("Z I");
            assertThat(run(client, "writes", true).get(2)).startsWith("D ").contains("new");
            assertThat(client.ask("show shoestring.last_route").get(1)).contains("prepared anew");
            // It was run once, and the connection is as good as before.
            assertThat(client.value("select count(*) from t")).isEqualTo("3");
            assertThat(run(client, "reads", false)).noneMatch(m -> m.startsWith("E"));
        }
    }

    @Test
    void whoBelievesToKnowIsTold() throws Exception {
        try (RawClient client = RawClient.connect(proxy.port())) {
            client.send(parse("reads", "select * from t"), sync()).ready();
            run(client, "reads", true);
            direct("alter table t alter a type bigint");
            assertThat(run(client, "reads", false).getFirst()).contains("cached plan must not");
            assertThat(client.heard()).last().isEqualTo("Z I");
            client.ask("begin");
            assertThat(run(client, "reads", true).getFirst()).contains("cached plan must not");
            assertThat(client.heard()).last().isEqualTo("Z E");
            client.ask("rollback");
            assertThat(run(client, "reads", true).getFirst()).isEqualTo("2 ");
        }
    }
}
