package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.config.ConfigReader;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.database.Outcome;
import io.shoestring.database.postgresql.PostgresMember;
import io.shoestring.database.postgresql.TestCluster;
import io.shoestring.model.Action;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.Endpoint;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.NodeName;
import io.shoestring.node.Operations;
import io.shoestring.testing.FreePort;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;

/** {@code manage: no}: a hand promotes and stops the servers, and listeners follow. */
@Timeout(120)
@Tag("alone")
class ObservedDatabaseTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final MemberName A = new MemberName("a");
    private static final MemberName B = new MemberName("b");

    @TempDir private Path directory;
    private TestCluster cluster;
    private PostgresMember a;
    private PostgresMember b;
    private Optional<NodeProcess> started = Optional.empty();
    private int port;

    @BeforeEach
    void aPairThatAHandHasMade() throws Exception {
        cluster = new TestCluster("a", "b");
        a = hand("a");
        b = hand("b");
        done(a, new Action.StartPrimary(A, 1, Set.of(), "by hand"));
        done(b, new Action.Follow(B, spec(A), 1, "by hand"));
        try (Connection connection = direct(A);
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE t (i int)");
            statement.execute("CREATE ROLE watcher LOGIN PASSWORD 'w' IN ROLE pg_monitor");
            statement.execute(
                    "CREATE FUNCTION password_of(role text, OUT usename name, OUT passwd text)"
                            + " RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER"
                            + " SET search_path = pg_catalog AS"
                            + " $$ SELECT usename, passwd FROM pg_shadow WHERE usename = role $$");
        }
        started = Optional.of(start());
    }

    @AfterEach
    void end() throws Exception {
        started.ifPresent(NodeProcess::close);
        a.close();
        b.close();
        cluster.close();
    }

    private PostgresMember hand(String name) {
        DatabaseConfig.Member member =
                requireNonNull(cluster.config().members().get(new MemberName(name)));
        return new PostgresMember(
                cluster.config(), member, "127.0.0.1", Clock.system(), WallClock.system());
    }

    private static void done(PostgresMember member, Action.OnMember action) {
        assertThat(member.perform(action)).isInstanceOf(Outcome.Done.class);
    }

    private MemberSpec spec(MemberName name) {
        return new MemberSpec(name, new NodeName("local"), cluster.endpoint(name.value()), 1);
    }

    /** It looks by a role that may do nothing else. */
    private NodeProcess start() throws Exception {
        port = FreePort.find();
        Files.writeString(directory.resolve("password"), "w\n");
        Path file =
                Files.writeString(
                        directory.resolve("shoestring.yaml"),
                        """
                        cluster: { name: trial, nodes: { local: 127.0.0.1 }, directory: state }
                        databases:
                          shop:
                            engine: postgresql
                            manage: no
                            superuser: { name: watcher, password-file: password }
                            auth-query:
                              user: watcher
                              password-file: password
                              query: SELECT usename, passwd FROM password_of($1)
                            members:
                              a: { address: 127.0.0.1, port: %d }
                              b: { address: 127.0.0.1, port: %d }
                        listeners:
                          sql:
                            bind: 127.0.0.1:%d
                            protocol: postgresql
                            database: shop
                            reads: replicas
                            hold: 20s
                        admin: { bind: "127.0.0.1:0" }
                        """
                                .formatted(
                                        cluster.endpoint("a").port(),
                                        cluster.endpoint("b").port(),
                                        port));
        return switch (ConfigReader.read(file)) {
            case ConfigReader.Sound(var config) ->
                    NodeProcess.start(config, new NodeName("local"), file);
            case ConfigReader.Broken(var problems) -> throw new AssertionError(problems.toString());
        };
    }

    private Connection direct(MemberName name) throws SQLException {
        return connect(cluster.endpoint(name.value()), 0);
    }

    private Connection throughTheListener(int seconds) throws SQLException {
        return connect(new Endpoint("127.0.0.1", port), seconds);
    }

    private static Connection connect(Endpoint endpoint, int seconds) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", TestCluster.USER);
        properties.setProperty("password", TestCluster.PASSWORD);
        properties.setProperty("socketTimeout", Integer.toString(seconds));
        return DriverManager.getConnection(
                "jdbc:postgresql://" + endpoint + "/postgres", properties);
    }

    private DatabaseStatus status() {
        return started.orElseThrow().operations().status().databases().getFirst();
    }

    private void awaitPrimary(MemberName name) {
        await().atMost(PATIENCE).until(() -> status().primary().equals(Optional.of(name.value())));
    }

    private int serverOf(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "INSERT INTO t VALUES (1) RETURNING"
                                        + " current_setting('port')::int")) {
            row.next();
            return row.getInt(1);
        }
    }

    @Test
    void listenersFollowAPromotionByHandWithinASecondAndNeverGoBack() throws Exception {
        awaitPrimary(A);
        await().atMost(PATIENCE).until(() -> status().healthy());
        assertThat(status().protection()).isEqualTo("observed");
        assertThat(status().members().get(1).role()).isEqualTo("replica");
        assertThat(status().members().get(1).lagBytes()).isPresent();
        String settings = Files.readString(cluster.data("a").resolve("postgresql.conf"));
        String ours = Files.readString(cluster.data("a").resolve("shoestring.conf"));

        try (Connection client = throughTheListener(20)) {
            assertThat(serverOf(client)).isEqualTo(cluster.endpoint("a").port());

            // The old primary runs on: nothing tells it.
            try (Connection connection = direct(B);
                    Statement statement = connection.createStatement()) {
                statement.execute("SELECT pg_promote()");
            }
            long promoted = System.nanoTime();
            awaitPrimary(B);
            Duration seen = Duration.ofNanos(System.nanoTime() - promoted);
            assertThat(seen).isLessThan(Duration.ofSeconds(1));
            assertThat(serverOf(client)).isEqualTo(cluster.endpoint("b").port());
            assertThat(status().epoch()).isEqualTo(2);
        }

        assertThat(a.observe().state().toString()).startsWith("Primary");
        b.perform(new Action.Fence(B, "by hand"));
        await().atMost(PATIENCE).until(() -> status().primary().isEmpty());
        assertThat(status().summary()).contains("a takes writes on an older timeline than b did");
        assertThatThrownBy(() -> serverOf(throughTheListener(2))).isInstanceOf(SQLException.class);
        assertThat(cluster.data("a").resolve("postgresql.conf")).hasContent(settings);
        assertThat(cluster.data("a").resolve("shoestring.conf")).hasContent(ours);
    }

    @Test
    void nothingIsDoneToItAndWhoIsAskedToSaysSo() throws Exception {
        awaitPrimary(A);
        var shop = new DatabaseName("shop");
        Operations operations = started.orElseThrow().operations();
        assertThat(operations.switchover(shop, Optional.empty()).sentence())
                .contains("only observed");
        assertThat(operations.pause(shop, true).accepted()).isFalse();
        assertThat(operations.offline(shop, B, true).accepted()).isFalse();

        a.perform(new Action.Fence(A, "by hand"));
        await().atMost(PATIENCE).until(() -> status().primary().isEmpty());
        // Longer than it takes to start or promote somebody.
        Thread.sleep(Duration.ofSeconds(3));
        assertThat(status().summary())
                .contains("There is no primary: a takes no connections; b runs");
        assertThat(a.observe().state().toString()).startsWith("Stopped");
        assertThat(b.observe().state().toString()).startsWith("Replica");
    }
}
