package io.shoestring.consensus;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;

/**
 * By what a node proves itself to the others, and knows them; PEM files.
 *
 * @param key the private key (PKCS #8), readable by nobody else
 * @param certificate the node's certificate, which names the address it is reached by, and after it
 *     those between it and the authority
 * @param authority the certificates that others' must be signed by
 */
public record TlsFiles(Path key, Path certificate, Path authority) {
    public TlsFiles {
        requireNonNull(key, "key is null");
        requireNonNull(certificate, "certificate is null");
        requireNonNull(authority, "authority is null");
    }
}
