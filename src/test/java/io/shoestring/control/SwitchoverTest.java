package io.shoestring.control;

import static io.shoestring.control.DeciderTest.only;
import static io.shoestring.control.Scene.A;
import static io.shoestring.control.Scene.B;
import static io.shoestring.control.Scene.C;
import static io.shoestring.control.Scene.crashed;
import static io.shoestring.control.Scene.healthy;
import static io.shoestring.control.Scene.primary;
import static io.shoestring.control.Scene.replica;
import static io.shoestring.control.Scene.shutDown;
import static io.shoestring.control.Scene.silentFor;
import static io.shoestring.control.Scene.stoppedReplica;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.control.SwitchoverRequest.Possible;
import io.shoestring.control.SwitchoverRequest.Refused;
import io.shoestring.model.Action.Checkpoint;
import io.shoestring.model.Action.Fence;
import io.shoestring.model.Action.GrantLease;
import io.shoestring.model.Action.ReleaseLease;
import io.shoestring.model.Action.Remember;
import io.shoestring.model.Action.Stop;
import io.shoestring.model.Decision;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberState;
import io.shoestring.model.Switchover;
import io.shoestring.model.Switchover.Step;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.Optional;
import java.util.Set;

@Timeout(20)
class SwitchoverTest {
    private static final MemberState STOPPING = new MemberState.Starting("stopping");

    @Test
    void beginsWithACheckpointThatNobodyNotices() {
        Decision decision = healthy().switchover(B, Step.CHECKPOINT, 0).decide();
        assertThat(only(decision, Checkpoint.class).member()).isEqualTo(A);
        assertThat(decision.topology().holdWrites()).isFalse();
    }

    @Test
    void holdsWritesAfterTheCheckpoint() {
        Scene scene = healthy().switchover(B, Step.CHECKPOINT, 2).did(new Checkpoint(A, ""), 1, "");
        assertThat(next(scene)).contains(Step.DRAIN);
        Decision draining = healthy().switchover(B, Step.DRAIN, 0.01).open(3).decide();
        assertThat(draining.topology().holdWrites()).isTrue();
        assertThat(draining.topology().primary()).isPresent();
        assertThat(draining.actions()).isEmpty();
    }

    @Test
    void anEarlierCheckpointDoesNotCount() {
        Scene scene = healthy().switchover(B, Step.CHECKPOINT, 2).did(new Checkpoint(A, ""), 3, "");
        assertThat(only(scene.decide(), Checkpoint.class).member()).isEqualTo(A);
    }

    @Test
    void stopsWhenNoTransactionIsOpenAndTheHoldWasSeen() {
        Scene unseen = healthy().switchover(B, Step.DRAIN, 1).unaware(1);
        assertThat(unseen.decide().actions()).isEmpty();
        assertThat(next(healthy().switchover(B, Step.DRAIN, 0))).contains(Step.STOP);
        Decision decision = healthy().switchover(B, Step.STOP, 0).decide();
        assertThat(only(decision, Stop.class).member()).isEqualTo(A);
    }

    @Test
    void aRehearsalEndsWhenTheTargetHasEverythingAndNothingIsStopped() {
        Decision early = healthy().rehearsal(B, 0.02).decide();
        assertThat(early.actions()).isEmpty();
        assertThat(early.topology().holdWrites()).isTrue();
        Scene behind = healthy().rehearsal(B, 1).sees(B, Scene.replica(99, A));
        assertThat(behind.decide().actions()).isEmpty();
        Scene oldLook = healthy().rehearsal(B, 1).sees(B, Scene.replica(100, A), 1.1, 10);
        assertThat(oldLook.decide().actions()).isEmpty();

        Decision over = healthy().rehearsal(B, 1).decide();
        Remember end = only(over, Remember.class);
        assertThat(end.next()).isEqualTo(healthy().record());
        assertThat(end.reason()).startsWith("Rehearsal s-3 went well");
        assertThat(healthy().rehearsal(B, 5.1).open(1).decide().summary())
                .contains("given up", "1 transaction was still open");
        assertThat(healthy().rehearsal(B, 5.1).sees(B, Scene.replica(99, A)).decide().summary())
                .contains("given up", "b did not have the whole log after 5 s");
    }

