package io.shoestring.model;

import java.util.Map;

/**
 * The one snapshot that the data plane reads.
 *
 * @param version grows with every change
 */
public record Topology(long version, Map<DatabaseName, DatabaseTopology> databases) {
    public Topology {
        databases = Map.copyOf(databases);
    }

    /** The part for one database; {@link DatabaseTopology#unknown} if it is not there. */
    public DatabaseTopology of(DatabaseName database) {
        DatabaseTopology found = databases.get(database);
        return found == null ? DatabaseTopology.unknown(database) : found;
    }
}
