package io.shoestring.node;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.DatabaseName;
import io.shoestring.model.MemberName;

/**
 * Until when a member of this machine may take writes unless its lease is renewed.
 *
 * @param epoch of the lease
 * @param deadlineNanos by the node's clock
 */
public record Limit(DatabaseName database, MemberName member, long epoch, long deadlineNanos) {
    public Limit {
        requireNonNull(database, "database is null");
        requireNonNull(member, "member is null");
    }
}
