package io.shoestring.sandbox.bank;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.Map;

class VerdictTest {
    private final Ledger ledger = new Ledger();

    @Test
    void allIsGoodWhenEachAcknowledgedTransferIsThereOnce() {
        ledger.acknowledged("one");
        ledger.acknowledged("two");

        Verdict verdict = verdict(Map.of("one", 1, "two", 1));

        assertThat(verdict).isEqualTo(new Verdict(2, 2, 0, 0, 0, 0, true));
        assertThat(verdict.good()).isTrue();
    }

    @Test
    void anAcknowledgedTransferThatIsNotThereIsLost() {
        ledger.acknowledged("one");
        ledger.acknowledged("two");

        Verdict verdict = verdict(Map.of("one", 1));

        assertThat(verdict.lost()).isEqualTo(1);
        assertThat(verdict.good()).isFalse();
    }

    @Test
    void aTransferThatWasLookedUpAndSeenMayNotGetLostEither() {
        ledger.unknown("one");
        ledger.lookedUp("one", true);

        assertThat(verdict(Map.of()).lost()).isEqualTo(1);
    }

    @Test
    void aTransferThatIsThereTwiceIsDuplicated() {
        ledger.acknowledged("one");

        Verdict verdict = verdict(Map.of("one", 2));

        assertThat(verdict.duplicated()).isEqualTo(1);
        assertThat(verdict.found()).isEqualTo(1);
        assertThat(verdict.good()).isFalse();
    }

    @Test
    void anUnknownOutcomeIsNoLossWhicheverWayItWent() {
        ledger.unknown("there");
        ledger.unknown("not there");
        ledger.unknown("late");
        ledger.lookedUp("late", false);

        Verdict verdict = verdict(Map.of("there", 1, "late", 1));

        assertThat(verdict).isEqualTo(new Verdict(0, 2, 0, 0, 3, 1, true));
    }

    @Test
    void booksBalanceOnlyIfTheTotalAndEachAccountDo() {
        Map<Integer, Long> turnover = Map.of(1, -5L, 2, 5L);

        assertThat(new Books(Map.of(), Map.of(1, 95L, 2, 105L), turnover).balance(2, 100)).isTrue();
        assertThat(new Books(Map.of(), Map.of(1, 95L, 2, 100L), turnover).balance(2, 100))
                .as("money vanished")
                .isFalse();
        assertThat(new Books(Map.of(), Map.of(1, 105L, 2, 95L), turnover).balance(2, 100))
                .as("the wrong account")
                .isFalse();
        assertThat(new Books(Map.of(), Map.of(1, 95L), turnover).balance(2, 100))
                .as("an account vanished")
                .isFalse();
    }

    @Test
    void errorsAreCountedOneByOneAndTheMostFrequentToldFirst() {
        ledger.error("rare");
        ledger.error("frequent");
        ledger.error("frequent");

        assertThat(ledger.tally().clientErrors()).isEqualTo(3);
        assertThat(ledger.tally().frequentErrors())
                .containsExactly("2 times frequent", "1 times rare");
    }

    private Verdict verdict(Map<String, Integer> there) {
        return Verdict.of(ledger.tally(), new Books(there, Map.of(), Map.of()), true);
    }
}
