package io.shoestring.cluster.channel;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.cluster.channel.PeerException.Outcome;
import io.shoestring.model.Endpoint;
import io.shoestring.model.NodeName;

import java.io.IOException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Makes connections: TCP, TLS, who is it, its greeting. */
final class Dialer {
    private static final Duration PATIENCE_LEAST = Duration.ofMillis(1);

    private final ChannelLimits limits;
    private final Clock clock;

    Dialer(ChannelLimits limits, Clock clock) {
        this.limits = requireNonNull(limits, "limits is null");
        this.clock = requireNonNull(clock, "clock is null");
    }

    /**
     * Connects; the connection may be used at once.
     *
     * @param expected who must be there; empty if anybody whom {@code tls} believes will do
     * @throws PeerException of {@link Outcome#NOT_SENT}
     */
    OutgoingLink dial(Endpoint to, Optional<NodeName> expected, ChannelTls tls)
            throws PeerException {
        String who = expected.map(name -> name + " (" + to + ")").orElse(to.toString());
        TlsConnection connection = null;
        try {
            connection = TlsConnection.connect(to, tls, limits.connect());
            try (Fuse fuse = new Fuse(connection, limits.handshake())) {
                greeted(connection, expected, to, tls);
                fuse.disarm();
            }
            connection.readsWithin(Duration.ZERO);
            return new OutgoingLink(who, connection, limits, clock);
        } catch (IOException e) {
            if (connection != null) {
                connection.close();
            }
            throw new PeerException(
                    Outcome.NOT_SENT,
                    "%s cannot be reached: %s".formatted(who, TlsConnection.reason(e)));
        }
    }

    private void greeted(
            TlsConnection connection, Optional<NodeName> expected, Endpoint to, ChannelTls tls)
            throws IOException {
        connection.readsWithin(limits.handshake());
        connection.handshake();
        checkName(connection, expected, to, tls);
        Greeting.check(connection.read(ChannelLimits.STRANGER_BYTES_MAX));
    }

    private static void checkName(
            TlsConnection connection, Optional<NodeName> expected, Endpoint to, ChannelTls tls)
            throws IOException {
        Optional<NodeName> found;
        try {
            found = connection.peer(tls);
        } catch (CertificateException e) {
            throw new IOException(e);
        }
        if (expected.isPresent() && !found.equals(expected)) {
            throw new IOException(
                    "at %s is node %s; check cluster.nodes"
                            .formatted(to, found.map(NodeName::value).orElse("nobody")));
        }
    }

    /** Cuts a connection whose handshake takes too long in all, however steadily it drips. */
    static final class Fuse implements AutoCloseable {
        private final Thread thread;

        Fuse(TlsConnection connection, Duration limit) {
            thread =
                    Thread.ofVirtual()
                            .name("node-channel-fuse")
                            .start(() -> burn(connection, limit));
        }

        private static void burn(TlsConnection connection, Duration limit) {
            try {
                TimeUnit.NANOSECONDS.sleep(Math.max(limit.toNanos(), PATIENCE_LEAST.toNanos()));
                connection.close();
            } catch (InterruptedException e) {
                // Disarmed.
            }
        }

        void disarm() {
            thread.interrupt();
        }

        @Override
        public void close() {
            disarm();
        }
    }
}
