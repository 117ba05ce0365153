package io.shoestring.secrets.acme;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Authorities shut out who asks too often. */
class RenewalRuleTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final String CA = "https://ca/dir";

    private static boolean mayTry(Attempt last, Duration after) {
        return RenewalRule.mayTry(Optional.of(last), CA, NOON.plus(after));
    }

    @Test
    void whoeverFailsWaitsLongerEachTime() {
        assertThat(RenewalRule.mayTry(Optional.empty(), CA, NOON)).isTrue();
        Attempt once = new Attempt("one", CA, NOON, true, 1);
        assertThat(mayTry(once, Duration.ofMinutes(4))).isFalse();
        assertThat(mayTry(once, Duration.ofMinutes(5))).isTrue();
        Attempt thrice = new Attempt("one", CA, NOON, true, 3);
        assertThat(mayTry(thrice, Duration.ofMinutes(19))).isFalse();
        assertThat(mayTry(thrice, Duration.ofMinutes(20))).isTrue();
        Attempt often = new Attempt("one", CA, NOON, true, 1_000);
        assertThat(RenewalRule.pause(often)).isEqualTo(Duration.ofHours(12));
        // Another authority knows nothing of it.
        assertThat(RenewalRule.mayTry(Optional.of(often), "https://other/dir", NOON)).isTrue();
    }

    @Test
    void anAttemptWhoseNodeIsGoneIsTakenOver() {
        Attempt open = new Attempt("one", CA, NOON, false, 0);
        assertThat(mayTry(open, Duration.ofMinutes(4))).isFalse();
        assertThat(mayTry(open, Duration.ofMinutes(5))).isTrue();
    }

    @Test
    void afterASuccessNobodyWaits() {
        assertThat(mayTry(new Attempt("one", CA, NOON, true, 0), Duration.ZERO)).isTrue();
    }
}
