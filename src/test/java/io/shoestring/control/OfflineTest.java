package io.shoestring.control;

import static io.shoestring.control.Scene.A;
import static io.shoestring.control.Scene.B;
import static io.shoestring.control.Scene.C;
import static io.shoestring.control.Scene.crashed;
import static io.shoestring.control.Scene.healthy;
import static io.shoestring.control.Scene.replica;
import static io.shoestring.control.Scene.stoppedReplica;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.model.Action.Follow;
import io.shoestring.model.Action.ReleaseLease;
import io.shoestring.model.Action.Remember;
import io.shoestring.model.Decision;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.Switchover;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.Optional;

@Timeout(10)
class OfflineTest {
    @Test
    void whoIsOfflineGetsNoReads() {
        Decision decision = healthy().offline(C).decide();
        assertThat(decision.topology().replicas()).extracting(MemberSpec::name).containsExactly(B);
        assertThat(decision.summary()).contains("c is offline (an operator took it out of use)");
    }

    @Test
    void commitsDoNotWaitForIt() {
        Decision decision = healthy().offline(B).decide();
        assertThat(decision.actions()).first().isInstanceOf(Remember.class);
        assertThat(((Remember) decision.actions().getFirst()).next().synchronous()).isEmpty();
        assertThat(healthy().synchronous().offline(B).decide().readiness())
                .contains("nobody can take over")
                .contains("b is offline");
    }

    @Test
    void itIsNotPromoted() {
        Decision decision = healthy().offline(B).sees(A, crashed(100)).decide();
        assertThat(decision.actions()).noneMatch(ReleaseLease.class::isInstance);
        Decision performance = healthy().performance().offline(B, C).sees(A, crashed(100)).decide();
        assertThat(performance.actions()).noneMatch(ReleaseLease.class::isInstance);
    }

    @Test
    void itIsLeftAloneUntilItIsOnline() {
        Scene stopped = healthy().sees(C, stoppedReplica(100));
        assertThat(stopped.offline(C).decide().actions()).isEmpty();
        assertThat(stopped.offline().decide().actions()).singleElement().isInstanceOf(Follow.class);
    }

    @Test
    void thePrimaryIsRefusedWithTheWay() {
        assertThat(refused(healthy(), A))
                .isEqualTo(
                        "a is the primary; 'shoestring switchover shop' first, and take it"
                                + " offline then.");
        assertThat(refused(healthy().noLease().lease(9, B), B)).contains("is the primary");
        assertThat(refused(healthy().switchover(B, Switchover.Step.DRAIN, 1), B))
                .contains("on its way");
        assertThat(refused(healthy(), new MemberName("x"))).contains("the members are a, b and c");
    }

    private static String refused(Scene scene, MemberName member) {
        return ((OfflineRequest.Refused) OfflineRequest.judge(scene.observation(), member, true))
                .sentence();
    }

    @Test
    void itIsAllowedWhilePausedAndSaysWhoIsLeft() {
        OfflineRequest.Possible one = possible(healthy().paused(), B, true);
        assertThat(one.next().offline()).containsExactly(B);
        assertThat(one.next().paused()).isTrue();
        assertThat(one.sentence()).contains("b is offline").doesNotContain("nobody");
        assertThat(possible(healthy().offline(C), B, true).sentence())
                .endsWith("Until then nobody can take over from the primary.");
        assertThat(possible(healthy().offline(B), B, true).sentence())
                .isEqualTo("b was offline before.");
        assertThat(possible(healthy().offline(B), B, false).next().offline()).isEmpty();
    }

    private static OfflineRequest.Possible possible(Scene scene, MemberName member, boolean off) {
        return (OfflineRequest.Possible) OfflineRequest.judge(scene.observation(), member, off);
    }

    @Test
    void noSwitchoverGoesToIt() {
        SwitchoverRequest request =
                SwitchoverRequest.judge(
                        healthy().offline(B).sees(B, replica(100, A)).observation(),
                        Optional.of(B));
        assertThat(((SwitchoverRequest.Refused) request).sentence()).contains("b is offline");
    }
}
