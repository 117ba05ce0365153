package io.shoestring.doctor.facts;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.DatabaseConfig;

import java.util.Optional;

/**
 * One member's server, asked over the network, and its disk, if it is on this machine.
 *
 * @param address of its node
 * @param answers what it said; empty if it could not be asked, for the reason in {@code problem}
 * @param disk empty for a server of another machine
 */
public record ServerFacts(
        DatabaseConfig.Member member,
        String address,
        Optional<Answers> answers,
        Optional<Problem> problem,
        Optional<DiskFacts> disk) {
    public ServerFacts {
        requireNonNull(member, "member is null");
        requireNonNull(address, "address is null");
        requireNonNull(answers, "answers is null");
        requireNonNull(problem, "problem is null");
        requireNonNull(disk, "disk is null");
    }

    /** Why a server could not be asked. */
    public record Problem(Kind kind, String sentence) {
        public Problem {
            requireNonNull(kind, "kind is null");
            requireNonNull(sentence, "sentence is null");
        }
    }

    /** What kind of a reason it is. */
    public enum Kind {
        /** Nobody takes the connection, or answers. */
        SILENT,
        /** It starts or stops. */
        STARTING,
        /** It does not let the configured role in. */
        REFUSED,
        /** The configured role is no superuser. */
        NO_RIGHTS,
        /** Another server answers at that port. */
        ANOTHER
    }

    /**
     * Everything that a server says of itself.
     *
     * @param contents of its databases
     * @param kernel of the machine that it runs on
     */
    public record Answers(
            IdentityFacts identity,
            SettingFacts settings,
            AccessFacts access,
            ReplicationFacts replication,
            ContentFacts contents,
            KernelFacts kernel) {
        public Answers {
            requireNonNull(identity, "identity is null");
            requireNonNull(settings, "settings is null");
            requireNonNull(access, "access is null");
            requireNonNull(replication, "replication is null");
            requireNonNull(contents, "contents is null");
            requireNonNull(kernel, "kernel is null");
        }
    }

    /** The member's name. */
    public String name() {
        return member.name().value();
    }

    /** Whether it said that it is no replica. */
    public boolean takesWrites() {
        return answers.isPresent() && !answers.get().identity().replica();
    }
}
