package io.shoestring.database.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.model.DatabaseSize;
import io.shoestring.model.MemberFigures;
import io.shoestring.model.MemberFigures.Behind;
import io.shoestring.model.MemberFigures.Contents;
import io.shoestring.model.MemberFigures.Wait;
import io.shoestring.model.MemberName;
import io.shoestring.model.RelationSize;
import io.shoestring.model.ServerSizes;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicInteger;

/** What a real primary of MariaDB and its replica say of themselves. */
@Timeout(120)
class MariaDbFiguresTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static MariaDbFigures of(MariaDbCluster cluster, String member) {
        return new MariaDbFigures(
                cluster.config,
                requireNonNull(cluster.config.members().get(new MemberName(member)), member),
                "127.0.0.1",
                Clock.system(),
                WallClock.system());
    }

    @Test
    void tellsConnectionsLocksFlushingReplicationAndSizes() throws Exception {
        try (MariaDbCluster cluster = MariaDbCluster.pair();
                MariaDbFigures primary = of(cluster, "a");
                MariaDbFigures replica = of(cluster, "b")) {
            cluster.run(
                    "a",
                    "USE shop",
                    "CREATE TABLE shop.big (i INT PRIMARY KEY, filler TEXT, KEY f (filler(20)))",
                    "INSERT INTO shop.big SELECT seq, REPEAT('x', 200) FROM seq_1_to_5000",
                    "ANALYZE TABLE shop.big");
            seesWhoWaitsForWhom(cluster, primary);
            seesThatATableIsWaitedFor(cluster, primary);
            seesThatAReplicaIsBehind(cluster, primary, replica);
            seesADeadlock(cluster, primary);
            try (Connection client = cluster.connect("a")) {
                client.setCatalog("shop");
                tellsSizes(primary.sizes());
            }

            cluster.run("a", "KILL USER " + MariaDbCluster.USER);
            assertThat(primary.read().problem()).isEmpty();
        }
    }

    private static void tellsSizes(ServerSizes all) {
        DatabaseSize shop = all.databases().getFirst();
        assertThat(shop.name()).isEqualTo("shop");
        assertThat(shop.tables()).isEqualTo(2);
        assertThat(shop.connections()).isPositive();
        List<RelationSize> sizes = all.relations();
        assertThat(shop.bytes())
                .isEqualTo(
                        sizes.stream()
                                .filter(each -> each.database().equals("shop"))
                                .mapToLong(RelationSize::bytes)
                                .sum());
        assertThat(sizes.get(0).name()).isEqualTo("big");
        assertThat(sizes.get(0).kind()).isEqualTo("table");
        assertThat(sizes.get(0).database()).isEqualTo("shop");
        assertThat(sizes.get(0).bytes()).isBetween(1_000_000L, 3_000_000L);
        assertThat(sizes.get(0).rows()).isBetween(4_000L, 6_000L);
        assertThat(sizes.get(1).name()).isEqualTo("big.f");
        assertThat(sizes.get(1).kind()).isEqualTo("index");
        assertThat(sizes.get(1).table()).isEqualTo("big");
    }

    private static void seesWhoWaitsForWhom(MariaDbCluster cluster, MariaDbFigures primary)
            throws Exception {
        try (Connection holds = cluster.connect("a");
                Connection waits = cluster.connect("a");
                Statement statement = holds.createStatement()) {
            holds.setAutoCommit(false);
            statement.execute("SELECT * FROM shop.big WHERE i = 7 FOR UPDATE");
            int holder = id(holds);
            Thread waiting = run(waits, "UPDATE shop.big SET filler = 'y' WHERE i = 7");
            await().atMost(PATIENCE).until(() -> !primary.read().waits().isEmpty());

            MemberFigures figures = primary.read();
            Wait wait = figures.waits().getFirst();
            assertThat(wait.blockedBy()).containsExactly(holder);
            assertThat(wait.statement()).isEqualTo("UPDATE shop.big SET filler = 'y' WHERE i = 7");
            assertThat(wait.lock()).contains("`shop`.`big`");
            assertThat(figures.sessions().byState())
                    .containsEntry("active", 1L)
                    .containsEntry("idle in transaction", 1L);
            assertThat(figures.sessions().max()).isPositive();
            assertThat(figures.sessions().waiting()).isOne();
            assertThat(figures.sessions().oldestTransactionSeconds()).isBetween(0.0001, 60.0);
            assertThat(figures.cacheHitShare().orElse(-1)).isBetween(0.1, 1.0);
            assertThat(figures.contents().getFirst().commits()).isPositive();
            assertThat(figures.contents().getFirst().rowsInserted()).isGreaterThan(4_999);
            assertThat(figures.flushing().orElseThrow().checkpointAgeMaxBytes()).isPositive();
            assertThat(figures.flushing().orElseThrow().dirtyBytes()).isPositive();
            holds.rollback();
            waiting.join(PATIENCE);
        }
    }

    /** Each wants the row that the other has; the server ends one of them. */
    private static void seesADeadlock(MariaDbCluster cluster, MariaDbFigures primary)
            throws Exception {
        long before = deadlocks(primary);
        try (Connection one = cluster.connect("a");
                Connection other = cluster.connect("a");
                Statement first = one.createStatement();
                Statement second = other.createStatement()) {
            one.setAutoCommit(false);
            other.setAutoCommit(false);
            first.execute(change(1));
            second.execute(change(2));
            AtomicInteger ended = new AtomicInteger();
            Thread waiting = Thread.ofVirtual().start(() -> ended.addAndGet(tried(first, 2)));
            await().atMost(PATIENCE).until(() -> !primary.read().waits().isEmpty());
            ended.addAndGet(tried(second, 1));
            second.getConnection().rollback();
            waiting.join(PATIENCE);
            assertThat(ended).hasValue(1);
            one.rollback();
        }
        await().atMost(PATIENCE).until(() -> deadlocks(primary) == before + 1);
    }

    private static long deadlocks(MariaDbFigures primary) {
        return primary.read().contents().stream().mapToLong(Contents::deadlocks).sum();
    }

    private static String change(int row) {
        return "UPDATE shop.big SET filler = 'd' WHERE i = " + row;
    }

    /** 1 if the server ended it because of a deadlock. */
    private static int tried(Statement statement, int row) {
        try {
            statement.execute(change(row));
            return 0;
        } catch (SQLException e) {
            assertThat(e.getSQLState()).isEqualTo("40001");
            return 1;
        }
    }

    /** A change of the table waits until nobody reads it: no row's lock tells of that. */
    private static void seesThatATableIsWaitedFor(MariaDbCluster cluster, MariaDbFigures primary)
            throws Exception {
        try (Connection holds = cluster.connect("a");
                Connection waits = cluster.connect("a");
                Statement statement = holds.createStatement()) {
            holds.setAutoCommit(false);
            statement.execute("SELECT COUNT(*) FROM shop.t");
            Thread waiting = run(waits, "ALTER TABLE shop.t ADD COLUMN more INT");
            await().atMost(PATIENCE).until(() -> !primary.read().waits().isEmpty());

            assertThat(primary.read().waits().getFirst().lock())
                    .isEqualTo("Waiting for table metadata lock");
            assertThat(primary.read().sessions().waiting()).isOne();
            holds.rollback();
            waiting.join(PATIENCE);
        }
    }

    private static void seesThatAReplicaIsBehind(
            MariaDbCluster cluster, MariaDbFigures primary, MariaDbFigures replica)
            throws Exception {
        assertThat(primary.read().standbys().getFirst().name()).isEqualTo("b");
        assertThat(primary.read().behind()).isEmpty();
        try (Connection holds = cluster.connect("b");
                Statement statement = holds.createStatement()) {
            statement.execute("LOCK TABLES shop.big WRITE");
            cluster.run("a", "UPDATE shop.big SET filler = REPEAT('z', 150)");
            await().atMost(PATIENCE)
                    .untilAsserted(
                            () -> {
                                Behind behind = replica.read().behind().orElseThrow();
                                assertThat(behind.bytes()).isGreaterThan(99);
                                assertThat(behind.seconds().orElse(0)).isPositive();
                            });
            statement.execute("UNLOCK TABLES");
        }
        await().atMost(PATIENCE)
                .untilAsserted(
                        () ->
                                assertThat(replica.read().behind().orElseThrow())
                                        .isEqualTo(new Behind(0, OptionalDouble.of(0))));
    }

    private static int id(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT CONNECTION_ID()")) {
            row.next();
            return row.getInt(1);
        }
    }

    private static Thread run(Connection connection, String sql) {
        return Thread.ofVirtual()
                .start(
                        () -> {
                            try (Statement statement = connection.createStatement()) {
                                statement.execute(sql);
                            } catch (SQLException e) {
                                throw new IllegalStateException(e);
                            }
                        });
    }
}
