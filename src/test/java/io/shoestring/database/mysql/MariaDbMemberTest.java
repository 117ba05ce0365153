package io.shoestring.database.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.config.DatabaseConfig.Topology;
import io.shoestring.database.Outcome;
import io.shoestring.model.Action;
import io.shoestring.model.Delay;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberState;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.Set;

/** Real servers, killed for real. */
@Timeout(180)
class MariaDbMemberTest {
    private static final MemberName A = new MemberName("a");
    private static final MemberName B = new MemberName("b");
    private static final String WHY = "test";

    @Test
    void aPairLivesThroughTheLossOfItsPrimary() throws Exception {
        try (var cluster = MariaDbCluster.pair()) {
            assertThat(cluster.state("a"))
                    .isInstanceOfSatisfying(
                            MemberState.Primary.class,
                            primary -> {
                                assertThat(primary.streamsTo(B)).isTrue();
                                assertThat(primary.synchronousNames()).containsExactly(B);
                                assertThat(primary.systemIdentifier()).isNotZero();
                            });
            cluster.run("a", "INSERT INTO shop.t VALUES (2)");
            cluster.kill("a");
            assertThat(cluster.state("a"))
                    .isInstanceOfSatisfying(
                            MemberState.Stopped.class,
                            stopped -> {
                                assertThat(stopped.wasReplica()).isFalse();
                                assertThat(stopped.clean()).isFalse();
                            });
            assertThat(cluster.done(new Action.Promote(B, 2, WHY))).contains("epoch 2");
            assertThat(cluster.value("b", "SELECT count(*) FROM shop.t")).isEqualTo("2");
            cluster.run("b", "INSERT INTO shop.t VALUES (3)");
            assertThat(cluster.done(new Action.Follow(A, cluster.spec("b"), 2, WHY)))
                    .isEqualTo("Member a follows b.");
            cluster.await("a", state -> state instanceof MemberState.Replica it && it.streaming());
            cluster.done(new Action.SetSynchronous(B, Set.of(A), 2, WHY));
            cluster.run("b", "INSERT INTO shop.t VALUES (4)");
            cluster.await("a", _ -> count(cluster, "a") == 4);
            assertThat(cluster.keptAside("a")).isEmpty();
        }
    }

    @Test
    void whatNobodyAcknowledgedIsGoneAfterTheCrash() throws Exception {
        try (var cluster = MariaDbCluster.pair()) {
            cluster.done(new Action.Detach(B, 1, WHY));
            Thread waiting =
                    Thread.ofVirtual()
                            .start(() -> cluster.inVain("a", "INSERT INTO shop.t VALUES (7)"));
            cluster.await("a", _ -> cluster.sees("a", "Waiting for semi-sync ACK"));
            cluster.kill("a");
            waiting.join();
            cluster.done(new Action.Promote(B, 2, WHY));
            assertThat(cluster.done(new Action.Follow(A, cluster.spec("b"), 2, WHY)))
                    .startsWith("Member a follows b. What only a had")
                    .contains("kept in");
            assertThat(cluster.value("a", "SELECT count(*) FROM shop.t WHERE i = 7"))
                    .isEqualTo("0");
            assertThat(cluster.keptAside("a")).hasSize(1);
            assertThat(MariaDbLogs.show(cluster.keptAside("a").getFirst()))
                    .contains("INSERT INTO shop.t VALUES (7)")
                    .doesNotContain("VALUES (1)");
        }
    }

