package io.shoestring.database.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.database.Outcome;
import io.shoestring.model.Action;
import io.shoestring.model.Delay;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberState;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.Optional;

/** A member that applies the log later on purpose; the clean-up is that of the cluster. */
@Timeout(180)
class DelayedReplicaTest {
    private static final MemberName A = new MemberName("a");
    private static final MemberName B = new MemberName("b");
    private static final Delay HOUR = new Delay(3600);

    @Test
    void whatWasDeletedByMistakeCanBeReadThereAndItStaysSoOverARestartAndANewPrimary()
            throws Exception {
        try (TestCluster cluster = new TestCluster("a", "b", "c")) {
            cluster.startPrimary("a", 1);
            cluster.sql("a", "CREATE TABLE t (x text); INSERT INTO t VALUES ('precious')");
            cluster.followed("b", "a", 1);
            cluster.followed("c", "a", 1);
            await().untilAsserted(() -> assertThat(rows(cluster)).isEqualTo("precious"));
            long process = cluster.postmaster("b");

            cluster.delayed("b", Optional.of(HOUR));
            assertThat(cluster.follow("b", "a", 1).sentence()).contains("delayed by 1 h");
            assertThat(cluster.postmaster("b")).as("by a reload").isEqualTo(process);
            cluster.sql("a", "DELETE FROM t");
            awaitHeldBack(cluster);
            assertThat(rows(cluster)).isEqualTo("precious");

            cluster.done(new Action.Stop(B, "test"));
            Outcome back = cluster.follow("b", "a", 1);
            assertThat(back).as(back.sentence()).isInstanceOf(Outcome.Done.class);
            assertThat(rows(cluster)).isEqualTo("precious");
            assertThat(((MemberState.Replica) cluster.state("b")).attached()).isTrue();

            cluster.done(new Action.Stop(A, "test"));
            cluster.done(new Action.Promote(new MemberName("c"), 2, "test"));
            Outcome pointed = cluster.follow("b", "c", 2);
            assertThat(pointed).as(pointed.sentence()).isInstanceOf(Outcome.Done.class);
            assertThat(rows(cluster)).isEqualTo("precious");

            cluster.sql("c", "INSERT INTO t VALUES ('new')");
            cluster.delayed("b", Optional.empty());
            cluster.followed("b", "c", 2);
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(rows(cluster)).isEqualTo("new"));
            assertThat(((MemberState.Replica) cluster.state("b")).delay()).isEmpty();
        }
    }

    /** All is received, and what is too young is not applied. */
    private static void awaitHeldBack(TestCluster cluster) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(
                        () ->
                                assertThat(cluster.state("b"))
                                        .isInstanceOfSatisfying(
                                                MemberState.Replica.class,
                                                replica -> {
                                                    assertThat(replica.streaming()).isTrue();
                                                    assertThat(replica.held())
                                                            .contains(
                                                                    new MemberState.Held(
                                                                            HOUR, true));
                                                    assertThat(replica.received())
                                                            .isGreaterThan(replica.replayed());
                                                }));
    }

    private static String rows(TestCluster cluster) throws Exception {
        return cluster.value("b", "SELECT string_agg(x, ',' ORDER BY x) FROM t");
    }
}
