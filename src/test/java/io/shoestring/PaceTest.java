package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.shoestring.model.RequestFigures;
import io.shoestring.monitoring.digest.SharedRequests;

import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What is told of now is of the last minute, whatever was before. */
class PaceTest {
    private final SharedRequests counted = new SharedRequests();
    private final Pace pace = new Pace();

    private void second(int second, long each, long nanos, boolean failed) {
        for (int i = 0; i < each; i++) {
            counted.record(nanos, failed);
        }
        pace.look(Map.of("web", counted.now()), TimeUnit.SECONDS.toNanos(second));
    }

    private RequestFigures at(int second) {
        return pace.figures("web", counted.now(), TimeUnit.SECONDS.toNanos(second));
    }

    @Test
    void anHourOfFastOnesDoesNotHideAMinuteOfSlowOnes() {
        assertThat(at(0).recent()).isEmpty();
        for (int i = 1; i <= 3_600; i++) {
            second(i, 10, 1_000_000, false);
        }
        for (int i = 3_601; i <= 3_665; i++) {
            second(i, 10, 500_000_000, true);
        }
        RequestFigures figures = at(3_665);
        assertThat(figures.count()).isEqualTo(36_650);
        assertThat(figures.failures()).isEqualTo(650);
        assertThat(figures.p95Micros()).isBetween(900L, 1_100L);

        RequestFigures.Recent recent = figures.recent().orElseThrow();
        assertThat(recent.seconds()).isBetween(55.0, 60.0);
        assertThat(recent.perSecond()).isEqualTo(10, within(0.2));
        assertThat(recent.failures()).isEqualTo(recent.count());
        assertThat(recent.p50Micros()).isBetween(470_000L, 530_000L);
    }

    @Test
    void whoIsGoneIsForgotten() {
        second(1, 5, 1_000, false);
        second(10, 5, 1_000, false);
        assertThat(at(10).recent()).isPresent();
        pace.look(Map.of(), TimeUnit.SECONDS.toNanos(11));
        assertThat(at(20).recent()).isEmpty();
    }
}
