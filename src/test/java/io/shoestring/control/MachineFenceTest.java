package io.shoestring.control;

import static io.shoestring.control.Scene.A;
import static io.shoestring.control.Scene.B;
import static io.shoestring.control.Scene.awayFor;
import static io.shoestring.control.Scene.healthy;
import static io.shoestring.control.Scene.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.model.Action;
import io.shoestring.model.Action.EndLease;
import io.shoestring.model.Action.FenceNode;
import io.shoestring.model.Action.Remember;
import io.shoestring.model.Decision;
import io.shoestring.model.Fenced;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.List;

@Timeout(10)
class MachineFenceTest {
    private static final Fenced PROOF = new Fenced(7, 30);

    /** a does not answer and has not renewed its lease; b streams no more but has everything. */
    private static Scene silent() {
        return healthy().sees(A, awayFor(4.5)).sees(B, replica(100, A, false)).fenceable(30, 5);
    }

    private static List<? extends Action> actions(Scene scene) {
        return scene.decide().actions();
    }

    private static List<? extends Action> fences(Scene scene) {
        return actions(scene).stream().filter(FenceNode.class::isInstance).toList();
    }

    @Test
    void aSilentPrimarysMachineIsSwitchedOff() {
        Decision decision = silent().decide();
        assertThat(decision.actions()).singleElement().isInstanceOf(FenceNode.class);
        FenceNode fence = (FenceNode) decision.actions().getFirst();
        assertThat(fence.proof()).isEqualTo(PROOF);
        assertThat(fence.member()).isEqualTo(A);
        assertThat(decision.topology().primary()).isPresent();
    }

    @Test
    void notBeforeItsTimeAndNotWhileItsLeaseIsRenewed() {
        assertThat(fences(silent().sees(A, awayFor(3.9)))).isEmpty();
        assertThat(fences(silent().fenceable(31, 2.5))).isEmpty();
    }

    @Test
    void notWithoutACommandNorWhilePausedNorWhenNobodyCouldTakeOver() {
        assertThat(fences(healthy().sees(A, awayFor(4.5)).sees(B, replica(100, A, false))))
                .isEmpty();
        assertThat(fences(silent().paused())).isEmpty();
        assertThat(fences(silent().sees(B, awayFor(4.5)))).isEmpty();
    }

    @Test
    void notTwiceAtTheSameTime() {
        Decision decision = silent().fencing(7, 30).decide();
        assertThat(decision.actions()).isEmpty();
        assertThat(decision.summary()).contains("the fence command is being run");
    }

    @Test
    void whatItProvedIsRememberedFirst() {
        Decision decision = silent().fenceDone(7, 30).decide();
        assertThat(decision.actions()).singleElement().isInstanceOf(Remember.class);
        Remember remember = (Remember) decision.actions().getFirst();
        assertThat(remember.next().fenced()).contains(PROOF);
    }

    @Test
    void theLeaseEndsByTheRecordWhoeverDecidesThen() {
        Decision decision = silent().fencedInRecord(7, 30).decide();
        assertThat(decision.actions()).singleElement().isInstanceOf(EndLease.class);
        assertThat(((EndLease) decision.actions().getFirst()).proof()).isEqualTo(PROOF);
        assertThat(decision.topology().primary()).isEmpty();
    }

    @Test
    void whatWasProvedForAnotherEpochOrRenewalProvesNothing() {
        assertThat(fences(silent().fenceDone(6, 30).fencedInRecord(6, 30))).hasSize(1);
        assertThat(fences(silent().fenceDone(7, 29).fencedInRecord(7, 29))).hasSize(1);
    }

    @Test
    void whoIsHeardAgainKeepsItsLease() {
        assertThat(actions(healthy().fenceable(30, 5).fencedInRecord(7, 30)))
                .noneMatch(EndLease.class::isInstance);
        assertThat(actions(silent().fencedInRecord(7, 30).paused())).isEmpty();
    }
}
