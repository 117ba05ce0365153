package io.shoestring.proxy.tcp;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.TcpListenerConfig;
import io.shoestring.network.tls.TlsDoor;
import io.shoestring.proxy.backend.Backend;

import java.time.Duration;
import java.util.Optional;

/**
 * What a listener does with connections, by one configuration. A connection has one for its whole
 * life, whatever is configured meanwhile.
 *
 * @param tls where TLS is spoken with clients
 */
record TcpSetup(TcpListenerConfig config, TcpRoutes routes, Optional<TlsDoor> tls) {
    TcpSetup {
        requireNonNull(config, "config is null");
        requireNonNull(routes, "routes is null");
        requireNonNull(tls, "tls is null");
    }

    /** Whether nothing but a PROXY header comes before the client's own bytes. */
    boolean isHeaderAll() {
        return tls.isEmpty() && !routes.areByName();
    }

    /**
     * Whether a side that has said everything may still be answered. Not with TLS: of version 1.2,
     * an end in one direction is the end of both.
     */
    boolean keepsHalfClosed() {
        return tls.isEmpty();
    }

    /**
     * How long nothing may move between a client and that backend: the shorter time of the two, as
     * the bytes of one side are the other's. Zero: no limit.
     */
    long idleNanos(Backend backend) {
        Duration client = config.clientTimeout();
        Duration server = backend.config().timeouts().server();
        if (client.isZero() || server.isZero()) {
            return Math.max(client.toNanos(), server.toNanos());
        }
        return Math.min(client.toNanos(), server.toNanos());
    }

    /** The shortest of these times; zero: there is none. */
    long shortestIdleNanos() {
        return routes.all().mapToLong(this::idleNanos).filter(each -> each > 0).min().orElse(0);
    }
}
