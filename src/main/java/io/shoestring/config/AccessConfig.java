package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.PostgresListenerConfig.Authentication;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Who may log in to a PostgreSQL listener, and how.
 *
 * @param authentication of everybody, if there are no rules
 * @param rules the first that fits decides; who fits none is refused; empty: there are none
 * @param failures how many failed log-ins an address has; empty: as many as it likes
 */
public record AccessConfig(
        Authentication authentication, List<Rule> rules, Optional<Failures> failures) {
    public AccessConfig {
        requireNonNull(authentication, "authentication is null");
        rules = List.copyOf(rules);
        requireNonNull(failures, "failures is null");
    }

    /** Everybody alike. */
    public static AccessConfig by(Authentication authentication) {
        return new AccessConfig(authentication, List.of(), Optional.empty());
    }

    /** What becomes of who fits a rule. */
    public enum Way {
        /** It is asked for its password. */
        PASSWORD,
        /** It is believed. */
        TRUST,
        /** Its certificate must be for the user. */
        CERTIFICATE,
        /** It may not. */
        REFUSE
    }

    /**
     * For whom it is: everything that it says must hold, and an empty list holds for all.
     *
     * @param from where the client is
     * @param users as whom it logs in
     * @param databases of a server
     * @param encrypted whether it speaks TLS, or does not; empty: either
     */
    public record Rule(
            List<IpNetwork> from,
            List<String> users,
            List<String> databases,
            Optional<Boolean> encrypted,
            Way way) {
        public Rule {
            from = List.copyOf(from);
            users = List.copyOf(users);
            databases = List.copyOf(databases);
            requireNonNull(encrypted, "encrypted is null");
            requireNonNull(way, "way is null");
        }

        /** Whether it decides about a client like this. */
        public boolean fits(
                InetAddress address, String user, String database, boolean isEncrypted) {
            return (from.isEmpty() || from.stream().anyMatch(each -> each.contains(address)))
                    && (users.isEmpty() || users.contains(user))
                    && (databases.isEmpty() || databases.contains(database))
                    && (encrypted.isEmpty() || encrypted.get() == isEncrypted);
        }
    }

    /**
     * So many failed log-ins from one address within that time, and it has to wait.
     *
     * @param within from the first of them
     */
    public record Failures(int most, Duration within) {
        public Failures {
            requireNonNull(within, "within is null");
        }
    }
}
