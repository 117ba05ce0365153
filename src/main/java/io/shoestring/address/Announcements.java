package io.shoestring.address;

import io.shoestring.base.Clock;

/**
 * When an address is announced: as soon as it is set, then after 1, 2, 4, 8, 16, 32 and 60 s, then
 * every 60 s. The first may get lost, and a switch or a neighbour that was away has to learn it
 * too.
 */
final class Announcements {
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final long LONGEST_SECONDS = 60;

    private final Clock clock;
    private final long sinceNanos;
    private long dueSeconds;

    Announcements(Clock clock) {
        this.clock = clock;
        this.sinceNanos = clock.nanos();
    }

    /** Whether one is due; the next one is planned then. */
    boolean due() {
        boolean due = clock.nanos() - sinceNanos >= dueSeconds * SECOND_NANOS;
        if (due) {
            dueSeconds = next();
        }
        return due;
    }

    private long next() {
        if (dueSeconds >= LONGEST_SECONDS) {
            return dueSeconds + LONGEST_SECONDS;
        }
        return dueSeconds == 0 ? 1 : Math.min(LONGEST_SECONDS, 2 * dueSeconds);
    }
}
