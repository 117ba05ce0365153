package io.shoestring.control;

import static io.shoestring.control.Scene.A;
import static io.shoestring.control.Scene.B;
import static io.shoestring.control.Scene.C;
import static io.shoestring.control.Scene.primaryOf;
import static io.shoestring.control.Scene.replica;
import static io.shoestring.control.Scene.silentFor;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.model.Action.Remember;
import io.shoestring.model.DatabaseRecord;
import io.shoestring.model.Decision;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.Optional;

@Timeout(20)
class ObservingTest {
    private static final MemberState GONE = new MemberState.Starting("It takes no connections");

    private static Scene seen() {
        return new Scene()
                .observed(A, 1, 4)
                .sees(A, primaryOf(1, 100))
                .sees(B, replica(100, A))
                .sees(C, replica(100, A, false));
    }

    private static Optional<MemberName> primary(Decision decision) {
        return decision.topology().primary().map(MemberSpec::name);
    }

    private static DatabaseRecord next(Decision decision) {
        assertThat(decision.actions()).hasSize(1);
        return ((Remember) decision.actions().getFirst()).next();
    }

    @Test
    void thePrimaryThatIsFoundIsRememberedBeforeItIsPublished() {
        Decision decision = seen().observed().serving(A, 0).decide();
        assertThat(primary(decision)).isEmpty();
        assertThat(next(decision).primary()).contains(A);
        assertThat(next(decision).epoch()).isEqualTo(1);
    }

    @Test
    void theRememberedPrimaryIsPublishedWithTheReplicasThatGetItsLog() {
        Decision decision = seen().decide();
        assertThat(decision.actions()).isEmpty();
        assertThat(primary(decision)).contains(A);
        assertThat(decision.topology().epoch()).isEqualTo(4);
        assertThat(decision.topology().replicas()).extracting(MemberSpec::name).containsExactly(B);
        assertThat(decision.topology().leaseDeadlineNanos())
                .isBetween(Scene.NOW + 7_000_000_000L, Scene.NOW + 9_000_000_000L);
    }

    @Test
    void whoWasPromotedIsFollowedAlthoughTheOldPrimaryGoesOn() {
        Decision decision = seen().sees(B, primaryOf(2, 90)).decide();
        assertThat(next(decision).primary()).contains(B);
        assertThat(next(decision).timeline()).isEqualTo(2);
        assertThat(next(decision).epoch()).isEqualTo(5);
        assertThat(primary(decision)).isEmpty();
    }

    @Test
    void anOldPrimaryThatComesBackAloneGetsNothing() {
        Decision decision =
                new Scene().observed(B, 2, 5).sees(A, primaryOf(1, 900)).sees(B, GONE).decide();
        assertThat(primary(decision)).isEmpty();
        assertThat(decision.actions()).isEmpty();
        assertThat(decision.summary()).contains("a takes writes on an older timeline than b did");
    }

    @Test
    void ofTwoOnTheSameTimelineNobodyIsTrusted() {
        Decision decision = seen().sees(B, primaryOf(1, 90)).decide();
        assertThat(primary(decision)).isEmpty();
        assertThat(decision.summary()).startsWith("a and b each take writes on the same timeline");
    }

    @Test
    void aPrimaryIsKeptThroughAShortSilenceOnly() {
        assertThat(primary(seen().sees(A, silentFor(2)).decide())).contains(A);
        assertThat(primary(seen().sees(A, silentFor(9)).decide())).isEmpty();
        assertThat(primary(seen().sees(A, GONE).decide())).isEmpty();
    }

    @Test
    void aServerOfAnotherClusterIsNeverUsed() {
        var stranger =
                new MemberState.Primary(
                        primaryOf(7, 5).current(), java.util.List.of(), java.util.Set.of(), 99);
        Decision decision = seen().sees(B, stranger).decide();
        assertThat(primary(decision)).contains(A);
        assertThat(decision.summary()).contains("b belongs to another cluster than before");
    }
}
