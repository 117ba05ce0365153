package io.shoestring.proxy.postgresql;

import static io.shoestring.proxy.postgresql.Wire.bind;
import static io.shoestring.proxy.postgresql.Wire.execute;
import static io.shoestring.proxy.postgresql.Wire.parse;
import static io.shoestring.proxy.postgresql.Wire.query;
import static io.shoestring.proxy.postgresql.Wire.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.config.PostgresListenerConfig.Reads;
import io.shoestring.config.ReplayConfig;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A real primary is killed under real sessions of every kind, and its replica takes over. */
@Timeout(90)
class FailoverTest extends LostPrimary {
    private static final int CLIENTS = 16;

    @Override
    String columns() {
        return "id bigint, client int, how text";
    }

    @Override
    ReplayConfig replay() {
        return ProxyUnderTest.NO_REPLAY;
    }

    @Test
    void eachSessionGetsWhatItDeserves() throws Exception {
        pair.makeSynchronous();
        try (RawClient idle = client();
                RawClient withState = client();
                RawClient pinned = client();
                RawClient inTransaction = client();
                RawClient inFailedTransaction = client();
                RawClient rollsBack = client();
                RawClient commits = client();
                RawClient writes = client();
                RawClient writesInTransaction = client();
                RawClient reads = client();
                RawClient copies = client()) {
            withState.ask("set work_mem = '7MB'");
            withState.send(parse("s", "select current_setting('work_mem') || $1"), sync()).ready();
            pinned.ask("create temp table mine (id int)");
            for (RawClient each : List.of(inTransaction, inFailedTransaction, rollsBack, commits)) {
                each.ask("begin");
                each.ask("insert into written values (1, 1, 'never')");
            }
            writesInTransaction.ask("begin");
            inFailedTransaction.ask("select 1/0");
            writes.send(query("insert into written select 2, 2, 'maybe' from pg_sleep(30)"));
            writesInTransaction.send(
                    query("insert into written select 3, 3, 'never' from pg_sleep(30)"));
            reads.send(query("select count(*) from generate_series(1, 5000000000)"));
            copies.send(query("copy written from stdin")).until('G');
            copies.send(Wire.copyData("4\t4\tnever\n"));
            for (RawClient each : List.of(idle, withState, reads, copies)) {
                each.forget();
            }
            awaitActive(4);
            killPrimary();

            assertError(writes.ready(), "08007", "Z I");
            assertError(writesInTransaction.ready(), "57P01", "Z E");
            assertError(copies.ready(), "08007", "Z I");
            CompletableFuture<RawClient> held =
                    CompletableFuture.supplyAsync(() -> connectQuietly());
            promote();

            assertThat(idle.value("select pg_is_in_recovery()")).isEqualTo("f");
            assertThat(idle.heard()).noneMatch(message -> message.startsWith("E"));
            withState.send(bind("", "s", "!"), execute("", 0), sync()).ready();
            assertThat(withState.heard()).anyMatch(message -> message.endsWith("7MB!"));
            pinned.send(query("select 1")).untilEnd();
            assertThat(pinned.heard()).anyMatch(m -> m.contains("VFATAL") && m.contains("C57P01"));
            assertError(ask(inTransaction, "select 1"), "57P01", "Z E");
            assertError(ask(inTransaction, "select 1"), "25P02", "Z E");
            assertThat(inTransaction.ask("rollback")).containsExactly("C ROLLBACK[0]", "Z I");
            assertError(ask(inFailedTransaction, "select 1"), "25P02", "Z E");
            assertThat(inFailedTransaction.ask("commit")).containsExactly("C ROLLBACK[0]", "Z I");
            assertThat(rollsBack.ask("rollback")).containsExactly("C ROLLBACK[0]", "Z I");
            assertError(ask(commits, "commit"), "57P01", "Z I");
            assertThat(writesInTransaction.ask("rollback")).contains("Z I");
            // The data of a COPY that is over may still come; a server ignores them, so do we.
            copies.send(Wire.copyData("5\t5\tnever\n"), Wire.copyDone());
            for (RawClient each : List.of(inTransaction, commits, writes, copies, rollsBack)) {
                assertThat(each.value("select 'usable'")).isEqualTo("usable");
            }
            reads.send(Wire.cancelRequest(0, 0));
            held.get(20, TimeUnit.SECONDS).close();
            assertThat(idle.value("select count(*) from written where how = 'never'"))
                    .isEqualTo("0");
        }
        assertThat(proxy.status().unknownOutcomes()).isEqualTo(2);
    }

