package io.shoestring.database.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.base.Clock;
import io.shoestring.base.Published;
import io.shoestring.model.Action;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.Topology;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;

@Timeout(120)
class ReplayPollerTest {
    private static final DatabaseName SHOP = new DatabaseName("shop");
    private static final MemberName A = new MemberName("a");
    private static final MemberName B = new MemberName("b");

    private static final class Claims implements ReplayPoller.Listener {
        final Map<MemberName, Long> newest = new ConcurrentHashMap<>();

        @Override
        public void applied(MemberName member, long instantNanos) {
            newest.put(member, instantNanos);
        }

        @Override
        public void forgotten(MemberName member) {
            newest.remove(member);
        }

        boolean covers(MemberName member, long instantNanos) {
            Long claimed = newest.get(member);
            return claimed != null && claimed - instantNanos > 0;
        }
    }

    @Test
    void neverClaimsAWriteThatAReaderDoesNotSee() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (TestCluster cluster = new TestCluster("a", "b")) {
            cluster.startPrimary("a", 1);
            cluster.followed("b", "a", 1);
            cluster.sql("a", "CREATE TABLE t (x int)");
            Claims claims = new Claims();
            int claimed = 0;
            try (ReplayPoller poller = poller(cluster, topology(cluster, "a", "b", 1), claims);
                    Connection writer = cluster.connect("a");
                    Connection reader = cluster.connect("b");
                    Connection operator = cluster.connect("b")) {
                poller.start();
                boolean paused = false;
                for (int i = 1; i <= 600; i++) {
                    run(writer, mode(random));
                    run(writer, "INSERT INTO t VALUES (" + i + ")");
                    long acknowledged = System.nanoTime();
                    if (random.nextInt(20) == 0) {
                        paused = !paused;
                        run(
                                operator,
                                paused
                                        ? "SELECT pg_wal_replay_pause()"
                                        : "SELECT pg_wal_replay_resume()");
                    }
                    if (random.nextInt(50) == 0) {
                        run(writer, "SELECT pg_switch_wal()");
                    }
                    Thread.sleep(random.nextInt(paused ? 15 : 8));
                    if (claims.covers(B, acknowledged)) {
                        claimed++;
                        assertThat(number(reader, "SELECT max(x) FROM t"))
                                .as("seed %s, write %s", seed, i)
                                .isGreaterThanOrEqualTo(i);
                    }
                }
                System.out.println("claimed " + claimed + " of 600 writes");
                assertThat(claimed).as("seed %s", seed).isPositive();
                run(operator, "SELECT pg_wal_replay_resume()");
            }
        }
    }

    /** Synchronous or not: an asynchronous commit is visible before it is on the disk. */
    private static String mode(Random random) {
        return "SET synchronous_commit = " + (random.nextBoolean() ? "on" : "off");
    }

    @Test
    void saysWithinMillisecondsThatAWriteIsOnTheReplicaAlsoAfterTheLogWasSwitched()
            throws Exception {
        try (TestCluster cluster = new TestCluster("a", "b")) {
            cluster.startPrimary("a", 1);
            cluster.followed("b", "a", 1);
            cluster.sql("a", "CREATE TABLE t (x int)");
            Claims claims = new Claims();
            List<Long> waits = new ArrayList<>();
            try (ReplayPoller poller = poller(cluster, topology(cluster, "a", "b", 1), claims);
                    Connection writer = cluster.connect("a")) {
                poller.start();
                for (int i = 0; i < 50; i++) {
                    run(writer, "INSERT INTO t VALUES (1)");
                    if (i % 10 == 0) {
                        run(writer, "SELECT pg_switch_wal()");
                    }
                    long acknowledged = System.nanoTime();
                    await().pollDelay(Duration.ZERO)
                            .pollInterval(Duration.ofMillis(1))
                            .atMost(Duration.ofSeconds(5))
                            .until(() -> claims.covers(B, acknowledged));
                    waits.add((System.nanoTime() - acknowledged) / 1000);
                }
            }
            waits.sort(null);
            System.out.println("fresh after " + waits.get(25) + " us (median)");
            assertThat(waits.get(25)).isLessThan(200_000);
        }
    }

    @Test
    void aNewEpochBeginsAnewAndAStaleReplicaIsNeverClaimed() throws Exception {
        try (TestCluster cluster = new TestCluster("a", "b")) {
            cluster.startPrimary("a", 1);
            cluster.followed("b", "a", 1);
            Claims claims = new Claims();
            Published<Topology> topology = topology(cluster, "a", "b", 1);
            try (ReplayPoller poller = poller(cluster, topology, claims)) {
                poller.start();
                await().until(() -> claims.newest.containsKey(B));

                cluster.done(new Action.Fence(A, "test"));
                await().until(() -> !claims.newest.containsKey(B) || isOld(claims));
                topology.publish(value(cluster, Optional.empty(), List.of(), 1));
                await().until(() -> claims.newest.isEmpty());

                cluster.done(new Action.Promote(B, 2, "test"));
                topology.publish(
                        value(
                                cluster,
                                Optional.of(cluster.spec("b")),
                                List.of(cluster.spec("a")),
                                2));
                cluster.followed("a", "b", 2);
                await().until(() -> claims.newest.containsKey(A));
                assertThat(claims.newest).doesNotContainKey(B);
            }
        }
    }

    private static boolean isOld(Claims claims) {
        return !claims.covers(B, System.nanoTime() - 1_000_000_000L);
    }

    private static ReplayPoller poller(
            TestCluster cluster, Published<Topology> topology, Claims claims) {
        return new ReplayPoller(
                SHOP, topology, cluster.config().superuser(), Clock.system(), claims, () -> true);
    }

    private static Published<Topology> topology(
            TestCluster cluster, String primary, String replica, long epoch) {
        return new Published<>(
                value(
                        cluster,
                        Optional.of(cluster.spec(primary)),
                        List.of(cluster.spec(replica)),
                        epoch));
    }

    private static Topology value(
            TestCluster cluster,
            Optional<MemberSpec> primary,
            List<MemberSpec> replicas,
            long epoch) {
        return new Topology(
                epoch,
                Map.of(
                        cluster.config().name(),
                        new DatabaseTopology(SHOP, epoch, primary, false, 0, replicas, "test")));
    }

    private static void run(Connection connection, String sql) throws Exception {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static long number(Connection connection, String sql) throws Exception {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        }
    }
}
