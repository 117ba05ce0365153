package io.shoestring.control;

import static io.shoestring.control.Scene.A;
import static io.shoestring.control.Scene.B;
import static io.shoestring.control.Scene.C;
import static io.shoestring.control.Scene.primary;
import static io.shoestring.control.Scene.replica;
import static io.shoestring.control.Scene.silentFor;
import static io.shoestring.control.Scene.stoppedReplica;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.model.Action.Block;
import io.shoestring.model.Action.Promote;
import io.shoestring.model.Action.Remember;
import io.shoestring.model.Action.SetSynchronous;
import io.shoestring.model.Action.StartPrimary;
import io.shoestring.model.MemberName;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.Set;

/** Each row of the table in {@link Membership}, and the interrupted states between them. */
@Timeout(20)
class MembershipTest {
    @Test
    void fromNothingTheServerIsFirst() {
        Scene scene = scene(Set.of(), Set.of(), B, C);
        assertThat(set(scene)).containsExactlyInAnyOrder(B, C);
    }

    @Test
    void theRecordFollowsOnlyAfterTheProof() {
        Scene unproven = scene(Set.of(), Set.of(B, C), B, C);
        assertThat(set(unproven)).containsExactlyInAnyOrder(B, C);
        Scene failed = scene(Set.of(), Set.of(B, C), B, C).did(action(B, C), 1, "too slow");
        assertThat(set(failed)).containsExactlyInAnyOrder(B, C);
        Scene other = scene(Set.of(), Set.of(B, C), B, C).did(action(B), 1, "");
        assertThat(set(other)).containsExactlyInAnyOrder(B, C);
        Scene proven = scene(Set.of(), Set.of(B, C), B, C).did(action(B, C), 1, "");
        assertThat(remembered(proven)).containsExactlyInAnyOrder(B, C);
    }

    @Test
    void theLastOneLeavesTheRecordFirst() {
        Scene scene = scene(Set.of(B), Set.of(B)).sees(B, stoppedReplica(1));
        assertThat(remembered(scene)).isEmpty();
        Scene then = scene(Set.of(), Set.of(B)).sees(B, stoppedReplica(1));
        assertThat(set(then)).isEmpty();
    }

    @Test
    void anotherOneTakesItsPlaceByWayOfNothing() {
        Scene scene = scene(Set.of(B), Set.of(B), C);
        assertThat(remembered(scene)).isEmpty();
        assertThat(set(scene(Set.of(), Set.of(B), C))).containsExactly(C);
    }

    @Test
    void aSetThatIsNotEmptyGrowsInTheRecordFirst() {
        assertThat(remembered(scene(Set.of(B), Set.of(B), B, C))).containsExactlyInAnyOrder(B, C);
        assertThat(set(scene(Set.of(B, C), Set.of(B), B, C))).containsExactlyInAnyOrder(B, C);
    }

    @Test
    void aSetThatStaysNotEmptyShrinksInTheServerFirst() {
        assertThat(set(scene(Set.of(B, C), Set.of(B, C), B))).containsExactly(B);
        assertThat(set(scene(Set.of(B, C), Set.of(B), B))).containsExactly(B);
        Scene proven = scene(Set.of(B, C), Set.of(B), B).did(action(B), 1, "");
        assertThat(remembered(proven)).containsExactly(B);
    }

    @Test
    void aRecordThatTheServerContradictsIsForgotten() {
        assertThat(remembered(scene(Set.of(B), Set.of(), B))).isEmpty();
        assertThat(remembered(scene(Set.of(B), Set.of(B, C), B, C))).isEmpty();
    }

    @Test
    void aShortSilenceKeepsAMemberInAndALongOneDoesNot() {
        Scene shortly = scene(Set.of(B, C), Set.of(B, C), B, C).sees(C, silentFor(3.9));
        assertThat(shortly.decide().actions()).isEmpty();
        Scene longer = scene(Set.of(B, C), Set.of(B, C), B, C).sees(C, silentFor(4.1));
        assertThat(set(longer)).containsExactly(B);
    }

    @Test
    void aMemberThatHasJustDiedIsTakenOutAtOnce() {
        Scene died = scene(Set.of(B), Set.of(B), B).unseen(B, true);
        assertThat(remembered(died)).isEmpty();
        Scene notSeenYet = scene(Set.of(B), Set.of(B), B).unseen(B, false).unseen(C, false);
        assertThat(notSeenYet.decide().actions()).isEmpty();
    }

    @Test
    void aReplicaThatWasLetGoThisMomentStaysIn() {
        // What a primary looks like whose processes are just dying, one after the other; the
        // replica
        // may not have noticed yet.
        Scene dying = scene(Set.of(B), Set.of(B)).unseen(C, false).letGo(B, 0.9);
        assertThat(dying.decide().actions()).isEmpty();
        Scene noticed = dying.sees(B, Scene.replica(100, A, false), 0, 0.9).letGo(B, 0.9);
        assertThat(noticed.decide().actions()).isEmpty();
        Scene cutOff = scene(Set.of(B), Set.of(B)).unseen(C, false).letGo(B, 1.1);
        assertThat(remembered(cutOff)).isEmpty();
    }

    @Test
    void aReplicaThatWasNeverSeenToStreamGoesAtOnce() {
        assertThat(remembered(scene(Set.of(B), Set.of(B)))).isEmpty();
    }

