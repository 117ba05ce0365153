package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;

/**
 * Requests that need a name and a password (RFC 7617).
 *
 * @param match which requests do
 * @param users a file with a line {@code name:hash} for each user
 * @param realm what browsers tell people that they log in to
 */
public record LoginConfig(RouteConfig.Match match, Path users, String realm) {
    public LoginConfig {
        requireNonNull(match, "match is null");
        requireNonNull(users, "users is null");
        requireNonNull(realm, "realm is null");
    }
}
