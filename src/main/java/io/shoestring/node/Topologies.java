package io.shoestring.node;

import io.shoestring.base.Published;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.Topology;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Puts the databases' parts into this node's snapshot, a new version for every change. They come
 * from the conductor here or from one elsewhere; one of an older term is not listened to any more.
 *
 * <p>Thread-safe.
 */
final class Topologies {
    private final Published<Topology> published;
    private long newestTerm;

    Topologies(Published<Topology> published) {
        this.published = published;
    }

    synchronized void put(long term, DatabaseTopology told) {
        Topology before = published.get();
        DatabaseTopology part = notEarlier(before.of(told.database()), told);
        if (term < newestTerm || part.equals(before.databases().get(part.database()))) {
            return;
        }
        newestTerm = term;
        Map<DatabaseName, DatabaseTopology> parts = new HashMap<>(before.databases());
        parts.put(part.database(), part);
        published.publish(new Topology(before.version() + 1, parts));
    }

    /**
     * While the same member is the primary of the same epoch, the later of two deadlines is as
     * true: whoever has just begun to decide has not been told it yet.
     */
    private static DatabaseTopology notEarlier(DatabaseTopology before, DatabaseTopology told) {
        boolean same =
                told.primary().isPresent()
                        && name(told).equals(name(before))
                        && told.epoch() == before.epoch();
        return same && before.leaseDeadlineNanos() - told.leaseDeadlineNanos() > 0
                ? Wire.withDeadline(told, before.leaseDeadlineNanos())
                : told;
    }

    private static Optional<MemberName> name(DatabaseTopology part) {
        return part.primary().map(MemberSpec::name);
    }

    /** The part as it is now. */
    DatabaseTopology of(DatabaseName database) {
        return published.get().of(database);
    }
}
