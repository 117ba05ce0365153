package io.shoestring.control;

import static io.shoestring.control.Scene.A;
import static io.shoestring.control.Scene.B;
import static io.shoestring.control.Scene.C;
import static io.shoestring.control.Scene.healthy;
import static io.shoestring.control.Scene.primary;
import static io.shoestring.control.Scene.replica;
import static io.shoestring.control.Scene.spec;
import static io.shoestring.control.Scene.stoppedReplica;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.model.Action;
import io.shoestring.model.Action.Remember;
import io.shoestring.model.Action.Restart;
import io.shoestring.model.Action.SetSynchronous;
import io.shoestring.model.Decision;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.RestartOrder;
import io.shoestring.model.RollingRestart;
import io.shoestring.model.RollingRestart.Step;
import io.shoestring.model.Switchover;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.List;
import java.util.Optional;
import java.util.Set;

@Timeout(10)
class RollingRestartTest {
    private static final Restart RESTART_OF_B = new Restart(B, spec(A), 7, "r-3", "why");

    /** b and c hold every commit between them. */
    private static Scene both() {
        return healthy().synchronous(B, C).sees(A, primary(100, Set.of(B, C), B, C));
    }

    private static Scene onlyC() {
        return healthy().synchronous(C).sees(A, primary(100, Set.of(C), B, C));
    }

    private static Optional<RollingRestart> remembered(Decision decision) {
        return remember(decision).next().restart();
    }

    private static Remember remember(Decision decision) {
        return decision.actions().stream()
                .filter(Remember.class::isInstance)
                .map(Remember.class::cast)
                .findFirst()
                .orElseThrow(() -> new AssertionError(decision.toString()));
    }

    private static RestartRequest judge(Scene scene, boolean pending, MemberName... names) {
        return RestartRequest.judge(
                scene.observation(),
                new RestartOrder(RestartOrder.Kind.NOW, Set.of(names), pending));
    }

    @Test
    void thePrimaryComesLast() {
        assertThat(judge(both(), false))
                .isEqualTo(
                        new RestartRequest.Possible(
                                List.of(B, C, A),
                                List.of(
                                        "a comes last, after a switchover; somebody else is the"
                                                + " primary then.")));
        assertThat(((RestartRequest.Possible) judge(both(), false, C)).members())
                .containsExactly(C);
    }

    @Test
    void onlyWhoseSettingsWait() {
        assertThat(((RestartRequest.Possible) judge(both().pending(C, "port"), true)).members())
                .containsExactly(C);
        assertThat(refused(judge(both(), true)))
                .isEqualTo("No setting of a member waits for a restart.");
    }

    private static String refused(RestartRequest request) {
        return ((RestartRequest.Refused) request).sentence();
    }

    @Test
    void whatWouldEndangerIsRefused() {
        assertThat(refused(judge(both().sees(C, stoppedReplica(90)), false, B)))
                .startsWith("c is stopped: a restart now would be one member more");
        assertThat(refused(judge(both().priorities(1, 0, 0), false)))
                .contains("nobody could take over from it");
        assertThat(refused(judge(both().offline(B), false, B))).contains("in your hands");
        assertThat(refused(judge(both(), false, new MemberName("x"))))
                .contains("the members are a, b and c");
        assertThat(refused(judge(both().switchover(B, Switchover.Step.DRAIN, 1), false)))
                .contains("on its way");
        assertThat(refused(judge(restarting(both(), Step.TAKE_OUT, B, C, A), false)))
                .contains("b (1 of 3) is taken out of use", "--cancel");
        assertThat(((RestartRequest.Possible) judge(both().offline(C).maximum(), false, B)).notes())
                .containsExactly(
                        "While b is restarted, for some seconds, nobody could take over from a, and"
                                + " commits wait (protection: maximum).",
                        "c is left out: it is offline, in your hands.");
    }

    private static Scene restarting(Scene scene, Step step, MemberName... left) {
        return scene.restart(new RollingRestart("r-3", List.of(left), left.length, step));
    }

    @Test
    void readsAndCommitsLeaveAReplicaBeforeItsServerDoes() {
        Decision first = restarting(both(), Step.TAKE_OUT, B, C, A).decide();
        assertThat(first.topology().replicas()).extracting(MemberSpec::name).containsExactly(C);
        assertThat(first.actions())
                .singleElement()
                .isInstanceOfSatisfying(
                        SetSynchronous.class, set -> assertThat(set.names()).containsExactly(C));
        Decision aware = restarting(onlyC(), Step.TAKE_OUT, B, C, A).unaware(1).decide();
        assertThat(aware.actions()).isEmpty();
        assertThat(aware.summary()).contains("not all nodes know yet that b gets no reads");
        assertThat(remembered(restarting(onlyC(), Step.TAKE_OUT, B, C, A).decide()))
                .map(RollingRestart::step)
                .contains(Step.RESTART);
    }

