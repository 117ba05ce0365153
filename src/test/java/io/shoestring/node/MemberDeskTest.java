package io.shoestring.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.model.MemberName;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class MemberDeskTest {
    private final MemberDesk desk = new MemberDesk(new MemberName("b"), 0);

    @Test
    void theFirstLookThatMissesAReplicaIsWhenItWasLetGo() {
        desk.listed(true, 10);
        desk.listed(false, 20);
        desk.listed(false, 30);
        assertThat(desk.past().letGoNanos()).hasValue(20);
    }

    @Test
    void aReplicaThatStreamsAgainWasNotLetGo() {
        desk.listed(true, 10);
        desk.listed(false, 20);
        desk.listed(true, 30);
        assertThat(desk.past().letGoNanos()).isEmpty();
    }

    @Test
    void whoWasNeverListedWasNeverLetGo() {
        desk.listed(false, 20);
        assertThat(desk.past().letGoNanos()).isEmpty();
    }
}
