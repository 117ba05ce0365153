package io.shoestring.node;

import io.shoestring.base.Published;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Topology;

import java.util.HashMap;
import java.util.Map;

/** Puts the databases' parts into one snapshot, a new version for every change. One writer. */
final class Topologies {
    private final Published<Topology> published;

    Topologies(Published<Topology> published) {
        this.published = published;
    }

    void put(DatabaseTopology part) {
        Topology before = published.get();
        if (part.equals(before.databases().get(part.database()))) {
            return;
        }
        Map<DatabaseName, DatabaseTopology> parts = new HashMap<>(before.databases());
        parts.put(part.database(), part);
        published.publish(new Topology(before.version() + 1, parts));
    }
}
