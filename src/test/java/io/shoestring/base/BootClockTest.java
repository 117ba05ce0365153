package io.shoestring.base;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;

class BootClockTest {
    private final Clock clock = BootClock.open().orElseThrow();

    @Test
    void tellsTheTimeSinceTheMachineStarted() throws Exception {
        double uptimeSeconds =
                Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ", -1)[0]);
        assertThat(clock.nanos() / 1e9 - uptimeSeconds).isBetween(-0.02, 1.0);
    }

    @Test
    void neverGoesBackAndRunsAtTheRateOfTheMonotonicClock() throws Exception {
        long boot = clock.nanos();
        long monotonic = System.nanoTime();
        long last = boot;
        for (int i = 0; i < 100_000; i++) {
            long now = clock.nanos();
            assertThat(now - last).isNotNegative();
            last = now;
        }
        Thread.sleep(50);
        long difference = (clock.nanos() - boot) - (System.nanoTime() - monotonic);
        assertThat(Math.abs(difference)).isLessThan(5_000_000L);
    }

    @Test
    void isTheClockOfTheProduct() {
        assertThat(Clock.system()).isInstanceOf(BootClock.class);
    }
}
