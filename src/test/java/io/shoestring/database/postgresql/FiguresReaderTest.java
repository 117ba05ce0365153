package io.shoestring.database.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.model.Action;
import io.shoestring.model.MemberFigures;
import io.shoestring.model.MemberFigures.Contents;
import io.shoestring.model.MemberFigures.Wait;
import io.shoestring.model.MemberName;
import io.shoestring.model.RelationSize;
import io.shoestring.model.ServerSizes;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicInteger;

/** What a real primary and its replica say of themselves. */
@Timeout(90)
class FiguresReaderTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static FiguresReader reader(TestCluster cluster, String member) {
        return new FiguresReader(
                cluster.config(),
                cluster.configured(member),
                "127.0.0.1",
                Clock.system(),
                WallClock.system());
    }

    @Test
    void tellsConnectionsLocksReplicationAndSizes() throws Exception {
        try (TestCluster cluster = new TestCluster("a", "b");
                FiguresReader primary = reader(cluster, "a");
                FiguresReader replica = reader(cluster, "b")) {
            assertThat(primary.read().problem()).isPresent();

            cluster.startPrimary("a", 1);
            cluster.followed("b", "a", 1);
            cluster.sql(
                    "a",
                    "CREATE TABLE t (i int PRIMARY KEY, filler text); INSERT INTO t SELECT i,"
                            + " repeat('x', 100) FROM generate_series(1, 5000) i");
            seesWhoWaitsForWhom(cluster, primary);
            seesADeadlock(cluster, primary);
            seesThatAReplicaIsBehind(cluster, primary, replica);

            cluster.sql(
                    "a",
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type ="
                            + " 'client backend' AND pid <> pg_backend_pid()");
            assertThat(primary.read().problem()).isEmpty();

            ServerSizes all = primary.sizes();
            assertThat(all.databases()).hasSize(1);
            assertThat(all.databases().getFirst().tables()).isOne();
            assertThat(all.databases().getFirst().bytes()).isGreaterThan(5_000_000);
            assertThat(all.databases().getFirst().connections()).isPositive();
            List<RelationSize> sizes = all.relations();
            assertThat(sizes.get(0).name()).isEqualTo("public.t");
            assertThat(sizes.get(0).bytes()).isBetween(600_000L, 1_000_000L);
            assertThat(sizes.get(1).kind()).isEqualTo("index");
            assertThat(sizes.get(1).table()).isEqualTo("t");

            cluster.done(new Action.Fence(new MemberName("a"), "test"));
            assertThat(primary.read().problem()).isPresent();
            cluster.startPrimary("a", 2);
            assertThat(primary.read().problem()).isEmpty();
        }
    }

    private static void seesWhoWaitsForWhom(TestCluster cluster, FiguresReader primary)
            throws Exception {
        try (Connection holds = cluster.connect("a");
                Connection waits = cluster.connect("a");
                Statement statement = holds.createStatement()) {
            holds.setAutoCommit(false);
            statement.execute("SELECT FROM t WHERE i = 7 FOR UPDATE");
            int holder = pid(holds);
            Thread waiting = Thread.ofVirtual().start(() -> update(waits));
            await().atMost(PATIENCE).until(() -> !primary.read().waits().isEmpty());

            MemberFigures figures = primary.read();
            Wait wait = figures.waits().getFirst();
            assertThat(wait.blockedBy()).containsExactly(holder);
            assertThat(wait.statement()).isEqualTo("UPDATE t SET filler = 'y' WHERE i = 7");
            assertThat(wait.blocker()).contains("pg_backend_pid");
            assertThat(figures.sessions().byState())
                    .containsEntry("active", 1L)
                    .containsEntry("idle in transaction", 1L);
            assertThat(figures.sessions().max()).isPositive();
            assertThat(figures.sessions().waiting()).isOne();
            assertThat(figures.sessions().oldestTransactionSeconds()).isPositive();
            assertThat(figures.cacheHitShare().orElse(-1)).isBetween(0.1, 1.0);
            holds.rollback();
            waiting.join(PATIENCE);
        }
    }

    /** Each wants the row that the other has; the server ends one of them. */
    private static void seesADeadlock(TestCluster cluster, FiguresReader primary) throws Exception {
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

    private static long deadlocks(FiguresReader primary) {
        return primary.read().contents().stream().mapToLong(Contents::deadlocks).sum();
    }

    private static String change(int row) {
        return "UPDATE t SET filler = 'd' WHERE i = " + row;
    }

    /** 1 if the server ended it because of a deadlock. */
    private static int tried(Statement statement, int row) {
        try {
            statement.execute(change(row));
            return 0;
        } catch (SQLException e) {
            assertThat(e.getSQLState()).isEqualTo("40P01");
            return 1;
        }
    }

    private static void seesThatAReplicaIsBehind(
            TestCluster cluster, FiguresReader primary, FiguresReader replica) throws Exception {
        cluster.sql("b", "SELECT pg_wal_replay_pause()");
        cluster.sql("a", "UPDATE t SET filler = 'z'");
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> {
                            MemberFigures behind = replica.read();
                            assertThat(behind.behind().orElseThrow().bytes()).isGreaterThan(9_999);
                            assertThat(behind.behind().orElseThrow().seconds().orElse(0))
                                    .isPositive();
                            MemberFigures ahead = primary.read();
                            assertThat(ahead.behind()).isEmpty();
                            assertThat(ahead.standbys().getFirst().lagBytes().orElse(0))
                                    .isGreaterThan(9_999);
                        });
        assertThat(primary.read().slots()).anyMatch(MemberFigures.Slot::active);
        cluster.sql("b", "SELECT pg_wal_replay_resume()");
        cluster.sql("a", "CHECKPOINT");
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> {
                            assertThat(replica.read().behind().orElseThrow())
                                    .isEqualTo(new MemberFigures.Behind(0, OptionalDouble.of(0)));
                            assertThat(primary.read().checkpoints().orElseThrow().requested())
                                    .isPositive();
                        });
    }

    private static int pid(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                var row = statement.executeQuery("SELECT pg_backend_pid()")) {
            row.next();
            return row.getInt(1);
        }
    }

    private static void update(Connection connection) {
        try (Statement statement = connection.createStatement()) {
            statement.execute("UPDATE t SET filler = 'y' WHERE i = 7");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
