package io.shoestring.proxy.postgresql;

import java.util.Optional;

/**
 * Whether, and why, no other client can have a session's server connection, counted for the
 * operator. On the client's event loop only.
 */
final class KeptCount {
    private final ListenerCounters counters;
    private Optional<String> counted = Optional.empty();

    KeptCount(ListenerCounters counters) {
        this.counters = counters;
    }

    /** It is for this reason now; empty: others can. */
    void now(Optional<String> reason) {
        if (!reason.equals(counted)) {
            counted.ifPresent(counters::keepsNoMore);
            reason.ifPresent(counters::keeps);
            counted = reason;
        }
    }
}
