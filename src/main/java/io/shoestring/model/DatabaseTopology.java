package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

/**
 * Where the proxies send what, for one database. The proxies ask nobody: they read this.
 *
 * @param epoch no write leaves on a server connection that was opened under another epoch
 * @param primary the server that takes writes; empty while there is none
 * @param holdWrites whether new transactions wait although there is a primary (a switchover drains
 *     it)
 * @param leaseDeadlineNanos after this instant of the node's {@code Clock} no write may leave
 * @param replicas the servers that may take reads
 * @param reason one sentence: why it is like this
 */
public record DatabaseTopology(
        DatabaseName database,
        long epoch,
        Optional<MemberSpec> primary,
        boolean holdWrites,
        long leaseDeadlineNanos,
        List<MemberSpec> replicas,
        String reason) {
    public DatabaseTopology {
        requireNonNull(database, "database is null");
        requireNonNull(primary, "primary is null");
        replicas = List.copyOf(replicas);
        requireNonNull(reason, "reason is null");
    }

    /** Whether that server is its primary. */
    public boolean isPrimary(MemberSpec member) {
        return primary.filter(member::equals).isPresent();
    }

    /** Nothing is known yet: everything is held. */
    public static DatabaseTopology unknown(DatabaseName database) {
        return new DatabaseTopology(
                database, 0, Optional.empty(), true, 0, List.of(), "The node is starting.");
    }
}
