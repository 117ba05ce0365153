package io.shoestring.database.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.model.Lsn;

import org.junit.jupiter.api.Test;

import java.util.OptionalLong;

class HearingTest {
    private final Hearing hearing = new Hearing();

    @Test
    void whoHasReceivedAllThatIsToldIsCompleteSinceTheLookBefore() {
        assertThat(look(10, "m1", 100, 100)).isEmpty();
        assertThat(look(20, "m2", 200, 200)).hasValue(10);
        assertThat(look(30, "m2", 200, 200)).hasValue(10);
        assertThat(look(40, "m3", 200, 200)).hasValue(30);
    }

    @Test
    void whoIsBehindIsCompleteUntilWhatItHasReceived() {
        look(10, "m1", 100, 100);
        assertThat(look(20, "m2", 200, 150)).isEmpty();
        assertThat(look(30, "m3", 300, 250)).hasValue(10);
        assertThat(look(40, "", 0, 299)).hasValue(10);
        assertThat(look(50, "", 0, 300)).hasValue(20);
        assertThat(hearing.look(60, "", "", new Lsn(0), new Lsn(300)).orElseThrow().end())
                .isEqualTo(new Lsn(300));
    }

    @Test
    void whatAnotherPrimarySaidIsForgotten() {
        look(10, "m1", 100, 100);
        look(20, "m2", 200, 200);
        assertThat(hearing.look(30, "b:1", "", new Lsn(0), new Lsn(200))).isEmpty();
    }

    private OptionalLong look(long at, String message, long told, long received) {
        return hearing.look(at, "a:1", message, new Lsn(told), new Lsn(received))
                .orElseThrow()
                .completeNanos();
    }
}
