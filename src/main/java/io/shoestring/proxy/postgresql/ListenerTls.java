package io.shoestring.proxy.postgresql;

import io.shoestring.config.PostgresListenerConfig;
import io.shoestring.config.PostgresTls;
import io.shoestring.config.ServerTls;
import io.shoestring.model.DatabaseName;
import io.shoestring.network.tls.TlsCaller;
import io.shoestring.network.tls.TlsDoor;
import io.shoestring.network.tls.TlsException;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The encryption that a listener has for its clients, and to its servers.
 *
 * @param required whether clients without it are refused
 * @param servers of every database that clients are led to; empty: connections to its members are
 *     not encrypted
 */
record ListenerTls(
        Optional<TlsDoor> door, boolean required, Map<DatabaseName, Optional<TlsCaller>> servers) {
    /** By ALPN a client that begins with TLS says that it speaks PostgreSQL. */
    private static final List<String> PROTOCOLS = List.of("postgresql");

    /** Reads the certificates; blocks on the file system. */
    static ListenerTls open(PostgresListenerConfig config) throws TlsException {
        Map<DatabaseName, Optional<TlsCaller>> servers = new LinkedHashMap<>();
        try {
            for (var target : config.targets().entrySet()) {
                servers.put(target.getKey(), caller(config, target.getValue()));
            }
            boolean required = config.tls().filter(PostgresTls::required).isPresent();
            return new ListenerTls(door(config), required, Map.copyOf(servers));
        } catch (TlsException e) {
            close(servers);
            throw e;
        }
    }

    private static Optional<TlsCaller> caller(
            PostgresListenerConfig config, Optional<ServerTls> tls) throws TlsException {
        return tls.isPresent()
                ? Optional.of(TlsCaller.open(config.name(), tls.get()))
                : Optional.empty();
    }

    private static Optional<TlsDoor> door(PostgresListenerConfig config) throws TlsException {
        return config.tls().isPresent()
                ? Optional.of(TlsDoor.open(config.name(), config.tls().get().tls(), PROTOCOLS))
                : Optional.empty();
    }

    /** Whether another configuration needs nothing else. */
    static boolean isSame(PostgresListenerConfig one, PostgresListenerConfig other) {
        return one.tls().equals(other.tls()) && one.targets().equals(other.targets());
    }

    void close() {
        door.ifPresent(TlsDoor::close);
        close(servers);
    }

    private static void close(Map<DatabaseName, Optional<TlsCaller>> servers) {
        servers.values().forEach(each -> each.ifPresent(TlsCaller::close));
    }
}
