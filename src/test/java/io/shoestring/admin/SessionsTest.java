package io.shoestring.admin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Sessions and failures, on a clock of the test's own. */
class SessionsTest {
    private final AtomicLong nowNanos = new AtomicLong(-5);

    @Test
    void endAfterTheirTime() {
        Sessions sessions = new Sessions(nowNanos::get);
        String id = sessions.begin(Visitor.OF_THE_MACHINE);
        nowNanos.addAndGet(Sessions.LIFETIME.toNanos() - 1);
        assertThat(sessions.visitor(id)).hasValue(Visitor.OF_THE_MACHINE);
        nowNanos.addAndGet(1);
        assertThat(sessions.visitor(id)).isEmpty();
        assertThat(sessions.visitor("")).isEmpty();
    }

    @Test
    void makeRoomForTheNewest() {
        Sessions sessions = new Sessions(nowNanos::get);
        String oldest = sessions.begin(Visitor.OF_THE_MACHINE);
        String second = sessions.begin(Visitor.OF_THE_MACHINE);
        for (int i = 2; i <= Sessions.MAX_SESSIONS; i++) {
            sessions.begin(Visitor.OF_THE_MACHINE);
        }
        assertThat(sessions.visitor(oldest)).isEmpty();
        assertThat(sessions.visitor(second)).hasValue(Visitor.OF_THE_MACHINE);
    }

    @Test
    void failuresAreCountedForEachAddressInWindows() {
        FailureLimit limit = new FailureLimit(3, Duration.ofSeconds(1), nowNanos::get);
        for (int i = 0; i < 3; i++) {
            assertThat(limit.isReached("one")).isFalse();
            assertThat(limit.isTooMany("one")).isFalse();
        }
        assertThat(limit.isReached("one")).isTrue();
        assertThat(limit.isTooMany("one")).isTrue();
        assertThat(limit.isTooMany("other")).isFalse();
        nowNanos.addAndGet(Duration.ofSeconds(1).toNanos());
        assertThat(limit.isReached("one")).isFalse();
        assertThat(limit.isTooMany("one")).isFalse();
    }
}
