package io.shoestring.database.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.database.Outcome;
import io.shoestring.model.Action;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberState;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;

/** A replica that gets its log from another replica. */
@Timeout(180)
class CascadingTest {
    private static final MemberName A = new MemberName("a");
    private static final MemberName B = new MemberName("b");
    private static final MemberName C = new MemberName("c");

    @Test
    void itsSlotIsWhereItsLogComesFromAndItOutlivesANewPrimary() throws Exception {
        try (TestCluster cluster = new TestCluster("a", "b", "c")) {
            cluster.behind("c", "b");
            cluster.startPrimary("a", 1);
            cluster.sql("a", "CREATE TABLE t (x text)");
            cluster.followed("b", "a", 1);
            cluster.followed("c", "a", 1);
            assertThat(slots(cluster, "a")).isEqualTo("shoestring_b,shoestring_c");

            assertThat(cascade(cluster, 1)).isEqualTo("Member c gets its log from b.");
            assertThat(slots(cluster, "a")).isEqualTo("shoestring_b");
            assertThat(slots(cluster, "b")).isEqualTo("shoestring_c");
            assertThat(((MemberState.Replica) cluster.state("c")).upstream())
                    .isEqualTo(cluster.endpoint("b").toString());
            cluster.sql("a", "INSERT INTO t VALUES ('by way of b')");
            awaitRow(cluster, "by way of b");

            cluster.followed("b", "a", 1);
            assertThat(slots(cluster, "b")).as("kept").isEqualTo("shoestring_c");
            cluster.done(new Action.Fence(B, "test"));
            cluster.followed("c", "a", 1);
            assertThat(slots(cluster, "a")).isEqualTo("shoestring_b,shoestring_c");
            Outcome gone =
                    cluster.perform(
                            new Action.Cascade(C, cluster.spec("b"), cluster.spec("a"), 1, "test"));
            assertThat(gone).isInstanceOf(Outcome.Failed.class);
            cluster.sql("a", "INSERT INTO t VALUES ('from a')");
            awaitRow(cluster, "from a");

            cluster.followed("b", "a", 1);
            cascade(cluster, 1);
            cluster.done(new Action.Stop(A, "test"));
            cluster.done(new Action.Promote(B, 2, "test"));
            cluster.followed("a", "b", 2);
            cluster.sql("b", "INSERT INTO t VALUES ('of epoch 2')");
            awaitRow(cluster, "of epoch 2");
            assertThat(slots(cluster, "a")).isEqualTo("-");

            cluster.done(new Action.Stop(B, "test"));
            cluster.done(new Action.Promote(C, 3, "test"));
            cluster.followed("b", "c", 3);
            assertThat(slots(cluster, "b")).as("nobody is behind it now").isEqualTo("-");
        }
    }

    private static String cascade(TestCluster cluster, long epoch) {
        Outcome outcome =
                cluster.perform(
                        new Action.Cascade(C, cluster.spec("b"), cluster.spec("a"), epoch, "test"));
        assertThat(outcome).isInstanceOf(Outcome.Done.class);
        return outcome.sentence();
    }

    private static String slots(TestCluster cluster, String name) throws Exception {
        return cluster.value(
                name,
                "SELECT coalesce(string_agg(slot_name, ',' ORDER BY slot_name), '-')"
                        + " FROM pg_replication_slots");
    }

    private static void awaitRow(TestCluster cluster, String row) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(
                        () ->
                                assertThat(
                                                cluster.value(
                                                        "c",
                                                        "SELECT count(*) FROM t WHERE x = '"
                                                                + row
                                                                + "'"))
                                        .isEqualTo("1"));
    }
}
