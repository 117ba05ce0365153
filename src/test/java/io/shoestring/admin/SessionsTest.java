package io.shoestring.admin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.atomic.AtomicLong;

/** Sessions and failures, on a clock of the test's own. */
class SessionsTest {
    private final AtomicLong nowNanos = new AtomicLong(-5);

    @Test
    void endAfterTheirTime() {
        Sessions sessions = new Sessions(nowNanos::get);
        String id = sessions.begin();
        nowNanos.addAndGet(Sessions.LIFETIME.toNanos() - 1);
        assertThat(sessions.isOpen(id)).isTrue();
        nowNanos.addAndGet(1);
        assertThat(sessions.isOpen(id)).isFalse();
        assertThat(sessions.isOpen("")).isFalse();
    }

    @Test
    void makeRoomForTheNewest() {
        Sessions sessions = new Sessions(nowNanos::get);
        String oldest = sessions.begin();
        String second = sessions.begin();
        for (int i = 2; i <= Sessions.MAX_SESSIONS; i++) {
            sessions.begin();
        }
        assertThat(sessions.isOpen(oldest)).isFalse();
        assertThat(sessions.isOpen(second)).isTrue();
    }

    @Test
    void failuresAreCountedForEachAddressAndSecond() throws UnknownHostException {
        FailureLimit limit = new FailureLimit(nowNanos::get);
        InetAddress one = InetAddress.getByAddress(new byte[] {10, 0, 0, 1});
        InetAddress other = InetAddress.getByAddress(new byte[] {10, 0, 0, 2});
        for (int i = 0; i < FailureLimit.MAX_FAILURES; i++) {
            assertThat(limit.isTooMany(one)).isFalse();
        }
        assertThat(limit.isTooMany(one)).isTrue();
        assertThat(limit.isTooMany(other)).isFalse();
        nowNanos.addAndGet(FailureLimit.WINDOW.toNanos());
        assertThat(limit.isTooMany(one)).isFalse();
    }
}
