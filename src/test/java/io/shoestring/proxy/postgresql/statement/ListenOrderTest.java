package io.shoestring.proxy.postgresql.statement;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Which channels LISTEN and UNLISTEN name, as the server reads them. */
class ListenOrderTest {
    private final StatementClassifier classifier = new StatementClassifier(Set.of());

    private Optional<List<ListenOrder>> orders(String sql) {
        byte[] bytes = sql.getBytes(StandardCharsets.UTF_8);
        return classifier.listenOrders(Unpooled.wrappedBuffer(bytes), 0, bytes.length);
    }

    private static ListenOrder listen(String channel) {
        return new ListenOrder(Optional.of(channel), true);
    }

    private static ListenOrder unlisten(String channel) {
        return new ListenOrder(Optional.of(channel), false);
    }

    @Test
    void aNameIsFoldedUnlessItIsQuoted() {
        assertThat(orders("LISTEN News")).contains(List.of(listen("news")));
        assertThat(orders("/* a */ listen \"News\" ;")).contains(List.of(listen("News")));
        assertThat(orders("listen \"a\"\"b\"")).contains(List.of(listen("a\"b")));
        assertThat(orders("listen " + "x".repeat(70))).contains(List.of(listen("x".repeat(63))));
    }

    @Test
    void ofSeveralStatementsTheirOrderIsKept() {
        assertThat(orders("unlisten *; listen a; select 'listen b'; UNLISTEN A"))
                .contains(
                        List.of(
                                new ListenOrder(Optional.empty(), false),
                                listen("a"),
                                unlisten("a")));
    }

    @Test
    void whatOnlyTheServerCanReadIsLeftToIt() {
        for (String sql :
                List.of(
                        "listen \"ä\"",
                        "listen ä",
                        "listen \u212a",
                        "listen U&\"a\\0062\"",
                        "listen",
                        "listen \"\"",
                        "listen *",
                        "listen a; select 'open")) {
            assertThat(orders(sql)).as(sql).isEmpty();
        }
    }

    @Test
    void aStatementIsKnownToListen() {
        for (String sql : List.of("listen a", "unlisten *", "select 1; unlisten a")) {
            byte[] bytes = sql.getBytes(StandardCharsets.UTF_8);
            Classification found = classifier.classify(bytes, 0, bytes.length);
            assertThat(found.listens()).as(sql).isTrue();
            assertThat(found.isTraceless()).as(sql).isTrue();
        }
        byte[] update = "update a set listen = 1".getBytes(StandardCharsets.UTF_8);
        assertThat(classifier.classify(update, 0, update.length).listens()).isFalse();
    }
}
