package io.shoestring.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.shoestring.control.Decider;
import io.shoestring.model.Decision;
import io.shoestring.model.Observation;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

@Timeout(300)
class SimulationTest {
    private static final int SEEDS = Integer.getInteger("simulation.seeds", 300);
    private static final int FIRST = Integer.getInteger("simulation.first", 1);

    /** In so many schedules a guard that is missing has to be noticed. */
    private static final int SEARCHED = 3_000;

    @Test
    void promisesHoldWhateverGoesWrong() {
        long acknowledged =
                IntStream.range(FIRST, FIRST + SEEDS)
                        .parallel()
                        .mapToLong(seed -> run(seed, Weakness.none()))
                        .sum();
        assertThat(acknowledged).isGreaterThan(SEEDS * 400L);
    }

    @Test
    void findsThatAnyReplicaIsPromoted() {
        assertCaught(Mutations::promotesAnyReplica, "not in the synchronous set");
    }

    @Test
    void findsThatOnlyPartOfTheSynchronousSetIsRead() {
        assertCaught(Mutations::readsOnlyWhoAnswers, "lacks acknowledged writes");
    }

    @Test
    void findsThatAPrimaryIsPublishedBeforeItIsWritable() {
        assertCaught(Mutations::publishesTooEarly, "before it was promoted");
    }

    @Test
    void findsThatASilentPrimaryIsNotFenced() {
        assertCaught(
                new Weakness(Mutations::takesOverWithoutFence, true, true, true, false),
                "takes writes");
    }

    @Test
    void findsThatAStrangerIsNotFenced() {
        assertCaught(Mutations::leavesStrangers, "long after the last fault");
    }

    @Test
    void findsThatASetIsRememberedBeforeItIsInForce() {
        assertCaught(Mutations::remembersBeforeProof, "lacks acknowledged writes");
    }

    @Test
    void findsThatASynchronousSetGrowsInTheServerFirst() {
        assertCaught(Mutations::growsServerFirst, "lacks acknowledged writes");
    }

    @Test
    void findsThatAHolderGoesOnAfterItsDeadline() {
        assertCaught(new Weakness(Decider::decide, false, true, true, true), "takes writes");
    }

    @Test
    void findsThatAnAgentObeysAnEarlierConductor() {
        assertCaught(new Weakness(Decider::decide, true, false, true, true), "");
    }

    @Test
    void findsThatALeaseEndsWhileItsHolderMayGoOn() {
        assertCaught(new Weakness(Decider::decide, true, true, false, true), "");
    }

    private static void assertCaught(Function<Observation, Decision> mutation, String broken) {
        assertCaught(Weakness.of(mutation), broken);
    }

    private static void assertCaught(Weakness weakness, String broken) {
        Optional<AssertionError> found =
                IntStream.rangeClosed(1, SEARCHED)
                        .parallel()
                        .mapToObj(seed -> violation(seed, weakness))
                        .flatMap(Optional::stream)
                        .filter(error -> String.valueOf(error.getMessage()).contains(broken))
                        .findAny();
        assertThat(found).as("'" + broken + "' in " + SEARCHED + " seeds").isPresent();
    }

    private static Optional<AssertionError> violation(int seed, Weakness weakness) {
        try {
            new Simulation(seed, weakness).run();
            return Optional.empty();
        } catch (AssertionError e) {
            return Optional.of(e);
        }
    }

    private static int run(long seed, Weakness weakness) {
        Simulation simulation = new Simulation(seed, weakness);
        try {
            simulation.run();
            return simulation.acknowledged();
        } catch (AssertionError | RuntimeException e) {
            return fail("seed " + seed + ": " + e.getMessage() + "\n" + simulation.story(), e);
        }
    }
}
