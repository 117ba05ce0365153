package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import java.util.Optional;

/**
 * Everything that a decision about one database may depend on.
 *
 * @param nowNanos the conductor's clock when the observation was put together
 * @param record what consensus remembers
 * @param leaseFacts who holds the right to be primary, and until when
 * @param switchoverStepNanos when this conductor first saw the record's switchover at its step; 0
 *     without one
 * @param members the newest facts of every configured member that was looked at
 * @param busy what is being done to a member at this moment; no second action is started on it
 * @param proxies what the proxies have open, and whether they know
 * @param pasts what the node remembers of each member from one look to the next
 * @param fence what became of the fence command
 */
public record Observation(
        long nowNanos,
        DatabaseSpec database,
        DatabaseRecord record,
        LeaseFacts leaseFacts,
        long switchoverStepNanos,
        Map<MemberName, MemberFacts> members,
        Map<MemberName, String> busy,
        ProxyFacts proxies,
        Map<MemberName, MemberPast> pasts,
        FenceFacts fence) {
    public Observation {
        requireNonNull(database, "database is null");
        requireNonNull(record, "record is null");
        requireNonNull(leaseFacts, "leaseFacts is null");
        requireNonNull(proxies, "proxies is null");
        members = Map.copyOf(members);
        busy = Map.copyOf(busy);
        pasts = Map.copyOf(pasts);
        requireNonNull(fence, "fence is null");
    }

    /** Who holds the right to be primary, by consensus; empty when nobody does. */
    public Optional<Lease> lease() {
        return leaseFacts.held();
    }
}
