package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the conductor knows of a database's lease.
 *
 * @param held who holds it, by consensus; empty when nobody does
 * @param deadlineNanos until when its holder may rely on it and proxies may send writes, on the
 *     conductor's clock: from what the holder's agent says of its newest renewal
 * @param endedNanos after this instant it is certain that nobody holds the lease under the record's
 *     epoch any more; empty while somebody may
 * @param grantedHere whether this conductor granted what is held, and the record is still the one
 *     by which the holder was chosen
 * @param renewal the log index of the newest renewal of what is held; 0 if nothing is
 * @param renewalSeenNanos when this conductor saw it first, on its clock
 */
public record LeaseFacts(
        Optional<Lease> held,
        long deadlineNanos,
        OptionalLong endedNanos,
        boolean grantedHere,
        long renewal,
        long renewalSeenNanos) {
    public LeaseFacts {
        requireNonNull(held, "held is null");
        requireNonNull(endedNanos, "endedNanos is null");
    }
}
