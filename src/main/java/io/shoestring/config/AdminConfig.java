package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.Endpoint;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The address of the API and of the page.
 *
 * @param tokenFile whoever knows its first line may do everything; made by the node when it does
 *     not exist
 * @param tls of the address; empty: it is plain HTTP
 * @param users who may come in beside the token, by name
 * @param runtime HAProxy's runtime socket
 */
public record AdminConfig(
        Endpoint bind,
        Path tokenFile,
        Optional<TlsConfig> tls,
        Map<String, User> users,
        Optional<RuntimeAccess> runtime) {
    public AdminConfig {
        requireNonNull(bind, "bind is null");
        requireNonNull(tokenFile, "tokenFile is null");
        requireNonNull(tls, "tls is null");
        users = Map.copyOf(users);
        requireNonNull(runtime, "runtime is null");
    }

    /** With nothing but the token. */
    public AdminConfig(Endpoint bind, Path tokenFile) {
        this(bind, tokenFile, Optional.empty(), Map.of(), Optional.empty());
    }

    /** The same for others. */
    public AdminConfig withUsers(Map<String, User> others) {
        return new AdminConfig(bind, tokenFile, tls, others, runtime);
    }

    /** What a user may do; each may what those before it may. */
    public enum Role {
        /** Look at everything. */
        VIEWER,
        /** Give the commands of a day: switch over, pause, drain, move an address. */
        OPERATOR,
        /** Apply another configuration. */
        ADMIN
    }

    /**
     * A person, or a program.
     *
     * @param password its Argon2 hash, as {@code shoestring password} prints it
     * @param token its SHA-256 as 64 hexadecimal digits; the token itself is random, so that a hash
     *     that is quick to make is enough
     */
    public record User(Role role, Optional<String> password, Optional<String> token) {
        public User {
            requireNonNull(role, "role is null");
            requireNonNull(password, "password is null");
            requireNonNull(token, "token is null");
        }

        @Override
        public String toString() {
            return "User[" + role + "]";
        }
    }

    /** What a client of the runtime socket may do; each may what those before it may. */
    public enum Level {
        USER,
        OPERATOR,
        ADMIN
    }

    /**
     * HAProxy's runtime socket.
     *
     * @param mode the file's permission bits
     */
    public record RuntimeAccess(Path path, Level level, int mode) {
        public RuntimeAccess {
            requireNonNull(path, "path is null");
            requireNonNull(level, "level is null");
        }
    }
}
