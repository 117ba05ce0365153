package io.shoestring.database.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.database.postgresql.CommitOutcomes.Fate;
import io.shoestring.database.postgresql.CommitOutcomes.Outcome;
import io.shoestring.model.Lsn;

import org.junit.jupiter.api.Test;

import java.util.Optional;

/** The rule alone; that it tells the truth is tried with real servers, where the proxy uses it. */
class CommitOutcomesTest {
    private static final Timelines TWICE_PROMOTED =
            Timelines.parse(3, "1\t0/30000F8\tno recovery target\n2\t0/5000000\tno\n");

    private static Fate fate(int timeline, String end) {
        return CommitOutcomes.fate(TWICE_PROMOTED, timeline, Lsn.parse(end));
    }

    @Test
    void whatEndsBehindTheForkIsNotThere() {
        assertThat(fate(1, "0/3000138")).isEqualTo(Fate.BEHIND_THE_FORK);
        assertThat(fate(1, "0/30000F9")).isEqualTo(Fate.BEHIND_THE_FORK);
        assertThat(fate(2, "0/5000001")).isEqualTo(Fate.BEHIND_THE_FORK);
        assertThat(fate(1, "1/0")).isEqualTo(Fate.BEHIND_THE_FORK);
    }

    @Test
    void whatEndsBeforeTheForkHasItsIdForItself() {
        assertThat(fate(1, "0/30000F8")).isEqualTo(Fate.IN_THE_STATUS);
        assertThat(fate(1, "0/3000000")).isEqualTo(Fate.IN_THE_STATUS);
        assertThat(fate(2, "0/5000000")).isEqualTo(Fate.IN_THE_STATUS);
    }

    @Test
    void theSameTimelineAndAStrangersProveNothing() {
        assertThat(fate(3, "0/6000000")).isEqualTo(Fate.UNDECIDABLE);
        assertThat(fate(4, "0/3000000")).isEqualTo(Fate.UNDECIDABLE);
        assertThat(CommitOutcomes.fate(Timelines.parse(1, ""), 1, Lsn.parse("0/1")))
                .isEqualTo(Fate.UNDECIDABLE);
    }

    @Test
    void onlyAnEndOfTheTransactionIsAnAnswer() {
        assertThat(CommitOutcomes.ofStatus(Optional.of("committed"))).isEqualTo(Outcome.COMMITTED);
        assertThat(CommitOutcomes.ofStatus(Optional.of("aborted"))).isEqualTo(Outcome.ABSENT);
        assertThat(CommitOutcomes.ofStatus(Optional.of("in progress"))).isEqualTo(Outcome.UNKNOWN);
        assertThat(CommitOutcomes.ofStatus(Optional.empty())).isEqualTo(Outcome.UNKNOWN);
    }
}
