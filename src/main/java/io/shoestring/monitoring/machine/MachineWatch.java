package io.shoestring.monitoring.machine;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.model.MachineStatus;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * This machine, looked at when somebody asks, and not more often than once a second. Nothing runs
 * in between. Thread-safe.
 */
public final class MachineWatch {
    private static final long REST_NANOS = Duration.ofMillis(900).toNanos();

    private final ProcFiles files;
    private final Clock clock;
    private final WallClock timeOfDay;
    private Counts newest;
    private MachineStatus status;

    /** Looks for the first time. */
    public MachineWatch(Clock clock, WallClock timeOfDay) {
        this(new ProcFiles(Path.of("/proc"), Path.of("/sys/block")), clock, timeOfDay);
    }

    MachineWatch(ProcFiles files, Clock clock, WallClock timeOfDay) {
        this.files = requireNonNull(files, "files is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.timeOfDay = requireNonNull(timeOfDay, "timeOfDay is null");
        this.newest = files.read(clock.nanos());
        this.status = new Between(newest, newest).status(timeOfDay.now(), List.of());
    }

    /**
     * How it is now; the rates are since somebody asked last. The file systems are none of this
     * one's.
     */
    public synchronized MachineStatus status() {
        long now = clock.nanos();
        if (now - newest.nanos() >= REST_NANOS) {
            Counts counts = files.read(now);
            status = new Between(newest, counts).status(timeOfDay.now(), List.of());
            newest = counts;
        }
        return status;
    }
}
