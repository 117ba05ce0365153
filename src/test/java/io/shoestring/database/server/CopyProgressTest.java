package io.shoestring.database.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;

class CopyProgressTest {
    private final CopyProgress progress = new CopyProgress();

    @Test
    void saysHowMuchIsHereHowFastItComesAndHowLongItWillTake() {
        progress.begin("a", 5_000_000_000L, 0);
        for (int second = 1; second <= 20; second++) {
            progress.at(second * 50_000_000L, TimeUnit.SECONDS.toNanos(second));
        }
        assertThat(progress.sentence())
                .hasValue(
                        "It is being copied from a: 1.0 GB of about 5.0 GB (20 %), 50.0 MB/s, about"
                                + " 80 s left.");
    }

    @Test
    void whatWasWrittenMeanwhileMakesItNoMoreThanAll() {
        progress.begin("a", 1_000_000, 0);
        progress.at(3_000_000, TimeUnit.SECONDS.toNanos(1));
        assertThat(progress.sentence().orElseThrow())
                .contains("(100 %)")
                .contains("about 0 s left");
        progress.finish();
        assertThat(progress.sentence().orElseThrow()).contains("being applied");
        progress.end();
        assertThat(progress.sentence()).isEmpty();
    }
}
