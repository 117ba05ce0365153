package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How connections to the members of a database are encrypted.
 *
 * @param authorities a PEM file with the authorities whose certificates are believed; empty: nobody
 *     looks at certificates
 * @param certificate what is shown to a member that asks for one; empty: nothing
 */
public record ServerTls(Mode mode, Optional<Path> authorities, Optional<Certificate> certificate) {
    public ServerTls {
        requireNonNull(mode, "mode is null");
        requireNonNull(authorities, "authorities is null");
        requireNonNull(certificate, "certificate is null");
    }

    /** Without a certificate of ours. */
    public ServerTls(Mode mode, Optional<Path> authorities) {
        this(mode, authorities, Optional.empty());
    }

    /**
     * A certificate of ours.
     *
     * @param file a PEM file with it, and those that signed it
     * @param key a PEM file with its key, in PKCS#8
     */
    public record Certificate(Path file, Path key) {
        public Certificate {
            requireNonNull(file, "file is null");
            requireNonNull(key, "key is null");
        }
    }

    /** As libpq's {@code sslmode}. */
    public enum Mode {
        /** If the server can. */
        PREFER,
        /** In any case, whoever the server is. */
        REQUIRE,
        /** Only with a server whose certificate an authority has signed. */
        VERIFY_CA,
        /** Only if the certificate is for the address of the member's node, too. */
        VERIFY_FULL;

        /** Whether certificates are looked at. */
        public boolean verifies() {
            return this == VERIFY_CA || this == VERIFY_FULL;
        }

        /** By libpq's name. */
        public String sslMode() {
            return switch (this) {
                case PREFER -> "prefer";
                case REQUIRE -> "require";
                case VERIFY_CA -> "verify-ca";
                case VERIFY_FULL -> "verify-full";
            };
        }
    }
}
