package io.shoestring.cluster.identity;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/**
 * Tells one cluster from every other one, also from one of the same name.
 *
 * @param name as in the configuration
 * @param id made once, when the cluster was made
 */
public record ClusterId(String name, UUID id) {
    public ClusterId {
        requireNonNull(name, "name is null");
        requireNonNull(id, "id is null");
    }

    @Override
    public String toString() {
        return name + " (" + id + ")";
    }
}
