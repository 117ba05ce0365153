package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;

/**
 * How a database is asked for its roles' passwords by a role that may not read them itself.
 *
 * @param user the role that asks
 * @param passwordFile whose first line is its password
 * @param database of the server, in which it asks
 * @param sql gives a role's name and its stored password; {@code $1} is the role
 */
public record AuthQuery(String user, Path passwordFile, String database, String sql) {
    /** What stands for the role that is asked for. */
    public static final String ROLE = "$1";

    public AuthQuery {
        requireNonNull(user, "user is null");
        requireNonNull(passwordFile, "passwordFile is null");
        requireNonNull(database, "database is null");
        requireNonNull(sql, "sql is null");
    }
}
