package io.shoestring.database.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.database.Outcome;
import io.shoestring.database.server.Account;
import io.shoestring.model.Action;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberState;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

@Timeout(180)
class FollowingTest {
    private static final MemberName A = new MemberName("a");
    private static final MemberName B = new MemberName("b");

    @Test
    void aKilledPrimaryWithWritesOfItsOwnComesBackByRewindAndTheWritesAreKept() throws Exception {
        try (TestCluster cluster = pair()) {
            cluster.done(new Action.Stop(B, "test"));
            cluster.sql("a", "INSERT INTO t VALUES ('only-on-the-old-primary')");
            cluster.sql(
                    "a",
                    "BEGIN; INSERT INTO t VALUES ('x'); SAVEPOINT s; INSERT INTO t VALUES ('y');"
                            + " SAVEPOINT r; INSERT INTO t VALUES ('z'); ROLLBACK TO r; COMMIT");
            cluster.sql("a", "UPDATE t SET x = 'changed' WHERE x = 'x'");
            cluster.sql("a", "BEGIN; INSERT INTO t VALUES ('rolled back'); ROLLBACK");
            cluster.sql("a", "DELETE FROM t WHERE x = 'y'");
            try (Connection open = cluster.connect("a");
                    Statement statement = open.createStatement()) {
                statement.execute("BEGIN; INSERT INTO t VALUES ('open')");
                cluster.sql("a", "CREATE TABLE made AS SELECT generate_series(1, 7)");
                cluster.done(new Action.Fence(A, "test"));
            }
            cluster.done(new Action.Promote(B, 2, "test"));
            cluster.sql("b", "INSERT INTO t VALUES ('new')");

            long begin = System.nanoTime();
            Outcome outcome = cluster.follow("a", "b", 2);
            say("rejoin by rewind", begin);

            assertThat(outcome).isInstanceOf(Outcome.Done.class);
            assertThat(outcome.sentence()).contains("rewound");
            assertThat(cluster.state("a"))
                    .isInstanceOfSatisfying(
                            MemberState.Replica.class,
                            replica -> {
                                assertThat(replica.streaming()).isTrue();
                                assertThat(replica.received().timeline()).isEqualTo(2);
                            });
            assertRows(cluster, "a", "both,new");
            Path kept = aside(cluster, "a").getFirst();
            assertThat(kept.getFileName().toString()).endsWith("-epoch2");
            assertThat(kept.resolve("README.txt")).content().contains("pg_waldump");
            assertThat(log(kept)).contains("only-on-the-old-primary");
            assertThat(kept.resolve("README.txt"))
                    .content()
                    .contains("Only here: 5 committed transactions, and 1 that had not ended\n")
                    .contains(
                            "\n  postgres: public.t: 3 rows inserted, 1 row updated, 1 row"
                                    + " deleted\n")
                    .containsPattern(
                            "\n  a table that was made or rewritten only here \\(file 1663/.*\\): 7"
                                    + " rows inserted\n");
            assertThat(outcome.sentence())
                    .contains("Its log had left the cluster's history.")
                    .contains(
                            "What only it had (5 committed transactions, and 1 that had not ended)"
                                    + " is kept in "
                                    + kept);
            assertThat(cluster.value("a", "SHOW port"))
                    .isEqualTo(Integer.toString(cluster.endpoint("a").port()));
        }
    }

