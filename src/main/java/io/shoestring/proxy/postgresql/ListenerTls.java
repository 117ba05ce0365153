package io.shoestring.proxy.postgresql;

import io.shoestring.config.PostgresListenerConfig;
import io.shoestring.config.PostgresTls;
import io.shoestring.network.tls.TlsCaller;
import io.shoestring.network.tls.TlsDoor;
import io.shoestring.network.tls.TlsException;

import java.util.List;
import java.util.Optional;

/**
 * The encryption that a listener has for its clients, and to its servers.
 *
 * @param required whether clients without it are refused
 * @param servers empty: connections to servers are not encrypted
 */
record ListenerTls(Optional<TlsDoor> door, boolean required, Optional<TlsCaller> servers) {
    /** By ALPN a client that begins with TLS says that it speaks PostgreSQL. */
    private static final List<String> PROTOCOLS = List.of("postgresql");

    /** Reads the certificates; blocks on the file system. */
    static ListenerTls open(PostgresListenerConfig config) throws TlsException {
        Optional<TlsCaller> servers =
                config.serverTls().isPresent()
                        ? Optional.of(TlsCaller.open(config.name(), config.serverTls().get()))
                        : Optional.empty();
        try {
            boolean required = config.tls().filter(PostgresTls::required).isPresent();
            return new ListenerTls(door(config), required, servers);
        } catch (TlsException e) {
            servers.ifPresent(TlsCaller::close);
            throw e;
        }
    }

    private static Optional<TlsDoor> door(PostgresListenerConfig config) throws TlsException {
        return config.tls().isPresent()
                ? Optional.of(TlsDoor.open(config.name(), config.tls().get().tls(), PROTOCOLS))
                : Optional.empty();
    }

    /** Whether another configuration needs nothing else. */
    static boolean isSame(PostgresListenerConfig one, PostgresListenerConfig other) {
        return one.tls().equals(other.tls()) && one.serverTls().equals(other.serverTls());
    }

    void close() {
        door.ifPresent(TlsDoor::close);
        servers.ifPresent(TlsCaller::close);
    }
}
