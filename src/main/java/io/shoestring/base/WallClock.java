package io.shoestring.base;

import java.time.Instant;

/** The time of day, for people to read. Never used to decide anything. */
@FunctionalInterface
public interface WallClock {
    /** The current instant. */
    Instant now();

    /** The machine's time of day. */
    static WallClock system() {
        return Instant::now;
    }
}
