package io.shoestring.health;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Optional;

/**
 * The other nodes, of which one checks a server for all. Nobody is appointed: for each server the
 * nodes have an order that all know, and a node checks itself unless one before it has done so
 * recently. Any thread; never blocks.
 */
public interface Colleagues {
    /** There are none. */
    Colleagues NONE =
            new Colleagues() {
                @Override
                public Optional<Told> ask(String server, Duration atMost) {
                    return Optional.empty();
                }

                @Override
                public void found(String server, Verdict verdict) {
                    // Nobody listens.
                }
            };

    /**
     * What one of them found.
     *
     * @param check no two checks have the same
     */
    record Told(String check, Verdict verdict) {
        public Told {
            requireNonNull(check, "check is null");
            requireNonNull(verdict, "verdict is null");
        }
    }

    /**
     * The newest check of a node that comes before this one; empty if this one is to check itself.
     *
     * @param server by a name that is the same on all nodes
     * @param atMost how old a check may be
     */
    Optional<Told> ask(String server, Duration atMost);

    /** This node has checked it. */
    void found(String server, Verdict verdict);
}
