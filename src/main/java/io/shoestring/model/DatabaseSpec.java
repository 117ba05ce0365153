package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

/**
 * What the decision needs to know of a database's configuration. Members are in the order of the
 * file.
 *
 * @param fenceable whether there is a command that switches a node's machine off
 * @param inBytes whether positions count bytes of the log; else they count transactions
 * @param managed whether its members are handled; else somebody else does, and they are only looked
 *     at
 * @param lossLimit what a failover without synchronous replication may lose
 */
public record DatabaseSpec(
        DatabaseName name,
        Protection protection,
        List<MemberSpec> members,
        boolean fenceable,
        boolean inBytes,
        boolean managed,
        LossLimit lossLimit) {
    public DatabaseSpec {
        requireNonNull(lossLimit, "lossLimit is null");
        requireNonNull(name, "name is null");
        requireNonNull(protection, "protection is null");
        members = List.copyOf(members);
    }

    /** With the usual limit of what may be lost. */
    public DatabaseSpec(
            DatabaseName name,
            Protection protection,
            List<MemberSpec> members,
            boolean fenceable,
            boolean inBytes,
            boolean managed) {
        this(name, protection, members, fenceable, inBytes, managed, LossLimit.USUAL);
    }

    /** That is managed. */
    public DatabaseSpec(
            DatabaseName name,
            Protection protection,
            List<MemberSpec> members,
            boolean fenceable,
            boolean inBytes) {
        this(name, protection, members, fenceable, inBytes, true);
    }

    /** Whose positions count bytes. */
    public DatabaseSpec(
            DatabaseName name, Protection protection, List<MemberSpec> members, boolean fenceable) {
        this(name, protection, members, fenceable, true);
    }

    /** Without such a command. */
    public DatabaseSpec(DatabaseName name, Protection protection, List<MemberSpec> members) {
        this(name, protection, members, false);
    }

    /** The member of that name, if it is configured. */
    public Optional<MemberSpec> member(MemberName name) {
        return members.stream().filter(member -> member.name().equals(name)).findFirst();
    }
}
