package io.shoestring.control;

import static io.shoestring.control.DeciderTest.only;
import static io.shoestring.control.Scene.A;
import static io.shoestring.control.Scene.B;
import static io.shoestring.control.Scene.C;
import static io.shoestring.control.Scene.awayFor;
import static io.shoestring.control.Scene.crashed;
import static io.shoestring.control.Scene.healthy;
import static io.shoestring.control.Scene.primary;
import static io.shoestring.control.Scene.replica;
import static io.shoestring.control.Scene.shutDown;
import static io.shoestring.control.Scene.silentFor;
import static io.shoestring.control.Scene.stoppedReplica;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.control.FailoverRequest.Possible;
import io.shoestring.control.FailoverRequest.Refused;
import io.shoestring.model.AcceptedLoss;
import io.shoestring.model.Action;
import io.shoestring.model.Action.Fence;
import io.shoestring.model.Action.GrantLease;
import io.shoestring.model.Action.ReleaseLease;
import io.shoestring.model.Action.Remember;
import io.shoestring.model.Action.StartPrimary;
import io.shoestring.model.Decision;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberState;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.Set;

/** An operator says who takes over. */
@Timeout(20)
class ForcedTest {
    private static final AcceptedLoss NOTHING = AcceptedLoss.NOTHING;
    private static final AcceptedLoss UNKNOWN = AcceptedLoss.UNKNOWN;

    private static String refused(Scene scene, MemberName to, AcceptedLoss loss) {
        return ((Refused) FailoverRequest.judge(scene.observation(), to, loss)).sentence();
    }

    private static String cost(Scene scene, MemberName to, AcceptedLoss loss) {
        return ((Possible) FailoverRequest.judge(scene.observation(), to, loss)).cost();
    }

    /** b, which is synchronous, can not be asked; c is asynchronous and behind. */
    private static Scene bIsLost(MemberState ofPrimary) {
        return healthy().sees(A, ofPrimary).sees(B, awayFor(20)).sees(C, replica(90, A));
    }

    @Test
    void aPrimaryThatHangsIsStoppedAtOnce() {
        Scene silent = healthy().sees(A, silentFor(1));
        assertThat(silent.decide().actions()).isEmpty();
        assertThat(cost(silent, B, NOTHING)).isEqualTo("b has every acknowledged commit");
        Decision decision = silent.forced(B, NOTHING, 0).decide();
        assertThat(only(decision, Fence.class).member()).isEqualTo(A);
        assertThat(decision.topology().primary()).isEmpty();
    }

    @Test
    void oneThatWorksIsStoppedToo() {
        Decision decision = healthy().forced(B, NOTHING, 0).decide();
        assertThat(only(decision, Fence.class).reason())
                .isEqualTo("Failover s-3 stops a by force, so that b can take over.");
    }

    @Test
    void oneInRecoveryIsStoppedToo() {
        Scene scene = healthy().closed().sees(A, new MemberState.Starting("recovery"));
        assertThat(scene.decide().actions()).isEmpty();
        only(scene.forced(B, NOTHING, 0).decide(), Fence.class);
    }

    /** Which of several has the last commit is known when the primary writes nothing more. */
    @Test
    void ofSeveralWhoHasMoreInTheEndTakesOverInstead() {
        Scene scene = healthy().synchronous(B, C).sees(B, replica(40, A));
        assertThat(cost(scene, B, NOTHING))
                .isEqualTo(
                        "b is synchronous; if another one has more in the end, that one takes"
                                + " over");
        only(scene.forced(B, NOTHING, 0).decide(), Fence.class);
        Scene gone = scene.sees(A, crashed(50)).noLease();
        assertThat(only(gone.decide(), GrantLease.class).member()).isEqualTo(C);
        Scene caughtUp = gone.sees(B, replica(100, A));
        assertThat(only(caughtUp.decide(), GrantLease.class).member()).isEqualTo(B);
    }

