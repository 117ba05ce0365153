package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.Endpoint;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * An address whose HTTP requests are led to the servers of backends.
 *
 * @param routes the first that fits a request is taken; the one for the rest, if any, is the last
 * @param forwarded what servers are told of the client
 * @param clientTimeout how long a client may send nothing and take nothing; zero: no limit
 * @param proxies whose connections begin with a header of the PROXY protocol
 */
public record HttpListenerConfig(
        String name,
        Endpoint bind,
        List<Route> routes,
        Forwarded forwarded,
        Duration clientTimeout,
        int maxConnections,
        Optional<TlsConfig> tls,
        List<IpNetwork> proxies)
        implements ListenerConfig {
    public HttpListenerConfig {
        requireNonNull(name, "name is null");
        requireNonNull(bind, "bind is null");
        routes = List.copyOf(routes);
        requireNonNull(forwarded, "forwarded is null");
        requireNonNull(clientTimeout, "clientTimeout is null");
        requireNonNull(tls, "tls is null");
        proxies = List.copyOf(proxies);
    }

    /** The header fields that tell a server who the client is. */
    public enum Forwarded {
        /** X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host. */
        X_FORWARDED,
        /** Forwarded, as in RFC 7239. */
        RFC7239,
        /** None. */
        NONE
    }

    /**
     * Which requests go to a backend.
     *
     * @param host empty: every host
     * @param path a prefix when it ends with {@code /}, else the whole path; empty: every path
     */
    public record Route(Optional<String> host, Optional<String> path, String backend) {
        public Route {
            requireNonNull(host, "host is null");
            requireNonNull(path, "path is null");
            requireNonNull(backend, "backend is null");
        }
    }
}
