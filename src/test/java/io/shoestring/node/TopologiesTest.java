package io.shoestring.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.base.Published;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Endpoint;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.NodeName;
import io.shoestring.model.Topology;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a node publishes of what conductors say. */
class TopologiesTest {
    private static final DatabaseName SHOP = new DatabaseName("shop");

    private final Published<Topology> published = new Published<>(new Topology(0, Map.of()));
    private final Topologies topologies = new Topologies(published);

    private static DatabaseTopology part(long epoch, Optional<String> primary, long deadline) {
        return new DatabaseTopology(
                SHOP,
                epoch,
                primary.map(
                        name ->
                                new MemberSpec(
                                        new MemberName(name),
                                        new NodeName(name),
                                        new Endpoint("10.0.0.1", 5432),
                                        100)),
                false,
                deadline,
                List.of(),
                "test");
    }

    private long deadline() {
        return published.get().of(SHOP).leaseDeadlineNanos();
    }

    @Test
    void aNewConductorDoesNotTakeBackADeadlineThatIsTrue() {
        topologies.put(1, part(7, Optional.of("a"), 1_000));
        topologies.put(2, part(7, Optional.of("a"), 10));
        assertThat(deadline()).isEqualTo(1_000);
        topologies.put(2, part(7, Optional.of("a"), 2_000));
        assertThat(deadline()).isEqualTo(2_000);
    }

    @Test
    void whoIsNoPrimaryAnyMoreHasNoDeadlineOfBefore() {
        topologies.put(1, part(7, Optional.of("a"), 1_000));
        topologies.put(1, part(7, Optional.empty(), 10));
        assertThat(deadline()).isEqualTo(10);
        topologies.put(1, part(8, Optional.of("b"), 20));
        assertThat(deadline()).isEqualTo(20);
    }

    @Test
    void anEarlierConductorIsNotListenedTo() {
        topologies.put(2, part(7, Optional.of("a"), 1_000));
        topologies.put(1, part(8, Optional.of("b"), 2_000));
        assertThat(published.get().of(SHOP).epoch()).isEqualTo(7);
    }
}
