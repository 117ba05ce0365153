package io.shoestring.model;

import static java.util.Objects.requireNonNull;

/**
 * The right to be the primary of one database, as consensus granted it.
 *
 * @param epoch the fencing token: it grows with every grant, and nothing of an older epoch may
 *     write
 * @param holder the member that holds the right
 */
public record Lease(long epoch, MemberName holder) {
    public Lease {
        requireNonNull(holder, "holder is null");
    }
}