    /** Each follows the other; what only the one that crashed has never goes that way. */
    @Test
    void ofTwoThatFollowEachOtherTheNextPrimaryNeverGetsWhatTheCrashedOneAloneHad()
            throws Exception {
        try (var cluster = MariaDbCluster.pair(Topology.MUTUAL)) {
            cluster.await("a", _ -> wayBack(cluster, "a"));
            assertThat(steps(cluster, "a")).isEqualTo("2-1");
            assertThat(steps(cluster, "b")).isEqualTo("2-2");
            // What somebody may do to the passive one, if nothing else has been written since.
            cluster.run("b", "INSERT INTO shop.t VALUES (6)");
            cluster.await("a", _ -> count(cluster, "a") == 2);
            assertThat(cluster.done(new Action.Follow(B, cluster.spec("a"), 1, WHY)))
                    .isEqualTo("Member b follows a.");
            cluster.done(new Action.SetSynchronous(A, Set.of(B), 1, WHY));
            cluster.run("a", "INSERT INTO shop.t VALUES (5)");
            cluster.await("a", _ -> wayBack(cluster, "a"));

            cluster.done(new Action.Detach(B, 1, WHY));
            Thread waiting =
                    Thread.ofVirtual()
                            .start(() -> cluster.inVain("a", "INSERT INTO shop.t VALUES (7)"));
            cluster.await("a", _ -> cluster.sees("a", "Waiting for semi-sync ACK"));
            cluster.await("a", _ -> ways(cluster, "a") == 0);
            cluster.kill("a");
            waiting.join();
            cluster.done(new Action.Promote(B, 2, WHY));
            // By hand, with all that it had: it is read-only, and follows nobody.
            cluster.start("a");
            assertThat(count(cluster, "a")).isEqualTo(4);
            Thread.sleep(2_500);
            assertThat(ways(cluster, "b")).isZero();
            assertThat(cluster.done(new Action.Follow(A, cluster.spec("b"), 2, WHY)))
                    .contains("It had transactions that the primary has not");
            cluster.await("b", _ -> wayBack(cluster, "b"));
            assertThat(ways(cluster, "a")).isZero();
            cluster.run("b", "INSERT INTO shop.t VALUES (8)");
            cluster.await("a", _ -> count(cluster, "a") == 4);
            assertThat(cluster.value("b", "SELECT group_concat(i) FROM shop.t"))
                    .isEqualTo("1,5,6,8");
        }
    }

    /** How many servers a member that takes writes follows. */
    private static int ways(MariaDbCluster cluster, String name) {
        return number(
                cluster,
                name,
                "SELECT count(*) FROM information_schema.processlist WHERE command = 'Slave_IO'"
                        + " AND @@global.read_only = 0");
    }

    /** Whether a primary follows, too, and nothing is in its way. */
    private static boolean wayBack(MariaDbCluster cluster, String name) {
        try (Connection connection = cluster.connect(name);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW ALL SLAVES STATUS")) {
            boolean found = false;
            while (row.next()) {
                found |=
                        row.getString("Connection_name").equals("shoestring")
                                && row.getString("Slave_IO_Running").equals("Yes")
                                && row.getString("Slave_SQL_Running").equals("Yes");
            }
            return found;
        } catch (SQLException e) {
            return false;
        }
    }

    private static String steps(MariaDbCluster cluster, String name) throws SQLException {
        return cluster.value(
                name,
                "SELECT concat(@@global.auto_increment_increment, '-',"
                        + " @@global.auto_increment_offset)");
    }

    @Test
    void whatWasReceivedOutlivesTheReplicasOwnCrash() throws Exception {
        try (var cluster = MariaDbCluster.pair()) {
            cluster.run("b", "STOP SLAVE SQL_THREAD");
            cluster.run("a", "INSERT INTO shop.t VALUES (8)");
            cluster.kill("b");
            cluster.kill("a");
            cluster.done(new Action.Promote(B, 2, WHY));
            assertThat(cluster.value("b", "SELECT count(*) FROM shop.t WHERE i = 8"))
                    .isEqualTo("1");
        }
    }

