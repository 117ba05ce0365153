package io.shoestring.proxy.postgresql;

import static io.shoestring.proxy.postgresql.Wire.bind;
import static io.shoestring.proxy.postgresql.Wire.closeStatement;
import static io.shoestring.proxy.postgresql.Wire.describeStatement;
import static io.shoestring.proxy.postgresql.Wire.execute;
import static io.shoestring.proxy.postgresql.Wire.parse;
import static io.shoestring.proxy.postgresql.Wire.query;
import static io.shoestring.proxy.postgresql.Wire.sync;
import static io.shoestring.proxy.postgresql.Wire.together;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.config.PoolConfig;
import io.shoestring.config.PostgresListenerConfig.Authentication;
import io.shoestring.config.PostgresListenerConfig.Reads;
import io.shoestring.model.PoolStatus;

import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/** Clients that share server connections from transaction to transaction. */
@Timeout(60)
class PoolTest {
    private static final Duration HOLD = Duration.ofSeconds(30);

    private static PostgresPair pair;
    private ProxyUnderTest proxy;

    @BeforeAll
    static void startServers() throws Exception {
        pair = PostgresPair.start();
        try (var direct = pair.direct(pair.primary());
                var statement = direct.createStatement()) {
            statement.execute(
                    """
                    create role trusted superuser login;
                    create table kept (id int);
                    create sequence turns;
                    create function lock_it() returns int language plpgsql as $$
                        begin perform pg_advisory_lock(42); return 1; end $$;
                    create function set_it() returns text language sql as $$
                        select set_config('app.tenant', 'a', false) $$;
                    """);
        }
    }

    @AfterAll
    static void stopServers() {
        pair.close();
    }

    @BeforeEach
    void start() throws Exception {
        proxy = proxy(ProxyUnderTest.shared(1));
    }

    private void startAgain(PoolConfig pool) throws Exception {
        proxy.close();
        proxy = proxy(pool);
    }

    private static ProxyUnderTest proxy(PoolConfig pool) throws Exception {
        var made = new ProxyUnderTest(pair, Reads.PRIMARY, HOLD, Authentication.TRUST, pool);
        made.publish(1, Optional.of(pair.primary()), false);
        return made;
    }

    private static ConditionFactory soon() {
        return await().atMost(Duration.ofSeconds(30));
    }

    private PoolStatus status() {
        return proxy.status().pool().orElseThrow();
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    private RawClient client() throws IOException {
        return RawClient.connect(proxy.port());
    }

    private static byte[] bound(String statement) {
        return together(bind("", statement), execute("", 0));
    }

    @Test
    void aHundredClientsShareOneServerConnection() throws Exception {
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            clients.add(client());
        }
        for (RawClient each : clients) {
            each.send(query("select count(*) from pg_stat_activity where usename = 'trusted'"));
        }
        for (RawClient each : clients) {
            each.forget();
            each.ready();
            assertThat(String.join(" ", each.heard())).contains("D [0][1][0][0][0][1]1");
            each.close();
        }
    }

    @Test
    void aTransactionKeepsItsServerConnectionAndTheNextClientWaitsForIt() throws Exception {
        try (RawClient first = client();
                RawClient second = client()) {
            first.ask("begin");
            first.ask("insert into kept values (1)");
            CompletableFuture<String> waits = later(second, "select count(*) from kept");
            soon().until(() -> status().waiting() == 1);
            assertThat(waits).isNotDone();
            first.ask("commit");
            assertThat(waits.join()).isEqualTo("1");
        }
    }

