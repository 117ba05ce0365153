package io.shoestring.model;

import static java.util.Objects.requireNonNull;

/** The name of a machine that runs Shoestring. */
public record NodeName(String value) implements Comparable<NodeName> {
    public NodeName {
        requireNonNull(value, "value is null");
    }

    @Override
    public int compareTo(NodeName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
