package io.shoestring.control;

import static io.shoestring.control.DeciderTest.only;
import static io.shoestring.control.Scene.A;
import static io.shoestring.control.Scene.B;
import static io.shoestring.control.Scene.C;
import static io.shoestring.control.Scene.crashed;
import static io.shoestring.control.Scene.healthy;
import static io.shoestring.control.Scene.held;
import static io.shoestring.control.Scene.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.model.AcceptedLoss;
import io.shoestring.model.Action.Follow;
import io.shoestring.model.Action.ReleaseLease;
import io.shoestring.model.Decision;
import io.shoestring.model.MemberSpec;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.Optional;

/** A member that applies the log later on purpose. */
@Timeout(20)
class DelayedTest {
    private static Scene scene() {
        return healthy().delayed(C).sees(C, held(replica(100, A), true));
    }

    @Test
    void takesNoReadsAndIsSaidToBeSoOnPurpose() {
        Decision decision = scene().decide();
        assertThat(decision.actions()).isEmpty();
        assertThat(decision.topology().replicas()).extracting(MemberSpec::name).containsExactly(B);
        assertThat(decision.summary()).contains("c follows, delayed by 1 h on purpose");
        assertThat(decision.covered()).isTrue();
    }

    @Test
    void isNotPromotedThoughItHasReceivedMost() {
        Scene performance =
                scene().performance()
                        .sees(A, crashed(100))
                        .sees(B, replica(90, A))
                        .sees(C, held(replica(100, A), true));
        assertThat(only(performance.decide(), ReleaseLease.class).next()).contains(B);
        Scene alone = scene().performance().sees(A, crashed(100)).offline(B);
        assertThat(alone.decide().actions()).noneMatch(ReleaseLease.class::isInstance);
    }

    @Test
    void whoAsksForItHearsWhyNotAndWhatToDo() {
        SwitchoverRequest request = SwitchoverRequest.judge(scene().observation(), Optional.of(C));
        assertThat(((SwitchoverRequest.Refused) request).sentence())
                .isEqualTo(
                        "c cannot become the primary: c is delayed by 1 h on purpose, and a"
                                + " promotion would apply at once what it holds back; if that is"
                                + " meant, take its delay out of the configuration first.");
        FailoverRequest forced =
                FailoverRequest.judge(scene().observation(), C, AcceptedLoss.UNKNOWN);
        assertThat(((FailoverRequest.Refused) forced).sentence()).contains("on purpose");
    }

    @Test
    void commitsDoNotWaitForIt() {
        assertThat(scene().synchronous(B).decide().actions()).isEmpty();
    }

    @Test
    void itsServerIsToldTheDelayAndToldWhenItIsOver() {
        Follow begin = only(healthy().delayed(C).decide(), Follow.class);
        assertThat(begin.reason())
                .isEqualTo(
                        "c applies the log as soon as it can and is to do so 1 h later than it"
                                + " could: it is made a replica of a.");
        Decision over = healthy().sees(C, held(replica(100, A), true)).decide();
        assertThat(only(over, Follow.class).member()).isEqualTo(C);
        assertThat(over.topology().replicas())
                .as("not before it has caught up")
                .extracting(MemberSpec::name)
                .containsExactly(B);
    }

    @Test
    void whoHoldsBackWhatItHasAndIsNotConnectedIsNotDisturbed() {
        Scene waits = scene().sees(C, held(replica(80, A, false), true));
        assertThat(waits.decide().actions()).isEmpty();
        assertThat(waits.decide().summary())
                .contains("c applies what it has, delayed by 1 h on purpose, and then gets more");
        Scene stuck = scene().sees(C, held(replica(80, A, false), false));
        assertThat(only(stuck.decide(), Follow.class).reason()).contains("gets no log");
    }

    @Test
    void itIsNotCopied() {
        Scene empty =
                healthy()
                        .delayed(B)
                        .sees(B, held(replica(100, A), true))
                        .sees(C, new io.shoestring.model.MemberState.Empty());
        assertThat(
                        empty.decide().actions().stream()
                                .filter(Follow.class::isInstance)
                                .map(Follow.class::cast))
                .allSatisfy(follow -> assertThat(follow.source()).isEmpty());
    }
}
