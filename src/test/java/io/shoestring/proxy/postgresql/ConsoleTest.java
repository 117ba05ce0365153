package io.shoestring.proxy.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.shoestring.config.PostgresListenerConfig.Authentication;
import io.shoestring.config.PostgresListenerConfig.Reads;

import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The database that is none, asked as PgBouncer's is. */
@Timeout(60)
class ConsoleTest {
    private static PostgresPair pair;
    private ProxyUnderTest proxy;
    private Connection console;
    private Statement statement;

    @BeforeAll
    static void startServers() throws Exception {
        pair = PostgresPair.start();
        try (var direct = pair.direct(pair.primary());
                var creates = direct.createStatement()) {
            creates.execute("create role trusted superuser login");
        }
    }

    @AfterAll
    static void stopServers() {
        pair.close();
    }

    @BeforeEach
    void start() throws Exception {
        proxy =
                new ProxyUnderTest(
                        pair,
                        Reads.PRIMARY,
                        Duration.ofSeconds(30),
                        Authentication.PASSWORD,
                        ProxyUnderTest.shared(2));
        proxy.publish(1, Optional.of(pair.primary()), false);
        console = console("pgbouncer", "preferQueryMode=simple");
        statement = console.createStatement();
    }

    @AfterEach
    void stop() throws Exception {
        statement.close();
        console.close();
        proxy.close();
    }

