package io.shoestring.proxy.postgresql;

import static io.shoestring.proxy.postgresql.Wire.bind;
import static io.shoestring.proxy.postgresql.Wire.execute;
import static io.shoestring.proxy.postgresql.Wire.parse;
import static io.shoestring.proxy.postgresql.Wire.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.config.PoolConfig;
import io.shoestring.config.PostgresListenerConfig.Authentication;
import io.shoestring.config.PostgresListenerConfig.Reads;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** LISTEN of clients that share server connections: a connection of its own listens for all. */
@Timeout(60)
class NotificationsTest {
    private static PostgresPair pair;
    private ProxyUnderTest proxy;

    @BeforeAll
    static void startServers() throws Exception {
        pair = PostgresPair.start();
        admin("create role trusted superuser login");
    }

    @AfterAll
    static void stopServers() {
        pair.close();
    }

    @BeforeEach
    void start() throws Exception {
        proxy = proxy(PoolConfig.AfterLoss.END);
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    private static ProxyUnderTest proxy(PoolConfig.AfterLoss afterLoss) throws Exception {
        PoolConfig one = ProxyUnderTest.shared(1);
        var made =
                new ProxyUnderTest(
                        pair,
                        Reads.PRIMARY,
                        Duration.ofSeconds(30),
                        Authentication.TRUST,
                        new PoolConfig(
                                one.mode(),
                                one.sizes(),
                                one.patience(),
                                one.idle(),
                                one.lifetime(),
                                afterLoss));
        made.publish(1, Optional.of(pair.primary()), false);
        return made;
    }

    private void startAgain(PoolConfig.AfterLoss afterLoss) throws Exception {
        proxy.close();
        proxy = proxy(afterLoss);
    }

    private static void admin(String sql) throws Exception {
        try (var direct = pair.direct(pair.primary());
                var statement = direct.createStatement()) {
            statement.execute(sql);
        }
    }

    private RawClient client() throws IOException {
        return RawClient.connect(proxy.port());
    }

    /** Everything up to a notification that is only the end of those that came before. */
    private static List<String> heardUpTo(RawClient client, String last) throws Exception {
        List<String> heard = new ArrayList<>();
        String message = "";
        while (!message.equals(last)) {
            message = client.next();
            heard.add(message);
        }
        return heard;
    }

    private static String said(String channel, String payload) {
        return "A " + channel + "[0]" + payload + "[0]";
    }

    private static void notifies(String channel, String payload) throws Exception {
        admin("select pg_notify('" + channel + "', '" + payload + "')");
    }

    @Test
    void manyClientsListenOnOneServerConnectionAndNoneIsKept() throws Exception {
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            clients.add(client());
            assertThat(clients.get(i).ask("listen news")).containsExactly("C LISTEN[0]", "Z I");
        }
        // There is one server connection for them all: whoever kept it would block the others.
        try (RawClient other = client()) {
            assertThat(other.ask("notify news, 'of today'")).containsExactly("C NOTIFY[0]", "Z I");
            for (RawClient each : clients) {
                assertThat(each.next()).isEqualTo(said("news", "of today"));
                assertThat(each.value("select 5")).isEqualTo("5");
            }
            assertThat(proxy.status().pool().orElseThrow().kept()).isEmpty();
            assertThat(
                            other.value(
                                    "select count(*) from pg_stat_activity"
                                            + " where application_name = 'shoestring: LISTEN'"))
                    .isEqualTo("1");
        }
        for (RawClient each : clients) {
            each.close();
        }
    }

    @Test
    void whoDoesNotListenHearsNothing() throws Exception {
        try (RawClient listens = client();
                RawClient other = client()) {
            listens.ask("listen a");
            other.ask("listen b");
            notifies("a", "1");
            notifies("b", "2");
            assertThat(other.next()).isEqualTo(said("b", "2"));
            assertThat(listens.next()).isEqualTo(said("a", "1"));
            other.ask("unlisten b");
            listens.ask("listen b");
            notifies("b", "3");
            assertThat(listens.next()).isEqualTo(said("b", "3"));
            assertThat(other.ask("select 5")).noneMatch(message -> message.startsWith("A"));
        }
    }

