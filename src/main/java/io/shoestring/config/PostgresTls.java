package io.shoestring.config;

import static java.util.Objects.requireNonNull;

/**
 * The TLS of a postgresql listener, whose clients ask for it after they have connected.
 *
 * @param required whether those that do not ask are refused
 */
public record PostgresTls(TlsConfig tls, boolean required) {
    public PostgresTls {
        requireNonNull(tls, "tls is null");
    }
}
