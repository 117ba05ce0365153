package io.shoestring;

import io.shoestring.base.Published;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Topology;

/** Of the snapshot of all databases the part that is about one. */
final class DatabasePart implements AutoCloseable {
    private final Published<DatabaseTopology> published;
    private final Published.Subscription subscription;

    DatabasePart(Published<Topology> topology, DatabaseName database) {
        this.published = new Published<>(topology.get().of(database));
        this.subscription = topology.subscribe(next -> published.publish(next.of(database)));
        // What came between the two lines above.
        published.publish(topology.get().of(database));
    }

    Published<DatabaseTopology> published() {
        return published;
    }

    @Override
    public void close() {
        subscription.close();
    }
}
