package io.shoestring.secrets.acme;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** When a certificate is asked for. Pure. */
final class RenewalRule {
    private static final Duration FIRST_PAUSE = Duration.ofMinutes(5);
    private static final Duration LONGEST_PAUSE = Duration.ofHours(12);
    private static final int DOUBLINGS_MAX = 8;

    /** An order that nobody has ended: its node is gone. */
    private static final Duration LONGEST_ORDER = Duration.ofMinutes(5);

    private RenewalRule() {}

    /**
     * Whether one is wanted: there is none, or a third of its time or less is left.
     *
     * @param have the newest
     */
    static boolean isWanted(Optional<X509Certificate> have, Instant now) {
        return have.isEmpty() || !now.isBefore(renewalOf(have.get()));
    }

    /** From when on it is renewed. */
    static Instant renewalOf(X509Certificate have) {
        Instant end = have.getNotAfter().toInstant();
        return end.minus(Duration.between(have.getNotBefore().toInstant(), end).dividedBy(3));
    }

    /**
     * Whether it may be asked for after the last attempt, of whichever node: authorities shut out
     * who asks in vain too often. An attempt by another authority's directory does not count.
     */
    static boolean mayTry(Optional<Attempt> last, String directory, Instant now) {
        return last.filter(it -> it.directory().equals(directory))
                .map(
                        it ->
                                !now.isBefore(it.at().plus(pause(it)))
                                        || now.isBefore(it.at().minus(LONGEST_PAUSE)))
                .orElse(true);
    }

    /** How long to wait after that attempt. */
    static Duration pause(Attempt last) {
        if (last.ended() && last.failures() == 0) {
            return Duration.ZERO;
        }
        if (!last.ended()) {
            return LONGEST_ORDER;
        }
        long factor = 1L << Math.min(last.failures() - 1, DOUBLINGS_MAX);
        Duration pause = FIRST_PAUSE.multipliedBy(factor);
        return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
    }
}
