package io.shoestring.cluster.channel;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.InetAddress;
import java.net.Socket;
import java.util.LinkedHashMap;
import java.util.Map;

/** Tells who was turned away and why: once, until the same machine is turned away for another. */
final class Doorman {
    private static final Logger LOG = LoggerFactory.getLogger(Doorman.class);
    private static final int REMEMBERED_MAX = 256;

    private final Map<String, String> told =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
                    return size() > REMEMBERED_MAX;
                }
            };

    synchronized void refused(Socket socket, String reason) {
        InetAddress address = socket.getInetAddress();
        String who = address == null ? "somebody" : address.getHostAddress();
        if (!reason.equals(told.put(who, reason))) {
            LOG.warn("node channel: refused a connection from {}: {}", who, reason);
        }
    }
}
