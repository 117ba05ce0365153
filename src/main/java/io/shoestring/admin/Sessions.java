package io.shoestring.admin;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The browsers that have shown the token. Bounded: the oldest session makes room for the newest.
 * Thread-safe.
 */
final class Sessions {
    static final int MAX_SESSIONS = 100;
    static final Duration LIFETIME = Duration.ofHours(12);

    private final SecureRandom random = new SecureRandom();
    private final Clock clock;

    /**
     * From the digest of a session's id to the instant when it ends. Only the digest is compared,
     * so the time that a look-up takes says nothing about an id.
     */
    private final Map<String, Long> endNanosByDigest = new LinkedHashMap<>();

    Sessions(Clock clock) {
        this.clock = requireNonNull(clock, "clock is null");
    }

    /** Begins a session and gives its id. */
    synchronized String begin() {
        long now = clock.nanos();
        endNanosByDigest.values().removeIf(end -> end - now <= 0);
        if (endNanosByDigest.size() >= MAX_SESSIONS) {
            endNanosByDigest.remove(endNanosByDigest.keySet().iterator().next());
        }
        String id = Secrets.random(random);
        endNanosByDigest.put(digest(id), now + LIFETIME.toNanos());
        return id;
    }

    synchronized boolean isOpen(String id) {
        Long end = endNanosByDigest.get(digest(id));
        return end != null && end - clock.nanos() > 0;
    }

    synchronized void end(String id) {
        endNanosByDigest.remove(digest(id));
    }

    private static String digest(String id) {
        return Base64.getEncoder().encodeToString(Secrets.digest(id));
    }
}
