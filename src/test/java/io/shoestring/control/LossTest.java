package io.shoestring.control;

import static io.shoestring.control.Scene.A;
import static io.shoestring.control.Scene.B;
import static io.shoestring.control.Scene.C;
import static io.shoestring.control.Scene.awayFor;
import static io.shoestring.control.Scene.crashed;
import static io.shoestring.control.Scene.heard;
import static io.shoestring.control.Scene.primary;
import static io.shoestring.control.Scene.replica;
import static io.shoestring.control.Scene.stoppedReplica;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.model.Action;
import io.shoestring.model.MemberState;

import org.junit.jupiter.api.Test;

import java.util.Set;

class LossTest {
    private static final long MEGABYTE = 1L << 20;

    @Test
    void whoLacksMoreThanTheLimitIsNotPromoted() {
        assertThat(died(9 * MEGABYTE).lossLimit(10 * MEGABYTE, 60).decide().actions())
                .anyMatch(Action.ReleaseLease.class::isInstance);
        Scene far = died(11 * MEGABYTE).lossLimit(10 * MEGABYTE, 60);
        assertThat(far.decide().actions().toString())
                .contains(
                        "is started again in place, because nobody can take over: b, the most"
                            + " advanced replica, lacks 11 MB of a's log, and more than 10 MB may"
                            + " not be lost (loss-limit)");
        assertThat(died(17 * MEGABYTE).performance().decide().actions())
                .noneMatch(Action.ReleaseLease.class::isInstance);
    }

    @Test
    void whatThePrimaryHadSaidCountsWhereItsControlFileSaysLess() {
        Scene scene =
                scene(crashed(0), 5)
                        .lossLimit(10 * MEGABYTE, 60)
                        .sees(B, heard(replica(0, A, false), 11 * MEGABYTE, 12), 0, 10);
        assertThat(scene.decide().actions().toString()).contains("lacks 11 MB");
    }

    @Test
    void whoLacksMoreTimeThanTheLimitIsNotPromoted() {
        // It was gone 5 s ago, and had everything until 12 s ago.
        Scene told = scene(crashed(0), 5).lossLimit(MEGABYTE, 8);
        assertThat(told.decide().actions()).anyMatch(Action.ReleaseLease.class::isInstance);
        Scene late = scene(crashed(0), 5).lossLimit(MEGABYTE, 6);
        assertThat(late.decide().actions().toString())
                .contains("b, the most advanced replica, may lack more than the last 6 s");
        Scene unknown = scene(crashed(0), 5).lossLimit(MEGABYTE, 6).sees(B, replica(0, A, false));
        assertThat(unknown.decide().actions().toString())
                .contains(
                        "it is not known until when b, the most advanced replica, had everything");
    }

    @Test
    void ofAMachineThatIsOutOfReachTheEndOfItsLeaseCounts() {
        Scene away = scene(awayFor(12), 12).leaseEnded(2);
        assertThat(away.lossLimit(MEGABYTE, 11).decide().actions())
                .anyMatch(Action.GrantLease.class::isInstance);
        Scene late = away.lossLimit(MEGABYTE, 9);
        assertThat(late.decide().actions()).noneMatch(Action.GrantLease.class::isInstance);
        assertThat(late.decide().summary()).contains("may lack more than the last 9 s");
    }

    @Test
    void readinessSaysHowMuchWouldBeLost() {
        assertThat(serving(3 << 10).decide().readiness())
                .isEqualTo(
                        "If a dies now, b takes over in about 1 s and loses what it has not"
                                + " received by then, 3 kB at this moment.");
        assertThat(serving(0).decide().readiness()).endsWith("by then, nothing at this moment.");
        assertThat(serving(20 * MEGABYTE).decide().readiness())
                .contains("nobody can take over: b, the most advanced replica, lacks 20 MB");
        assertThat(serving(20 * MEGABYTE).decide().covered()).isFalse();
    }

    private static Scene serving(long ahead) {
        return new Scene()
                .serving(A, 7)
                .performance()
                .sees(A, primary(ahead, Set.of(), B))
                .sees(B, replica(0, A))
                .sees(C, stoppedReplica(0));
    }

    private static Scene died(long ahead) {
        return scene(crashed(ahead), 5);
    }

    private static Scene scene(MemberState ofA, double sinceAgo) {
        return new Scene()
                .serving(A, 7)
                .sees(A, ofA, 0, sinceAgo)
                .sees(B, heard(replica(0, A, false), 0, 12))
                .sees(C, stoppedReplica(0));
    }
}
