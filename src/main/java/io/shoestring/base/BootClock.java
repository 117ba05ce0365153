package io.shoestring.base;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * {@code CLOCK_BOOTTIME} of Linux, which goes on while the machine is suspended: a lease that was
 * good before a suspend must not be so after it. {@code System.nanoTime} is {@code
 * CLOCK_MONOTONIC}, which stops there.
 */
final class BootClock implements Clock {
    private static final int CLOCK_BOOTTIME = 7;
    private static final long NANOS_IN_A_SECOND = 1_000_000_000L;

    // Static and final, so that the call is compiled into its callers: they are on the data path.
    private static final MethodHandle GET_TIME = handle();

    private BootClock() {}

    /** The clock; empty where the system has none. */
    static Optional<Clock> open() {
        try {
            return read(new long[2]) == 0 ? Optional.of(new BootClock()) : Optional.empty();
        } catch (RuntimeException | LinkageError e) {
            return Optional.empty();
        }
    }

    @Override
    public long nanos() {
        long[] time = new long[2];
        Check.that(read(time) == 0, "CLOCK_BOOTTIME can no longer be read");
        return time[0] * NANOS_IN_A_SECOND + time[1];
    }

    /** Fills in seconds and nanoseconds: {@code struct timespec} on a 64-bit machine. */
    private static int read(long[] time) {
        try {
            return (int) GET_TIME.invokeExact(CLOCK_BOOTTIME, MemorySegment.ofArray(time));
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    @SuppressWarnings("restricted")
    private static MethodHandle handle() {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow("clock_gettime"),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS),
                // The call never blocks and takes nanoseconds: no change of the thread's state, and
                // the answer goes straight into the array.
                Linker.Option.critical(true));
    }
}