    @Test
    void aDetachedReplicaReceivesNothingUntilItFollowsAgain() throws Exception {
        try (TestCluster cluster = pair()) {
            cluster.synchronous("a", 1, "b");
            cluster.done(new Action.Detach(B, 1, "test"));
            assertThat(cluster.state("b"))
                    .isInstanceOfSatisfying(
                            MemberState.Replica.class,
                            replica -> {
                                assertThat(replica.streaming()).isFalse();
                                assertThat(replica.upstream()).isEmpty();
                            });
            var before = cluster.state("b");
            // The commit waits for b in vain: it is on a, and nobody is told that it is done.
            Thread client =
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        try {
                                            cluster.sql("a", "INSERT INTO t VALUES ('late')");
                                        } catch (java.sql.SQLException e) {
                                            throw new IllegalStateException(e);
                                        }
                                    });
            assertThat(client.join(java.time.Duration.ofMillis(700))).isFalse();
            assertThat(cluster.state("b")).isEqualTo(before);
            cluster.followed("b", "a", 1);
            assertThat(client.join(java.time.Duration.ofSeconds(10))).isTrue();
            assertRows(cluster, "b", "both,late");
        }
    }

    @Test
    void whatCannotBeRewoundIsClonedAndItsDataIsKept() throws Exception {
        try (TestCluster cluster = pair()) {
            diverge(cluster);
            breakTheLog(cluster.data("a"));

            long begin = System.nanoTime();
            Outcome outcome = cluster.follow("a", "b", 2);
            say("rejoin by clone", begin);

            assertThat(outcome).isInstanceOf(Outcome.Done.class);
            assertThat(outcome.sentence()).contains("cloned");
            assertRows(cluster, "a", "both,new");
            assertThat(aside(cluster, "a"))
                    .anySatisfy(kept -> assertThat(kept.resolve("data/PG_VERSION")).exists());
        }
    }

    @Test
    void aCopyThatHasNoRoomIsRefusedAndNothingIsDestroyed() throws Exception {
        try (TestCluster cluster = pair()) {
            diverge(cluster);
            breakTheLog(cluster.data("a"));
            String oid =
                    cluster.value("b", "SELECT oid FROM pg_database WHERE datname = 'postgres'");
            Path huge = cluster.data("b").resolve("base/" + oid + "/99999999");
            try (RandomAccessFile file = new RandomAccessFile(huge.toFile(), "rw")) {
                file.setLength(8L << 40);
            }
            Outcome refused = cluster.follow("a", "b", 2);
            assertThat(refused).isInstanceOf(Outcome.Failed.class);
            assertThat(refused.sentence())
                    .contains("A clone for member a needs ", " MB are free in ", "make room");
            assertThat(cluster.data("a").resolve("PG_VERSION")).exists();
            assertThat(aside(cluster, "a"))
                    .noneSatisfy(kept -> assertThat(kept.resolve("data")).exists());
            Files.delete(huge);
            assertThat(cluster.follow("a", "b", 2).sentence()).contains("was cloned from b");
            assertRows(cluster, "a", "both,new");
        }
    }

    @Test
    void aReplicaIsCopiedFromAnotherToSpareThePrimaryAndFromThePrimaryIfThatFails()
            throws Exception {
        try (TestCluster cluster = new TestCluster("a", "b", "c")) {
            cluster.startPrimary("a", 1);
            cluster.sql("a", "CREATE TABLE t AS SELECT 'both' AS x");
            cluster.followed("b", "a", 1);
            Outcome outcome = cluster.followCopying("c", "a", "b", 1);
            assertThat(outcome.sentence())
                    .isEqualTo("Member c was cloned from b and follows a. It had no data.");
            cluster.sql("a", "INSERT INTO t VALUES ('new')");
            assertRows(cluster, "c", "both,new");
            assertThat(cluster.value("b", "SELECT count(*) FROM pg_replication_slots"))
                    .isEqualTo("0");

            cluster.done(new Action.Fence(new MemberName("c"), "test"));
            Files.writeString(new DataDirectory(cluster.data("c")).rewinding(), "cut off");
            cluster.done(new Action.Stop(B, "test"));
            Outcome second = cluster.followCopying("c", "a", "b", 1);
            assertThat(second.sentence()).startsWith("Member c was cloned from a and follows it. ");
            assertRows(cluster, "c", "both,new");
        }
    }

    @Test
    void tablespacesAreCopiedKeptOrRefused() throws Exception {
        try (TestCluster cluster = new TestCluster("a", "b")) {
            cluster.startPrimary("a", 1);
            Account account = Account.ownerOf(cluster.data("a"));
            Path there = cluster.directory().resolve("ts=a");
            account.makeDirectory(there);
            cluster.sql("a", "CREATE TABLESPACE ts LOCATION '" + there + "'");
            cluster.sql("a", "CREATE TABLE t TABLESPACE ts AS SELECT 'both' AS x");

            Outcome refused = cluster.follow("b", "a", 1);
            assertThat(refused).isInstanceOf(Outcome.Failed.class);
            assertThat(refused.sentence())
                    .contains("The directory " + there + " is a tablespace", "nothing was touched");
            assertThat(cluster.data("b")).doesNotExist();

            // A copy that was cut off has left its link, and files where it points to.
            Path here = cluster.directory().resolve("ts-b");
            String oid = cluster.value("a", "SELECT oid FROM pg_tablespace WHERE spcname = 'ts'");
            Path links = cluster.data("b").resolve("pg_tblspc");
            account.makeDirectory(links);
            account.makeDirectory(here);
            Files.writeString(here.resolve("left"), "over");
            Files.createSymbolicLink(links.resolve(oid), here);
            Files.writeString(new DataDirectory(cluster.data("b")).cloning(), "cut off");
            cluster.followed("b", "a", 1);
            assertRows(cluster, "b", "both");
            assertThat(Files.readSymbolicLink(links.resolve(oid))).isEqualTo(here);
            assertThat(here.resolve("left")).doesNotExist();

            cluster.done(new Action.Fence(B, "test"));
            Files.writeString(new DataDirectory(cluster.data("b")).rewinding(), "cut off");
            cluster.sql("a", "INSERT INTO t VALUES ('new')");
            assertThat(cluster.follow("b", "a", 1).sentence()).contains("was cloned from a");
            assertRows(cluster, "b", "both,new");
            Path old = aside(cluster, "b").getFirst().resolve("data/pg_tblspc/" + oid);
            Path kept = Files.readSymbolicLink(old);
            assertThat(kept.getFileName().toString()).startsWith("ts-b.aside-");
            assertThat(kept).isNotEmptyDirectory();
            assertThat(Files.readSymbolicLink(links.resolve(oid))).isEqualTo(here);
        }
    }

    /**
     * Also where the new primary has made one meanwhile, which a rewind would put over its files.
     */
    @Test
    void aMemberWithTablespacesIsRewound() throws Exception {
        try (TestCluster cluster = new TestCluster("a", "b")) {
            cluster.startPrimary("a", 1);
            Account account = Account.ownerOf(cluster.data("a"));
            Path ofA = cluster.directory().resolve("ts-a");
            Path ofB = cluster.directory().resolve("ts-b");
            Path links = cluster.data("b").resolve("pg_tblspc");
            for (Path each : List.of(ofA, ofB, links)) {
                account.makeDirectory(each);
            }
            cluster.sql("a", "CREATE TABLESPACE ts LOCATION '" + ofA + "'");
            cluster.sql("a", "CREATE TABLE t TABLESPACE ts AS SELECT 'both' AS x");
            String oid = cluster.value("a", "SELECT oid FROM pg_tablespace WHERE spcname = 'ts'");
            Files.createSymbolicLink(links.resolve(oid), ofB);
            Files.writeString(new DataDirectory(cluster.data("b")).cloning(), "cut off");
            cluster.followed("b", "a", 1);
            assertRows(cluster, "b", "both");

            cluster.done(new Action.Promote(B, 2, "test"));
            cluster.sql("a", "INSERT INTO t VALUES ('only a')");
            cluster.sql("b", "INSERT INTO t VALUES ('new')");
            cluster.killMainProcess("a");
            await().until(() -> !cluster.runs("a"));
            assertThat(cluster.follow("a", "b", 2).sentence()).contains("was rewound");
            assertRows(cluster, "a", "both,new");
            assertThat(Files.readSymbolicLink(cluster.data("a").resolve("pg_tblspc/" + oid)))
                    .isEqualTo(ofA);

            Path later = cluster.directory().resolve("later-b");
            account.makeDirectory(later);
            cluster.done(new Action.Stop(A, "test"));
            cluster.sql("b", "CREATE TABLESPACE later LOCATION '" + later + "'");
            cluster.sql("b", "CREATE TABLE u TABLESPACE later AS SELECT 'of b' AS x");
            Files.writeString(new DataDirectory(cluster.data("a")).rewinding(), "cut off");
            Outcome refused = cluster.follow("a", "b", 2);
            assertThat(refused.sentence()).contains("The directory " + later + " is a tablespace");
            assertThat(cluster.value("b", "SELECT x FROM u")).isEqualTo("of b");
        }
    }

    @Test
    void aReplicaIsRestartedUnlessItWouldNotStartOrIsNone() throws Exception {
        try (TestCluster cluster = pair()) {
            cluster.sql("b", "ALTER SYSTEM SET max_locks_per_transaction = 100");
            cluster.sql("b", "ALTER SYSTEM SET max_connections = 20");
            long before = cluster.postmaster("b");
            assertThat(cluster.perform(restart(cluster, "b", "a")).sentence())
                    .contains("its max_connections would be 20, that of the primary a is 200");
            assertThat(cluster.perform(restart(cluster, "a", "b")).sentence())
                    .contains("a is no replica");
            assertThat(cluster.postmaster("b")).isEqualTo(before);
            cluster.sql("b", "ALTER SYSTEM RESET max_connections");
            cluster.done(restart(cluster, "b", "a"));
            assertThat(cluster.postmaster("b")).isNotEqualTo(before);
            assertThat(cluster.value("b", "SHOW max_locks_per_transaction")).isEqualTo("100");
            assertRows(cluster, "b", "both");
        }
    }

    private static Action.Restart restart(TestCluster cluster, String member, String primary) {
        return new Action.Restart(new MemberName(member), cluster.spec(primary), 1, "r-1", "test");
    }

    @Test
    void afterACleanStopTheOldPrimaryFollowsWithoutARewind() throws Exception {
        try (TestCluster cluster = pair()) {
            cluster.done(new Action.Stop(A, "test"));
            long begin = System.nanoTime();
            cluster.done(new Action.Promote(B, 2, "test"));
            say("promotion", begin);
            cluster.sql("b", "INSERT INTO t VALUES ('new')");

            begin = System.nanoTime();
            Outcome outcome = cluster.follow("a", "b", 2);
            say("rejoin after a clean stop", begin);

            assertThat(outcome.sentence()).isEqualTo("Member a follows b.");
            assertRows(cluster, "a", "both,new");
            assertThat(aside(cluster, "a")).isEmpty();
            assertThat(cluster.value("a", "SELECT count(*) FROM pg_replication_slots"))
                    .isEqualTo("0");
        }
    }

    @Test
    void aRunningReplicaIsPointedAtAnotherPrimary() throws Exception {
        try (TestCluster cluster = new TestCluster("a", "b", "c")) {
            cluster.startPrimary("a", 1);
            cluster.followed("b", "a", 1);
            cluster.followed("c", "a", 1);
            cluster.sql("a", "CREATE TABLE t (x text)");
            awaitTable(cluster, "b");
            awaitTable(cluster, "c");
            long process = cluster.postmaster("c");
            cluster.done(new Action.Fence(A, "test"));
            cluster.done(new Action.Promote(B, 2, "test"));

            Outcome outcome = cluster.follow("c", "b", 2);

            assertThat(outcome.sentence()).isEqualTo("Member c follows b.");
            cluster.sql("b", "INSERT INTO t VALUES ('new')");
            assertRows(cluster, "c", "new");
            assertThat(cluster.postmaster("c")).isEqualTo(process);
            assertThat(cluster.state("c"))
                    .isInstanceOfSatisfying(
                            MemberState.Replica.class,
                            replica ->
                                    assertThat(replica.upstream())
                                            .isEqualTo(cluster.endpoint("b").toString()));
        }
    }

    @Test
    void anotherClustersDirectoryIsRefusedAndUntouched() throws Exception {
        try (TestCluster cluster = new TestCluster("a", "b")) {
            cluster.startPrimary("a", 1);
            cluster.create("b");
            String settings = Files.readString(cluster.data("b").resolve("postgresql.conf"));

            Outcome outcome = cluster.follow("b", "a", 1);

            assertThat(outcome).isInstanceOf(Outcome.Failed.class);
            assertThat(outcome.sentence()).contains("belongs to another cluster");
            assertThat(cluster.data("b").resolve("postgresql.conf")).hasContent(settings);
            assertThat(cluster.data("b").resolve("standby.signal")).doesNotExist();
        }
    }

    @Test
    void withoutAPrimaryThatAnswersNothingIsTouched() throws Exception {
        try (TestCluster cluster = pair()) {
            long process = cluster.postmaster("b");
            cluster.done(new Action.Fence(A, "test"));

            Outcome outcome = cluster.follow("b", "a", 1);

            assertThat(outcome).isInstanceOf(Outcome.Failed.class);
            assertThat(outcome.sentence()).contains("a at 127.0.0.1").contains("cannot be asked");
            assertThat(cluster.postmaster("b")).isEqualTo(process);
            assertThat(cluster.follow("a", "b", 1).sentence()).contains("is no primary");
        }
    }

    @Test
    void anUnfinishedCloneIsBegunAnew() throws Exception {
        try (TestCluster cluster = new TestCluster("a", "b")) {
            cluster.startPrimary("a", 1);
            Path data = Files.createDirectories(cluster.data("b"));
            Account.ownerOf(cluster.directory()).give(data);
            Files.writeString(data.resolve("PG_VERSION"), "15\n");
            Files.writeString(new DataDirectory(data).cloning(), "epoch 1\n");
            assertThat(cluster.state("b")).isInstanceOf(MemberState.Empty.class);

            cluster.followed("b", "a", 1);

            assertThat(new DataDirectory(data).cloning()).doesNotExist();
            assertThat(cluster.state("b")).isInstanceOf(MemberState.Replica.class);
        }
    }

    @Test
    void aHalfRewoundDirectoryIsNeverStartedAsAPrimaryButCloned() throws Exception {
        try (TestCluster cluster = pair()) {
            diverge(cluster);
            Files.writeString(new DataDirectory(cluster.data("a")).rewinding(), "epoch 2\n");

            assertThat(cluster.state("a"))
                    .isInstanceOfSatisfying(
                            MemberState.Stopped.class,
                            stopped -> assertThat(stopped.wasReplica()).isTrue());
            assertThat(
                            cluster.perform(
                                    new Action.StartPrimary(A, 2, TestCluster.memberNames(), "")))
                    .isInstanceOf(Outcome.Failed.class);

            assertThat(cluster.follow("a", "b", 2).sentence()).contains("cloned");
            assertRows(cluster, "a", "both,new");
        }
    }

    @Test
    void aReplicaWhoseLogIsGoneIsCloned() throws Exception {
        try (TestCluster cluster = pair()) {
            cluster.done(new Action.Stop(B, "test"));
            cluster.sql("a", "SELECT pg_drop_replication_slot('shoestring_b')");
            for (int i = 0; i < 3; i++) {
                cluster.sql("a", "INSERT INTO t VALUES ('new')");
                cluster.sql("a", "SELECT pg_switch_wal()");
                cluster.sql("a", "CHECKPOINT");
            }

            Outcome outcome = cluster.follow("b", "a", 1);

            assertThat(outcome.sentence()).contains("cloned");
            assertRows(cluster, "b", "both,new,new,new");
        }
    }

    @Test
    void aPrimaryWithoutTheRightIsFencedBeforeItFollows() throws Exception {
        try (TestCluster cluster = pair()) {
            cluster.done(new Action.Promote(B, 2, "test"));
            cluster.sql("a", "INSERT INTO t VALUES ('only-on-the-old-primary')");
            cluster.sql("b", "INSERT INTO t VALUES ('new')");

            assertThat(cluster.follow("a", "b", 2)).isInstanceOf(Outcome.Done.class);

            assertRows(cluster, "a", "both,new");
            assertThat(log(aside(cluster, "a").getFirst())).contains("only-on-the-old-primary");
        }
    }

    /** A primary and a replica with one common row. */
    private static TestCluster pair() throws Exception {
        TestCluster cluster = new TestCluster("a", "b");
        cluster.startPrimary("a", 1);
        cluster.followed("b", "a", 1);
        cluster.sql("a", "CREATE TABLE t (x text)");
        cluster.sql("a", "INSERT INTO t VALUES ('both')");
        awaitTable(cluster, "b");
        assertRows(cluster, "b", "both");
        return cluster;
    }

    /** While the replica is down the primary writes alone and is killed; the replica takes over. */
    private static void diverge(TestCluster cluster) throws Exception {
        cluster.done(new Action.Stop(B, "test"));
        cluster.sql("a", "INSERT INTO t VALUES ('only-on-the-old-primary')");
        cluster.done(new Action.Fence(A, "test"));
        cluster.done(new Action.Promote(B, 2, "test"));
        cluster.sql("b", "INSERT INTO t VALUES ('new')");
    }

    private static void awaitTable(TestCluster cluster, String name) {
        await().atMost(Duration.ofSeconds(10))
                .ignoreExceptions()
                .until(
                        () ->
                                cluster.value(name, "SELECT to_regclass('t') IS NOT NULL")
                                        .equals("t"));
    }

    private static void assertRows(TestCluster cluster, String name, String rows) {
        await().atMost(Duration.ofSeconds(10))
                .ignoreExceptions()
                .untilAsserted(
                        () ->
                                assertThat(
                                                cluster.value(
                                                        name,
                                                        "SELECT string_agg(x, ',' ORDER BY x)"
                                                                + " FROM t"))
                                        .isEqualTo(rows));
    }

    private static List<Path> aside(TestCluster cluster, String name) throws IOException {
        Path aside = new DataDirectory(cluster.data(name)).aside();
        if (!Files.exists(aside)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(aside)) {
            return files.toList();
        }
    }

    private static String log(Path kept) throws IOException {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.list(kept.resolve("pg_wal"))) {
            for (Path file : files.toList()) {
                all.append(
                        new String(
                                Files.readAllBytes(file),
                                java.nio.charset.StandardCharsets.ISO_8859_1));
            }
        }
        return all.toString();
    }

    /** The segment of the fork is gone: neither crash recovery nor pg_rewind can work. */
    private static void breakTheLog(Path data) throws IOException {
        try (Stream<Path> files = Files.list(data.resolve("pg_wal"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.delete(file);
            }
        }
    }

    private static void say(String what, long begin) {
        System.out.println(what + ": " + (System.nanoTime() - begin) / 1_000_000 + " ms");
    }
}
