package io.shoestring.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.shoestring.control.AddressDecider;
import io.shoestring.model.AddressName;
import io.shoestring.model.AddressObservation;
import io.shoestring.model.AddressStep;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.IntStream;

@Timeout(900)
@Tag("busy")
class AddressSimulationTest {
    private static final int SEEDS = Integer.getInteger("simulation.seeds", 200);
    private static final int SEARCHED = 2_000;

    @Test
    void anAddressIsNeverOnTwoMachines() {
        int moves =
                IntStream.rangeClosed(1, SEEDS)
                        .parallel()
                        .map(
                                seed -> {
                                    try {
                                        return new AddressSimulation(
                                                        seed, AddressDecider::decide, true)
                                                .run();
                                    } catch (AssertionError e) {
                                        return fail("seed " + seed, e);
                                    }
                                })
                        .sum();
        assertThat(moves).as("addresses were set").isGreaterThan(SEEDS * 5);
    }

    @Test
    void findsThatTheDeadlineIsNotKept() {
        assertCaught(AddressSimulationTest::staysForever, true);
    }

    @Test
    void findsThatARightIsGivenBackTooEarly() {
        assertCaught(AddressDecider::decide, false);
    }

    private static void assertCaught(
            Function<AddressObservation, Map<AddressName, AddressStep>> decide,
            boolean removesFirst) {
        for (int seed = 1; seed <= SEARCHED; seed++) {
            try {
                new AddressSimulation(seed, decide, removesFirst).run();
            } catch (AssertionError e) {
                assertThat(e).hasMessageContaining("owners at");
                return;
            }
        }
        fail("nothing was found in " + SEARCHED + " seeds");
    }

    /** Nothing that is held ever ends by itself. */
    private static Map<AddressName, AddressStep> staysForever(AddressObservation seen) {
        Map<AddressName, AddressStep> steps = new HashMap<>(AddressDecider.decide(seen));
        steps.replaceAll(
                (name, step) ->
                        step instanceof AddressStep.Hold hold
                                ? new AddressStep.Hold(
                                        hold.epoch(), OptionalLong.empty(), hold.reason())
                                : step);
        return steps;
    }
}
