package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.Endpoint;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Servers that do the same, and how connections are shared among them.
 *
 * @param servers by their names, in the order of the file
 * @param check how they are checked; empty: each counts as up
 * @param agent what is asked beside each of them
 * @param maxQueue clients that may wait for a free place
 * @param retries further attempts to open a connection
 * @param slowStart how long a server that comes back takes to get its whole share; zero: no time
 * @param panicThreshold percentage of servers below which the checks are not believed; 0: never
 * @param proxyProtocol how servers are told where a connection comes from
 * @param stickyCookie what keeps clients of HTTP with their server
 * @param http2 which servers are spoken to in HTTP/2
 * @param hashBy which requests belong together, for the rule {@code HASH}
 * @param tls how connections to servers are encrypted; empty: they are not
 * @param breaker when failures take a server out of use; empty: never
 */
public record BackendConfig(
        String name,
        Balance balance,
        Map<String, Server> servers,
        Optional<CheckConfig> check,
        Optional<CheckConfig.Agent> agent,
        Timeouts timeouts,
        int maxQueue,
        int retries,
        Duration slowStart,
        int panicThreshold,
        ProxyProtocol proxyProtocol,
        Optional<StickyCookie> stickyCookie,
        Optional<BackendTls> tls,
        Http2 http2,
        RequestKey hashBy,
        Optional<Breaker> breaker) {
    public BackendConfig {
        requireNonNull(name, "name is null");
        requireNonNull(balance, "balance is null");
        servers = Collections.unmodifiableMap(new LinkedHashMap<>(servers));
        requireNonNull(check, "check is null");
        requireNonNull(agent, "agent is null");
        requireNonNull(timeouts, "timeouts is null");
        requireNonNull(slowStart, "slowStart is null");
        requireNonNull(proxyProtocol, "proxyProtocol is null");
        requireNonNull(stickyCookie, "stickyCookie is null");
        requireNonNull(tls, "tls is null");
        requireNonNull(http2, "http2 is null");
        requireNonNull(hashBy, "hashBy is null");
        requireNonNull(breaker, "breaker is null");
    }

    /**
     * When failures take a server out of use.
     *
     * @param failures in a row; at least 1
     * @param out how long, the first time
     */
    public record Breaker(int failures, Duration out) {
        public Breaker {
            requireNonNull(out, "out is null");
        }
    }

    /** The version of the PROXY protocol in which a server is told of a client. */
    public enum ProxyProtocol {
        NONE,
        /** A line of text. */
        V1,
        /** Binary. */
        V2
    }

    /** When HTTP/2 is spoken with servers. */
    public enum Http2 {
        /** Never. */
        NONE,
        /** When a server chooses it in TLS. */
        TLS,
        /** Also without TLS, to servers that are known to speak it. */
        ALWAYS
    }

    /** Which server takes the next connection. */
    public enum Balance {
        /** Each in turn, by weight, spread evenly. */
        ROUND_ROBIN,
        /** The one with the fewest connections for its weight. */
        LEAST_CONNECTIONS,
        /** Of two that are drawn by weight, the one with fewer connections for its weight. */
        RANDOM,
        /** The same one for the same client address while it is up. */
        SOURCE,
        /** The same one for requests that belong together, while it is up. */
        HASH,
        /** The first one in the order of the file that has room. */
        FIRST
    }

    /**
     * An endpoint that is forwarded to.
     *
     * @param weight 0 to 256; 0 gets nothing new
     * @param maxConnections at the same time; empty: no limit
     * @param backup used only when no other server is
     */
    public record Server(
            String name, Endpoint address, int weight, OptionalInt maxConnections, boolean backup) {
        public Server {
            requireNonNull(name, "name is null");
            requireNonNull(address, "address is null");
            requireNonNull(maxConnections, "maxConnections is null");
        }
    }

    /**
     * How long the backend is waited for.
     *
     * @param connect for a connection to open
     * @param server for bytes in either direction on the server's side
     * @param queue for a free place
     */
    public record Timeouts(Duration connect, Duration server, Duration queue) {
        public Timeouts {
            requireNonNull(connect, "connect is null");
            requireNonNull(server, "server is null");
            requireNonNull(queue, "queue is null");
        }
    }
}
