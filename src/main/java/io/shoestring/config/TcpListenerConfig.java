package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.Endpoint;

import java.time.Duration;
import java.util.Optional;

/**
 * An address whose connections are carried to the servers of a backend, byte by byte.
 *
 * @param backend one of the configuration's
 * @param clientTimeout how long a client may send nothing and take nothing; zero: no limit
 */
public record TcpListenerConfig(
        String name,
        Endpoint bind,
        String backend,
        Duration clientTimeout,
        int maxConnections,
        Optional<TlsConfig> tls)
        implements ListenerConfig {
    public TcpListenerConfig {
        requireNonNull(name, "name is null");
        requireNonNull(bind, "bind is null");
        requireNonNull(backend, "backend is null");
        requireNonNull(clientTimeout, "clientTimeout is null");
        requireNonNull(tls, "tls is null");
    }
}
