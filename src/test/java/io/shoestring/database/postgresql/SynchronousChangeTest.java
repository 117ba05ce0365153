package io.shoestring.database.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shoestring.database.Outcome;
import io.shoestring.model.Action;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberState;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

@Timeout(120)
class SynchronousChangeTest {
    private static final int SIGSTOP = 19;
    private static final int SIGCONT = 18;

    @Test
    void aCommitWaitsForTheNamedReplicaAndNoLongerAfterItsRemoval() throws Exception {
        try (TestCluster cluster = new TestCluster("a", "b")) {
            cluster.startPrimary("a", 1);
            cluster.followed("b", "a", 1);
            cluster.sql("a", "CREATE TABLE t (x int)");

            long begin = System.nanoTime();
            cluster.synchronous("a", 1, "b");
            System.out.println("add: " + (System.nanoTime() - begin) / 1_000_000 + " ms");
            MemberState.Primary primary = (MemberState.Primary) cluster.state("a");
            assertThat(primary.synchronousNames()).isEqualTo(TestCluster.memberNames("b"));
            assertThat(primary.standbys().getFirst().synchronous()).isTrue();

            signalReplica(cluster, SIGSTOP);
            CompletableFuture<Void> commit = insert(cluster);
            assertThatThrownBy(() -> commit.get(1, TimeUnit.SECONDS))
                    .isInstanceOf(TimeoutException.class);

            begin = System.nanoTime();
            cluster.synchronous("a", 1);
            commit.get(5, TimeUnit.SECONDS);
            System.out.println("removal: " + (System.nanoTime() - begin) / 1_000_000 + " ms");
            insert(cluster).get(5, TimeUnit.SECONDS);
            signalReplica(cluster, SIGCONT);
        }
    }

    @Test
    void everyCommitAfterTheAnswerWaits() throws Exception {
        try (TestCluster cluster = new TestCluster("a", "b")) {
            cluster.startPrimary("a", 1);
            cluster.followed("b", "a", 1);
            cluster.sql("a", "CREATE TABLE t (x int)");
            for (int i = 0; i < 5; i++) {
                cluster.synchronous("a", 1, "b");
                signalReplica(cluster, SIGSTOP);
                CompletableFuture<Void> commit = insert(cluster);
                assertThatThrownBy(() -> commit.get(300, TimeUnit.MILLISECONDS))
                        .isInstanceOf(TimeoutException.class);
                signalReplica(cluster, SIGCONT);
                commit.get(10, TimeUnit.SECONDS);
                cluster.synchronous("a", 1);
            }
        }
    }

    @Test
    void aRestartedPrimaryWaitsFromItsFirstCommitOn() throws Exception {
        try (TestCluster cluster = new TestCluster("a", "b")) {
            cluster.startPrimary("a", 1);
            cluster.sql("a", "CREATE TABLE t (x int)");
            cluster.done(new Action.Fence(new MemberName("a"), "test"));

            cluster.done(
                    new Action.StartPrimary(
                            new MemberName("a"), 1, TestCluster.memberNames("b", "c-1"), "test"));

            assertThat(((MemberState.Primary) cluster.state("a")).synchronousNames())
                    .isEqualTo(TestCluster.memberNames("b", "c-1"));
            CompletableFuture<Void> commit = insert(cluster);
            assertThatThrownBy(() -> commit.get(500, TimeUnit.MILLISECONDS))
                    .isInstanceOf(TimeoutException.class);
            cluster.synchronous("a", 1);
            commit.get(5, TimeUnit.SECONDS);
        }
    }

    @Test
    void whoIsBlockedAcknowledgesNothingUntilAReplicaIsThere() throws Exception {
        try (TestCluster cluster = new TestCluster("a", "b")) {
            cluster.startPrimary("a", 1);
            cluster.sql("a", "CREATE TABLE t (x int)");
            MemberName a = new MemberName("a");
            cluster.done(new Action.Block(a, TestCluster.memberNames("b"), 1, "test"));
            assertThat(((MemberState.Primary) cluster.state("a")).synchronousNames())
                    .isEqualTo(TestCluster.memberNames("b"));
            CompletableFuture<Void> commit = insert(cluster);
            assertThatThrownBy(() -> commit.get(500, TimeUnit.MILLISECONDS))
                    .isInstanceOf(TimeoutException.class);
            // A base backup and its slot wait for no commit.
            cluster.followed("b", "a", 1);
            commit.get(10, TimeUnit.SECONDS);

            cluster.done(new Action.Fence(a, "test"));
            cluster.done(
                    new Action.Promote(
                            new MemberName("b"), 2, TestCluster.memberNames("a"), "test"));
            CompletableFuture<Void> second = insert(cluster, "b");
            assertThatThrownBy(() -> second.get(500, TimeUnit.MILLISECONDS))
                    .isInstanceOf(TimeoutException.class);
            cluster.followed("a", "b", 2);
            second.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void saysWhichFileOverridesTheSetting() throws Exception {
        try (TestCluster cluster = new TestCluster("a", "b")) {
            cluster.startPrimary("a", 1);
            cluster.sql("a", "ALTER SYSTEM SET synchronous_standby_names = ''");

            Outcome outcome =
                    cluster.perform(
                            new Action.SetSynchronous(
                                    new MemberName("a"), Set.of(new MemberName("b")), 1, "test"));

            assertThat(outcome).isInstanceOf(Outcome.Failed.class);
            assertThat(outcome.sentence())
                    .contains("synchronous_standby_names")
                    .contains("postgresql.auto.conf");
            Path auto = cluster.data("a").resolve("postgresql.auto.conf");
            assertThat(SettingsFile.overriddenIn(auto, Set.of("port", "synchronous_standby_names")))
                    .containsExactly("synchronous_standby_names");
            assertThat(Files.readString(cluster.data("a").resolve("postgresql.conf")))
                    .containsOnlyOnce("include_if_exists = 'shoestring.conf'");
        }
    }

    @Test
    void aReplicaRemembersUntilWhenItHadEverything() throws Exception {
        try (TestCluster cluster = new TestCluster("a", "b")) {
            cluster.startPrimary("a", 1);
            cluster.followed("b", "a", 1);
            long begin = System.nanoTime();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> complete(cluster).isPresent());
            cluster.sql("a", "CREATE TABLE t (x int)");
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> complete(cluster).orElse(begin) - begin > 0);
            cluster.done(new Action.Fence(new MemberName("a"), "test"));
            long known = complete(cluster).orElseThrow();
            Thread.sleep(1_000);
            // Nothing new was heard since, whatever the receiver says while it connects anew.
            assertThat(complete(cluster)).hasValue(known);
        }
    }

    private static OptionalLong complete(TestCluster cluster) {
        return ((MemberState.Replica) cluster.state("b"))
                .heard()
                .map(MemberState.Heard::completeNanos)
                .orElse(OptionalLong.empty());
    }

    private static void signalReplica(TestCluster cluster, int signal) {
        cluster.processes("b").servers().forEach(pid -> TestCluster.signal(pid, signal));
    }

    private static CompletableFuture<Void> insert(TestCluster cluster) {
        return insert(cluster, "a");
    }

    private static CompletableFuture<Void> insert(TestCluster cluster, String member) {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        cluster.sql(member, "INSERT INTO t VALUES (1)");
                    } catch (java.sql.SQLException e) {
                        throw new IllegalStateException(e);
                    }
                });
    }
}
