package io.shoestring.model;

import static java.util.Objects.requireNonNull;

/** What a virtual address follows. */
public sealed interface Follows {
    /** It is where the primary of the database is. */
    record PrimaryOf(DatabaseName database) implements Follows {
        public PrimaryOf {
            requireNonNull(database, "database is null");
        }

        @Override
        public String toString() {
            return "primary of " + database;
        }
    }

    /** It is where a replica of the database is; with the primary while there is no good one. */
    record ReplicaOf(DatabaseName database) implements Follows {
        public ReplicaOf {
            requireNonNull(database, "database is null");
        }

        @Override
        public String toString() {
            return "replicas of " + database;
        }
    }

    /**
     * It is where the listener is healthy.
     *
     * @param failback whether it goes back to an earlier node of the configuration once that is
     *     healthy again
     */
    record HealthyListener(String listener, boolean failback) implements Follows {
        public HealthyListener {
            requireNonNull(listener, "listener is null");
        }

        @Override
        public String toString() {
            return "listener " + listener;
        }
    }
}
