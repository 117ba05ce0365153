package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.util.OptionalLong;

/**
 * How much a failover without synchronous replication may lose; beyond it nobody takes over by
 * itself.
 *
 * @param bytes of the log
 * @param nanos between the moment until which the replica is known to have everything and the end
 *     of the primary; empty: any
 */
public record LossLimit(long bytes, OptionalLong nanos) {
    /** Without a limit of time. */
    public static final LossLimit USUAL = new LossLimit(16L << 20, OptionalLong.empty());

    public LossLimit {
        requireNonNull(nanos, "nanos is null");
    }
}
