package io.shoestring.doctor.facts;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.DatabaseConfig;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One database and its servers.
 *
 * @param config as the file has it
 * @param servers one for each member, in the order of the file
 */
public record DatabaseFacts(DatabaseConfig config, List<ServerFacts> servers) {
    public DatabaseFacts {
        requireNonNull(config, "config is null");
        servers = List.copyOf(servers);
    }

    /** Those that were asked, with what they said. */
    public Stream<ServerFacts> answering() {
        return servers.stream().filter(server -> server.answers().isPresent());
    }

    /** The only server that takes writes; empty if there is none, or if there are several. */
    public Optional<ServerFacts> primary() {
        List<ServerFacts> found = answering().filter(ServerFacts::takesWrites).toList();
        return found.size() == 1 ? Optional.of(found.getFirst()) : Optional.empty();
    }

    /** The servers that follow another. */
    public Stream<ServerFacts> replicas() {
        return answering().filter(server -> !server.takesWrites());
    }

    /** Whether all members are on one machine. */
    public boolean onOneMachine() {
        return config.members().values().stream()
                        .map(DatabaseConfig.Member::node)
                        .distinct()
                        .count()
                == 1;
    }
}
