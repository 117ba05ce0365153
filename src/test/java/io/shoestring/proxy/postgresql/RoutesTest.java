package io.shoestring.proxy.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.shoestring.config.DatabaseRoute;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.ListenerStatus;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.PGConnection;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** One listener before two databases that have nothing to do with each other. */
@Timeout(120)
class RoutesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final DatabaseName WAREHOUSE = new DatabaseName("warehouse");
    private static PostgresPair pair;
    private ProxyUnderTest proxy;

    @BeforeAll
    static void startServers() throws Exception {
        pair = PostgresPair.start();
        pair.promoteReplica();
        await().atMost(PATIENCE)
                .until(() -> !"t".equals(ask(inWarehouse(), "select pg_is_in_recovery()")));
        execute(
                pair.direct(pair.primary()),
                "create role clerk login password 'of the shop'",
                "create database ledger");
        execute(
                inWarehouse(),
                "create role clerk login password 'of the warehouse'",
                "create role reporting superuser login password 'reports'",
                "create database stock2");
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
                        pooled().routes(toStock("stock2"), toWarehouse("reporting")),
                        Map.of(ProxyUnderTest.DATABASE, pair.primary(), WAREHOUSE, pair.replica()));
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    private static TrialListener pooled() {
        return new TrialListener().pool(ProxyUnderTest.shared(2));
    }

    private static DatabaseRoute toStock(String nameThere) {
        return new DatabaseRoute(
                List.of(),
                List.of("stock", "ledger"),
                WAREHOUSE,
                Optional.empty(),
                Optional.of(nameThere));
    }

    private static DatabaseRoute toWarehouse(String user) {
        return new DatabaseRoute(
                List.of(user), List.of(), WAREHOUSE, Optional.empty(), Optional.empty());
    }

    private static Connection inWarehouse() throws SQLException {
        return pair.direct(pair.replica());
    }

    private Connection connect(String database, String user, String password) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/" + database, user, password);
    }

    private Connection connect(String database) throws SQLException {
        return connect(database, PostgresPair.SUPERUSER, PostgresPair.PASSWORD);
    }

    private static void execute(Connection connection, String... statements) throws SQLException {
        try (connection;
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }

    private static String ask(Connection connection, String question) throws SQLException {
        try (connection;
                Statement statement = connection.createStatement();
                ResultSet answer = statement.executeQuery(question)) {
            assertThat(answer.next()).isTrue();
            return answer.getString(1);
        }
    }

    private static String where(Connection connection) throws SQLException {
        return ask(connection, "select inet_server_port() || ' ' || current_database()");
    }

    private static String shop(String database) {
        return pair.primary().endpoint().port() + " " + database;
    }

    private static String warehouse(String database) {
        return pair.replica().endpoint().port() + " " + database;
    }

    @Test
    void theNameOfTheDatabaseAndTheRoleDecide() throws SQLException {
        assertThat(where(connect("postgres"))).isEqualTo(shop("postgres"));
        assertThat(where(connect("stock"))).isEqualTo(warehouse("stock2"));
        assertThat(where(connect("ledger"))).isEqualTo(warehouse("stock2"));
        assertThat(where(connect("postgres", "reporting", "reports")))
                .isEqualTo(warehouse("postgres"));
    }

    @Test
    void aRoleHasThePasswordOfTheDatabaseThatItIsLedTo() throws SQLException {
        assertThat(where(connect("postgres", "clerk", "of the shop"))).isEqualTo(shop("postgres"));
        assertThat(where(connect("stock", "clerk", "of the warehouse")))
                .isEqualTo(warehouse("stock2"));
        assertThatThrownBy(() -> connect("stock", "clerk", "of the shop"))
                .hasMessageContaining("password authentication failed");
    }

    @Test
    void oneWithoutAPrimaryDoesNotHoldTheOthers() throws Exception {
        try (Connection stock = connect("stock");
                Connection shop = connect("postgres");
                Statement inStock = stock.createStatement();
                Statement inShop = shop.createStatement()) {
            inStock.execute("select 1");
            proxy.publish(WAREHOUSE, Optional.empty());
            CompletableFuture<Boolean> held = later(() -> ran(inStock));
            await().atMost(PATIENCE).until(() -> status("sql to warehouse").held() == 1);

            inShop.execute("create temp table t on commit drop as select 1");
            assertThat(status("sql").held()).isZero();
            assertThat(held).isNotDone();

            proxy.publish(WAREHOUSE, Optional.of(pair.replica()));
            assertThat(held.get()).isTrue();
        }
    }

    private static <T> CompletableFuture<T> later(Supplier<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> result.complete(work.get()));
        return result;
    }

    private static boolean ran(Statement statement) {
        try {
            statement.execute("create temp table t on commit drop as select 1");
            return true;
        } catch (SQLException e) {
            return false;
        }
    }

    private ListenerStatus status(String name) {
        return proxy.statuses().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void eachIsCountedByItself() throws Exception {
        try (Connection stock = connect("stock");
                Connection shop = connect("postgres");
                Statement statement = stock.createStatement()) {
            stock.setAutoCommit(false);
            statement.execute("create table counted (i int)");

            assertThat(proxy.openTransactions(WAREHOUSE)).isEqualTo(1);
            assertThat(proxy.openTransactions(ProxyUnderTest.DATABASE)).isZero();
            assertThat(proxy.statuses())
                    .extracting(
                            ListenerStatus::name,
                            ListenerStatus::database,
                            ListenerStatus::clients,
                            ListenerStatus::openTransactions)
                    .containsExactly(
                            tuple("sql", "shop", 1L, 0L),
                            tuple("sql to warehouse", "warehouse", 1L, 1L));
            assertThat(shop.isValid(5)).isTrue();
        }
        await().atMost(PATIENCE).until(() -> status("sql to warehouse").clients() == 0);
        await().atMost(PATIENCE).until(() -> status("sql").clients() == 0);
    }

    @Test
    void theConsoleHasThemByTheNamesThatClientsUse() throws Exception {
        try (Connection stock = connect("stock");
                Connection ledger = connect("ledger");
                Connection shop = connect("postgres");
                Connection console = console();
                Statement asks = console.createStatement();
                Statement inStock = stock.createStatement();
                Statement inLedger = ledger.createStatement();
                Statement inShop = shop.createStatement()) {
            inStock.execute("select 1");
            inLedger.execute("select 1");
            inShop.execute("select 1");
            assertThat(rows(asks, "show databases", "name", "port", "database", "cluster"))
                    .containsExactly(
                            "ledger " + warehouse("stock2") + " warehouse",
                            "postgres " + shop("postgres") + " shop",
                            "stock " + warehouse("stock2") + " warehouse");
            assertThat(rows(asks, "show pools", "database", "cl_active", "sv_idle"))
                    .containsExactly("ledger 1 1", "postgres 1 1", "stock 1 1");
            assertThat(rows(asks, "show stats", "database")).containsExactly("shop", "warehouse");

            asks.execute("pause stock");
            CompletableFuture<Boolean> paused = later(() -> ran(inStock));
            await().atMost(PATIENCE)
                    .until(
                            () ->
                                    rows(asks, "show pools", "database", "cl_waiting")
                                            .contains("stock 1"));
            assertThat(ran(inLedger)).isTrue();
            assertThat(ran(inShop)).isTrue();
            assertThat(paused).isNotDone();
            asks.execute("resume stock");
            assertThat(paused.get()).isTrue();
        }
    }

    private Connection console() throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/pgbouncer?preferQueryMode=simple",
                PostgresPair.SUPERUSER,
                PostgresPair.PASSWORD);
    }

    private static List<String> rows(Statement asks, String question, String... columns)
            throws SQLException {
        List<String> rows = new ArrayList<>();
        try (ResultSet answer = asks.executeQuery(question)) {
            while (answer.next()) {
                List<String> row = new ArrayList<>();
                for (String column : columns) {
                    row.add(answer.getString(column));
                }
                rows.add(String.join(" ", row));
            }
        }
        return rows;
    }

    @Test
    void notificationsComeFromTheDatabaseThatIsMeant() throws Exception {
        try (Connection stock = connect("stock");
                Statement statement = stock.createStatement()) {
            statement.execute("listen news");
            PGConnection hears = stock.unwrap(PGConnection.class);
            await().atMost(PATIENCE)
                    .until(
                            () -> {
                                execute(connect("postgres"), "notify news, 'of the shop'");
                                execute(connect("ledger"), "notify news, 'of the warehouse'");
                                var heard = hears.getNotifications(100);
                                assertThat(heard)
                                        .allMatch(
                                                it -> it.getParameter().equals("of the warehouse"));
                                return heard.length > 0;
                            });
        }
    }

    @Test
    void aQueryIsCanceledWhereItRuns() throws Exception {
        try (Connection stock = connect("stock");
                Statement statement = stock.createStatement()) {
            CompletableFuture<String> error =
                    later(
                            () -> {
                                try {
                                    statement.execute("select pg_sleep(60)");
                                    return "it was not canceled";
                                } catch (SQLException e) {
                                    return String.valueOf(e.getSQLState());
                                }
                            });
            await().atMost(PATIENCE)
                    .until(
                            () -> {
                                statement.cancel();
                                return error.isDone();
                            });
            assertThat(error.get()).isEqualTo("57014");
        }
    }

    @Test
    void otherRoutesHoldForWhoComesNextAndWhoIsThereStays() throws Exception {
        try (Connection stock = connect("stock");
                Statement statement = stock.createStatement()) {
            statement.execute("select 1");
            proxy.become(pooled().routes(toStock("postgres")));

            try (ResultSet answer = statement.executeQuery("select current_database()")) {
                assertThat(answer.next()).isTrue();
                assertThat(answer.getString(1)).isEqualTo("stock2");
            }
            assertThat(where(connect("stock"))).isEqualTo(warehouse("postgres"));
            assertThatThrownBy(() -> connect("postgres", "reporting", "reports"))
                    .hasMessageContaining("password authentication failed");

            proxy.become(pooled());
            assertThat(where(connect("ledger"))).isEqualTo(shop("ledger"));
            assertThat(statement.execute("select 1")).isTrue();
        }
    }
}
