package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Who issues certificates to the cluster by ACME (RFC 8555).
 *
 * @param directory the address of the authority's directory
 * @param email where the authority may write to
 * @param authorities a PEM file with those who are believed to sign the authority's own
 *     certificate; empty: the public ones
 */
public record AcmeConfig(URI directory, Optional<String> email, Optional<Path> authorities) {
    public AcmeConfig {
        requireNonNull(directory, "directory is null");
        requireNonNull(email, "email is null");
        requireNonNull(authorities, "authorities is null");
    }
}
