package io.shoestring.control;

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

import io.shoestring.model.Action;
import io.shoestring.model.Action.Fence;
import io.shoestring.model.Action.Follow;
import io.shoestring.model.Action.GrantLease;
import io.shoestring.model.Action.Promote;
import io.shoestring.model.Action.ReleaseLease;
import io.shoestring.model.Action.Remember;
import io.shoestring.model.Action.SetSynchronous;
import io.shoestring.model.Action.StartPrimary;
import io.shoestring.model.DatabaseRecord;
import io.shoestring.model.Decision;
import io.shoestring.model.Lsn;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;
import io.shoestring.model.Position;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.Optional;
import java.util.Set;

@Timeout(20)
class DeciderTest {
    private static final MemberState EMPTY = new MemberState.Empty();
    private static final MemberState STARTING = new MemberState.Starting("starting");

    // The first primary.

    @Test
    void theOnlyMemberWithDataBecomesTheFirstPrimary() {
        Decision decision = new Scene().sees(A, shutDown(5)).sees(B, EMPTY).sees(C, EMPTY).decide();
        assertThat(only(decision, GrantLease.class).member()).isEqualTo(A);
        assertThat(decision.topology().primary()).isEmpty();
    }

    @Test
    void aRunningPrimaryWithReplicasIsAdopted() {
        Decision decision =
                new Scene()
                        .sees(A, stoppedReplica(5))
                        .sees(B, primary(9, Set.of()))
                        .sees(C, replica(9, B))
                        .decide();
        assertThat(only(decision, GrantLease.class).member()).isEqualTo(B);
    }

    @Test
    void noneIsChosenWhileAMemberWasNotSeen() {
        Decision decision = new Scene().sees(A, shutDown(5)).sees(B, EMPTY).decide();
        assertThat(decision.actions()).isEmpty();
        assertThat(decision.summary()).contains("c has not been seen yet");
    }

    @Test
    void noneIsChosenAmongTwoWithDataOfTheirOwn() {
        Decision decision =
                new Scene().sees(A, shutDown(5)).sees(B, crashed(5)).sees(C, EMPTY).decide();
        assertThat(decision.actions()).isEmpty();
        assertThat(decision.summary()).contains("a and b each hold data", "move its data");
    }

    @Test
    void noneIsChosenAmongReplicasOnly() {
        Decision decision =
                new Scene().sees(A, stoppedReplica(5)).sees(B, EMPTY).sees(C, EMPTY).decide();
        assertThat(decision.actions()).isEmpty();
        assertThat(decision.summary()).contains("pg_ctl promote");
    }

    // From the lease to a primary that takes writes.

    @Test
    void aGrantedLeaseIsWrittenDown() {
        Decision decision = healthy().lease(9, B).sees(A, crashed(100)).decide();
        DatabaseRecord next = only(decision, Remember.class).next();
        assertThat(next.epoch()).isEqualTo(9);
        assertThat(next.primary()).contains(B);
        assertThat(next.synchronous()).isEmpty();
        assertThat(next.writable()).isFalse();
        assertThat(decision.topology().primary()).isEmpty();
    }

    @Test
    void aSuccessorThatDiedBeforeItWasRememberedIsReplaced() {
        Decision decision =
                healthy().lease(9, B).sees(A, crashed(100)).sees(B, stoppedReplica(100)).decide();
        assertThat(only(decision, ReleaseLease.class).epoch()).isEqualTo(9);
        Decision unseen = healthy().lease(9, B).sees(A, crashed(100)).unseen(B, false).decide();
        assertThat(unseen.actions()).isEmpty();
    }

    @Test
    void whoeverKeepsTheLeaseKeepsItsSynchronousSet() {
        Decision decision = healthy().lease(9, A).decide();
        assertThat(only(decision, Remember.class).next().synchronous()).containsExactly(B);
    }

    @Test
    void aRememberedReplicaIsPromoted() {
        Decision decision = healthy().serving(B, 9).closed().sees(A, crashed(100)).decide();
        Promote promote = only(decision, Promote.class);
        assertThat(promote.member()).isEqualTo(B);
        assertThat(promote.epoch()).isEqualTo(9);
    }

    @Test
    void aReplicaThatStoppedBeforeItsPromotionIsNeverStartedAsAPrimary() {
        Decision decision =
                healthy()
                        .serving(B, 9)
                        .closed()
                        .sees(A, crashed(100))
                        .sees(B, stoppedReplica(100))
                        .decide();
        assertThat(only(decision, Promote.class).member()).isEqualTo(B);
    }

