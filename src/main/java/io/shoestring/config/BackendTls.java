package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How connections to the servers of a backend are encrypted.
 *
 * @param authorities a PEM file with the authorities whose certificates are believed; empty: the
 *     public ones
 * @param serverName whom servers are asked to be; empty: the host of each server's address
 * @param certificate shown to servers that ask for one, with its key in the same file or beside it
 */
public record BackendTls(
        Verify verify,
        Optional<Path> authorities,
        Optional<String> serverName,
        Optional<Path> certificate) {
    public BackendTls {
        requireNonNull(verify, "verify is null");
        requireNonNull(authorities, "authorities is null");
        requireNonNull(serverName, "serverName is null");
        requireNonNull(certificate, "certificate is null");
    }

    /** What a server has to prove. */
    public enum Verify {
        /** That an authority has signed its certificate, and that it is for the server's name. */
        FULL,
        /** That an authority has signed its certificate. */
        AUTHORITY,
        /** Nothing: who listens on the wire is kept out, who sits in it is not. */
        NONE
    }
}
