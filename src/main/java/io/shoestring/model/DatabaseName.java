package io.shoestring.model;

import static java.util.Objects.requireNonNull;

/** The name of a database in the configuration: a replicated cluster, not a schema inside it. */
public record DatabaseName(String value) implements Comparable<DatabaseName> {
    public DatabaseName {
        requireNonNull(value, "value is null");
    }

    @Override
    public int compareTo(DatabaseName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
