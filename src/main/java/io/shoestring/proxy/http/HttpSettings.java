package io.shoestring.proxy.http;

import static java.util.Objects.requireNonNull;

import io.shoestring.protocol.http.HeadLimits;

import java.time.Duration;

/**
 * What bounds a client and an idle server connection.
 *
 * @param head from a head's first byte to its last, and from a connection's beginning to its first
 *     head
 * @param keepAlive between requests
 * @param tunnel without a byte in either direction, after a protocol was switched
 * @param linger how long a client that was refused may go on sending before it is cut off
 * @param idleServer how long a server connection is kept for the next request
 * @param sweep how often deadlines are looked at: none is more exact
 */
record HttpSettings(
        HeadLimits limits,
        Duration head,
        Duration keepAlive,
        Duration tunnel,
        Duration linger,
        Duration idleServer,
        Duration sweep) {
    HttpSettings {
        requireNonNull(limits, "limits is null");
        requireNonNull(head, "head is null");
        requireNonNull(keepAlive, "keepAlive is null");
        requireNonNull(tunnel, "tunnel is null");
        requireNonNull(linger, "linger is null");
        requireNonNull(idleServer, "idleServer is null");
        requireNonNull(sweep, "sweep is null");
    }

    static HttpSettings ofDefaults() {
        return new HttpSettings(
                HeadLimits.ofDefaults(),
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                Duration.ofHours(1),
                Duration.ofSeconds(2),
                Duration.ofSeconds(15),
                Duration.ofMillis(100));
    }
}
