package io.shoestring.admin;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Counts failures, for each address or name, in windows of time. Bounded and thread-safe: the one
 * that was not heard of for longest is forgotten first.
 */
final class FailureLimit {
    private static final int MAX_KEYS = 1024;

    private final int most;
    private final Duration window;
    private final Clock clock;
    private final Map<String, Window> windows =
            new LinkedHashMap<>(16, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Window> eldest) {
                    return size() > MAX_KEYS;
                }
            };

    /**
     * Counts from nothing.
     *
     * @param most so many failures in {@code window} are still none too many
     */
    FailureLimit(int most, Duration window, Clock clock) {
        this.most = most;
        this.window = requireNonNull(window, "window is null");
        this.clock = requireNonNull(clock, "clock is null");
    }

    /** Notes one more, and gives how many there were in this window with it. */
    synchronized int note(String key) {
        long now = clock.nanos();
        Window last = windows.get(key);
        Window next =
                last == null || isOver(last, now)
                        ? new Window(now, 1)
                        : new Window(last.beganNanos, Math.min(last.failures, most) + 1);
        windows.put(key, next);
        return next.failures;
    }

    /** Notes one more, and says whether there were too many with it. */
    boolean isTooMany(String key) {
        return note(key) > most;
    }

    /** Whether there were so many that no more is wanted before the window's end. */
    synchronized boolean isReached(String key) {
        Window last = windows.get(key);
        return last != null && !isOver(last, clock.nanos()) && last.failures >= most;
    }

    private boolean isOver(Window last, long now) {
        return now - last.beganNanos >= window.toNanos();
    }

    private record Window(long beganNanos, int failures) {}
}
