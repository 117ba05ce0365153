package io.shoestring.admin;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;

import java.net.InetAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Counts the wrong tokens of each address. Bounded and thread-safe. */
final class FailureLimit {
    static final int MAX_FAILURES = 10;
    static final Duration WINDOW = Duration.ofSeconds(1);
    private static final int MAX_ADDRESSES = 1024;

    private final Clock clock;
    private final Map<InetAddress, Window> windows =
            new LinkedHashMap<>(16, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<InetAddress, Window> eldest) {
                    return size() > MAX_ADDRESSES;
                }
            };

    FailureLimit(Clock clock) {
        this.clock = requireNonNull(clock, "clock is null");
    }

    /** Notes one more wrong token, and says whether there were too many of them. */
    synchronized boolean isTooMany(InetAddress address) {
        long now = clock.nanos();
        Window last = windows.get(address);
        Window window =
                last == null || now - last.beganNanos >= WINDOW.toNanos()
                        ? new Window(now, 1)
                        : new Window(last.beganNanos, Math.min(last.failures, MAX_FAILURES) + 1);
        windows.put(address, window);
        return window.failures > MAX_FAILURES;
    }

    private record Window(long beganNanos, int failures) {}
}