    @Test
    void aCheckSaysWhatPreventsItAndWhatIsGoodToKnow() {
        Preflight good = Preflight.of(healthy().open(2).observation(), Optional.of(B));
        assertThat(good.possible()).isTrue();
        assertThat(good.sentences())
                .containsExactly(
                        "A switchover would begin: a hands over to b, and nothing prevents it at"
                                + " this moment.",
                        "2 transactions are open at the listeners: if one still is 5 s after new"
                                + " ones are held, the switchover is given up.");
        Preflight alone =
                Preflight.of(
                        healthy()
                                .offline(C)
                                .priorities(0, 0, 1)
                                .sees(B, Scene.replica(10, A))
                                .unaware(1)
                                .paused()
                                .observation(),
                        Optional.of(B));
        assertThat(alone.sentences())
                .hasSize(6)
                .anyMatch(it -> it.startsWith("b has 1 kB of the log to apply"))
                .contains("Afterwards nobody could take over from b.")
                .contains("b has priority 0: it would never be chosen by itself.");
        Preflight refused = Preflight.of(healthy().observation(), Optional.of(C));
        assertThat(refused.possible()).isFalse();
        assertThat(refused.sentences().getFirst())
                .contains("would be refused", "not known to have every acknowledged commit");
    }

    @Test
    void isGivenUpWhenTransactionsStayOpen() {
        Scene scene = healthy().switchover(B, Step.DRAIN, 5.1).open(3);
        assertThat(next(scene)).isEmpty();
        assertThat(scene.decide().summary())
                .isEqualTo(
                        "Switchover s-3 was given up: 3 transactions were still open after 5 s.");
    }

    @Test
    void isGivenUpWhenTheTargetOrThePrimaryDiesBeforeTheStop() {
        assertThat(next(healthy().switchover(B, Step.DRAIN, 1).sees(B, stoppedReplica(1))))
                .isEmpty();
        assertThat(next(healthy().switchover(B, Step.CHECKPOINT, 1).sees(A, crashed(100))))
                .isEmpty();
        assertThat(next(healthy().switchover(B, Step.DRAIN, 1).sees(A, silentFor(5)))).isEmpty();
        assertThat(next(healthy().synchronous(C).switchover(B, Step.DRAIN, 1))).isEmpty();
    }

    @Test
    void isGivenUpWhenTheCheckpointFailsOrTakesTooLong() {
        Scene failed =
                healthy()
                        .switchover(B, Step.CHECKPOINT, 2)
                        .did(new Checkpoint(A, ""), 1, "disk full");
        assertThat(failed.decide().summary()).contains("given up", "disk full");
        assertThat(next(healthy().switchover(B, Step.CHECKPOINT, 61))).isEmpty();
    }

    @Test
    void isGivenUpWhenThePrimaryDoesNotEvenBeginToStop() {
        Scene scene =
                healthy().switchover(B, Step.STOP, 2).did(new Stop(A, ""), 1, "no permission");
        assertThat(next(scene)).isEmpty();
    }

    @Test
    void aPrimaryThatHangsInItsStopIsFenced() {
        Scene scene = healthy().sees(A, STOPPING).switchover(B, Step.STOP, 11);
        assertThat(only(scene.decide(), Fence.class).member()).isEqualTo(A);
    }

    @Test
    void goesOnWhenTheTargetHasTheWholeLog() {
        Scene lacking = healthy().sees(A, shutDown(101)).switchover(B, Step.STOP, 1);
        assertThat(lacking.decide().actions()).isEmpty();
        Scene complete =
                healthy()
                        .sees(A, shutDown(101))
                        .sees(B, replica(101, A, false))
                        .switchover(B, Step.STOP, 1);
        ReleaseLease release = only(complete.decide(), ReleaseLease.class);
        assertThat(release.member()).isEqualTo(A);
        assertThat(release.next()).contains(B);
    }