    @Test
    void oneIsOutAtATime() {
        Decision shortly =
                restarting(onlyC().sees(C, replica(90, A, false), 0, 1), Step.TAKE_OUT, B, C, A)
                        .decide();
        assertThat(shortly.summary()).contains("waits: c runs as a replica but gets no log");
        assertThat(shortly.actions()).noneMatch(Restart.class::isInstance);
        Decision longer =
                restarting(onlyC().sees(C, replica(90, A, false)), Step.TAKE_OUT, B, C, A).decide();
        assertThat(longer.actions()).noneMatch(Restart.class::isInstance);
    }

    @Test
    void itIsRestartedAndCatchesUp() {
        Scene out = restarting(onlyC(), Step.RESTART, B, C, A);
        assertThat(out.decide().actions())
                .singleElement()
                .isInstanceOfSatisfying(
                        Restart.class,
                        restart -> {
                            assertThat(restart.member()).isEqualTo(B);
                            assertThat(restart.upstream()).isEqualTo(spec(A));
                        });
        assertThat(remembered(out.did(RESTART_OF_B, 1, "").decide()))
                .map(RollingRestart::step)
                .contains(Step.CATCH_UP);
        Decision failed = out.did(RESTART_OF_B, 1, "It does not start.").decide();
        assertThat(remembered(failed)).isEmpty();
        assertThat(remember(failed).reason())
                .isEqualTo("Rolling restart r-3 was given up at b: It does not start.");
    }

    @Test
    void theNextOneWaitsUntilCommitsMayWaitForItAgain() {
        Decision lagging = restarting(onlyC(), Step.CATCH_UP, B, C, A).decide();
        assertThat(lagging.actions()).noneMatch(Restart.class::isInstance);
        assertThat(lagging.topology().replicas())
                .extracting(MemberSpec::name)
                .containsExactly(B, C);
        Decision back = restarting(both(), Step.CATCH_UP, B, C, A).decide();
        assertThat(remembered(back))
                .contains(new RollingRestart("r-3", List.of(C, A), 3, Step.TAKE_OUT));
        assertThat(remember(back).reason())
                .isEqualTo("Rolling restart r-3: b has caught up (1 of 3).");
    }

    @Test
    void thePrimaryHandsOver() {
        Decision decision = restarting(both(), Step.TAKE_OUT, A).decide();
        Remember remember = remember(decision);
        assertThat(remember.next().switchover())
                .map(Switchover::step)
                .contains(Switchover.Step.CHECKPOINT);
        assertThat(remember.next().restart()).map(RollingRestart::step).contains(Step.HAND_OVER);
        Scene given = restarting(both(), Step.HAND_OVER, A);
        assertThat(remember(given.decide()).reason()).contains("given up: a did not hand over");
        Scene handed =
                restarting(
                        new Scene()
                                .serving(B, 8)
                                .synchronous(A, C)
                                .sees(B, primary(100, Set.of(A, C), A, C))
                                .sees(A, replica(100, B))
                                .sees(C, replica(100, B)),
                        Step.HAND_OVER,
                        A);
        assertThat(remembered(handed.decide())).map(RollingRestart::step).contains(Step.CATCH_UP);
    }

    @Test
    void aFailoverOnItsWayChangesTheOrder() {
        assertThat(remembered(restarting(both(), Step.TAKE_OUT, A, C).decide()))
                .map(RollingRestart::left)
                .contains(List.of(C, A));
    }

    @Test
    void whoGoesOfflineIsLeftOut() {
        assertThat(remembered(restarting(onlyC().offline(B), Step.TAKE_OUT, B, A).decide()))
                .map(RollingRestart::left)
                .contains(List.of(A));
        Decision done = restarting(both(), Step.TAKE_OUT).decide();
        assertThat(remember(done).reason())
                .isEqualTo("Rolling restart r-3 is done; a is the primary.");
        assertThat(remembered(done)).isEmpty();
    }

    @Test
    void withMaximumItStaysInTheSettingAndCommitsWait() {
        Scene alone =
                restarting(
                        healthy()
                                .maximum()
                                .offline(C)
                                .synchronous()
                                .sees(A, primary(100, Set.of(B, C), B)),
                        Step.RESTART,
                        B,
                        A);
        assertThat(alone.decide().actions()).anyMatch(Restart.class::isInstance);
        assertThat(alone.decide().actions())
                .noneMatch(action -> action instanceof SetSynchronous set && set.names().isEmpty())
                .noneMatch(Action.StartPrimary.class::isInstance);
    }
}
