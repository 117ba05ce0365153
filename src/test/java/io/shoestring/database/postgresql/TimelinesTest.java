package io.shoestring.database.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.model.Lsn;

import org.junit.jupiter.api.Test;

import java.util.Optional;
import java.util.OptionalLong;

class TimelinesTest {
    private static final Timelines FIRST = Timelines.parse(1, "");
    private static final Timelines SECOND =
            Timelines.parse(2, "1\t0/5000000\tno recovery target specified\n");
    private static final Timelines THIRD =
            Timelines.parse(3, "1\t0/5000000\treason\n\n2\t0/7000000\treason\n");

    @Test
    void theForkIsWhereTheFirstOfBothWasLeft() {
        assertThat(FIRST.forkPoint(SECOND)).isEqualTo(Lsn.parse("0/5000000"));
        assertThat(SECOND.forkPoint(FIRST)).isEqualTo(Lsn.parse("0/5000000"));
        assertThat(SECOND.forkPoint(THIRD)).isEqualTo(Lsn.parse("0/7000000"));
        assertThat(FIRST.forkPoint(THIRD)).isEqualTo(Lsn.parse("0/5000000"));
        assertThat(THIRD.current()).isEqualTo(3);
    }

    @Test
    void oneTimelineHasNoFork() {
        assertThat(SECOND.forkPoint(SECOND)).isEqualTo(Timelines.OPEN);
    }

    @Test
    void timelinesThatLeftAtDifferentPlacesForkAtTheEarlierOne() {
        Timelines other = Timelines.parse(2, "1\t0/4000000\treason\n");
        assertThat(SECOND.forkPoint(other)).isEqualTo(Lsn.parse("0/4000000"));
        assertThat(Timelines.parse(3, "2\t0/4000000\tx\n").forkPoint(FIRST)).isEqualTo(Lsn.ZERO);
    }

    @Test
    void anUnknownEndMayDiverge() {
        Lsn fork = Lsn.parse("0/5000000");
        assertThat(new LocalLog.Comparison(fork, Optional.empty()).mayDiverge()).isTrue();
        assertThat(new LocalLog.Comparison(fork, Optional.of(fork)).mayDiverge()).isTrue();
        assertThat(new LocalLog.Comparison(fork, Optional.of(Lsn.parse("0/4FFFF00"))).mayDiverge())
                .isFalse();
        assertThat(new LocalLog.Comparison(Timelines.OPEN, Optional.of(fork)).mayDiverge())
                .isFalse();
    }

    @Test
    void theHeaderOfAnEmptyPageDoesNotCount() {
        LogLayout layout = LogLayout.USUAL;
        assertThat(layout.endOfLastRecord(Lsn.parse("0/3000028")))
                .isEqualTo(Lsn.parse("0/3000000"));
        assertThat(layout.endOfLastRecord(Lsn.parse("0/3002018")))
                .isEqualTo(Lsn.parse("0/3002000"));
        assertThat(layout.endOfLastRecord(Lsn.parse("0/3002028")))
                .isEqualTo(Lsn.parse("0/3002028"));
        assertThat(layout.endOfLastRecord(Lsn.parse("0/3000018")))
                .isEqualTo(Lsn.parse("0/3000018"));
    }

    @Test
    void onlySamplesThatAReplicaHasReachedCount() {
        ReplaySamples samples = new ReplaySamples();
        assertThat(samples.reachedBy(new Lsn(5))).isEqualTo(OptionalLong.empty());
        samples.add(new Lsn(10), 100);
        samples.add(new Lsn(10), 200);
        samples.add(new Lsn(20), 300);
        assertThat(samples.reachedBy(new Lsn(9))).isEqualTo(OptionalLong.empty());
        assertThat(samples.reachedBy(new Lsn(10))).isEqualTo(OptionalLong.of(200));
        assertThat(samples.reachedBy(new Lsn(19))).isEqualTo(OptionalLong.of(200));
        assertThat(samples.reachedBy(new Lsn(99))).isEqualTo(OptionalLong.of(300));
        for (int i = 0; i < 10_000; i++) {
            samples.add(new Lsn(100 + i), 1000 + i);
        }
        assertThat(samples.reachedBy(new Lsn(99))).isEqualTo(OptionalLong.empty());
    }
}
