package io.shoestring.proxy.postgresql;

import io.shoestring.config.PostgresListenerConfig;
import io.shoestring.config.PostgresTls;
import io.shoestring.network.tls.TlsDoor;
import io.shoestring.network.tls.TlsException;

import java.util.List;
import java.util.Optional;

/**
 * The encryption that a listener has for its clients.
 *
 * @param required whether clients without it are refused
 */
record ListenerTls(Optional<TlsDoor> door, boolean required) {
    /** By ALPN a client that begins with TLS says that it speaks PostgreSQL. */
    private static final List<String> PROTOCOLS = List.of("postgresql");

    /** Reads the certificates; blocks on the file system. */
    static ListenerTls open(PostgresListenerConfig config) throws TlsException {
        boolean required = config.tls().filter(PostgresTls::required).isPresent();
        return config.tls().isPresent()
                ? new ListenerTls(
                        Optional.of(
                                TlsDoor.open(config.name(), config.tls().get().tls(), PROTOCOLS)),
                        required)
                : new ListenerTls(Optional.empty(), false);
    }

    void close() {
        door.ifPresent(TlsDoor::close);
    }
}
