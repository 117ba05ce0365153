package io.shoestring.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.database.Outcome;
import io.shoestring.model.Action;
import io.shoestring.model.Lsn;
import io.shoestring.model.MemberFacts;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberState;
import io.shoestring.model.Position;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class MemberDeskTest {
    private static final Action.Stop STOP = new Action.Stop(new MemberName("b"), "test");

    private final MemberDesk desk = new MemberDesk(new MemberName("b"), 0);

    @Test
    void theFirstLookThatMissesAReplicaIsWhenItWasLetGo() {
        desk.listed(true, 10);
        desk.listed(false, 20);
        desk.listed(false, 30);
        assertThat(desk.past().letGoNanos()).hasValue(20);
    }

    @Test
    void aReplicaThatStreamsAgainWasNotLetGo() {
        desk.listed(true, 10);
        desk.listed(false, 20);
        desk.listed(true, 30);
        assertThat(desk.past().letGoNanos()).isEmpty();
    }

    @Test
    void whoWasNeverListedWasNeverLetGo() {
        desk.listed(false, 20);
        assertThat(desk.past().letGoNanos()).isEmpty();
    }

    @Test
    void aLookThatCameWithAnActionsEndKnowsOfTheExitsBeforeIt() {
        desk.begin(STOP, 10);
        desk.exited(1, 20);
        desk.ended(STOP, new Outcome.Done("stopped"), 30);
        assertThat(desk.busy(30)).isPresent();
        assertThat(desk.knowsNoNewerExit(0)).isFalse();
        assertThat(desk.knowsNoNewerExit(1)).isTrue();
        desk.observed(stoppedAt(25), 30);
        desk.covered(2);
        assertThat(desk.busy(30)).isEmpty();

        desk.exited(2, 40);
        assertThat(desk.facts(40)).as("after an exit that was known").isPresent();
        assertThat(desk.past().exited()).isFalse();
        desk.exited(3, 50);
        assertThat(desk.facts(50)).as("after another one").isEmpty();
    }

    @Test
    void aLookOfItsOwnCoversNoExitThatIsHeardOfLater() {
        desk.ended(STOP, new Outcome.Done("stopped"), 30);
        desk.observed(stoppedAt(25), 30);
        desk.covered(2);
        assertThat(desk.counts(stoppedAt(29))).isFalse();
        assertThat(desk.counts(stoppedAt(31))).isTrue();
        desk.observed(stoppedAt(31), 35);
        desk.exited(2, 40);
        assertThat(desk.facts(40)).isEmpty();
    }

    private static MemberLook stoppedAt(long nanos) {
        return MemberLook.of(
                new MemberFacts(
                        new MemberName("b"),
                        nanos,
                        new MemberState.Stopped(false, true, new Position(1, Lsn.parse("0/10")))));
    }
}
