package io.shoestring.sandbox.bank;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.sandbox.bank.Timeline.Gap;

import org.junit.jupiter.api.Test;

class TimelineTest {
    private static final long MILLI = 1_000_000;

    @Test
    void theLongestGapIsBetweenTheLastWriteBeforeAndTheFirstAfter() {
        Timeline timeline = writes(100, 200, 950, 2_000, 2_010, 9_000);

        assertThat(timeline.longestGap(1_000 * MILLI, 3_000 * MILLI))
                .isEqualTo(new Gap(2_010 * MILLI, 9_000 * MILLI));
        assertThat(timeline.longestGap(1_000 * MILLI, 2_005 * MILLI).millis()).isEqualTo(1_050);
    }

    @Test
    void aGapThatDidNotEndIsAsLongAsItWasWatched() {
        assertThat(writes(100, 200).longestGap(150 * MILLI, 5_200 * MILLI).millis())
                .isEqualTo(5_000);
        assertThat(new Timeline().longestGap(0, 700 * MILLI).millis()).isEqualTo(700);
    }

    @Test
    void writesOfManyThreadsNeedNotComeInOrder() {
        assertThat(writes(300, 100, 200).longestGap(0, 300 * MILLI).millis()).isEqualTo(100);
    }

    @Test
    void countsWritesPerStepAndLeavesOutWhatIsOutside() {
        assertThat(writes(5, 99, 100, 250, 300, 999).perStep(0, 100 * MILLI, 4))
                .containsExactly(2, 1, 1, 1);
        assertThat(writes(5, 99, 100).perStep(50 * MILLI, 100 * MILLI, 1)).containsExactly(2);
    }

    @Test
    void theShareOfTheReplicaHasOneDecimal() {
        Timeline timeline = new Timeline();
        assertThat(timeline.replicaPercent()).isZero();
        timeline.read(true, true);
        timeline.read(true, true);
        timeline.read(true, false);
        timeline.read(false, false);

        assertThat(timeline.replicaPercent()).isEqualTo(66.7);
    }

    private static Timeline writes(long... millis) {
        Timeline timeline = new Timeline();
        for (long at : millis) {
            timeline.wrote(at * MILLI);
        }
        return timeline;
    }
}