    @Test
    void aReadInFlightIsRepeatedUnseen() throws Exception {
        try (RawClient reads = client();
                RawClient pipelines = client()) {
            reads.send(query("select count(*) from generate_series(1, 3000000) a"));
            pipelines.send(parse("p", "select count(*) from generate_series(1, 3000000) b"));
            pipelines.send(bind("", "p"), execute("", 0), sync());
            awaitActive(2);
            killPrimary();
            promote();
            assertThat(reads.ready().heard()).hasSize(4).last().isEqualTo("Z I");
            assertThat(reads.heard()).anyMatch(message -> message.endsWith("3000000"));
            assertThat(pipelines.ready().heard()).hasSize(5).last().isEqualTo("Z I");
            pipelines.send(bind("", "p"), execute("", 0), sync()).ready();
            assertThat(pipelines.heard()).noneMatch(message -> message.startsWith("E"));
        }
    }

    @Test
    void aListeningSessionLearnsAtOnceThatItHearsNothingAnyMore() throws Exception {
        try (RawClient listens = client()) {
            listens.ask("listen bell");
            killPrimary();
            listens.untilEnd();
            assertThat(listens.heard()).anyMatch(m -> m.contains("C57P01"));
        }
    }

    @Test
    void aSessionReadsItsOwnWriteAfterAnUnknownOutcome() throws Exception {
        try (var both = new ProxyUnderTest(Reads.REPLICAS, HOLD)) {
            both.publish(1, Optional.of(pair.primary()), false, pair.replica());
            try (RawClient client = RawClient.connect(both.port());
                    Connection replica = pair.direct(pair.replica());
                    var statement = replica.createStatement()) {
                statement.execute("select pg_wal_replay_pause()");
                Thread killer =
                        Thread.ofVirtual()
                                .start(() -> terminateQuietlyWhenActive("insert into written"));
                client.ask(
                        "with w as (insert into written values (9, 9, 'x') returning 1) select"
                                + " pg_sleep(5)");
                killer.join();
                assertThat(client.heard()).anyMatch(m -> m.contains("C08007"));
                // Nobody has said that the replica has it: so the primary is asked.
                assertThat(client.value("select inet_server_port()"))
                        .isEqualTo(String.valueOf(pair.primary().endpoint().port()));
                statement.execute("select pg_wal_replay_resume()");
            }
        }
    }

