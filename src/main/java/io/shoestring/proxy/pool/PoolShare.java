package io.shoestring.proxy.pool;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The connections of one user to one database of one member. All but {@link #idle} under the lock
 * of its {@link PoolLimit}.
 *
 * @param <L> the connections
 */
public final class PoolShare<L extends PooledLink<L, ?>> {
    final LinkLogin login;
    final Map<Object, PoolLimit.Waiter<L>> queue = new LinkedHashMap<>();
    int openHere;
    int leavingHere;
    volatile boolean crowdedHere;
    private final PoolLimit<L> limit;
    private final AtomicInteger idle = new AtomicInteger();

    PoolShare(PoolLimit<L> limit, LinkLogin login) {
        this.limit = limit;
        this.login = login;
    }

    /** Of which it is a part. */
    PoolLimit<L> limit() {
        return limit;
    }

    /** How many are idle; each loop counts its own. */
    AtomicInteger idle() {
        return idle;
    }

    /** Whether anybody waits to whom one of these, open or closed, might be of use. */
    boolean hasWaiters() {
        return crowdedHere || limit.isCrowdedForAll();
    }
}
