package io.shoestring.control;

import static io.shoestring.control.DeciderTest.only;
import static io.shoestring.control.Scene.A;
import static io.shoestring.control.Scene.B;
import static io.shoestring.control.Scene.C;
import static io.shoestring.control.Scene.crashed;
import static io.shoestring.control.Scene.healthy;
import static io.shoestring.control.Scene.heard;
import static io.shoestring.control.Scene.primary;
import static io.shoestring.control.Scene.replica;
import static io.shoestring.control.Scene.shutDown;
import static io.shoestring.control.Scene.stoppedReplica;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.model.Action.Cascade;
import io.shoestring.model.Action.Follow;
import io.shoestring.model.Action.ReleaseLease;
import io.shoestring.model.Action.Remember;
import io.shoestring.model.Action.SetSynchronous;
import io.shoestring.model.Decision;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;
import io.shoestring.model.Switchover;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.Optional;
import java.util.Set;

/** c gets its log from b, while both are replicas of a. */
@Timeout(20)
class CascadeTest {
    private static Scene scene() {
        return healthy()
                .upstream(C, B)
                .sees(A, primary(100, Set.of(B), B))
                .sees(B, replica(100, A), 0, 60)
                .sees(C, replica(100, B), 0, 60);
    }

    private static Scene direct() {
        return scene().sees(A, primary(100, Set.of(B), B, C)).sees(C, replica(100, A), 0, 60);
    }

    @Test
    void itIsLeftInPlaceAndTakesReads() {
        Decision decision = scene().decide();
        assertThat(decision.actions()).isEmpty();
        assertThat(decision.topology().replicas())
                .extracting(MemberSpec::name)
                .containsExactly(B, C);
        assertThat(decision.summary()).contains("c follows by way of b");
    }

    @Test
    void whoFollowsThePrimaryIsLedOnWhenItsUpstreamIsFedForAWhile() {
        Cascade cascade = only(direct().decide(), Cascade.class);
        assertThat(cascade.member()).isEqualTo(C);
        assertThat(cascade.upstream().name()).isEqualTo(B);
        assertThat(cascade.primary().name()).isEqualTo(A);
        assertThat(direct().sees(B, replica(100, A), 0, 9).decide().actions())
                .as("b has just come back")
                .noneMatch(Cascade.class::isInstance);
        assertThat(direct().busy(B, "being copied").decide().actions())
                .noneMatch(Cascade.class::isInstance);
        assertThat(direct().offline(B).synchronous().decide().actions())
                .noneMatch(Cascade.class::isInstance);
    }

    @Test
    void itLeavesTheSynchronousSetBeforeItIsLedOn() {
        Scene awaited = direct().synchronous(B, C).sees(A, primary(100, Set.of(B, C), B, C));
        assertThat(awaited.decide().actions()).noneMatch(Cascade.class::isInstance);
        assertThat(only(awaited.decide(), SetSynchronous.class).names()).containsExactly(B);
        Scene away = direct().sees(B, stoppedReplica(90)).synchronous();
        assertThat(away.decide().actions())
                .as("while b is missing commits may wait for c")
                .filteredOn(SetSynchronous.class::isInstance)
                .singleElement()
                .satisfies(it -> assertThat(((SetSynchronous) it).names()).containsExactly(C));
    }

    @Test
    void itGoesToThePrimaryWhenItsUpstreamIsGoneAndFollowsWhoFollows() {
        Scene gone = scene().sees(B, stoppedReplica(90), 0, 6).sees(C, replica(90, B, false), 0, 6);
        assertThat(gone.decide().actions())
                .filteredOn(Follow.class::isInstance)
                .extracting(it -> ((Follow) it).member())
                .containsExactlyInAnyOrder(B, C);
        Scene blip = scene().sees(B, stoppedReplica(90), 0, 2).sees(C, replica(90, B, false), 0, 2);
        assertThat(blip.decide().actions())
                .filteredOn(Follow.class::isInstance)
                .extracting(it -> ((Follow) it).member())
                .containsExactly(B);
        Scene ended = scene().unseen(B, true);
        assertThat(ended.decide().actions()).noneMatch(Follow.class::isInstance);
        Scene cutOff = scene().sees(B, replica(90, A, false), 0, 6).sees(C, replica(90, B), 0, 60);
        assertThat(cutOff.decide().actions())
                .as("what c is fed is not the primary's log any more")
                .anyMatch(it -> it instanceof Follow follow && follow.member().equals(C));
        assertThat(cutOff.decide().topology().replicas()).isEmpty();
    }