    @Test
    void onlyWhatIsCommittedCounts() throws Exception {
        try (RawClient client = client()) {
            client.ask("begin");
            client.ask("listen never");
            client.ask("rollback");
            client.ask("listen gone; select 1/0");
            client.ask("begin; listen never; rollback; listen mark");
            client.ask("begin");
            client.ask("listen kept");
            notifies("mark", "inside");
            assertThat(client.ask("commit")).containsExactly("C COMMIT[0]", "Z I");
            assertThat(client.next()).isEqualTo(said("mark", "inside"));
            client.ask("begin");
            client.ask("unlisten kept");
            client.ask("rollback");
            for (String channel : List.of("never", "gone", "kept", "mark")) {
                notifies(channel, "1");
            }
            assertThat(heardUpTo(client, said("mark", "1")))
                    .containsExactly(said("kept", "1"), said("mark", "1"));
            client.ask("listen other; unlisten *; listen mark");
            for (String channel : List.of("kept", "other", "mark")) {
                notifies(channel, "2");
            }
            assertThat(heardUpTo(client, said("mark", "2"))).containsExactly(said("mark", "2"));
        }
    }

    @Test
    void namesAreReadAsTheServerReadsThem() throws Exception {
        try (RawClient client = client()) {
            client.ask("LISTEN Folded");
            client.ask("listen \"Not Folded\"");
            client.ask("listen \"a\"\"b\"");
            client.ask("listen end_of_it");
            for (String channel : List.of("Folded", "folded", "Not Folded", "a\"b", "end_of_it")) {
                notifies(channel, "");
            }
            assertThat(heardUpTo(client, said("end_of_it", "")))
                    .containsExactly(
                            said("folded", ""),
                            said("Not Folded", ""),
                            said("a\"b", ""),
                            said("end_of_it", ""));
        }
    }

    @Test
    void theExtendedProtocolListensToo() throws Exception {
        try (RawClient client = client();
                RawClient other = client()) {
            client.send(parse("l", "listen news"), sync()).ready();
            client.send(bind("", "l"), execute("", 0), sync()).ready();
            assertThat(client.heard()).contains("C LISTEN[0]").endsWith("Z I");
            other.ask("notify news, 'x'");
            assertThat(client.next()).isEqualTo(said("news", "x"));
            client.send(parse("", "unlisten *"), bind("", ""), execute("", 0), sync()).ready();
            client.ask("listen mark");
            other.ask("notify news, 'y'; notify mark, 'z'");
            assertThat(client.next()).isEqualTo(said("mark", "z"));
        }
    }

    @Test
    void whatAClientTellsItselfComesToo() throws Exception {
        try (RawClient client = client()) {
            client.ask("listen me");
            client.ask("begin");
            client.ask("notify me, 'first'");
            client.ask("commit");
            assertThat(client.next()).isEqualTo(said("me", "first"));
        }
    }

    @Test
    void theServerIsToldTheChannelsWhenItIsAskedForThem() throws Exception {
        String asks = "select string_agg(c, ' ') from pg_listening_channels() c";
        try (RawClient client = client();
                RawClient other = client()) {
            client.ask("listen a");
            client.ask("listen b");
            assertThat(client.value(asks)).isEqualTo("a b");
            assertThat(other.value(asks)).isEmpty();
            client.ask("begin");
            client.ask("unlisten a");
            client.ask("commit");
            assertThat(client.value(asks)).isEqualTo("b");
        }
    }

    @Test
    void discardAllForgetsTheChannels() throws Exception {
        try (RawClient client = client()) {
            client.ask("listen a");
            client.ask("discard all");
            client.ask("listen mark");
            notifies("a", "");
            notifies("mark", "");
            assertThat(client.next()).isEqualTo(said("mark", ""));
        }
    }

