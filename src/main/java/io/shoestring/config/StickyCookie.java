package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The cookie that keeps a client with its server: its value says the server's name.
 *
 * @param name of the cookie
 * @param hidden whether servers do not see it
 * @param uncached whether answers that set it tell caches to leave them alone
 * @param keyFile with the keys by which it is signed; empty: it is not
 */
public record StickyCookie(
        String name, Mode mode, boolean hidden, boolean uncached, Optional<Path> keyFile) {
    public StickyCookie {
        requireNonNull(name, "name is null");
        requireNonNull(mode, "mode is null");
        requireNonNull(keyFile, "keyFile is null");
    }

    /** Whose cookie it is. */
    public enum Mode {
        /** Ours, of which servers need not know. */
        INSERT,
        /** The application's; the server's name stands before its value. */
        PREFIX,
        /** The application's; its value is replaced by the server's name. */
        REWRITE
    }
}