    @Test
    void dataThatWentAnotherWayIsKeptAsideAndCopiedAnew() throws Exception {
        try (var cluster = MariaDbCluster.pair()) {
            cluster.done(new Action.SetSynchronous(A, Set.of(), 1, WHY));
            cluster.done(new Action.Detach(B, 1, WHY));
            cluster.run("a", "INSERT INTO shop.t VALUES (9)");
            cluster.kill("a");
            cluster.done(new Action.Promote(B, 2, WHY));
            cluster.run("b", "INSERT INTO shop.t VALUES (10)");
            assertThat(cluster.done(new Action.Follow(A, cluster.spec("b"), 2, WHY)))
                    .contains("It had transactions that the primary has not")
                    .contains("kept in");
            cluster.await("a", _ -> count(cluster, "a") == 2);
            // The end of its log, before it was known that more is to be kept; and all.
            assertThat(cluster.keptAside("a")).hasSize(2);
        }
    }

    @Test
    void whatADelayedMemberHoldsBackStaysSoOverANewPrimaryAndIsAppliedWhenItIsPromoted()
            throws Exception {
        try (var cluster = MariaDbCluster.pair()) {
            cluster.done(new Action.SetSynchronous(A, Set.of(), 1, WHY));
            cluster.delayed("b", Optional.of(new Delay(3_600)));
            assertThat(cluster.done(new Action.Follow(B, cluster.spec("a"), 1, WHY)))
                    .isEqualTo("Member b follows a, delayed by 1 h.");
            cluster.run("a", "DELETE FROM shop.t");
            awaitHeldBack(cluster);
            assertThat(rows(cluster)).isEqualTo("1");

            cluster.done(new Action.Follow(B, cluster.spec("a"), 2, WHY));
            awaitHeldBack(cluster);
            assertThat(rows(cluster)).as("pointed anew").isEqualTo("1");
            cluster.kill("b");
            cluster.done(new Action.Follow(B, cluster.spec("a"), 2, WHY));
            awaitHeldBack(cluster);
            assertThat(rows(cluster)).as("started again").isEqualTo("1");
            assertThat(cluster.keptAside("b")).as("never copied anew").isEmpty();

            cluster.kill("a");
            cluster.done(new Action.Promote(B, 3, WHY));
            assertThat(rows(cluster)).as("all that was received").isEqualTo("0");
            assertThat(cluster.state("b")).isInstanceOf(MemberState.Primary.class);
        }
    }

    private static void awaitHeldBack(MariaDbCluster cluster) throws InterruptedException {
        cluster.await(
                "b",
                state ->
                        state instanceof MemberState.Replica it
                                && it.streaming()
                                && it.held()
                                        .equals(
                                                Optional.of(
                                                        new MemberState.Held(
                                                                new Delay(3_600), true)))
                                && it.received().compareTo(it.replayed()) > 0);
    }

    private static String rows(MariaDbCluster cluster) throws Exception {
        return cluster.value("b", "SELECT count(*) FROM shop.t");
    }

    @Test
    void aReplicaGetsItsLogFromAnotherReplicaAndOverAFailoverFromThatOneStill() throws Exception {
        MemberName c = new MemberName("c");
        try (var cluster = new MariaDbCluster("a", "b", "c")) {
            cluster.done(new Action.StartPrimary(A, 1, Set.of(), WHY));
            cluster.run(
                    "a",
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.t (i INT PRIMARY KEY)",
                    "INSERT INTO shop.t VALUES (1)");
            cluster.done(new Action.Follow(B, cluster.spec("a"), 1, WHY));
            cluster.done(new Action.Follow(c, cluster.spec("a"), 1, WHY));

            var chained = new Action.Cascade(c, cluster.spec("b"), cluster.spec("a"), 1, WHY);
            assertThat(cluster.done(chained)).isEqualTo("Member c gets its log from b.");
            cluster.run("a", "INSERT INTO shop.t VALUES (2)");
            awaitRows(cluster, 2);
            cluster.run("b", "STOP SLAVE");
            cluster.run("a", "INSERT INTO shop.t VALUES (3)");
            assertThat(cluster.value("c", "SELECT count(*) FROM shop.t")).isEqualTo("2");
            cluster.run("b", "START SLAVE");
            awaitRows(cluster, 3);

            cluster.kill("b");
            assertThat(cluster.member("c").perform(chained)).isInstanceOf(Outcome.Failed.class);
            cluster.done(new Action.Follow(c, cluster.spec("a"), 1, WHY));
            cluster.run("a", "INSERT INTO shop.t VALUES (4)");
            awaitRows(cluster, 4);
            cluster.done(new Action.Follow(B, cluster.spec("a"), 1, WHY));
            cluster.done(chained);

            cluster.kill("a");
            cluster.done(new Action.Promote(B, 2, WHY));
            cluster.run("b", "INSERT INTO shop.t VALUES (5)");
            awaitRows(cluster, 5);
            assertThat(cluster.keptAside("c")).isEmpty();
        }
    }