    @Test
    void whoWaitedFirstGetsTheFirstThatIsFreeOnWhicheverEventLoop() throws Exception {
        List<RawClient> clients = new ArrayList<>();
        List<CompletableFuture<String>> turns = new ArrayList<>();
        try (RawClient first = client()) {
            for (int i = 0; i < 12; i++) {
                clients.add(client());
            }
            first.ask("begin");
            for (RawClient each : clients) {
                int before = turns.size();
                turns.add(later(each, "select nextval('turns')"));
                soon().until(() -> status().waiting() == before + 1);
            }
            String process = first.value("select pg_backend_pid()");
            first.ask("commit");
            assertThat(turns)
                    .extracting(turn -> Integer.valueOf(turn.join()))
                    .isSorted()
                    .hasSize(12);
            // It went from loop to loop; nobody had to log in again.
            assertThat(first.value("select pg_backend_pid()")).isEqualTo(process);
        } finally {
            for (RawClient each : clients) {
                each.close();
            }
        }
    }

    @Test
    void whoWaitsLongIsToldSo() throws Exception {
        try (RawClient first = client();
                RawClient second = client()) {
            first.ask("begin");
            second.send(query("select 5")).until('N');
            first.ask("commit");
            second.ready();
            assertThat(String.join(" ", second.heard()))
                    .contains("are in use; waiting for one of them", "D [0][1][0][0][0][1]5");
        }
    }

    @Test
    void aServerConnectionIsClosedWhenNobodyUsesItAndWhenItIsOld() throws Exception {
        Duration soon = Duration.ofMillis(200);
        Duration late = Duration.ofMinutes(10);
        for (PoolConfig pool :
                List.of(
                        ProxyUnderTest.shared(1, HOLD, soon, late),
                        ProxyUnderTest.shared(1, HOLD, late, soon))) {
            startAgain(pool);
            try (RawClient first = client()) {
                first.ask("select 1");
                soon().until(() -> status().servers() == 0);
                assertThat(first.value("select 5")).isEqualTo("5");
            }
        }
    }

    @Test
    void theOperatorSeesWhoWaitsAndWhatKeepsServerConnections() throws Exception {
        startAgain(ProxyUnderTest.shared(2));
        try (RawClient first = client();
                RawClient second = client()) {
            first.ask("create temp table news (id int)");
            second.ask("begin");
            try (RawClient third = client()) {
                CompletableFuture<String> waits = later(third, "select 5");
                soon().until(() -> status().waiting() == 1);
                assertThat(status())
                        .isEqualTo(new PoolStatus(2, 2, 0, 1, Map.of("a temporary object", 1L)));
                second.ask("commit");
                waits.join();
            }
            soon().until(() -> status().idle() == 1);
            first.ask("discard all");
            soon().until(() -> status().idle() == 2);
            assertThat(status().kept()).isEmpty();
            first.ask("declare c cursor with hold for select 1");
            assertThat(status().kept()).containsExactly(Map.entry("a cursor WITH HOLD", 1L));
        }
        soon().until(() -> status().kept().isEmpty());
    }

    @Test
    void aFlushAloneKeepsNothing() throws Exception {
        try (RawClient first = client();
                RawClient second = client()) {
            first.send(Wire.flush());
            assertThat(second.value("select 5")).isEqualTo("5");
            first.send(Wire.flush());
            assertThat(first.value("select 6")).isEqualTo("6");
            assertThat(proxy.openTransactions()).isZero();
        }
    }