    @Test
    void whoWasNamedTakesOverWhenItIsGone() {
        Scene gone = healthy().forced(B, NOTHING, 1).sees(A, crashed(50));
        assertThat(only(gone.decide(), ReleaseLease.class).reason())
                .isEqualTo(
                        "No process of a is left, and b was chosen by an operator (b has every"
                                + " acknowledged commit): it takes over.");
        assertThat(only(gone.noLease().decide(), GrantLease.class).member()).isEqualTo(B);
    }

    @Test
    void whoLacksNothingMayBeNamedThoughNoCommitWaitsForIt() {
        Scene gone = healthy().forced(C, NOTHING, 1).sees(A, crashed(50));
        assertThat(only(gone.noLease().decide(), GrantLease.class).member()).isEqualTo(C);
    }

    @Test
    void theAmountIsNamedAndHasToBeAccepted() {
        Scene scene = healthy().sees(B, replica(100_000, A)).sees(C, replica(1, A));
        assertThat(refused(scene, C, NOTHING))
                .isEqualTo(
                        "Data would be lost: c lacks 98 kB of the log that b has. If the loss is"
                            + " accepted: 'shoestring failover shop --to c --accept-loss 98kB'.");
        assertThat(refused(scene, C, AcceptedLoss.parse("97kB")))
                .startsWith("More would be lost than was accepted: ");
        assertThat(cost(scene, C, AcceptedLoss.parse("98kB")))
                .isEqualTo("c lacks 98 kB of the log that b has");
    }

    @Test
    void whoGoesFartherBehindThanWasAcceptedDoesNotTakeOver() {
        AcceptedLoss accepted = AcceptedLoss.parse("1kB");
        Scene gone = healthy().forced(C, accepted, 1).sees(A, crashed(50));
        Scene near = gone.sees(B, replica(1_100, A));
        assertThat(only(near.noLease().decide(), GrantLease.class).member()).isEqualTo(C);
        Scene far = gone.sees(B, replica(1_125, A));
        assertThat(only(far.decide(), GrantLease.class).member()).isEqualTo(B);
    }

    @Test
    void whatSomebodyOutOfReachMayHaveIsUnknown() {
        Scene scene = bIsLost(crashed(50));
        assertThat(only(scene.decide(), Remember.class).reason())
                .contains("started again in place, because nobody can take over");
        assertThat(refused(scene, C, AcceptedLoss.parse("1GB")))
                .contains("may hold acknowledged commits that c lacks", "--accept-loss unknown'");
        assertThat(cost(scene, C, UNKNOWN)).contains("may hold acknowledged commits");
        assertThat(only(scene.forced(C, UNKNOWN, 1).decide(), ReleaseLease.class).reason())
                .contains("c was chosen by an operator");
    }

    @Test
    void withoutItsLeaseEndedNobodyTakesOverFromAMachineOutOfReach() {
        Scene away = bIsLost(awayFor(20)).forced(C, UNKNOWN, 1);
        assertThat(away.decide().actions()).isEmpty();
        Scene ended = away.noLease().leaseEnded(2);
        assertThat(only(ended.decide(), GrantLease.class).member()).isEqualTo(C);
    }

    @Test
    void whatIsAcceptedWithALimitIsNotPassedOver() {
        Scene ended = bIsLost(awayFor(20)).forced(C, AcceptedLoss.parse("1GB"), 1);
        assertThat(ended.noLease().leaseEnded(2).decide().actions())
                .noneMatch(GrantLease.class::isInstance);
    }

    @Test
    void whatWasReadBeforeThePrimaryWasGoneDoesNotCount() {
        Scene gone = healthy().forced(B, UNKNOWN, 1).sees(A, crashed(50), 0, 0.5);
        assertThat(gone.sees(B, replica(100, A), 0.8, 9).decide().actions()).isEmpty();
    }

