package io.shoestring.config;

import static java.util.Objects.requireNonNull;

/** A field of a message's header, as it is written. */
public record HeaderField(String name, String value) {
    public HeaderField {
        requireNonNull(name, "name is null");
        requireNonNull(value, "value is null");
    }
}
