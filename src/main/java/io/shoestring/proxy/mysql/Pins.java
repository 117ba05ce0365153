package io.shoestring.proxy.mysql;

import io.shoestring.proxy.mysql.statement.PinReason;

import java.util.Set;

/**
 * What ties a session to its connection to the primary, counted for the operator by its reason. On
 * the client's event loop only.
 */
final class Pins {
    private final SessionState state;
    private final Counters counters;

    Pins(SessionState state, Counters counters) {
        this.state = state;
        this.counters = counters;
    }

    void add(PinReason reason) {
        if (state.pin(reason)) {
            counters.pinned(reason.text());
        }
    }

    void remove(PinReason reason) {
        if (state.unpin(reason)) {
            counters.unpinned(reason.text());
        }
    }

    /** Whether there is one for this reason from now on. */
    void set(PinReason reason, boolean there) {
        if (there) {
            add(reason);
        } else {
            remove(reason);
        }
    }

    void clear() {
        Set<PinReason> all = state.pins();
        all.forEach(this::remove);
    }
}