    @Test
    void movesTheLeaseToTheTarget() {
        Scene scene =
                healthy()
                        .synchronous(B, C)
                        .sees(A, shutDown(101))
                        .sees(B, replica(101, A, false))
                        .sees(C, replica(101, A, false))
                        .switchover(C, Step.STOP, 1);
        ReleaseLease release = only(scene.decide(), ReleaseLease.class);
        assertThat(release.epoch()).isEqualTo(7);
        assertThat(release.next()).contains(C);
        assertThat(only(scene.noLease().decide(), GrantLease.class).member()).isEqualTo(C);
    }

    @Test
    void isUndoneWhenTheTargetDoesNotGetTheLastOfTheLog() {
        Scene scene =
                healthy()
                        .performance()
                        .synchronous()
                        .sees(A, shutDown(101))
                        .switchover(B, Step.STOP, 11);
        Remember undo = only(scene.decide(), Remember.class);
        assertThat(undo.next().writable()).isFalse();
        assertThat(undo.next().switchover()).isPresent();
        Decision restart = scene.closed().decide();
        assertThat(restart.actions()).hasSize(1);
        assertThat(restart.summary()).contains("a is started as the primary");
    }

    @Test
    void aPrimaryThatCrashesInItsStopIsFollowedByTheSynchronousTarget() {
        Scene scene = healthy().sees(A, crashed(100)).switchover(B, Step.STOP, 1);
        assertThat(only(scene.decide(), ReleaseLease.class).member()).isEqualTo(A);
    }

    @Test
    void isOverWhenTheNewPrimaryIsRemembered() {
        Decision decision =
                healthy()
                        .serving(B, 9)
                        .closed()
                        .switchover(B, Step.STOP, 1)
                        .sees(A, shutDown(101))
                        .sees(B, primary(102, Set.of()))
                        .decide();
        assertThat(only(decision, Remember.class).next().switchover()).isEmpty();
    }

    // The request.

    @Test
    void theBestReplicaIsChosenWhenNobodyIsNamed() {
        assertThat(judge(healthy(), null)).isEqualTo(new Possible(A, B));
        assertThat(judge(healthy().performance().sees(C, replica(101, A)), null))
                .isEqualTo(new Possible(A, C));
    }

    @Test
    void impossibleRequestsAreRefusedWithAReason() {
        assertThat(refusal(healthy(), A)).isEqualTo("a is the primary already.");
        assertThat(refusal(healthy(), new MemberName("x"))).contains("the members are a, b and c");
        assertThat(refusal(healthy(), C)).contains("every acknowledged commit");
        assertThat(refusal(healthy().sees(B, stoppedReplica(1)), B)).contains("b is stopped");
        assertThat(refusal(healthy().sees(B, replica(1, A, false)), B)).contains("gets no log");
        assertThat(refusal(healthy().busy(B, "being cloned"), B)).contains("b is being cloned");
        assertThat(refusal(healthy().sees(A, crashed(1)), B)).contains("no working primary");
        assertThat(refusal(healthy().switchover(B, Step.DRAIN, 0), B)).contains("s-3");
        Scene behind = healthy().sees(A, primary(100L << 20, Set.of(B), B, C));
        assertThat(refusal(behind, B)).contains("16 MiB behind");
        assertThat(refusal(healthy().synchronous(), null)).startsWith("No member can become");
    }

    private static SwitchoverRequest judge(Scene scene, @Nullable MemberName to) {
        return SwitchoverRequest.judge(scene.observation(), Optional.ofNullable(to));
    }

    private static String refusal(Scene scene, @Nullable MemberName to) {
        return ((Refused) judge(scene, to)).sentence();
    }

    /** The step that is written down; empty if the switchover is given up. */
    private static Optional<Step> next(Scene scene) {
        return only(scene.decide(), Remember.class).next().switchover().map(Switchover::step);
    }
}
