package io.shoestring.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.consensus.LocalStore;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.Endpoint;
import io.shoestring.model.Lease;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.NodeName;
import io.shoestring.monitoring.EventLog;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;

@Timeout(60)
class AgentsTest {
    private static final DatabaseName SHOP = new DatabaseName("shop");
    private static final MemberName A = new MemberName("a");

    private final Clock clock = Clock.system();
    @TempDir private Path directory;

    /** While a node is configured anew the one that decides may be the one that leaves. */
    @Test
    void aLeaseThatIsHeldIsRenewedByWhoComesNextWithoutAnyConductor() throws Exception {
        try (LocalStore store = LocalStore.open(directory, "node", clock)) {
            Lease lease =
                    store.grant(LeaseDuty.resource(SHOP), A.value(), LeaseDuty.DURATION)
                            .orElseThrow();
            Limit held = new Limit(SHOP, A, lease.epoch(), clock.nanos());
            try (Agents next = agents(store)) {
                assertThat(next.limit()).isEmpty();
                next.goOn(List.of(held));
                await().until(() -> next.limit().isPresent());
                assertThat(next.limit().orElseThrow().deadlineNanos())
                        .isGreaterThan(held.deadlineNanos());
                assertThat(next.limit().orElseThrow().epoch()).isEqualTo(lease.epoch());
            }
            try (Agents another = agents(store)) {
                another.goOn(
                        List.of(
                                new Limit(SHOP, A, lease.epoch() + 1, clock.nanos()),
                                new Limit(SHOP, new MemberName("gone"), 1, clock.nanos())));
                await().during(Duration.ofMillis(300)).until(() -> another.limit().isEmpty());
            }
        }
    }

    private Agents agents(LocalStore store) throws Exception {
        MemberSpec spec =
                new MemberSpec(A, new NodeName("node"), new Endpoint("127.0.0.1", 5433), 1);
        Agents agents =
                new Agents(
                        SHOP,
                        false,
                        List.of(new FakeMember(spec, clock, new HashMap<>())),
                        store,
                        new Terms(),
                        EventLog.open(directory.resolve("events"), WallClock.system()),
                        clock);
        agents.start();
        return agents;
    }
}