    @Test
    void underLoadNothingAcknowledgedIsLostAndNothingIsWrittenTwice() throws Exception {
        proxy.close();
        proxy =
                new ProxyUnderTest(
                        Reads.PRIMARY, HOLD, pool(), ProxyUnderTest.REPLAY, Optional.of(pair));
        proxy.publish(1, Optional.of(pair.primary()), false, pair.replica());
        pair.makeSynchronous();
        Load load = new Load();
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            int number = i;
            clients.add(Thread.ofVirtual().start(() -> load.run(number)));
        }
        await().atMost(Duration.ofSeconds(20)).until(() -> load.acknowledged.size() > 500);
        killPrimary();
        Thread.sleep(200);
        promote();
        int before = load.acknowledged.size();
        await().atMost(Duration.ofSeconds(30)).until(() -> load.acknowledged.size() > before + 300);
        load.stopped = true;
        for (Thread client : clients) {
            assertThat(client.join(Duration.ofSeconds(20))).isTrue();
        }
        assertThat(load.defects).isEmpty();
        assertThat(load.errors).isSubsetOf("57P01", "08006", "08007");
        Set<Long> found = new HashSet<>();
        try (Connection direct = pair.direct(pair.replica());
                var statement = direct.createStatement();
                var rows = statement.executeQuery("select id from written")) {
            while (rows.next()) {
                assertThat(found.add(rows.getLong(1))).as("written once").isTrue();
            }
        }
        assertThat(found).containsAll(load.acknowledged);
        found.removeAll(load.acknowledged);
        assertThat(load.unknown).containsAll(found);
        await().untilAsserted(() -> assertThat(proxy.openTransactions()).isZero());
    }

    /** Clients that write each number once and note what they were told. */
    private final class Load {
        private final Set<Long> acknowledged = ConcurrentHashMap.newKeySet();
        private final Set<Long> unknown = ConcurrentHashMap.newKeySet();
        private final Set<String> errors = ConcurrentHashMap.newKeySet();
        private final List<String> defects = new CopyOnWriteArrayList<>();
        private volatile boolean stopped;

        private void run(int number) {
            try (RawClient client = client()) {
                client.send(parse("w", "insert into written values ($1, $2, $3)"), sync()).ready();
                for (long i = 0; !stopped; i++) {
                    write(client, number, number * 1_000_000L + i);
                }
            } catch (IOException | RuntimeException e) {
                defects.add(e.toString());
            }
        }

        private void write(RawClient client, int number, long id) throws IOException {
            switch ((int) (id % 4)) {
                case 0 -> note(client, id, () -> client.ask(insert(id, number)));
                case 1 -> note(client, id, () -> prepared(client, id, number));
                case 2 -> note(client, id, () -> inTransaction(client, id, number));
                default -> note(client, id, () -> inOneString(client, id, number));
            }
            // A write in four is followed by a read, which never fails.
            if (id % 4 == 0) {
                assertThat(client.ask("select 1")).last().isEqualTo("Z I");
            }
        }

        private void note(RawClient client, long id, Step step) throws IOException {
            client.forget();
            step.run();
            List<String> failed =
                    client.heard().stream().filter(message -> message.startsWith("E ")).toList();
            if (failed.isEmpty()) {
                acknowledged.add(id);
            } else {
                String first = failed.getFirst();
                String state = first.substring(first.indexOf("[0]C") + 4, first.indexOf("[0]M"));
                errors.add(state);
                if (state.equals("08007")) {
                    unknown.add(id);
                }
            }
            if (!client.heard().getLast().equals("Z I")) {
                client.ask("rollback");
            }
        }

        private static String insert(long id, int number) {
            return "insert into written values (" + id + ", " + number + ", 'x')";
        }

        private static void prepared(RawClient client, long id, int number) throws IOException {
            client.send(
                            bind("", "w", String.valueOf(id), String.valueOf(number), "p"),
                            execute("", 0),
                            sync())
                    .ready();
        }

        private static void inTransaction(RawClient client, long id, int number)
                throws IOException {
            client.ask("begin");
            if (client.heard().getLast().equals("Z T")) {
                client.ask(insert(id, number));
            }
            if (client.heard().getLast().equals("Z T")) {
                client.ask("commit");
            }
        }

        private static void inOneString(RawClient client, long id, int number) throws IOException {
            client.ask("begin; " + insert(id, number) + "; commit");
        }
    }

    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }

    private static RawClient ask(RawClient client, String sql) throws IOException {
        client.forget();
        client.ask(sql);
        return client;
    }

    private static void assertError(RawClient client, String sqlState, String status) {
        List<String> heard = client.heard();
        assertThat(heard.get(heard.size() - 2)).startsWith("E ").contains("C" + sqlState);
        assertThat(heard).last().isEqualTo(status);
    }

    private RawClient connectQuietly() {
        try {
            return client();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void awaitActive(int count) throws SQLException {
        try (Connection direct = pair.direct(pair.primary());
                var statement = direct.createStatement()) {
            await().until(
                            () -> {
                                try (var result =
                                        statement.executeQuery(
                                                "select count(*) from pg_stat_activity where state"
                                                    + " = 'active' and application_name = 'raw'")) {
                                    result.next();
                                    return result.getInt(1) >= count;
                                }
                            });
        }
    }

    private void terminateQuietlyWhenActive(String what) {
        try (Connection direct = pair.direct(pair.primary());
                var statement = direct.createStatement()) {
            await().pollInterval(Duration.ofMillis(20))
                    .until(
                            () -> {
                                try (var result =
                                        statement.executeQuery(
                                                "select count(pg_terminate_backend(pid)) from"
                                                    + " pg_stat_activity where state = 'active' and"
                                                    + " application_name = 'raw' and query like '%"
                                                        + what
                                                        + "%'")) {
                                    result.next();
                                    return result.getInt(1) > 0;
                                }
                            });
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