    @Test
    void nobodyIsPromotedBesideARunningPrimary() {
        Decision decision = healthy().serving(B, 9).closed().decide();
        assertThat(only(decision, Fence.class).member()).isEqualTo(A);
    }

    @Test
    void aPromotedPrimaryIsRememberedAsWritableAndOnlyThenPublished() {
        Scene promoted =
                healthy()
                        .serving(B, 9)
                        .closed()
                        .sees(A, crashed(100))
                        .sees(B, primary(101, Set.of()));
        Decision decision = promoted.decide();
        assertThat(only(decision, Remember.class).next().writable()).isTrue();
        assertThat(decision.topology().primary()).isEmpty();
        Decision later =
                new Scene()
                        .serving(B, 9)
                        .sees(A, crashed(100))
                        .sees(B, primary(101, Set.of()))
                        .sees(C, EMPTY)
                        .decide();
        assertThat(later.topology().primary().map(MemberSpec::name)).contains(B);
    }

    @Test
    void aPromotionThatIsNotOverIsNotRememberedAsWritable() {
        Decision decision =
                healthy()
                        .serving(B, 9)
                        .closed()
                        .sees(A, crashed(100))
                        .sees(B, primary(101, Set.of()))
                        .busy(B, "being promoted")
                        .decide();
        assertThat(decision.actions()).isEmpty();
    }

    // The primary is gone.

    @Test
    void theLeaseIsReleasedWhenNoProcessIsLeftAndASynchronousMemberIsThere() {
        Decision decision = healthy().sees(A, crashed(100)).decide();
        assertThat(only(decision, ReleaseLease.class).epoch()).isEqualTo(7);
        assertThat(decision.topology().primary()).isEmpty();
    }

    @Test
    void theLeaseGoesToTheSynchronousMember() {
        Decision decision =
                healthy().noLease().sees(A, crashed(100)).sees(C, replica(900, A)).decide();
        assertThat(only(decision, GrantLease.class).member()).isEqualTo(B);
    }

    @Test
    void theMostAdvancedOfTheSynchronousMembersIsChosen() {
        Scene scene =
                healthy()
                        .synchronous(B, C)
                        .noLease()
                        .sees(A, crashed(100))
                        .sees(B, replica(100, A))
                        .sees(C, replica(101, A));
        assertThat(only(scene.decide(), GrantLease.class).member()).isEqualTo(C);
    }

    @Test
    void amongEqualsPriorityDecidesAndThenTheOrderOfTheFile() {
        Scene scene = healthy().synchronous(B, C).noLease().sees(A, crashed(100));
        assertThat(only(scene.decide(), GrantLease.class).member()).isEqualTo(B);
        scene.priorities(1, 1, 2);
        assertThat(only(scene.decide(), GrantLease.class).member()).isEqualTo(C);
        scene.priorities(1, 0, 1);
        assertThat(only(scene.decide(), GrantLease.class).member()).isEqualTo(C);
    }

    @Test
    void nobodyIsPromotedWhileOneOfTheSynchronousSetCannotBeRead() {
        Decision decision =
                healthy()
                        .synchronous(B, C)
                        .sees(A, crashed(100))
                        .sees(C, stoppedReplica(100))
                        .decide();
        assertThat(only(decision, Remember.class).next().writable()).isFalse();
        assertThat(decision.summary()).contains("started again in place", "c is stopped");
    }

    @Test
    void positionsFromBeforeTheDeathDoNotCount() {
        Decision decision =
                healthy().sees(A, crashed(100), 0, 0.1).sees(B, replica(100, A), 0.2, 10).decide();
        assertThat(decision.actions()).isEmpty();
        assertThat(decision.summary()).contains("what b received is being read");
    }

    @Test
    void oldLooksDoNotCount() {
        Decision decision = healthy().sees(A, crashed(100), 2, 3).decide();
        assertThat(decision.actions()).isEmpty();
    }

    @Test
    void withoutASynchronousMemberThePrimaryIsStartedInPlace() {
        Scene scene = healthy().synchronous().sees(A, crashed(100));
        Decision decision = scene.decide();
        assertThat(only(decision, Remember.class).next().writable()).isFalse();
        StartPrimary start = only(scene.closed().decide(), StartPrimary.class);
        assertThat(start.member()).isEqualTo(A);
        assertThat(start.epoch()).isEqualTo(7);
    }

