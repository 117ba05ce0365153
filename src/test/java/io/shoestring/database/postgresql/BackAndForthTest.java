package io.shoestring.database.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.database.Outcome;
import io.shoestring.model.Action;
import io.shoestring.model.MemberName;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The primary is killed under load again and again, and comes back behind the other one. */
@Timeout(540)
class BackAndForthTest {
    private static final int ROUNDS = Integer.getInteger("shoestring.rounds", 4);
    private static final int WRITERS = 8;

    private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();

    @Test
    void nothingAcknowledgedIsLostAndBothHaveTheSame() throws Exception {
        try (TestCluster cluster = new TestCluster("a", "b")) {
            cluster.startPrimary("a", 1);
            cluster.followed("b", "a", 1);
            cluster.sql("a", "CREATE TABLE t (x text PRIMARY KEY)");
            cluster.synchronous("a", 1, "b");
            for (int epoch = 2; epoch <= ROUNDS + 1; epoch++) {
                String old = epoch % 2 == 0 ? "a" : "b";
                String young = epoch % 2 == 0 ? "b" : "a";
                writeUntilKilled(cluster, old, epoch);
                long begin = System.nanoTime();
                cluster.done(new Action.Promote(new MemberName(young), epoch, "test"));
                say("promotion", begin);
                assertNothingLost(cluster, young);
                begin = System.nanoTime();
                Outcome outcome = cluster.follow(old, young, epoch);
                say(outcome.sentence(), begin);
                assertThat(outcome).isInstanceOf(Outcome.Done.class);
                cluster.synchronous(young, epoch, old);
                assertEqual(cluster, old, young);
            }
        }
    }

    private void writeUntilKilled(TestCluster cluster, String name, int epoch) throws Exception {
        List<Thread> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            String prefix = epoch + "-" + i + "-";
            writers.add(Thread.ofVirtual().start(() -> write(cluster, name, prefix)));
        }
        Thread.sleep(Duration.ofMillis(300));
        cluster.killMainProcess(name);
        for (Thread writer : writers) {
            writer.join();
        }
        await().until(() -> cluster.processes(name).nobody());
    }

    private void write(TestCluster cluster, String name, String prefix) {
        try (Connection connection = cluster.connect(name);
                PreparedStatement insert =
                        connection.prepareStatement("INSERT INTO t VALUES (?)")) {
            for (int i = 0; i < 1_000_000; i++) {
                insert.setString(1, prefix + i);
                insert.executeUpdate();
                acknowledged.add(prefix + i);
            }
        } catch (SQLException e) {
            // The server is dead: whether this last row was written, nobody can say.
            assertThat(e.getSQLState()).as(e.getMessage()).matches("08.*|57P0.");
        }
    }

    private void assertNothingLost(TestCluster cluster, String name) throws SQLException {
        Set<String> missing = new HashSet<>(acknowledged);
        String found = cluster.value(name, "SELECT string_agg(x, ',') FROM t");
        List.of(found.split(",", -1)).forEach(missing::remove);
        assertThat(missing).isEmpty();
    }

    private static void assertEqual(TestCluster cluster, String replica, String primary)
            throws SQLException {
        String end = cluster.value(primary, "SELECT pg_current_wal_flush_lsn()");
        await().until(
                        () ->
                                cluster.value(
                                                replica,
                                                "SELECT pg_last_wal_replay_lsn() >= '" + end + "'")
                                        .equals("t"));
        String all = "SELECT count(*) || md5(string_agg(x, ',' ORDER BY x)) FROM t";
        assertThat(cluster.value(replica, all)).isEqualTo(cluster.value(primary, all));
    }

    private static void say(String what, long begin) {
        System.out.println(what + ": " + (System.nanoTime() - begin) / 1_000_000 + " ms");
    }
}