    /** The primary's end of a connection that was cut off without a word is open for minutes. */
    @Test
    void aReplicaThatGetsNoLogLeavesWhateverThePrimaryBelieves() {
        Scene shortly =
                scene(Set.of(B), Set.of(B), B).sees(B, Scene.replica(100, A, false), 0, 3.9);
        assertThat(shortly.unseen(C, false).decide().actions()).isEmpty();
        Scene longer = scene(Set.of(B), Set.of(B), B).sees(B, Scene.replica(100, A, false), 0, 4.1);
        assertThat(remembered(longer)).isEmpty();
        Scene then = scene(Set.of(), Set.of(B), B).sees(B, Scene.replica(100, A, false), 0, 4.2);
        assertThat(set(then)).isEmpty();
        Scene out = scene(Set.of(), Set.of(), B).sees(B, Scene.replica(100, A, false), 0, 4.3);
        assertThat(out.unseen(C, false).decide().actions()).isEmpty();
    }

    @Test
    void priorityZeroIsNeverSynchronous() {
        Scene scene = scene(Set.of(), Set.of(), B, C).priorities(1, 0, 1);
        assertThat(set(scene)).containsExactly(C);
    }

    @Test
    void performanceModeKeepsItEmpty() {
        Scene scene = scene(Set.of(), Set.of(), B, C).performance();
        assertThat(scene.decide().actions()).isEmpty();
        assertThat(remembered(scene(Set.of(B), Set.of(B), B, C).performance())).isEmpty();
    }

    @Test
    void withMaximumTheServerIsNeverToldToWaitForNobody() {
        Scene died = scene(Set.of(B), Set.of(B)).maximum().sees(B, stoppedReplica(1));
        assertThat(remembered(died)).isEmpty();
        assertThat(died.decide().actions().toString())
                .contains(
                        "until a replica is there no commit is acknowledged (protection: maximum)");
        Scene blocked = scene(Set.of(), Set.of(B)).maximum().sees(B, stoppedReplica(1));
        assertThat(blocked.decide().actions())
                .noneMatch(action -> action instanceof SetSynchronous || action instanceof Block);
        assertThat(blocked.decide().summary())
                .contains("no commit is acknowledged until a replica is synchronous");
        assertThat(blocked.decide().readiness())
                .startsWith("No commit is acknowledged now: protection is maximum")
                .contains("If a dies now, it is started again in place and nobody can take over");
        assertThat(blocked.decide().covered()).isFalse();
        assertThat(set(scene(Set.of(), Set.of(B), C).maximum())).containsExactly(C);
    }

    @Test
    void withMaximumAPrimaryThatWaitsForNobodyIsBlocked() {
        Scene open = scene(Set.of(), Set.of()).maximum().priorities(1, 1, 0);
        assertThat(open.decide().actions())
                .filteredOn(Block.class::isInstance)
                .extracting("names")
                .containsExactly(Set.of(B));
        assertThat(set(scene(Set.of(), Set.of(), B).maximum())).containsExactly(B);
        assertThat(scene(Set.of(), Set.of()).decide().actions()).noneMatch(Block.class::isInstance);
    }

    @Test
    void fromMaximumToAvailabilityCommitsGoOn() {
        assertThat(set(scene(Set.of(), Set.of(B)))).isEmpty();
    }

    @Test
    void withMaximumAPromotedMemberWaitsFromItsFirstCommitOn() {
        Scene scene =
                new Scene()
                        .maximum()
                        .serving(B, 8)
                        .closed()
                        .sees(B, replica(100, A))
                        .unseen(A, true);
        assertThat(scene.decide().actions())
                .filteredOn(Promote.class::isInstance)
                .extracting("synchronous")
                .containsExactly(Set.of(A, C));
        Scene started =
                new Scene()
                        .maximum()
                        .serving(A, 8)
                        .closed()
                        .sees(A, Scene.crashed(100))
                        .sees(B, stoppedReplica(1))
                        .sees(C, stoppedReplica(1));
        assertThat(started.decide().actions())
                .filteredOn(StartPrimary.class::isInstance)
                .extracting("synchronous")
                .containsExactly(Set.of(B, C));
        assertThat(started.synchronous(B).decide().actions())
                .filteredOn(StartPrimary.class::isInstance)
                .extracting("synchronous")
                .containsExactly(Set.of(B));
    }

    private static Scene scene(
            Set<MemberName> remembered, Set<MemberName> inForce, MemberName... attached) {
        return new Scene()
                .serving(A, 7)
                .synchronous(remembered.toArray(new MemberName[0]))
                .sees(A, primary(100, inForce, attached))
                .sees(B, replica(100, A))
                .sees(C, replica(100, A));
    }

    private static SetSynchronous action(MemberName... names) {
        return new SetSynchronous(A, Set.of(names), 7, "");
    }

    private static Set<MemberName> set(Scene scene) {
        return scene.decide().actions().stream()
                .filter(SetSynchronous.class::isInstance)
                .map(action -> ((SetSynchronous) action).names())
                .findFirst()
                .orElseThrow(() -> new AssertionError(scene.decide().actions()));
    }

    private static Set<MemberName> remembered(Scene scene) {
        return scene.decide().actions().stream()
                .filter(Remember.class::isInstance)
                .map(action -> ((Remember) action).next().synchronous())
                .findFirst()
                .orElseThrow(() -> new AssertionError(scene.decide().actions()));
    }
}
