package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import java.util.Optional;

/**
 * Everything that a decision about one database may depend on.
 *
 * @param nowNanos the node's clock when the observation was put together
 * @param record what consensus remembers
 * @param lease who holds the right to be primary, by consensus; empty when nobody does
 * @param leaseDeadlineNanos until when the holder may rely on it, on this node's clock
 * @param members the newest facts of every configured member that was reached
 * @param busy what is being done to a member at this moment; no second action is started on it
 * @param openTransactions transactions that the proxies still have open on the primary
 * @param pasts what the node remembers of each member from one look to the next
 */
public record Observation(
        long nowNanos,
        DatabaseSpec database,
        DatabaseRecord record,
        Optional<Lease> lease,
        long leaseDeadlineNanos,
        Map<MemberName, MemberFacts> members,
        Map<MemberName, String> busy,
        int openTransactions,
        Map<MemberName, MemberPast> pasts) {
    public Observation {
        requireNonNull(database, "database is null");
        requireNonNull(record, "record is null");
        requireNonNull(lease, "lease is null");
        members = Map.copyOf(members);
        busy = Map.copyOf(busy);
        pasts = Map.copyOf(pasts);
    }
}
