package io.shoestring.address;

import io.shoestring.base.Clock;

import java.util.Optional;

/**
 * Another machine uses our address. It is defended by an announcement, at most every 10 s (RFC 5227
 * §2.4: DEFEND_INTERVAL), and told once until it has been quiet for 60 s. Not thread-safe.
 */
final class Contest {
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final long DEFEND_NANOS = 10 * SECOND_NANOS;
    private static final long QUIET_NANOS = 60 * SECOND_NANOS;

    private final Clock clock;
    private Optional<MacAddress> rival = Optional.empty();
    private long seenNanos;
    private long defendAtNanos;

    Contest(Clock clock) {
        this.clock = clock;
        this.defendAtNanos = clock.nanos();
    }

    /** Whether an announcement is due, now that another machine was seen to use it. */
    boolean defend() {
        long now = clock.nanos();
        boolean due = now - defendAtNanos >= 0;
        if (due) {
            defendAtNanos = now + DEFEND_NANOS;
        }
        return due;
    }

    /** Remembers who uses it; whether that is worth telling. */
    boolean isNew(MacAddress other) {
        boolean news = !on() || !rival.equals(Optional.of(other));
        rival = Optional.of(other);
        seenNanos = clock.nanos();
        return news;
    }

    /** Whether somebody used it within the last 60 s. */
    boolean on() {
        return rival.isPresent() && clock.nanos() - seenNanos < QUIET_NANOS;
    }

    /** Who it was; empty text if there was nobody. */
    String rival() {
        return rival.map(MacAddress::toString).orElse("");
    }
}
