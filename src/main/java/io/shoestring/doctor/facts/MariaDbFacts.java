package io.shoestring.doctor.facts;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.DatabaseConfig;
import io.shoestring.database.mysql.MariaDbAnswers;
import io.shoestring.doctor.facts.DiskFacts.Latency;
import io.shoestring.doctor.facts.ServerFacts.Problem;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One database of MariaDB servers.
 *
 * @param config as the file has it
 * @param servers one for each member, in the order of the file
 */
public record MariaDbFacts(DatabaseConfig config, List<Server> servers) {
    public MariaDbFacts {
        requireNonNull(config, "config is null");
        servers = List.copyOf(servers);
    }

    /**
     * One member's server, asked over the network, and its disk, if it is on this machine.
     *
     * @param address of its node
     * @param answers what it said; empty if it could not be asked, for the reason in {@code
     *     problem}
     * @param disk empty for a server of another machine
     */
    public record Server(
            DatabaseConfig.Member member,
            String address,
            Optional<MariaDbAnswers> answers,
            Optional<Problem> problem,
            Optional<Disk> disk) {
        public Server {
            requireNonNull(member, "member is null");
            requireNonNull(address, "address is null");
            requireNonNull(answers, "answers is null");
            requireNonNull(problem, "problem is null");
            requireNonNull(disk, "disk is null");
        }

        /** The member's name. */
        public String name() {
            return member.name().value();
        }
    }

    /**
     * A data directory of this machine.
     *
     * @param empty whether there is nothing in it
     * @param device the number of the file system's device
     * @param permissions of the directory: {@code rwx------}
     * @param flush how long it takes to make a page durable there
     * @param options that the settings files give a server: {@code --read_only=1}; empty if they
     *     could not be read
     */
    public record Disk(
            boolean empty,
            long totalBytes,
            long freeBytes,
            long device,
            String permissions,
            Optional<Latency> flush,
            Optional<List<String>> options) {
        public Disk {
            requireNonNull(permissions, "permissions is null");
            requireNonNull(flush, "flush is null");
            options = options.map(List::copyOf);
        }
    }

    /** Those that were asked, with what they said. */
    public Stream<Server> answering() {
        return servers.stream().filter(server -> server.answers().isPresent());
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
