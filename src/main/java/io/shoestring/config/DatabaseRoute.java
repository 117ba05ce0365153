package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.DatabaseName;

import java.util.List;
import java.util.Optional;

/**
 * Which of a listener's clients are led to another database of ours than the others.
 *
 * @param users as which they log in; empty: as anybody
 * @param databases of a server that they ask for; empty: any
 * @param to where they are led
 * @param serverTls how connections to its members are encrypted; empty: not at all
 * @param as the name by which its servers know the database that was asked for; empty: the same
 */
public record DatabaseRoute(
        List<String> users,
        List<String> databases,
        DatabaseName to,
        Optional<ServerTls> serverTls,
        Optional<String> as) {
    public DatabaseRoute {
        users = List.copyOf(users);
        databases = List.copyOf(databases);
        requireNonNull(to, "to is null");
        requireNonNull(serverTls, "serverTls is null");
        requireNonNull(as, "as is null");
    }

    /** Whether it is for a client that logs in like this. */
    public boolean fits(String user, String database) {
        return (users.isEmpty() || users.contains(user))
                && (databases.isEmpty() || databases.contains(database));
    }
}
