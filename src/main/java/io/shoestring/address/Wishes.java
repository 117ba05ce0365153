package io.shoestring.address;

import io.shoestring.base.Clock;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.model.AddressName;
import io.shoestring.model.NodeName;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Where operators moved addresses by hand: small values in consensus, so that every node plans by
 * them, and the next process too. Thread-safe; the methods that throw may block.
 */
final class Wishes {
    private static final String ROOM = "wishes/addresses/";
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(2);

    private final ControlStore store;
    private final Clock clock;
    private volatile Map<AddressName, NodeName> seen = Map.of();
    private volatile long lookedNanos;

    Wishes(ControlStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
        this.lookedNanos = clock.nanos() - BETWEEN_LOOKS.toNanos();
    }

    /** What was wished when it was looked at last. */
    Map<AddressName, NodeName> seen() {
        return seen;
    }

    /** Looks, if it is time to. */
    void look() throws ConsensusException {
        if (clock.nanos() - lookedNanos < BETWEEN_LOOKS.toNanos()) {
            return;
        }
        Map<AddressName, NodeName> found = new HashMap<>();
        for (ControlStore.Entry entry : store.list(ROOM)) {
            if (!entry.value().isEmpty()) {
                found.put(
                        new AddressName(entry.key().substring(ROOM.length())),
                        new NodeName(entry.value()));
            }
        }
        seen = Map.copyOf(found);
        lookedNanos = clock.nanos();
    }

    /** Writes one down, or that there is none; whoever writes last is right. */
    void put(AddressName name, Optional<NodeName> node) throws ConsensusException {
        String value = node.map(NodeName::value).orElse("");
        store.commit(new ControlStore.Transaction(Map.of(), Map.of(ROOM + name, value)));
        lookedNanos = clock.nanos() - BETWEEN_LOOKS.toNanos();
    }
}