    private Connection console(String database, String parameters) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/" + database + "?" + parameters,
                PostgresPair.SUPERUSER,
                PostgresPair.PASSWORD);
    }

    private List<Map<String, String>> show(String what) throws SQLException {
        List<Map<String, String>> rows = new ArrayList<>();
        try (ResultSet result = statement.executeQuery("SHOW " + what + ";")) {
            var columns = result.getMetaData();
            while (result.next()) {
                Map<String, String> row = new LinkedHashMap<>();
                for (int i = 1; i <= columns.getColumnCount(); i++) {
                    row.put(columns.getColumnName(i), result.getString(i));
                }
                rows.add(row);
            }
        }
        return rows;
    }

    private static ConditionFactory soon() {
        return await().atMost(Duration.ofSeconds(30));
    }

    private Map<String, String> pool() throws SQLException {
        return show("POOLS").getFirst();
    }

    @Test
    void showsWhoUsesWhichServerConnectionAndWhoWaits() throws Exception {
        try (Connection first = proxy.connect();
                Connection second = proxy.connect();
                Connection third = proxy.connect()) {
            first.setAutoCommit(false);
            String pid = value(first, "select pg_backend_pid()");
            execute(second, "create temp table news ()");
            CompletableFuture<String> waits =
                    CompletableFuture.supplyAsync(() -> value(third, "select 5"), ConsoleTest::run);
            soon().until(() -> pool().getOrDefault("cl_waiting", "").equals("1"));
            assertThat(pool())
                    .containsEntry("database", "postgres")
                    .containsEntry("user", "postgres")
                    .containsEntry("cl_active", "2")
                    .containsEntry("sv_active", "2")
                    .containsEntry("sv_idle", "0")
                    .containsEntry("pool_mode", "transaction");
            List<Map<String, String>> clients = show("CLIENTS");
            assertThat(clients)
                    .extracting(row -> row.getOrDefault("state", ""))
                    .contains("active", "waiting");
            assertThat(clients)
                    .extracting(row -> row.getOrDefault("keeps_server_for", ""))
                    .containsOnlyOnce("a temporary object");
            List<Map<String, String>> servers = show("SERVERS");
            assertThat(servers).extracting(row -> row.getOrDefault("remote_pid", "")).contains(pid);
            assertThat(servers).allMatch(row -> row.getOrDefault("member", "").equals("a"));
            for (Map<String, String> server : servers) {
                assertThat(clients)
                        .filteredOn(
                                row ->
                                        row.getOrDefault("ptr", "")
                                                .equals(server.getOrDefault("link", "")))
                        .singleElement()
                        .satisfies(
                                row ->
                                        assertThat(row)
                                                .containsEntry(
                                                        "link", server.getOrDefault("ptr", "")));
            }
            first.commit();
            assertThat(waits.join()).isEqualTo("5");
            soon().until(() -> pool().getOrDefault("sv_idle", "").equals("1"));
        }
    }

    @Test
    void showsWhatItIsAndWhatItHasDone() throws Exception {
        try (Connection client = proxy.connect()) {
            execute(client, "select 1");
            long before =
                    Long.parseLong(show("STATS").getFirst().getOrDefault("total_xact_count", ""));
            execute(client, "select 1");
            execute(client, "select 1");
            soon().until(
                            () ->
                                    show("STATS")
                                            .getFirst()
                                            .getOrDefault("total_xact_count", "")
                                            .equals(String.valueOf(before + 2)));
            assertThat(Long.parseLong(show("STATS").getFirst().getOrDefault("total_received", "")))
                    .isPositive();
            assertThat(Long.parseLong(show("STATS").getFirst().getOrDefault("total_sent", "")))
                    .isPositive();
            assertThat(show("VERSION").getFirst().getOrDefault("version", ""))
                    .startsWith("Shoestring ");
            assertThat(show("DATABASES"))
                    .singleElement()
                    .satisfies(
                            row ->
                                    assertThat(row)
                                            .containsEntry("name", "postgres")
                                            .containsEntry(
                                                    "port",
                                                    String.valueOf(
                                                            pair.primary().endpoint().port()))
                                            .containsEntry("pool_size", "2")
                                            .containsEntry("current_connections", "1")
                                            .containsEntry("paused", "0"));
            assertThat(show("LISTS"))
                    .contains(
                            Map.of("list", "used_clients", "items", "1"),
                            Map.of("list", "free_servers", "items", "1"));
            assertThat(show("CONFIG"))
                    .extracting(
                            row ->
                                    row.getOrDefault("key", "")
                                            + "="
                                            + row.getOrDefault("value", ""))
                    .contains("pool_mode=transaction", "default_pool_size=2");
        }
    }

    /** By the names that exporters for Prometheus read. */
    private static final Map<String, List<String>> COLUMNS =
            Map.of(
                    "DATABASES",
                    List.of("force_user", "min_pool_size", "max_connections", "disabled"),
                    "POOLS",
                    List.of("cl_active_cancel_req", "sv_being_canceled", "sv_used", "sv_tested"),
                    "STATS",
                    List.of("total_xact_time", "avg_xact_count", "avg_recv", "avg_wait_time"),
                    "STATS_TOTALS",
                    List.of("xact_count", "query_time", "bytes_received", "wait_time"),
                    "STATS_AVERAGES",
                    List.of("query_count", "bytes_sent", "xact_time"),
                    "USERS",
                    List.of("name", "max_user_connections", "current_client_connections"),
                    "CLIENTS",
                    List.of("close_needed", "tls", "prepared_statements", "id"),
                    "SERVERS",
                    List.of("wait", "application_name", "prepared_statements"));

    @Test
    void exportersFindTheirColumns() throws Exception {
        try (Connection client = proxy.connect("ApplicationName=till")) {
            execute(client, "select pg_sleep(0.2)");
            for (var table : COLUMNS.entrySet()) {
                Map<String, String> row = show(table.getKey()).getFirst();
                assertThat(row).containsKeys(table.getValue().toArray(String[]::new));
                assertThat(row.values()).doesNotContainNull();
            }
            Map<String, String> stats = show("STATS").getFirst();
            for (String time : List.of("total_xact_time", "total_query_time", "avg_query_time")) {
                assertThat(Long.parseLong(stats.getOrDefault(time, ""))).isPositive();
            }
            // One transaction slept for 200 ms.
            assertThat(Long.parseLong(stats.getOrDefault("total_xact_time", "")))
                    .isGreaterThan(200_000);
            assertThat(stats).containsEntry("transactions_replayed", "0");
            assertThat(show("CLIENTS").getFirst()).containsEntry("application_name", "till");
            assertThat(show("STATE")).contains(Map.of("key", "active", "value", "yes"));
            assertThat(show("LISTS")).contains(Map.of("list", "dns_names", "items", "0"));
            assertThat(show("CONFIG"))
                    .extracting(row -> row.getOrDefault("key", ""))
                    .contains("max_client_conn", "max_user_connections");
        }
    }

    @Test
    void pauseWaitsForTransactionsAndLetsNoneBeginUntilResume() throws Exception {
        try (Connection first = proxy.connect();
                Connection second = proxy.connect();
                Connection asks = console("shoestring", "preferQueryMode=simple")) {
            first.setAutoCommit(false);
            execute(first, "select 1");
            CompletableFuture<Void> pauses =
                    CompletableFuture.runAsync(() -> execute(asks, "PAUSE"), ConsoleTest::run);
            soon().until(
                            () -> {
                                Map<String, String> database = show("DATABASES").getFirst();
                                return database.getOrDefault("paused", "").equals("1");
                            });
            CompletableFuture<String> waits =
                    CompletableFuture.supplyAsync(
                            () -> value(second, "select 5"), ConsoleTest::run);
            soon().until(() -> pool().getOrDefault("cl_waiting", "").equals("1"));
            // Who is in a transaction goes on.
            execute(first, "select 2");
            assertThat(pauses).isNotDone();
            first.commit();
            pauses.join();
            soon().until(() -> proxy.status().pool().orElseThrow().servers() == 0);
            assertThat(waits).isNotDone();
            execute(asks, "resume;");
            assertThat(waits.join()).isEqualTo("5");
            assertThatThrownBy(() -> statement.execute("RESUME"))
                    .hasMessageContaining("is not paused");
        }
    }

    @Test
    void ordersForOneDatabaseLeaveTheOthersAlone() throws Exception {
        execute(console, "PAUSE elsewhere");
        try (Connection client = proxy.connect()) {
            String before = value(client, "select pg_backend_pid()");
            assertThatThrownBy(() -> statement.execute("RESUME postgres"))
                    .hasMessageContaining("database postgres is not paused");
            execute(console, "RECONNECT elsewhere");
            assertThat(value(client, "select pg_backend_pid()")).isEqualTo(before);
            client.setAutoCommit(false);
            assertThat(value(client, "select pg_backend_pid()")).isEqualTo(before);
            execute(console, "RECONNECT postgres");
            // A transaction keeps its connection.
            assertThat(value(client, "select pg_backend_pid()")).isEqualTo(before);
            client.commit();
            assertThat(value(client, "select pg_backend_pid()")).isNotEqualTo(before);
            client.commit();

            execute(console, "DISABLE postgres");
            assertThatThrownBy(proxy::connect).hasMessageContaining("is disabled");
            assertThat(value(client, "select 1")).isEqualTo("1");
            client.commit();
            assertThat(show("DATABASES"))
                    .anyMatch(row -> row.getOrDefault("disabled", "").equals("1"));
            execute(console, "ENABLE postgres");
            proxy.connect().close();

            execute(console, "KILL postgres");
            assertThatThrownBy(() -> value(client, "select 1")).hasMessageContaining("KILL");
        }
        CompletableFuture<Connection> waits =
                CompletableFuture.supplyAsync(this::connect, ConsoleTest::run);
        soon().until(
                        () ->
                                show("CLIENTS").stream()
                                        .anyMatch(
                                                row ->
                                                        row.getOrDefault("state", "")
                                                                .equals("waiting")));
        assertThat(waits).isNotDone();
        execute(console, "RESUME");
        try (Connection back = waits.join()) {
            assertThat(value(back, "select 5")).isEqualTo("5");
        }
    }

    private Connection connect() {
        try {
            return proxy.connect();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void refusesWhatItDoesNotKnowAndWhoIsNotNamed() throws Exception {
        assertThatThrownBy(() -> statement.execute("select 1"))
                .hasMessageContaining("'select 1' is no command of the console");
        assertThatThrownBy(() -> statement.execute("SHOW nothing"))
                .hasMessageContaining("is no command of the console");
        assertThatThrownBy(() -> statement.execute("DISABLE"))
                .hasMessageContaining("needs the name");
        assertThatThrownBy(() -> statement.execute("PAUSE a b"))
                .hasMessageContaining("is no command of the console");
        assertThatThrownBy(() -> statement.execute("RELOAD")).hasMessageContaining("apply");
        assertThat(show("VERSION")).hasSize(1);
        try (Connection extended = console("pgbouncer", "");
                Statement asks = extended.createStatement()) {
            assertThatThrownBy(() -> asks.execute("SHOW POOLS"))
                    .hasMessageContaining("simple queries only");
        }
        try (var direct = pair.direct(pair.primary());
                var creates = direct.createStatement()) {
            creates.execute("create role nobody login password 'x'");
        }
        assertThatThrownBy(
                        () ->
                                DriverManager.getConnection(
                                        "jdbc:postgresql://127.0.0.1:"
                                                + proxy.port()
                                                + "/pgbouncer",
                                        "nobody",
                                        "x"))
                .hasMessageContaining("may not use the console");
    }

    @Test
    void closesAConnectionThatBreaksTheProtocol() throws Exception {
        proxy.close();
        proxy =
                new ProxyUnderTest(
                        pair,
                        Reads.PRIMARY,
                        Duration.ofSeconds(30),
                        Authentication.TRUST,
                        ProxyUnderTest.shared(2));
        for (byte[] bytes :
                List.of(
                        new byte[] {'Q', 0x7f, 0, 0, 0},
                        new byte[] {'Q', 0, 0, 0, 1},
                        new byte[] {'?', 0, 0, 0, 4})) {
            try (RawClient client =
                    RawClient.connect(
                            proxy.port(),
                            Map.of("user", PostgresPair.SUPERUSER, "database", "pgbouncer"))) {
                client.send(bytes).untilEnd();
                assertThat(String.join(" ", client.heard())).contains("08P01");
            }
        }
    }

    private static void run(Runnable task) {
        Thread.ofVirtual().start(task);
    }

    private static String value(Connection connection, String sql) {
        try (Statement asks = connection.createStatement();
                ResultSet rows = asks.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void execute(Connection connection, String sql) {
        try (Statement asks = connection.createStatement()) {
            asks.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
