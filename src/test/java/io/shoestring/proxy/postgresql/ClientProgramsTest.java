package io.shoestring.proxy.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shoestring.config.PoolConfig;
import io.shoestring.config.PostgresListenerConfig.Authentication;
import io.shoestring.config.PostgresListenerConfig.Reads;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** PostgreSQL's own programs, unchanged, with a password, through the proxy. */
@Timeout(60)
class ClientProgramsTest {
    private static PostgresPair pair;
    private static ProxyUnderTest proxy;
    private static FreshnessPoller poller;

    /** What a program said and how it ended. */
    private record Outcome(int exitCode, String output) {}

    @BeforeAll
    static void start() throws Exception {
        pair = PostgresPair.start();
        proxy =
                new ProxyUnderTest(
                        pair, Reads.REPLICAS, Duration.ofSeconds(5), 100, Authentication.PASSWORD);
        proxy.publish(1, Optional.of(pair.primary()), false, pair.replica());
        poller = new FreshnessPoller(pair, proxy.freshness, proxy.clock);
        assertThat(run("pgbench", "-i", "-q", "-s", "1").exitCode()).isZero();
    }

    @AfterAll
    static void stop() {
        poller.close();
        proxy.close();
        pair.close();
    }

    @ParameterizedTest
    @CsvSource({
        "simple, tpcb-like", "extended, tpcb-like", "prepared, tpcb-like",
        "simple, select-only", "extended, select-only", "prepared, select-only",
        "prepared, simple-update"
    })
    void pgbenchFailsNoTransaction(String protocol, String script) throws Exception {
        // A number, not a time: pgbench's clock runs while its clients log in, and a second is over
        // before the first transaction when the machine is busy.
        Outcome outcome = run("pgbench", "-n", "-M", protocol, "-b", script, "-c", "4", "-t", "40");
        assertThat(outcome.exitCode()).as(outcome.output()).isZero();
        assertThat(outcome.output())
                .contains("number of failed transactions: 0 (0.000%)")
                .contains("number of transactions actually processed: 160/160");
    }

    @ParameterizedTest
    @CsvSource({"simple, tpcb-like", "extended, tpcb-like", "prepared, tpcb-like"})
    void pgbenchsClientsShareServerConnections(String protocol, String script) throws Exception {
        try (var shared = shared(Reads.PRIMARY, 2)) {
            // A thread each: pgbench prepares synchronously, so one thread would wait for itself.
            List<String> arguments =
                    List.of("-n", "-M", protocol, "-b", script, "-c", "8", "-j", "8", "-t", "50");
            Outcome outcome = runAt(shared.port(), PostgresPair.PASSWORD, "pgbench", arguments);
            assertThat(outcome.exitCode()).as(outcome.output()).isZero();
            assertThat(outcome.output())
                    .contains("actually processed: 400/400")
                    .contains("number of failed transactions: 0 (0.000%)");
        }
    }

    @Test
    void pgbenchConnectsForEachTransaction() throws Exception {
        Outcome outcome = run("pgbench", "-n", "-C", "-S", "-c", "4", "-t", "20");
        assertThat(outcome.exitCode()).as(outcome.output()).isZero();
        assertThat(outcome.output()).contains("number of transactions actually processed: 80/80");
    }

    @Test
    void pgbenchPipelines() throws Exception {
        Path script = Files.createTempFile("shoestring-pipeline", ".sql");
        Files.writeString(
                script,
                """
                \\set aid random(1, 100000)
                \\startpipeline
                select abalance from pgbench_accounts where aid = :aid;
                begin;
                update pgbench_accounts set abalance = abalance + 1 where aid = :aid;
                select abalance from pgbench_accounts where aid = :aid;
                end;
                select abalance from pgbench_accounts where aid = :aid;
                \\endpipeline
                """);
        for (String protocol : List.of("extended", "prepared")) {
            Outcome outcome =
                    run(
                            "pgbench",
                            "-n",
                            "-M",
                            protocol,
                            "-f",
                            script.toString(),
                            "-c",
                            "4",
                            "-t",
                            "100");
            assertThat(outcome.exitCode()).as(outcome.output()).isZero();
            assertThat(outcome.output()).contains("actually processed: 400/400");
        }
        Files.delete(script);
    }

    private static ProxyUnderTest shared(Reads reads, int size) throws Exception {
        var shared =
                new ProxyUnderTest(
                        pair,
                        reads,
                        Duration.ofSeconds(20),
                        Authentication.PASSWORD,
                        ProxyUnderTest.shared(size));
        shared.publish(1, Optional.of(pair.primary()), false, pair.replica());
        return shared;
    }

