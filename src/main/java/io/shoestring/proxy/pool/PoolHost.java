package io.shoestring.proxy.pool;

import io.shoestring.base.Clock;
import io.shoestring.config.PoolConfig;

import java.util.Map;

/**
 * What a pool has to know of the listener that it belongs to. Thread-safe.
 *
 * @param <O> who uses connections
 */
public interface PoolHost<O> {
    /** As it is configured now. */
    PoolConfig poolConfig();

    /** The node's. */
    Clock clock();

    /** Connections of another are of no use any more. */
    long epoch();

    /** Owns a connection that no client uses. */
    O nobody();

    /** How many clients keep a connection to themselves, by the reason. */
    Map<String, Long> kept();
}