    @Test
    void inPerformanceModeTheMostAdvancedReplicaIsChosen() {
        Scene scene =
                healthy()
                        .performance()
                        .synchronous()
                        .noLease()
                        .sees(A, crashed(50))
                        .sees(B, replica(90, A))
                        .sees(C, replica(95, A));
        assertThat(only(scene.decide(), GrantLease.class).member()).isEqualTo(C);
    }

    @Test
    void inPerformanceModeAReplicaThatIsFarBehindIsNotChosen() {
        Scene scene =
                healthy()
                        .performance()
                        .synchronous()
                        .sees(A, crashed(100L << 20))
                        .sees(B, replica(1, A))
                        .sees(C, replica(2, A));
        assertThat(only(scene.decide(), Remember.class).next().writable()).isFalse();
    }

    @Test
    void whilePausedThePrimaryIsStartedInPlace() {
        Decision decision = healthy().paused().sees(A, crashed(100)).decide();
        assertThat(only(decision, Remember.class).next().writable()).isFalse();
        assertThat(decision.summary()).contains("paused");
    }

    @Test
    void aLostDataDirectoryWithoutASuccessorNeedsAPerson() {
        Decision decision = healthy().synchronous().sees(A, EMPTY).decide();
        assertThat(decision.actions()).isEmpty();
        assertThat(decision.summary()).contains("restore a backup");
    }

    @Test
    void aRunningPrimaryWhoseLeaseRanOutGetsItAgain() {
        Decision decision = healthy().noLease().decide();
        assertThat(only(decision, GrantLease.class).member()).isEqualTo(A);
        assertThat(decision.topology().primary()).isEmpty();
    }

    @Test
    void aSecondPrimaryIsFencedAndOnlyThenMadeAReplica() {
        Decision decision = healthy().sees(C, primary(50, Set.of())).decide();
        assertThat(only(decision, Fence.class).member()).isEqualTo(C);
        assertThat(decision.actions()).noneMatch(Follow.class::isInstance);
    }

    // The primary is silent.

    @Test
    void aShortStallChangesNothing() {
        Decision decision = healthy().sees(A, silentFor(7.9)).decide();
        assertThat(decision.actions()).isEmpty();
        assertThat(decision.topology().primary().map(MemberSpec::name)).contains(A);
    }

    @Test
    void aLongSilenceIsFencedIfSomebodyCanTakeOver() {
        Decision decision = healthy().sees(A, silentFor(8.1)).decide();
        assertThat(only(decision, Fence.class).member()).isEqualTo(A);
        assertThat(decision.topology().primary()).isEmpty();
    }

    @Test
    void aLongSilenceIsLeftAloneIfNobodyCanTakeOver() {
        Decision decision = healthy().synchronous().sees(A, silentFor(60)).decide();
        assertThat(decision.actions()).isEmpty();
        assertThat(decision.summary()).contains("nobody can take over");
        assertThat(decision.topology().primary()).isPresent();
    }

    @Test
    void whatADeadServerLeftBehindIsEndedAtOnce() {
        Decision decision = healthy().sees(A, silentFor(0.1)).exited(A).decide();
        assertThat(only(decision, Fence.class).member()).isEqualTo(A);
        assertThat(decision.topology().primary()).isEmpty();
    }

    @Test
    void anUnseenPrimaryIsNotPublished() {
        Decision decision = healthy().unseen(A, true).decide();
        assertThat(decision.actions()).isEmpty();
        assertThat(decision.topology().primary()).isEmpty();
        assertThat(decision.topology().epoch()).isEqualTo(7);
    }

    @Test
    void aPrimaryThatRecoversIsGivenTime() {
        assertThat(healthy().sees(A, STARTING).decide().actions()).isEmpty();
        Decision tooLong = healthy().sees(A, STARTING, 0, 31).decide();
        assertThat(only(tooLong, Fence.class).member()).isEqualTo(A);
    }

    // The others.

    @Test
    void nothingIsDoneWhenEverythingIsInPlace() {
        Decision decision =
                healthy().synchronous(B, C).sees(A, primary(100, Set.of(B, C), B, C)).decide();
        assertThat(decision.actions()).isEmpty();
        assertThat(decision.topology().primary().map(MemberSpec::name)).contains(A);
        assertThat(decision.topology().replicas()).extracting(MemberSpec::name).contains(B, C);
        assertThat(decision.topology().holdWrites()).isFalse();
    }

