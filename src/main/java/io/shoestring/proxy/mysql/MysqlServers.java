package io.shoestring.proxy.mysql;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Published;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.protocol.mysql.ServerGreeting;
import io.shoestring.proxy.FreshnessBoard;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a listener knows of the servers behind it; where that comes from is the wiring's matter.
 *
 * @param topology who is what; every change wakes the sessions
 * @param freshness what the replicas have applied
 * @param passwords that the servers have stored
 * @param greeting what the primary says when it is reached; empty: no server was reached yet
 * @param outcomes of commits that were on their way; empty: nobody can tell
 * @param end ends the asking
 */
public record MysqlServers(
        Published<DatabaseTopology> topology,
        FreshnessBoard freshness,
        PasswordSource passwords,
        Supplier<Optional<ServerGreeting>> greeting,
        Optional<CommitOutcomeSource> outcomes,
        Runnable end) {
    public MysqlServers {
        requireNonNull(topology, "topology is null");
        requireNonNull(freshness, "freshness is null");
        requireNonNull(passwords, "passwords is null");
        requireNonNull(greeting, "greeting is null");
        requireNonNull(outcomes, "outcomes is null");
        requireNonNull(end, "end is null");
    }
}
