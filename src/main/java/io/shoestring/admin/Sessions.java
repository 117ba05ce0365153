package io.shoestring.admin;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The browsers in which somebody has logged in, and who. Bounded: the oldest session makes room for
 * the newest. Thread-safe.
 */
final class Sessions {
    static final int MAX_SESSIONS = 100;
    static final Duration LIFETIME = Duration.ofHours(12);

    private final SecureRandom random = new SecureRandom();
    private final Clock clock;

    /**
     * By the digest of a session's id. Only the digest is compared, so the time that a look-up
     * takes says nothing about an id.
     */
    private final Map<String, Session> byDigest = new LinkedHashMap<>();

    private record Session(Visitor visitor, long endNanos) {}

    Sessions(Clock clock) {
        this.clock = requireNonNull(clock, "clock is null");
    }

    /** Begins a session of that visitor and gives its id. */
    synchronized String begin(Visitor visitor) {
        long now = clock.nanos();
        byDigest.values().removeIf(session -> session.endNanos - now <= 0);
        if (byDigest.size() >= MAX_SESSIONS) {
            byDigest.remove(byDigest.keySet().iterator().next());
        }
        String id = Secrets.random(random);
        byDigest.put(digest(id), new Session(visitor, now + LIFETIME.toNanos()));
        return id;
    }

    /** Whose it is; empty if it has ended, or never was one. */
    synchronized Optional<Visitor> visitor(String id) {
        return Optional.ofNullable(byDigest.get(digest(id)))
                .filter(session -> session.endNanos - clock.nanos() > 0)
                .map(Session::visitor);
    }

    synchronized void end(String id) {
        byDigest.remove(digest(id));
    }

    private static String digest(String id) {
        return Base64.getEncoder().encodeToString(Secrets.digest(id));
    }
}
