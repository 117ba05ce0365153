package io.shoestring.config;

import static java.util.Objects.requireNonNull;

/**
 * How clients of a PostgreSQL listener come by server connections.
 *
 * @param size connections at most for each user, database and member, on one node; only in mode
 *     TRANSACTION
 */
public record PoolConfig(Mode mode, int size) {
    public PoolConfig {
        requireNonNull(mode, "mode is null");
    }

    /** How long a client has a server connection. */
    public enum Mode {
        /** As long as it is connected. */
        SESSION,
        /** From the beginning of a transaction to its end. */
        TRANSACTION
    }
}
