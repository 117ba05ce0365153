package io.shoestring.database.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.shoestring.base.Clock;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.Outcome;
import io.shoestring.model.MemberState;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;

@Timeout(120)
class CloneProgressTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void saysHowMuchHowFastAndHowLong() {
        CloneProgress progress = new CloneProgress();
        assertThat(progress.sentence()).isEmpty();
        progress.begin("a");
        assertThat(progress.sentence())
                .contains("It is being cloned from a, which makes a checkpoint first.");
        progress.line("waiting for checkpoint", 0);
        progress.line("      0/4000000 kB (0%), 0/1 tablespace", 0);
        assertThat(progress.sentence())
                .contains("It is being cloned from a: 0.0 MB of 4.1 GB (0 %).");
        progress.line(" 100000/4000000 kB (2%), 0/1 tablespace", SECOND);
        progress.line(" 200000/4000000 kB (5%), 0/1 tablespace", 2 * SECOND);
        assertThat(progress.sentence())
                .contains(
                        "It is being cloned from a: 204.8 MB of 4.1 GB (5 %), 102.4 MB/s, about 38"
                                + " s left.");
        progress.line(
                " 4100000/4000000 kB (100%), 0/1 tablespace (a/very/long...name)", 30 * SECOND);
        assertThat(progress.sentence().orElseThrow())
                .contains("4.2 GB of 4.2 GB (100 %)", "about 0 s left");
        progress.end();
        assertThat(progress.sentence()).isEmpty();
    }

    /** The rate of now, not that of an hour ago. */
    @Test
    void forgetsWhatWasLongAgo() {
        CloneProgress progress = new CloneProgress();
        progress.begin("a");
        for (int i = 0; i <= 100; i++) {
            long kilobytes = i < 50 ? i * 100_000L : 5_000_000L + i * 1000L;
            progress.line(kilobytes + "/9000000 kB (1%), 0/1 tablespace", i * SECOND);
        }
        assertThat(progress.sentence().orElseThrow()).contains(", 1.0 MB/s, about 65 min left");
    }

    @Test
    void aThrottledCloneIsToldWhileItRuns() throws Exception {
        try (TestCluster cluster = new TestCluster(OptionalInt.of(6), "a", "b")) {
            cluster.startPrimary("a", 1);
            long begin = System.nanoTime();
            CompletableFuture<Outcome> outcome =
                    CompletableFuture.supplyAsync(() -> cluster.follow("b", "a", 1));
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(
                            () ->
                                    assertThat(cluster.state("b"))
                                            .isInstanceOfSatisfying(
                                                    MemberState.Starting.class,
                                                    starting ->
                                                            assertThat(starting.what())
                                                                    .matches(
                                                                            "It is being cloned"
                                                                                + " from a: .* MB"
                                                                                + " of .* MB \\(.*"
                                                                                + " %\\), .* MB/s,"
                                                                                + " about .*"
                                                                                + " left\\.")));
            assertThat(outcome.join()).isInstanceOf(Outcome.Done.class);
            // About 30 MB, at 6 MB a second; without the limit half a second.
            assertThat(System.nanoTime() - begin).isGreaterThan(2 * SECOND);
            assertThat(cluster.state("b"))
                    .isInstanceOfSatisfying(
                            MemberState.Replica.class,
                            replica -> assertThat(replica.streaming()).isTrue());
        }
    }

    @Test
    void aCloneForWhichThereIsNoRoomIsNotBegun() throws Exception {
        try (TestCluster cluster = new TestCluster("a", "b")) {
            Server server =
                    new Server(
                            cluster.config(), cluster.configured("b"), "127.0.0.1", Clock.system());
            assertThatThrownBy(() -> server.checkSpace(1L << 60))
                    .isInstanceOf(DatabaseException.class)
                    .hasMessageContaining("needs 1152921504606 MB, but only ")
                    .hasMessageContaining("make room");
        }
    }
}
