package io.shoestring.cluster.channel;

import io.shoestring.base.Clock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Tells who was turned away and why, each a few times an hour: some knock twelve times a second.
 */
final class Doorman {
    private static final Logger LOG = LoggerFactory.getLogger(Doorman.class);
    private static final int REMEMBERED_MAX = 256;
    private static final long QUIET_NANOS = Duration.ofMinutes(15).toNanos();

    private record Refusal(String who, String reason) {}

    private final Clock clock;

    /** When it was told last. */
    private final Map<Refusal, Long> told =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Refusal, Long> eldest) {
                    return size() > REMEMBERED_MAX;
                }
            };

    Doorman(Clock clock) {
        this.clock = clock;
    }

    synchronized void refused(Socket socket, String reason) {
        InetAddress address = socket.getInetAddress();
        String who = address == null ? "somebody" : address.getHostAddress();
        Refusal refusal = new Refusal(who, reason);
        long now = clock.nanos();
        Long before = told.get(refusal);
        if (before == null || now - before > QUIET_NANOS) {
            told.put(refusal, now);
            LOG.warn("node channel: refused a connection from {}: {}", who, reason);
        }
    }
}
