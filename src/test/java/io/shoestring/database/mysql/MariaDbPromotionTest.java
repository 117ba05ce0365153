package io.shoestring.database.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.database.Outcome;
import io.shoestring.model.Action;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberState;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What comes between a replica and its promotion: nothing of it is skipped, and all is named. */
@Timeout(180)
class MariaDbPromotionTest {
    private static final MemberName A = new MemberName("a");
    private static final MemberName B = new MemberName("b");
    private static final String WHY = "test";

    @Test
    void noWritesAreTakenBeforeAllThatWasReceivedIsApplied() throws Exception {
        try (var cluster = MariaDbCluster.pair();
                Connection reader = cluster.connect("b");
                Statement reading = reader.createStatement()) {
            reading.execute("LOCK TABLES shop.t READ");
            cluster.run("a", "INSERT INTO shop.t VALUES (2)");
            cluster.kill("a");
            var promoted =
                    CompletableFuture.supplyAsync(
                            () -> cluster.member("b").perform(new Action.Promote(B, 2, WHY)));
            assertThat(promoted)
                    .as("the lock keeps the last transaction from being applied")
                    .failsWithin(1, TimeUnit.SECONDS);
            assertThat(cluster.value("b", "SELECT @@global.read_only")).isEqualTo("1");
            reading.execute("UNLOCK TABLES");
            assertThat(promoted)
                    .succeedsWithin(20, TimeUnit.SECONDS)
                    .isInstanceOf(Outcome.Done.class);
            assertThat(cluster.value("b", "SELECT count(*) FROM shop.t")).isEqualTo("2");
            assertThat(cluster.value("b", "SELECT @@global.read_only")).isEqualTo("0");
        }
    }

    @Test
    void whoCannotApplyIsNotPromotedAndSaysWhy() throws Exception {
        try (var cluster = MariaDbCluster.pair()) {
            // Not in its log, as somebody does who knows how to hide it.
            cluster.run("b", "SET sql_log_bin = 0", "INSERT INTO shop.t VALUES (3)");
            cluster.run("a", "INSERT INTO shop.t VALUES (3)");
            cluster.kill("a");
            for (int tries = 0; tries < 2; tries++) {
                assertThat(cluster.member("b").perform(new Action.Promote(B, 2, WHY)))
                        .isInstanceOfSatisfying(
                                Outcome.Failed.class,
                                failed ->
                                        assertThat(failed.sentence())
                                                .contains("cannot be promoted")
                                                .contains("Duplicate entry '3'"));
                assertThat(cluster.value("b", "SELECT @@global.read_only")).isEqualTo("1");
            }
            cluster.run("b", "SET sql_log_bin = 0", "DELETE FROM shop.t WHERE i = 3");
            cluster.done(new Action.Promote(B, 2, WHY));
            assertThat(cluster.value("b", "SELECT count(*) FROM shop.t WHERE i = 3"))
                    .isEqualTo("1");
        }
    }

    @Test
    void whatWasWrittenPastThePrimaryMakesNobodyMoreAdvanced() throws Exception {
        try (var cluster = MariaDbCluster.pair()) {
            var before = (MemberState.Replica) cluster.state("b");
            cluster.run("b", "INSERT INTO shop.t VALUES (100)", "INSERT INTO shop.t VALUES (101)");
            assertThat(cluster.state("b"))
                    .isInstanceOfSatisfying(
                            MemberState.Replica.class,
                            replica -> {
                                assertThat(replica.streaming()).isFalse();
                                assertThat(replica.received()).isEqualTo(before.received());
                                assertThat(replica.replayed()).isEqualTo(before.replayed());
                            });
            cluster.run("a", "INSERT INTO shop.t VALUES (4)");
            assertThat(cluster.done(new Action.Follow(B, cluster.spec("a"), 1, WHY)))
                    .contains("It had transactions that the primary has not")
                    .contains("kept in");
            assertThat(cluster.value("b", "SELECT count(*) FROM shop.t WHERE i >= 100"))
                    .isEqualTo("0");
            assertThat(cluster.state("b"))
                    .isInstanceOfSatisfying(
                            MemberState.Replica.class,
                            replica -> assertThat(replica.streaming()).isTrue());
            assertThat(cluster.keptAside("b")).hasSize(1);
        }
    }

    @Test
    void whoWasStartedAgainAndDoesNotFollowYetAppliesWhatItHadReceived() throws Exception {
        try (var cluster = MariaDbCluster.pair()) {
            cluster.run("b", "STOP SLAVE SQL_THREAD");
            cluster.run("a", "INSERT INTO shop.t VALUES (8)");
            cluster.kill("b");
            cluster.kill("a");
            cluster.start("b");
            cluster.done(new Action.Promote(B, 2, WHY));
            assertThat(cluster.value("b", "SELECT count(*) FROM shop.t WHERE i = 8"))
                    .isEqualTo("1");
        }
    }

    @Test
    void whatACrashToreInTheRelayLogIsNoObstacle() throws Exception {
        try (var cluster = MariaDbCluster.pair()) {
            cluster.run("b", "STOP SLAVE SQL_THREAD");
            cluster.run("a", "INSERT INTO shop.t VALUES (5)");
            cluster.run("a", "INSERT INTO shop.t VALUES (6)");
            cluster.kill("b");
            cluster.kill("a");
            tear(newestRelayLog(cluster.data("b")), 10);
            cluster.done(new Action.Promote(B, 2, WHY));
            assertThat(cluster.value("b", "SELECT group_concat(i ORDER BY i) FROM shop.t"))
                    .isEqualTo("1,5");
        }
    }

    @Test
    void aServerThatHangsInItsLocksIsFencedAndFollows() throws Exception {
        try (var cluster = MariaDbCluster.pair();
                Connection holder = cluster.connect("a");
                Statement holding = holder.createStatement()) {
            holding.execute("BEGIN");
            holding.execute("INSERT INTO shop.t VALUES (9)");
            holding.execute("SELECT * FROM shop.t FOR UPDATE");
            Thread locker =
                    Thread.ofVirtual().start(() -> cluster.inVain("a", "LOCK TABLES shop.t WRITE"));
            cluster.await("a", _ -> cluster.sees("a", "Waiting for table metadata lock"));
            cluster.done(new Action.Promote(B, 2, WHY));
            // SET GLOBAL read_only would wait for both.
            cluster.done(new Action.Follow(A, cluster.spec("b"), 2, WHY));
            assertThat(cluster.value("a", "SELECT @@global.read_only")).isEqualTo("1");
            assertThat(cluster.value("a", "SELECT count(*) FROM shop.t WHERE i = 9"))
                    .isEqualTo("0");
            locker.join();
        }
    }

    private static Path newestRelayLog(Path data) throws Exception {
        try (Stream<Path> files = Files.list(data)) {
            return files.filter(file -> file.toString().matches(".*relay-bin\\.\\d+"))
                    .max(Path::compareTo)
                    .orElseThrow();
        }
    }

    private static void tear(Path file, int bytes) throws Exception {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() - bytes);
        }
    }
}
