package io.shoestring.node;

import io.shoestring.base.Clock;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.model.NodeName;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Who leads the consensus is to be heard by all voters. One that does not hear the leader, but
 * another that does, is not elected, and cannot have another elected: the other refuses, because it
 * hears its leader. So the lease of a primary there would run out, although a majority hears it.
 *
 * <p>Used by one thread, which may be blocked for some seconds.
 */
final class LeaderDuty {
    private static final Logger LOG = LoggerFactory.getLogger(LeaderDuty.class);

    /** Three heartbeats, and long before a lease runs out. */
    private static final Duration SILENT = Duration.ofMillis(1_500);

    /** A voter that nobody hears is asked about now and then. */
    private static final Duration AGAIN = Duration.ofSeconds(2);

    /** Where no voter hears all others, it is not handed round and round. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final ControlStore store;
    private final Clock clock;
    private final Function<List<NodeName>, Optional<NodeName>> whoReaches;
    private long notBeforeNanos;

    /**
     * @param whoReaches another node that hears all of those; may take seconds
     */
    LeaderDuty(
            ControlStore store,
            Clock clock,
            Function<List<NodeName>, Optional<NodeName>> whoReaches) {
        this.store = store;
        this.clock = clock;
        this.whoReaches = whoReaches;
        this.notBeforeNanos = clock.nanos();
    }

    /** Has another node lead, if this one leads without hearing voters which that one hears. */
    void yieldIfDeaf() throws ConsensusException {
        if (clock.nanos() - notBeforeNanos < 0) {
            return;
        }
        List<NodeName> unheard = store.unheard(SILENT).stream().map(NodeName::new).toList();
        if (unheard.isEmpty()) {
            return;
        }
        Optional<NodeName> other = whoReaches.apply(unheard);
        notBeforeNanos = clock.nanos() + (other.isPresent() ? PATIENCE : AGAIN).toNanos();
        if (other.isPresent()) {
            LOG.info(
                    "{} is to lead the consensus: it hears {}, and this node does not",
                    other.get(),
                    unheard);
            store.handOver(other.get().value());
        }
    }
}
