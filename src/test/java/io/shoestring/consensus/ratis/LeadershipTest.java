package io.shoestring.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.base.Clock;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.consensus.ControlStore.Transaction;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/** What a read sees. */
@Timeout(90)
class LeadershipTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration HEARTBEAT = Duration.ofMillis(500);

    @TempDir private Path directory;
    private RatisNodes nodes;

    @BeforeEach
    void form() throws Exception {
        nodes = new RatisNodes(directory, Clock.system());
        nodes.timeout = Duration.ofMillis(2_500);
        nodes.form(3);
    }

    @AfterEach
    void stop() throws Exception {
        nodes.close();
    }

    @Test
    void aLeaderThatWasDeposedUnawaresNeverTellsWhatIsOld() throws Exception {
        String leader = nodes.leader();
        ControlStore lost = nodes.store(leader);
        ControlStore other = nodes.store(nodes.follower());
        awaitPut(other, "0");
        assertThat(answer(lost)).isEqualTo("0");
        nodes.cut(leader, true, true);
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            Future<?> written = threads.submit(() -> awaitPut(other, "1"));
            boolean after = false;
            while (!after) {
                after = written.isDone();
                String answer = answer(lost);
                assertThat(answer).isIn(after ? List.of("none", "1") : List.of("none", "0", "1"));
            }
        }
    }

    @Test
    void readsAfterWritesDoNotWaitForTheNextHeartbeat() throws Exception {
        ControlStore store = nodes.store(nodes.leader());
        int waited = 0;
        for (int i = 1; i <= 150; i++) {
            awaitPut(store, "" + i);
            long before = System.nanoTime();
            assertThat(answer(store)).isEqualTo("" + i);
            waited += System.nanoTime() - before > HEARTBEAT.toNanos() * 4 / 5 ? 1 : 0;
        }
        assertThat(waited).as("one in ten does if they are forgotten").isLessThan(5);
    }

    /** Such a voter is not elected, and cannot have another elected: the third hears its leader. */
    @Test
    void aLeaderThatDoesNotHearAVoterHasTheOtherOneLead() throws Exception {
        String leader = nodes.leader();
        String deaf = nodes.follower();
        String third =
                Stream.of("n0", "n1", "n2")
                        .filter(name -> !name.equals(leader) && !name.equals(deaf))
                        .findFirst()
                        .orElseThrow();
        ControlStore store = nodes.store(leader);
        assertThat(store.unheard(Duration.ofSeconds(1))).isEmpty();
        nodes.cutBetween(leader, deaf);
        await().atMost(PATIENCE)
                .untilAsserted(
                        () ->
                                assertThat(store.unheard(Duration.ofSeconds(1)))
                                        .containsExactly(deaf));
        assertThat(nodes.store(third).unheard(Duration.ZERO)).as("it follows").isEmpty();
        assertThat(answer(nodes.store(deaf))).isEqualTo("none");

        assertThat(store.handOver(third)).isTrue();
        assertThat(nodes.leader()).isEqualTo(third);
        awaitPut(nodes.store(deaf), "there");
        // One that is not answered in time is asked again.
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(answer(nodes.store(leader))).isEqualTo("there"));
    }

    private static void awaitPut(ControlStore store, String value) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(1))
                .pollDelay(Duration.ZERO)
                .ignoreExceptionsInstanceOf(ConsensusException.class)
                .until(() -> store.commit(new Transaction(Map.of(), Map.of("a", value))));
    }

    private static String answer(ControlStore store) {
        try {
            return store.get("a").map(ControlStore.Entry::value).orElse("");
        } catch (ConsensusException e) {
            return "none";
        }
    }
}
