package io.shoestring.cluster.identity;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.WallClock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;

/**
 * Renews this node's certificate when half of its time is over: at the start, and then once an
 * hour. Every node has the authority's key, so nobody needs to be asked.
 */
public final class IdentityRenewal implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(IdentityRenewal.class);
    private static final Duration EVERY = Duration.ofHours(1);
    private static final Duration ALARM = Duration.ofDays(30);

    private final IdentityDirectory directory;
    private final String address;
    private final WallClock clock;
    private final Thread thread;
    private NodeIdentity identity;

    private IdentityRenewal(
            IdentityDirectory directory,
            NodeIdentity identity,
            String address,
            WallClock clock,
            Consumer<NodeIdentity> renewed) {
        this.directory = requireNonNull(directory, "directory is null");
        this.identity = requireNonNull(identity, "identity is null");
        this.address = requireNonNull(address, "address is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.thread = Thread.ofVirtual().name("identity-renewal").unstarted(() -> run(renewed));
    }

    /**
     * Watches from now on.
     *
     * @param address this node's, by the configuration
     * @param renewed gets each new identity, on this class's thread
     */
    public static IdentityRenewal start(
            IdentityDirectory directory,
            NodeIdentity identity,
            String address,
            WallClock clock,
            Consumer<NodeIdentity> renewed) {
        var made = new IdentityRenewal(directory, identity, address, clock, renewed);
        made.thread.start();
        return made;
    }

    /**
     * The identity as it should be now: with a new certificate, which is stored, if it is time.
     *
     * @throws IOException if the certificate could not be made or stored
     */
    public static NodeIdentity renewIfDue(
            IdentityDirectory directory, NodeIdentity identity, String address, Instant now)
            throws IOException {
        if (!identity.isDueForRenewal(now, address)) {
            return identity;
        }
        X509Certificate newer =
                directory
                        .authority()
                        .certify(
                                identity.certificate().getPublicKey(),
                                identity.node(),
                                address,
                                now,
                                Authority.NODE_LIFETIME);
        directory.renew(newer);
        LOG.info(
                "renewed the certificate of node {}: valid until {}",
                identity.node(),
                newer.getNotAfter().toInstant());
        return identity.with(newer);
    }

    private void run(Consumer<NodeIdentity> renewed) {
        try {
            while (true) {
                Thread.sleep(EVERY);
                look(renewed);
            }
        } catch (InterruptedException e) {
            // Closed.
        }
    }

    private void look(Consumer<NodeIdentity> renewed) {
        try {
            NodeIdentity now = renewIfDue(directory, identity, address, clock.now());
            if (!now.equals(identity)) {
                identity = now;
                renewed.accept(now);
            }
        } catch (IOException | RuntimeException e) {
            boolean soon = identity.end().isBefore(clock.now().plus(ALARM));
            LOG.warn(
                    "{}the certificate of node {} ends at {} and cannot be renewed: {}",
                    soon ? "ALARM: " : "",
                    identity.node(),
                    identity.end(),
                    e.getMessage());
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