    @Test
    void ofAnAsynchronousPrimaryNobodyKnowsHowMuchUnlessItStoppedCleanly() {
        Scene scene = healthy().synchronous().performance();
        assertThat(refused(scene, B, NOTHING))
                .contains("Nothing is lost by 'shoestring switchover shop --to b'.")
                .endsWith("--accept-loss unknown'.");
        assertThat(refused(scene.sees(A, crashed(3_000_100)), B, NOTHING))
                .startsWith(
                        "Data would be lost: b lacks 2 MB of the log of a, and how much more is"
                                + " unknown.");
        assertThat(cost(scene.sees(A, shutDown(100)), B, NOTHING))
                .isEqualTo("b has the whole log of a");
        assertThat(refused(scene.sees(A, shutDown(4196)), B, NOTHING)).endsWith(" 4kB'.");
    }

    @Test
    void theLimitOfLossIsPassedByWhatAnOperatorAccepts() {
        Scene scene =
                healthy()
                        .synchronous()
                        .lossLimit(1 << 20, 60)
                        .sees(A, shutDown(20 << 20))
                        .sees(C, stoppedReplica(1));
        assertThat(scene.decide().actions()).noneMatch(ReleaseLease.class::isInstance);
        only(scene.forced(B, AcceptedLoss.parse("20MB"), 1).decide(), ReleaseLease.class);
    }

    @Test
    void ifTheNamedOneCannotEverythingIsAsIfNobodyHadAsked() {
        Scene gone = healthy().forced(C, UNKNOWN, 1).sees(A, crashed(50));
        Scene without = gone.sees(C, stoppedReplica(100));
        assertThat(only(without.noLease().decide(), GrantLease.class).member()).isEqualTo(B);
        Scene before = healthy().forced(C, UNKNOWN, 0).sees(C, stoppedReplica(100));
        assertThat(only(before.decide(), Remember.class).reason())
                .startsWith("Failover s-3 was given up: ");
    }

    @Test
    void theNewPrimaryIsNotStoppedAfterwards() {
        Scene opening =
                healthy()
                        .serving(B, 8)
                        .closed()
                        .forced(B, UNKNOWN, 2)
                        .sees(A, crashed(50))
                        .sees(B, primary(101, Set.of()));
        Remember opened = only(opening.decide(), Remember.class);
        assertThat(opened.next().writable()).isTrue();
        assertThat(opened.next().switchover()).isEmpty();
        Scene stopped = opening.sees(B, shutDown(101)).sees(C, stoppedReplica(100));
        assertThat(stopped.decide().actions()).hasAtLeastOneElementOfType(StartPrimary.class);
    }

    @Test
    void whatCannotBeStoppedIsGivenUp() {
        Decision late = healthy().forced(B, NOTHING, 61).decide();
        assertThat(late.actions()).noneMatch(Fence.class::isInstance);
        assertThat(only(late, Remember.class).next().switchover()).isEmpty();
        Decision away = healthy().forced(B, NOTHING, 61).sees(A, awayFor(3)).decide();
        assertThat(only(away, Remember.class).reason()).contains("still renews its lease");
    }

    @Test
    void isRefusedWhereItCouldDoNothing() {
        assertThat(refused(healthy(), new MemberName("x"), UNKNOWN))
                .isEqualTo("There is no member x; the members are a, b and c.");
        assertThat(refused(healthy(), A, UNKNOWN)).isEqualTo("a is the primary already.");
        assertThat(refused(healthy().paused(), B, UNKNOWN)).contains("'shoestring resume shop'");
        assertThat(refused(healthy().forced(C, UNKNOWN, 1), B, UNKNOWN))
                .isEqualTo("Failover s-3 is on its way; wait until it has ended.");
        assertThat(refused(healthy().offline(B), B, UNKNOWN)).contains("cannot become the primary");
        assertThat(refused(healthy().sees(B, stoppedReplica(1)), B, UNKNOWN))
                .contains("cannot become the primary");
    }

    @Test
    void noActionIsForgottenInTheTopology() {
        Decision decision = healthy().forced(B, NOTHING, 0).sees(A, crashed(1)).decide();
        assertThat(decision.actions()).hasOnlyElementsOfType(Action.ReleaseLease.class);
        assertThat(decision.topology().primary()).isEmpty();
    }
}
