package io.shoestring.address;

import io.shoestring.base.Clock;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.model.AddressName;
import io.shoestring.model.NodeName;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where operators moved addresses by hand: small values in consensus, so that every node plans by
 * them, and the next process too. Thread-safe; the methods that throw may block.
 */
final class Wishes {
    private static final String ROOM = "wishes/addresses/";
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(2);

    /** So often it is asked, even if nothing is heard of a change. */
    private static final Duration ASKING = Duration.ofSeconds(10);

    private final ControlStore store;
    private final Clock clock;
    private volatile Map<AddressName, NodeName> seen = Map.of();
    private volatile Map<String, Long> revisions = Map.of();
    private volatile long lookedNanos;

    Wishes(ControlStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
        this.lookedNanos = clock.nanos() - ASKING.toNanos();
    }

    /** What was wished when it was looked at last. */
    Map<AddressName, NodeName> seen() {
        return seen;
    }

    /** Looks at the wishes for these addresses, if it is time to. */
    void look(List<AddressName> names) throws ConsensusException {
        long since = clock.nanos() - lookedNanos;
        if (since < BETWEEN_LOOKS.toNanos() || since < ASKING.toNanos() && !mayDiffer(names)) {
            return;
        }
        Map<AddressName, NodeName> found = new HashMap<>();
        Map<String, Long> asked = new HashMap<>();
        for (ControlStore.Entry entry : store.list(ROOM)) {
            asked.put(entry.key(), entry.revision());
            if (!entry.value().isEmpty()) {
                found.put(
                        new AddressName(entry.key().substring(ROOM.length())),
                        new NodeName(entry.value()));
            }
        }
        seen = Map.copyOf(found);
        revisions = Map.copyOf(asked);
        lookedNanos = clock.nanos();
    }

    private boolean mayDiffer(List<AddressName> names) {
        return names.stream()
                .map(name -> ROOM + name)
                .anyMatch(key -> store.entryMayDiffer(key, revisions.getOrDefault(key, 0L)));
    }

    /** Writes one down, or that there is none; whoever writes last is right. */
    void put(AddressName name, Optional<NodeName> node) throws ConsensusException {
        String value = node.map(NodeName::value).orElse("");
        store.commit(new ControlStore.Transaction(Map.of(), Map.of(ROOM + name, value)));
        lookedNanos = clock.nanos() - ASKING.toNanos();
    }
}
