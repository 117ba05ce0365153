package io.shoestring.node;

import io.shoestring.base.Published;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Topology;

import java.util.HashMap;
import java.util.Map;

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

    synchronized void put(long term, DatabaseTopology part) {
        Topology before = published.get();
        if (term < newestTerm || part.equals(before.databases().get(part.database()))) {
            return;
        }
        newestTerm = term;
        Map<DatabaseName, DatabaseTopology> parts = new HashMap<>(before.databases());
        parts.put(part.database(), part);
        published.publish(new Topology(before.version() + 1, parts));
    }

    /** The part as it is now. */
    DatabaseTopology of(DatabaseName database) {
        return published.get().of(database);
    }
}
