package io.shoestring.secrets;

import io.shoestring.network.tls.TicketSecrets;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/**
 * The secrets of session tickets, newest first: the one that comes next, which every balancer must
 * know before any uses it; the one that tickets are made with; and the one before, so that a ticket
 * is good for longer than a moment.
 *
 * <pre>
 *   next ──12 h──► used ──12 h──► before ──12 h──► forgotten
 * </pre>
 *
 * @param secrets two or three
 */
record TicketRing(List<Secret> secrets) {
    /** How long tickets are made with one secret. */
    static final Duration TURN = Duration.ofHours(12);

    private static final int MOST = 3;

    TicketRing {
        secrets = List.copyOf(secrets);
    }

    /**
     * One of them.
     *
     * @param bytes in Base64
     * @param made by the clock of the node that made it
     */
    record Secret(String bytes, Instant made) {
        static Secret random(Instant now) {
            byte[] bytes = new byte[TicketSecrets.BYTES];
            new SecureRandom().nextBytes(bytes);
            return new Secret(Base64.getEncoder().encodeToString(bytes), now);
        }

        byte[] decoded() {
            return Base64.getDecoder().decode(bytes);
        }
    }

    static TicketRing begin(Instant now) {
        return new TicketRing(List.of(Secret.random(now), Secret.random(now)));
    }

    /** Whether it is time to turn; also by a clock that is far behind that of the maker. */
    boolean isDue(Instant now) {
        return Duration.between(secrets.getFirst().made(), now).abs().compareTo(TURN) >= 0;
    }

    TicketRing turned(Instant now) {
        return new TicketRing(
                Stream.concat(Stream.of(Secret.random(now)), secrets.stream())
                        .limit(MOST)
                        .toList());
    }

    /** For a listener: tickets are made with the second, and understood by all. */
    TicketSecrets inUse() {
        return new TicketSecrets(
                Stream.concat(secrets.stream().skip(1), secrets.stream().limit(1))
                        .map(Secret::decoded)
                        .toList());
    }

    /** The secrets are in no log. */
    @Override
    public String toString() {
        return secrets.size() + " secrets, the newest of " + secrets.getFirst().made();
    }
}