    @Test
    void pgjdbcsConnectionsShareServerConnections() throws Exception {
        try (var shared = shared(Reads.REPLICAS, 2)) {
            var freshness = new FreshnessPoller(pair, shared.freshness, shared.clock);
            List<Thread> threads = new ArrayList<>();
            Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
            for (int i = 0; i < 6; i++) {
                int client = i;
                threads.add(
                        Thread.ofVirtual()
                                .uncaughtExceptionHandler((thread, thrown) -> failures.add(thrown))
                                .start(() -> usePgjdbc(shared, client)));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            freshness.close();
            assertThat(failures).isEmpty();
        }
    }

    /** Prepared from the first execution on, batches, a cursor, settings, an error, read-only. */
    private static void usePgjdbc(ProxyUnderTest shared, int client) {
        try (Connection connection = shared.connect("prepareThreshold=1");
                Statement plain = connection.createStatement()) {
            String table = "jdbc_" + client;
            plain.execute("create table " + table + " (id int primary key, name text)");
            plain.execute("set work_mem = '" + (4 + client) + "MB'");
            try (PreparedStatement insert =
                    connection.prepareStatement("insert into " + table + " values (?, ?)")) {
                for (int i = 0; i < 250; i++) {
                    insert.setInt(1, i);
                    insert.setString(2, "name " + i);
                    insert.addBatch();
                }
                assertThat(insert.executeBatch()).hasSize(250);
                insert.setInt(1, 1);
                insert.setString(2, "again");
                assertThatThrownBy(insert::executeUpdate).hasMessageContaining("duplicate key");
            }
            connection.setAutoCommit(false);
            try (PreparedStatement select =
                    connection.prepareStatement("select id from " + table + " order by id")) {
                select.setFetchSize(10);
                for (int round = 0; round < 5; round++) {
                    int expected = 0;
                    try (ResultSet rows = select.executeQuery()) {
                        while (rows.next()) {
                            assertThat(rows.getInt(1)).isEqualTo(expected++);
                        }
                    }
                    assertThat(expected).isEqualTo(250);
                    connection.commit();
                }
            }
            connection.setReadOnly(true);
            connection.setAutoCommit(true);
            try (ResultSet row = plain.executeQuery("show work_mem")) {
                row.next();
                assertThat(row.getString(1)).isEqualTo((4 + client) + "MB");
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @EnumSource
    void psqlRunsAScriptWithCopiesAndErrors(PoolConfig.Mode mode) throws Exception {
        Path rows = Files.createTempFile("shoestring-rows", ".csv");
        Path script = Files.createTempFile("shoestring-script", ".sql");
        Files.writeString(rows, "1,one\n2,two\n3,\"three, at last\"\n");
        Files.writeString(
                script,
                """
                \\set VERBOSITY terse
                drop table if exists numbers;
                create table numbers (id int primary key, name text);
                \\copy numbers from '%1$s' csv
                select count(*) from numbers;
                select 1/0;
                begin;
                insert into numbers values (1, 'again');
                select 'refused';
                rollback;
                \\copy (select name from numbers order by id) to stdout
                \\set ON_ERROR_ROLLBACK on
                begin;
                insert into numbers values (1, 'again');
                insert into numbers values (4, 'four');
                commit;
                select name from numbers where id = 4;
                \\d numbers
                \\conninfo
                do $$ begin raise notice 'noticed'; end $$;
                select 1 as a, 'x' as b \\gdesc
                select id as "i" from numbers order by 1 limit 1 \\gset
                \\echo :i
                """
                        .formatted(rows));
        Outcome outcome;
        try (var shared = shared(Reads.REPLICAS, 1)) {
            int port = mode == PoolConfig.Mode.SESSION ? proxy.port() : shared.port();
            List<String> arguments = List.of("-X", "-q", "-A", "-t", "-f", script.toString());
            outcome = runAt(port, PostgresPair.PASSWORD, "psql", arguments);
        }
        assertThat(outcome.exitCode()).as(outcome.output()).isZero();
        assertThat(outcome.output())
                .contains(
                        "division by zero",
                        "duplicate key value",
                        "current transaction is aborted",
                        "one\ntwo\nthree, at last\n",
                        "four",
                        "id|integer||not null|",
                        "noticed",
                        "b|text")
                .doesNotContain("invalid", "FATAL");
        Files.delete(rows);
        Files.delete(script);
    }

    @Test
    void psqlAsksTheConsole() throws Exception {
        Outcome pools = run("psql", "-X", "-A", "-c", "show pools", "-d", "pgbouncer");
        assertThat(pools.exitCode()).as(pools.output()).isZero();
        assertThat(pools.output())
                .startsWith("database|user|cl_active|cl_waiting|")
                .contains("|sv_active|", "|maxwait|", "|pool_mode|");
        Outcome unknown = run("psql", "-X", "-c", "select 1", "-d", "shoestring");
        assertThat(unknown.exitCode()).isEqualTo(1);
        assertThat(unknown.output()).contains("ERROR:  'select 1' is no command of the console");
    }

    @Test
    void psqlIsRefusedWithAWrongPassword() throws Exception {
        Outcome outcome = runAs("wrong", "psql", List.of("-X", "-c", "select 1"));
        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.output())
                .contains("password authentication failed for user \"postgres\"");
    }

    private static Outcome run(String program, String... arguments) throws Exception {
        return runAs(PostgresPair.PASSWORD, program, Arrays.asList(arguments));
    }

    private static Outcome runAs(String password, String program, List<String> arguments)
            throws IOException, InterruptedException {
        return runAt(proxy.port(), password, program, arguments);
    }

    private static Outcome runAt(int port, String password, String program, List<String> arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(pair.program(program).toString());
        command.addAll(arguments);
        Path output = Files.createTempFile("shoestring-program", ".out");
        var builder =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile());
        builder.environment().put("PGHOST", "127.0.0.1");
        builder.environment().put("PGPORT", String.valueOf(port));
        builder.environment().put("PGUSER", PostgresPair.SUPERUSER);
        builder.environment().put("PGDATABASE", "postgres");
        builder.environment().put("PGPASSWORD", password);
        Process process = builder.start();
        boolean ended = process.waitFor(40, TimeUnit.SECONDS);
        process.destroyForcibly();
        String text = Files.readString(output);
        Files.delete(output);
        return new Outcome(ended ? process.exitValue() : -1, text);
    }
}
