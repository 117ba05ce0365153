package io.shoestring.base;

/**
 * A monotonic clock. Only this package reads the machine's clocks, so that the simulation can own
 * time.
 */
@FunctionalInterface
public interface Clock {
    /** Nanoseconds since an arbitrary origin; never goes back. Compare by subtraction only. */
    long nanos();

    /** The machine's monotonic clock. */
    static Clock system() {
        return System::nanoTime;
    }
}
