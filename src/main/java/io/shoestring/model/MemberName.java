package io.shoestring.model;

import static java.util.Objects.requireNonNull;

/** The name of one member of a database: one server process with its own data directory. */
public record MemberName(String value) implements Comparable<MemberName> {
    public MemberName {
        requireNonNull(value, "value is null");
    }

    @Override
    public int compareTo(MemberName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
