package io.shoestring.doctor.facts;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Who may connect to a server, and what roles may do. */
public record AccessFacts(List<HbaRule> rules, List<Role> roles) {
    public AccessFacts {
        rules = List.copyOf(rules);
        roles = List.copyOf(roles);
    }

    /**
     * A role that may log in.
     *
     * @param password {@code scram}, {@code md5}, {@code none} or {@code other}
     * @param validFor how long its password is good; negative: it has expired; empty: for ever
     * @param powers memberships that let it run programs or read and write files of the server
     */
    public record Role(
            String name,
            boolean superuser,
            boolean replication,
            String password,
            Optional<Duration> validFor,
            List<String> powers) {
        public Role {
            requireNonNull(name, "name is null");
            requireNonNull(password, "password is null");
            requireNonNull(validFor, "validFor is null");
            powers = List.copyOf(powers);
        }
    }

    /** The role of that name; empty if there is none that may log in. */
    public Optional<Role> role(String name) {
        return roles.stream().filter(role -> role.name().equals(name)).findFirst();
    }
}