    @Test
    void whoeverIsNotThePrimaryIsMadeAReplica() {
        assertThat(follows(EMPTY)).isTrue();
        assertThat(follows(crashed(5))).isTrue();
        assertThat(follows(stoppedReplica(5))).isTrue();
        assertThat(follows(replica(5, B))).isTrue();
        assertThat(follows(replica(5, A))).isFalse();
        assertThat(follows(STARTING)).isFalse();
        assertThat(follows(silentFor(60))).isFalse();
    }

    @Test
    void aReplicaWithoutLogIsLookedIntoAfterAWhile() {
        Scene scene = healthy().sees(A, primary(100, Set.of(B), B));
        scene.sees(C, replica(5, A, false), 0, 4);
        assertThat(scene.decide().actions()).noneMatch(Follow.class::isInstance);
        scene.sees(C, replica(5, A, false), 0, 6);
        assertThat(only(scene.decide(), Follow.class).member()).isEqualTo(C);
    }

    @Test
    void aServerOfAnotherClusterIsNeverTouchedOrUsed() {
        MemberState foreign =
                new MemberState.Replica(
                        new Position(1, new Lsn(1)),
                        new Position(1, new Lsn(1)),
                        true,
                        Scene.spec(A).endpoint().toString(),
                        1);
        Decision decision = healthy().sees(C, foreign).decide();
        assertThat(decision.actions()).isEmpty();
        assertThat(decision.topology().replicas()).extracting(MemberSpec::name).containsOnly(B);
        assertThat(decision.summary()).contains("c belongs to another cluster");
    }

    @Test
    void nothingIsBegunOnAMemberThatIsBusy() {
        Decision decision = healthy().sees(C, EMPTY).busy(C, "being made a replica").decide();
        assertThat(decision.actions()).isEmpty();
    }

    @Test
    void anObservationWithoutChangeGivesTheSameTopology() {
        assertThat(healthy().decide().topology()).isEqualTo(healthy().decide().topology());
    }

    // The sentences.

    @Test
    void saysWhatTheNextAccidentWouldDo() {
        assertThat(healthy().decide().readiness())
                .isEqualTo("If a dies now, b takes over in about 1 s and loses nothing.");
        assertThat(
                        healthy()
                                .synchronous()
                                .sees(B, EMPTY)
                                .busy(B, "being made a replica of a")
                                .sees(C, EMPTY)
                                .busy(C, "being made a replica of a")
                                .decide()
                                .readiness())
                .isEqualTo(
                        "If a dies now, it is started again in place and nobody can take over: b is"
                                + " being made a replica of a; c is being made a replica of a.");
        assertThat(healthy().paused().decide().readiness()).contains("paused");
        MemberState.Replica stuck =
                new MemberState.Replica(
                        new Position(1, new Lsn(100)),
                        new Position(1, new Lsn(99)),
                        false,
                        replica(1, A).upstream(),
                        replica(1, A).systemIdentifier(),
                        Optional.of("A row is there already."));
        assertThat(healthy().synchronous(B).sees(B, stuck).decide().readiness())
                .isEqualTo(
                        "If a dies now, b cannot take over: there is something that it has received"
                                + " and cannot apply. Mend that first.");
    }

    @Test
    void isCoveredWhileSomebodyCouldTakeOverOrNobodyEverMay() {
        assertThat(healthy().decide().covered()).isTrue();
        assertThat(healthy().performance().decide().covered()).isTrue();
        assertThat(healthy().priorities(1, 0, 0).decide().covered()).isTrue();
        assertThat(healthy().synchronous().decide().covered())
                .as("replicas that stream, and are catching up")
                .isFalse();
        assertThat(healthy().busy(B, "restarting").busy(C, "restarting").decide().covered())
                .isFalse();
        assertThat(healthy().paused().decide().covered()).isFalse();
        assertThat(healthy().noLease().decide().covered()).as("no primary").isFalse();
    }

    private static boolean follows(MemberState state) {
        return healthy().sees(C, state).decide().actions().stream()
                .anyMatch(
                        action ->
                                action instanceof Follow follow
                                        && follow.member().equals(C)
                                        && follow.upstream().equals(Scene.spec(A)));
    }

    /** The only action; it is of this kind. */
    static <T extends Action> T only(Decision decision, Class<T> kind) {
        assertThat(
                        decision.actions().stream()
                                .filter(
                                        action ->
                                                !(action instanceof SetSynchronous)
                                                        || kind == SetSynchronous.class))
                .as(decision.summary())
                .hasSize(1)
                .first()
                .isInstanceOf(kind);
        return kind.cast(
                decision.actions().stream().filter(kind::isInstance).findFirst().orElseThrow());
    }
}