    @Test
    void whatIsNotInOrderIsMendedByThePrimary() {
        Follow empty = only(scene().sees(C, new MemberState.Empty()).decide(), Follow.class);
        assertThat(empty.upstream().name()).isEqualTo(A);
        assertThat(empty.source().orElseThrow().name()).as("copied from its upstream").isEqualTo(B);
        assertThat(only(scene().sees(C, stoppedReplica(90)).decide(), Follow.class).upstream())
                .isEqualTo(Scene.spec(A));
    }

    @Test
    void nobodyIsLedToOneThatIsFedByIt() {
        Scene crossed =
                scene().upstream(B, C)
                        .sees(B, replica(100, C), 0, 60)
                        .sees(C, replica(100, A), 0, 60);
        assertThat(crossed.decide().actions()).noneMatch(Cascade.class::isInstance);
        Scene ring = scene().sees(B, replica(100, C), 0, 60).sees(C, replica(100, B), 0, 60);
        assertThat(ring.decide().actions())
                .filteredOn(Follow.class::isInstance)
                .extracting(it -> ((Follow) it).member())
                .containsExactlyInAnyOrder(B, C);
        assertThat(ring.decide().topology().replicas()).isEmpty();
    }

    @Test
    void aSwitchoverGoesToItWhenItsUpstreamHasEveryCommit() {
        assertThat(SwitchoverRequest.judge(scene().observation(), Optional.of(C)))
                .isInstanceOf(SwitchoverRequest.Possible.class);
        Scene unknown = scene().synchronous();
        assertThat(SwitchoverRequest.judge(unknown.observation(), Optional.of(C)))
                .isInstanceOf(SwitchoverRequest.Refused.class);
        Scene stopping = scene().switchover(C, Switchover.Step.STOP, 1).sees(A, shutDown(100));
        assertThat(stopping.sees(C, replica(99, B)).decide().actions())
                .as("not before it has everything")
                .isEmpty();
        assertThat(only(stopping.sees(C, replica(100, B)).decide(), ReleaseLease.class).next())
                .contains(C);
    }

    @Test
    void afterAFailoverToItsUpstreamItIsDirectAndCommitsMayWaitForIt() {
        assertThat(only(scene().sees(A, crashed(100)).decide(), ReleaseLease.class).next())
                .contains(B);
        Scene after =
                scene().serving(B, 8)
                        .sees(A, stoppedReplica(100))
                        .sees(B, primary(110, Set.of(C), C))
                        .sees(C, replica(110, B))
                        .did(new SetSynchronous(B, Set.of(C), 8, ""), 1, "");
        assertThat(after.decide().actions())
                .filteredOn(Remember.class::isInstance)
                .singleElement()
                .satisfies(
                        it -> assertThat(((Remember) it).next().synchronous()).containsExactly(C));
    }

    @Test
    void whatItWasToldIsItsUpstreamsLogAndCountsAsFarAsThatOneGot() {
        Scene lost =
                scene().lossLimit(1_000, 5)
                        .sees(A, crashed(100))
                        .sees(B, heard(replica(100, A), 100, 1))
                        .sees(C, heard(replica(100, B), 100, 0));
        assertThat(only(lost.priorities(1, 0, 1).decide(), ReleaseLease.class).next()).contains(C);
        Scene alone = lost.sees(B, stoppedReplica(90));
        assertThat(alone.decide().actions())
                .as("nobody knows until when b had everything")
                .noneMatch(ReleaseLease.class::isInstance);
    }
}
