package io.shoestring.model;

import static java.util.Objects.requireNonNull;

/** The name of a virtual address. */
public record AddressName(String value) implements Comparable<AddressName> {
    public AddressName {
        requireNonNull(value, "value is null");
    }

    @Override
    public int compareTo(AddressName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
