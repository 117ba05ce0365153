package io.shoestring.config;

import java.util.Locale;
import java.util.Optional;

/** What a statement that goes to a replica has to find there. */
public enum Consistency {
    /** Everything that its own session has written. */
    SESSION,
    /** Everything that was acknowledged before it came, whoever wrote it and wherever. */
    CLUSTER,
    /** Everything up to some time ago. */
    EVENTUAL;

    /** By the name that operators and clients use. */
    public static Optional<Consistency> of(String name) {
        for (Consistency each : values()) {
            if (each.toString().equals(name.toLowerCase(Locale.ROOT))) {
                return Optional.of(each);
            }
        }
        return Optional.empty();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
