package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.Endpoint;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The address of the API and of the page.
 *
 * @param tokenFile whoever knows its first line may do everything; made by the node when it does
 *     not exist
 * @param runtime HAProxy's runtime socket
 */
public record AdminConfig(Endpoint bind, Path tokenFile, Optional<RuntimeAccess> runtime) {
    public AdminConfig {
        requireNonNull(bind, "bind is null");
        requireNonNull(tokenFile, "tokenFile is null");
        requireNonNull(runtime, "runtime is null");
    }

    /** Without a runtime socket. */
    public AdminConfig(Endpoint bind, Path tokenFile) {
        this(bind, tokenFile, Optional.empty());
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
