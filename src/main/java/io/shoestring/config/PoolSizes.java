package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import java.util.OptionalInt;

/**
 * How many server connections the clients of a PostgreSQL listener may share, on one node and to
 * one member, because it is a server's own limit that they are to stay below.
 *
 * @param each at most for each user and database
 * @param user at most for each user, whatever the database; empty: as many as the others allow
 * @param database at most for each database, whoever the user; empty: as many as the others allow
 * @param member at most altogether; empty: as many as the others allow
 * @param minimum for each user and database with a client, kept open although nobody uses them
 */
public record PoolSizes(
        int each, OptionalInt user, OptionalInt database, OptionalInt member, int minimum) {
    public PoolSizes {
        requireNonNull(user, "user is null");
        requireNonNull(database, "database is null");
        requireNonNull(member, "member is null");
    }

    /** Only for each user and database; none is kept open. */
    public static PoolSizes ofEach(int each) {
        return new PoolSizes(
                each, OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty(), 0);
    }

    /** Whether the connections of one user or database may be in the way of another's. */
    public boolean areShared() {
        return user.isPresent() || database.isPresent() || member.isPresent();
    }
}
