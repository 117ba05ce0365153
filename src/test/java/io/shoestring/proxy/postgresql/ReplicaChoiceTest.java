package io.shoestring.proxy.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.model.Endpoint;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.NodeName;
import io.shoestring.proxy.FreshnessBoard;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

class ReplicaChoiceTest {
    private static final MemberSpec NEAR = member("near");
    private static final MemberSpec FAR = member("far");

    private final long now = Duration.ofHours(1).toNanos();
    private final FreshnessBoard board = new FreshnessBoard(() -> now);
    private final ReplicaChoice choice = new ReplicaChoice(board);
    private final Random random = new Random(7);

    private static MemberSpec member(String name) {
        return new MemberSpec(
                new MemberName(name), new NodeName("local"), new Endpoint("127.0.0.1", 1), 1);
    }

    private void isBehind(MemberSpec member, Duration lag) {
        board.applied(member.name(), now - lag.toNanos());
    }

    private long timesFar() {
        return IntStream.range(0, 1_000)
                .filter(i -> choice.of(List.of(NEAR, FAR), any -> true, random).equals(FAR))
                .count();
    }

    @Test
    void whatIsTenTimesAsFarBehindIsChosenATenthAsOften() {
        isBehind(NEAR, Duration.ofMillis(200));
        isBehind(FAR, Duration.ofSeconds(2));
        assertThat(timesFar()).isBetween(60L, 125L);
    }

    @Test
    void aFewMillisecondsMakeNoDifference() {
        isBehind(NEAR, Duration.ofMillis(1));
        isBehind(FAR, Duration.ofMillis(90));
        assertThat(timesFar()).isBetween(440L, 560L);
    }

    @Test
    void whatDoesNotHaveWhatIsNeededIsChosenOnlyIfNobodyHas() {
        isBehind(NEAR, Duration.ofMillis(1));
        assertThat(choice.of(List.of(NEAR, FAR), FAR::equals, random)).isEqualTo(FAR);
        assertThat(choice.of(List.of(FAR), any -> false, random)).isEqualTo(FAR);
    }
}