    private static void awaitRows(MariaDbCluster cluster, int count) throws Exception {
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (!cluster.value("c", "SELECT count(*) FROM shop.t").equals("" + count)) {
            assertThat(System.nanoTime() - deadline).as("rows of c").isNegative();
            Thread.sleep(20);
        }
    }

    @Test
    void aSwitchoverCopiesNothingAndOlderOrdersAreRefused() throws Exception {
        try (var cluster = MariaDbCluster.pair()) {
            cluster.done(new Action.Checkpoint(A, WHY));
            cluster.run("a", "INSERT INTO shop.t VALUES (11)");
            cluster.done(new Action.Stop(A, WHY));
            var stopped = (MemberState.Stopped) cluster.state("a");
            assertThat(stopped.clean()).isTrue();
            var replica = (MemberState.Replica) cluster.state("b");
            assertThat(replica.received().lsn()).isGreaterThanOrEqualTo(stopped.checkpoint().lsn());
            cluster.done(new Action.Promote(B, 2, WHY));
            assertThat(cluster.done(new Action.Follow(A, cluster.spec("b"), 2, WHY)))
                    .isEqualTo("Member a follows b.");
            assertThat(cluster.value("b", "SELECT count(*) FROM shop.t WHERE i = 11"))
                    .isEqualTo("1");
            cluster.done(new Action.SetSynchronous(B, Set.of(), 5, WHY));
            assertThat(cluster.member("b").perform(new Action.StartPrimary(B, 4, Set.of(), WHY)))
                    .isInstanceOfSatisfying(
                            Outcome.Failed.class,
                            failed -> assertThat(failed.sentence()).contains("too old"));
            cluster.kill("a");
            cluster.done(new Action.Follow(A, cluster.spec("b"), 5, WHY));
            assertThat(cluster.value("a", "SELECT @@global.read_only")).isEqualTo("1");
        }
    }

    @Test
    void whoIsStartedInItsPlaceHasAllThatItAcknowledged() throws Exception {
        try (var cluster = new MariaDbCluster("a")) {
            cluster.done(new Action.StartPrimary(A, 1, Set.of(), WHY));
            cluster.run("a", "CREATE DATABASE shop", "CREATE TABLE shop.t (i INT PRIMARY KEY)");
            for (int crash = 1; crash <= 3; crash++) {
                // Of the newest commit only the log is on the disk: the engine follows with the
                // next.
                cluster.run("a", "INSERT INTO shop.t VALUES (" + crash + ")");
                cluster.kill("a");
                cluster.done(new Action.StartPrimary(A, crash + 1, Set.of(), WHY));
                assertThat(count(cluster, "a")).isEqualTo(crash);
            }
        }
    }

    private static int count(MariaDbCluster cluster, String member) {
        return number(cluster, member, "SELECT count(*) FROM shop.t");
    }

    private static int number(MariaDbCluster cluster, String member, String sql) {
        try {
            return Integer.parseInt(cluster.value(member, sql));
        } catch (SQLException e) {
            return -1;
        }
    }
}
