package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.Endpoint;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * An address whose connections are carried to the servers of backends, byte by byte.
 *
 * @param backend for whom no route fits; empty: its connection is closed
 * @param routes the first that fits is taken
 * @param clientTimeout how long a client may send nothing and take nothing; zero: no limit
 * @param proxies whose connections begin with a header of the PROXY protocol
 * @param accessLog where each connection leaves a line
 * @param sources from where clients may connect
 */
public record TcpListenerConfig(
        String name,
        Endpoint bind,
        Optional<String> backend,
        List<Route> routes,
        Duration clientTimeout,
        int maxConnections,
        Optional<TlsConfig> tls,
        List<IpNetwork> proxies,
        Optional<AccessLogConfig> accessLog,
        SourceConfig sources)
        implements ListenerConfig {
    public TcpListenerConfig {
        requireNonNull(name, "name is null");
        requireNonNull(bind, "bind is null");
        requireNonNull(backend, "backend is null");
        routes = List.copyOf(routes);
        requireNonNull(clientTimeout, "clientTimeout is null");
        requireNonNull(tls, "tls is null");
        proxies = List.copyOf(proxies);
        requireNonNull(accessLog, "accessLog is null");
        requireNonNull(sources, "sources is null");
    }

    /** All that it leads to, in the order of the file. */
    public List<String> backends() {
        return Stream.concat(routes.stream().map(Route::backend), backend.stream())
                .distinct()
                .toList();
    }

    /**
     * Which connections go to a backend.
     *
     * @param serverName that the client asks for in TLS, in lower case; {@code *.} stands for one
     *     word
     */
    public record Route(String serverName, String backend) {
        public Route {
            requireNonNull(serverName, "serverName is null");
            requireNonNull(backend, "backend is null");
        }
    }
}