    @Test
    void nobodyWaitsForEverThoughServerConnectionsDieAndEpochsChange() throws Exception {
        startAgain(ProxyUnderTest.shared(2));
        var done = new AtomicBoolean();
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            all.add(asksThoughItMayFail(done, i % 2 == 0 ? Map.of() : Map.of("options", "")));
        }
        try (var direct = pair.direct(pair.primary());
                var statement = direct.createStatement()) {
            for (long epoch = 2; epoch < 60; epoch++) {
                statement.execute(
                        "select pg_terminate_backend(pid) from pg_stat_activity"
                                + " where usename = 'trusted' and random() < 0.5");
                if (epoch % 4 == 0) {
                    proxy.publish(epoch, Optional.empty(), false);
                }
                proxy.publish(epoch, Optional.of(pair.primary()), false);
            }
        }
        done.set(true);
        all.forEach(CompletableFuture::join);
        try (RawClient last = client()) {
            assertThat(last.value("select 5")).isEqualTo("5");
        }
        soon().until(() -> status().waiting() == 0 && proxy.openTransactions() == 0);
    }

    private CompletableFuture<Void> asksThoughItMayFail(
            AtomicBoolean done, Map<String, String> parameters) {
        return CompletableFuture.runAsync(
                () -> {
                    while (!done.get()) {
                        try (RawClient each = RawClient.connect(proxy.port(), parameters)) {
                            for (int i = 0; i < 20; i++) {
                                String heard = String.join(" ", each.ask("select 5"));
                                assertThat(heard).doesNotContain("53300");
                            }
                        } catch (SocketTimeoutException e) {
                            throw new IllegalStateException(e);
                        } catch (IOException e) {
                            // The log-in met a server connection that was ended: again.
                            assertThat(e).isNotNull();
                        }
                    }
                },
                task -> Thread.ofVirtual().start(task));
    }

    @Test
    void whoWaitsTooLongIsToldWhyAndMayGoOn() throws Exception {
        startAgain(ProxyUnderTest.shared(1, Duration.ofSeconds(1)));
        try (RawClient first = client();
                RawClient second = client()) {
            first.ask("begin");
            assertThat(String.join(" ", second.ask("select 1")))
                    .contains("53300", "all 1 server connections of role");
            first.ask("rollback");
            assertThat(second.value("select 7")).isEqualTo("7");
        }
    }

    @Test
    void whoLeavesInTheMiddleOfATransactionLeavesNothing() throws Exception {
        try (RawClient second = client()) {
            RawClient first = client();
            first.ask("begin");
            first.ask("insert into kept values (1000)");
            first.close();
            assertThat(second.value("select count(*) from kept where id = 1000")).isEqualTo("0");
        }
    }

    @Test
    void settingsFollowTheirClientAndNobodyElse() throws Exception {
        try (RawClient first = client();
                RawClient second = client();
                RawClient third = client()) {
            first.ask("set work_mem = '7MB'");
            second.ask("set timezone = 'Asia/Tokyo'");
            for (int i = 0; i < 3; i++) {
                assertThat(first.value("select current_setting('work_mem')")).isEqualTo("7MB");
                assertThat(second.value("select current_setting('work_mem')")).isEqualTo("4MB");
                assertThat(second.value("select current_setting('timezone')"))
                        .isEqualTo("Asia/Tokyo");
                assertThat(third.value("select current_setting('timezone')"))
                        .isNotEqualTo("Asia/Tokyo");
            }
            first.ask("set role pg_monitor");
            assertThat(second.value("select current_user")).isEqualTo("trusted");
            assertThat(first.value("select current_user")).isEqualTo("pg_monitor");
        }
    }

    @Test
    void clientsThatBeganWithOtherSettingsHaveThem() throws Exception {
        try (RawClient first = RawClient.connect(proxy.port(), Map.of("search_path", "one"));
                RawClient second = RawClient.connect(proxy.port(), Map.of("search_path", "two"))) {
            for (int i = 0; i < 3; i++) {
                assertThat(first.value("select current_setting('search_path')")).isEqualTo("one");
                assertThat(second.value("select current_setting('search_path')")).isEqualTo("two");
            }
        }
    }

    @Test
    void eachClientHasItsOwnPreparedStatements() throws Exception {
        try (RawClient first = client();
                RawClient second = client();
                RawClient third = client()) {
            first.send(parse("s", "select 'first'"), parse("", "select 'unnamed'"), sync()).ready();
            second.send(parse("s", "select 'second'"), sync()).ready();
            for (int i = 0; i < 3; i++) {
                assertThat(answer(first, bound("s"))).contains("first");
                assertThat(answer(second, bound("s"))).contains("second");
                assertThat(answer(third, bound("s"))).contains("26000");
                assertThat(answer(third, bound(""))).contains("26000");
                assertThat(answer(third, describeStatement("s"))).contains("26000");
            }
            assertThat(answer(third, closeStatement("s"))).doesNotContain("E ");
            assertThat(answer(first, bound(""))).contains("unnamed");
            assertThat(answer(first, parse("s", "select 1"))).contains("42P05");
            assertThat(answer(first, closeStatement("s"))).doesNotContain("E ");
            assertThat(answer(second, bound("s"))).contains("second");
            assertThat(answer(first, bound("s"))).contains("26000");
            try (RawClient fourth = client()) {
                assertThat(String.join(" ", fourth.ask("execute s"))).contains("26000");
            }
            assertThat(String.join(" ", second.ask("deallocate s"))).contains("DEALLOCATE");
            assertThat(answer(second, bound("s"))).contains("26000");
        }
    }

    @Test
    void theSameStatementIsPreparedOnceForAll() throws Exception {
        try (RawClient first = client();
                RawClient second = client()) {
            first.send(parse("s", "select count(*) from kept"), sync()).ready();
            second.send(parse("s", "select count(*) from kept"), sync()).ready();
            String since = first.value("select clock_timestamp()");
            for (int i = 0; i < 3; i++) {
                answer(first, bound("s"));
                answer(second, bound("s"));
            }
            assertThat(
                            first.value(
                                    "select count(*) from pg_prepared_statements where"
                                            + " prepare_time > '"
                                            + since
                                            + "'"))
                    .isEqualTo("0");
        }
    }

    @Test
    void aLongBindFindsItsStatementOnAnyServerConnection() throws Exception {
        try (RawClient first = client();
                RawClient second = client()) {
            first.send(parse("l", "select length($1)"), sync()).ready();
            second.ask("set work_mem = '5MB'");
            first.send(bind("", "l", "x".repeat(200_000)), execute("", 0), sync()).ready();
            assertThat(String.join(" ", first.heard())).contains("200000");
            assertThat(second.value("select 3")).isEqualTo("3");
        }
    }

    @Test
    void settingsAmongOtherStatementsFollowTheirClient() throws Exception {
        try (RawClient first = client();
                RawClient second = client()) {
            first.ask(
                    "set work_mem = '8MB'; set local statement_timeout = 7; set lock_timeout = 9");
            first.ask("select 1; set deadlock_timeout = 5; select 1/0");
            first.ask("set idle_in_transaction_session_timeout = 11; reset lock_timeout;");
            assertThat(second.value("show work_mem")).isEqualTo("4MB");
            assertThat(first.value("show work_mem")).isEqualTo("8MB");
            assertThat(first.value("show statement_timeout")).isEqualTo("0");
            assertThat(first.value("show lock_timeout")).isEqualTo("0");
            assertThat(first.value("show deadlock_timeout")).isEqualTo("1s");
            assertThat(first.value("show idle_in_transaction_session_timeout")).isEqualTo("11ms");
            assertThat(status().kept()).isEmpty();
        }
    }

    @Test
    void whatOthersMustNotMeetKeepsTheServerConnection() throws Exception {
        for (String sql :
                List.of(
                        "create temp table mine (id int)",
                        "select lock_it()",
                        "select set_it()",
                        "do $$ begin perform set_config('app.tenant', 'b', false); end $$",
                        "prepare p as select 1",
                        "select pg_advisory_lock(7)",
                        "declare c cursor with hold for select 1",
                        "select lastval()",
                        "load 'plpgsql'")) {
            try (RawClient second = client()) {
                RawClient first = client();
                first.ask(sql);
                CompletableFuture<String> waits = later(second, "select 5");
                soon().until(() -> status().waiting() == 1);
                first.close();
                assertThat(waits.join()).as(sql).isEqualTo("5");
            }
        }
    }

    @Test
    void whatLeavesNothingKeepsNothing() throws Exception {
        try (RawClient first = client();
                RawClient second = client()) {
            for (String sql :
                    List.of(
                            "insert into kept (id) values (5) on conflict do nothing",
                            "update kept set id = 6 where id = 5 returning id, now()",
                            "select set_config('app.tenant', 'c', true)",
                            "set local work_mem = '9MB'",
                            "begin; select random(); commit",
                            "truncate kept",
                            "select count(*), max(id) from kept where id in (1, 2)",
                            "copy kept (id) to stdout",
                            "select 1/0")) {
                first.ask(sql);
                assertThat(second.value("select 5")).as(sql).isEqualTo("5");
            }
        }
    }

    @Test
    void aCancelHitsNobodyElse() throws Exception {
        try (RawClient first = client();
                RawClient second = client();
                var direct = pair.direct(pair.primary());
                var statement = direct.createStatement()) {
            for (int i = 0; i < 10; i++) {
                first.send(query("select pg_sleep(10)"));
                soon().until(
                                () -> {
                                    try (var sleeping =
                                            statement.executeQuery(
                                                    "select 1 from pg_stat_activity where usename"
                                                            + " = 'trusted' and wait_event ="
                                                            + " 'PgSleep'")) {
                                        return sleeping.next();
                                    }
                                });
                try (RawClient canceler = RawClient.open(proxy.port())) {
                    canceler.send(Wire.cancelRequest(first.processId(), first.secretKey()))
                            .untilEnd();
                }
                first.ready();
                assertThat(second.value("select 5")).isEqualTo("5");
            }
            assertThat(String.join(" ", first.heard())).contains("57014");
        }
    }

    @Test
    void aServerConnectionThatDiesIsReplacedAndAnotherEpochHasItsOwn() throws Exception {
        try (RawClient first = client();
                var direct = pair.direct(pair.primary());
                var statement = direct.createStatement()) {
            for (long epoch = 2; epoch < 5; epoch++) {
                String before = first.value("select pg_backend_pid()");
                statement.execute("select pg_terminate_backend(" + before + ")");
                soon().until(() -> !first.value("select pg_backend_pid()").equals(before));
                String again = first.value("select pg_backend_pid()");
                proxy.publish(epoch, Optional.of(pair.primary()), false);
                soon().until(() -> !first.value("select pg_backend_pid()").equals(again));
            }
        }
    }

    @Test
    void clientsOfDifferentEventLoopsGetOnThoughThereIsOneServerConnection() throws Exception {
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            all.add(
                    CompletableFuture.runAsync(
                            () -> {
                                try (RawClient each = client()) {
                                    for (int j = 0; j < 50; j++) {
                                        assertThat(each.value("select 5")).isEqualTo("5");
                                    }
                                } catch (IOException e) {
                                    throw new IllegalStateException(e);
                                }
                            },
                            task -> Thread.ofVirtual().start(task)));
        }
        all.forEach(CompletableFuture::join);
    }

    @Test
    void aClientWithOtherParametersGetsItsTurnThoughOthersAlwaysWait() throws Exception {
        var done = new AtomicBoolean();
        List<RawClient> onTheOtherLoop = new ArrayList<>();
        List<CompletableFuture<Void>> busy = new ArrayList<>();
        try (RawClient other =
                RawClient.connect(proxy.port(), Map.of("application_name", "other"))) {
            for (int i = 0; i < 4; i++) {
                // Connections get the two loops in turn.
                onTheOtherLoop.add(client());
                busy.add(asksUntil(done, client()));
            }
            for (int i = 0; i < 3; i++) {
                assertThat(other.value("select 5")).isEqualTo("5");
            }
        } finally {
            done.set(true);
            busy.forEach(CompletableFuture::join);
            for (RawClient each : onTheOtherLoop) {
                each.close();
            }
        }
    }

    private static CompletableFuture<Void> asksUntil(AtomicBoolean done, RawClient client) {
        return CompletableFuture.runAsync(
                () -> {
                    try (client) {
                        while (!done.get()) {
                            client.ask("select pg_sleep(0.01)");
                        }
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                },
                task -> Thread.ofVirtual().start(task));
    }

    private static String answer(RawClient client, byte[] request) throws IOException {
        client.forget();
        client.send(request, sync()).ready();
        return String.join("\n", client.heard());
    }

    private static CompletableFuture<String> later(RawClient client, String sql) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return client.value(sql);
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                },
                task -> Thread.ofVirtual().start(task));
    }
}
