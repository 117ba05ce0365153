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
 * @param requestHeaders what is changed in requests
 * @param responseHeaders what is changed in the answers of servers
 * @param requestId the field in which servers are told the request's id
 * @param guards what stands before the routes
 * @param sources from where clients may connect
 */
public record HttpListenerConfig(
        String name,
        Endpoint bind,
        List<RouteConfig> routes,
        Forwarded forwarded,
        Duration clientTimeout,
        int maxConnections,
        Optional<TlsConfig> tls,
        Http2 http2,
        List<IpNetwork> proxies,
        HeaderRules requestHeaders,
        HeaderRules responseHeaders,
        Optional<String> requestId,
        Optional<AccessLogConfig> accessLog,
        HttpGuards guards,
        SourceConfig sources)
        implements ListenerConfig {
    public HttpListenerConfig {
        requireNonNull(name, "name is null");
        requireNonNull(bind, "bind is null");
        routes = List.copyOf(routes);
        requireNonNull(forwarded, "forwarded is null");
        requireNonNull(clientTimeout, "clientTimeout is null");
        requireNonNull(tls, "tls is null");
        requireNonNull(http2, "http2 is null");
        proxies = List.copyOf(proxies);
        requireNonNull(requestHeaders, "requestHeaders is null");
        requireNonNull(responseHeaders, "responseHeaders is null");
        requireNonNull(requestId, "requestId is null");
        requireNonNull(accessLog, "accessLog is null");
        requireNonNull(guards, "guards is null");
        requireNonNull(sources, "sources is null");
    }

    /** Which clients may speak HTTP/2. */
    public enum Http2 {
        /** None. */
        NONE,
        /** Those that ask for it in TLS (ALPN). */
        TLS,
        /** Also those that begin with it without TLS (prior knowledge, RFC 9113 section 3.3). */
        ALWAYS
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

    /** All that routes lead to, in their order. */
    public List<String> backends() {
        return routes.stream()
                .map(RouteConfig::action)
                .filter(RouteConfig.Action.ToBackend.class::isInstance)
                .map(action -> ((RouteConfig.Action.ToBackend) action).backend())
                .distinct()
                .toList();
    }
}