    @Test
    void afterARollbackToASavepointTheServerConnectionItselfListens() throws Exception {
        try (RawClient client = client()) {
            client.ask("begin");
            client.ask("listen before");
            client.ask("savepoint s");
            client.ask("listen behind");
            client.ask("rollback to s");
            client.ask("commit");
            assertThat(proxy.status().pool().orElseThrow().kept()).hasSize(1);
            notifies("behind", "");
            notifies("before", "");
            assertThat(client.next()).isEqualTo(said("before", ""));
        }
    }

    @Test
    void noCommittedNotificationIsMissedWhileClientsComeAndGo() throws Exception {
        try (RawClient writer = client();
                RawClient churns = client()) {
            for (int i = 0; i < 50; i++) {
                String channel = "c" + i % 3;
                churns.ask("listen " + channel);
                writer.ask("notify " + channel + ", '" + i + "'");
                assertThat(heardUpTo(churns, said(channel, "" + i)))
                        .containsExactly(said(channel, "" + i));
                churns.ask("unlisten " + channel);
            }
        }
    }

    @Test
    void whoMayHaveMissedSomethingIsDisconnectedWhenItsTransactionHasEnded() throws Exception {
        try (RawClient idle = client();
                RawClient inside = client();
                RawClient never = client()) {
            idle.ask("listen news");
            inside.ask("listen news");
            never.ask("listen news");
            never.ask("unlisten news");
            inside.ask("begin");
            endSharedConnection();
            idle.untilEnd();
            assertThat(idle.heard())
                    .anyMatch(m -> m.contains("C57P01") && m.contains("may have been lost"));
            assertThat(inside.value("select 5")).isEqualTo("5");
            inside.ask("commit");
            inside.untilEnd();
            assertThat(inside.heard()).anyMatch(m -> m.contains("may have been lost"));
            assertThat(never.value("select 6")).isEqualTo("6");
            assertThat(never.ask("listen news")).containsExactly("C LISTEN[0]", "Z I");
            notifies("news", "again");
            assertThat(never.next()).isEqualTo(said("news", "again"));
        }
    }

    private static void endSharedConnection() throws Exception {
        admin(
                "select pg_terminate_backend(pid, 10000) from pg_stat_activity"
                        + " where application_name = 'shoestring: LISTEN'");
    }

    @Test
    void orItIsWarnedAndGoesOnListening() throws Exception {
        startAgain(PoolConfig.AfterLoss.WARN);
        try (RawClient client = client()) {
            client.ask("listen news");
            endSharedConnection();
            assertThat(client.next()).startsWith("N SWARNING").contains("may have been lost");
            notifies("news", "again");
            assertThat(client.next()).isEqualTo(said("news", "again"));
        }
    }

    @Test
    void aClientThatIsLongInATransactionDoesNotFillTheMemory() throws Exception {
        try (RawClient client = client();
                RawClient other = client()) {
            other.ask("listen mark");
            client.ask("listen news");
            client.ask("begin");
            admin(
                    "select pg_notify('news', i || repeat('x', 7900))"
                            + " from generate_series(1, 1200) i");
            notifies("mark", "");
            other.until('A');
            client.ask("commit");
            client.untilEnd();
            assertThat(client.heard()).anyMatch(m -> m.contains("More than 4 MiB of them"));
        }
    }

    @Test
    void aNotificationInAnotherEncodingIsNotGarbled() throws Exception {
        try (RawClient latin =
                RawClient.connect(proxy.port(), Map.of("client_encoding", "LATIN1"))) {
            latin.ask("listen news");
            notifies("news", "plain");
            assertThat(latin.next()).isEqualTo(said("news", "plain"));
            notifies("news", "ä");
            latin.untilEnd();
            assertThat(latin.heard()).anyMatch(m -> m.contains("is not UTF8"));
        }
    }
}
