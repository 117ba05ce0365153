package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

/**
 * What the decision needs to know of a database's configuration. Members are in the order of the
 * file.
 */
public record DatabaseSpec(DatabaseName name, Protection protection, List<MemberSpec> members) {
    public DatabaseSpec {
        requireNonNull(name, "name is null");
        requireNonNull(protection, "protection is null");
        members = List.copyOf(members);
    }

    /** The member of that name, if it is configured. */
    public Optional<MemberSpec> member(MemberName name) {
        return members.stream().filter(member -> member.name().equals(name)).findFirst();
    }
}
