package io.shoestring.model;

import static java.util.Objects.requireNonNull;

/**
 * One database of a server, with all that is in it.
 *
 * @param tables of its users, without the server's own; below 0: there was no time to count them
 * @param bytes on the disk, with its indexes
 * @param connections of clients that are in it now
 */
public record DatabaseSize(String name, long tables, long bytes, long connections) {
    public DatabaseSize {
        requireNonNull(name, "name is null");
    }
}
