package io.shoestring.base;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A monotonic clock. Only this package reads the machine's clocks, so that the simulation can own
 * time.
 */
@FunctionalInterface
public interface Clock {
    /** Nanoseconds since an arbitrary origin; never goes back. Compare by subtraction only. */
    long nanos();

    /**
     * The machine's clock since its start, which also counts the time in suspend ({@code
     * CLOCK_BOOTTIME}); where there is none, the monotonic clock, with a warning in the log.
     */
    static Clock system() {
        return BootClock.open().orElseGet(Clock::monotonic);
    }

    /**
     * As {@link #system}, but opened when somebody wants to know the time, which most commands
     * never do.
     */
    static Clock onDemand() {
        return () -> SystemClock.INSTANCE.nanos();
    }

    private static Clock monotonic() {
        Logger log = LoggerFactory.getLogger(Clock.class);
        log.warn(
                "This system has no CLOCK_BOOTTIME, so leases are measured by a clock that stops"
                        + " while the machine is suspended: do not suspend a machine that runs a"
                        + " database.");
        return System::nanoTime;
    }
}
