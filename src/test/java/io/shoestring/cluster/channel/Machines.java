package io.shoestring.cluster.channel;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.cluster.identity.Authority;
import io.shoestring.cluster.identity.NodeIdentity;
import io.shoestring.model.Endpoint;
import io.shoestring.model.NodeName;

import java.io.IOException;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Channels of several nodes in this process, on free ports of the loopback address. */
final class Machines implements AutoCloseable {
    static final ChannelLimits LIMITS =
            ChannelLimits.STANDARD
                    .withSilence(Duration.ofMillis(1_200))
                    .withHandshake(Duration.ofSeconds(25))
                    .withFrameBytesMax(1 << 20);

    final Authority authority = authority("shop");
    final Map<NodeName, Endpoint> members = new ConcurrentHashMap<>();
    private final Deque<NodeChannel> opened = new ArrayDeque<>();

    static Authority authority(String cluster) {
        return Authority.make(Authority.newCluster(cluster), Instant.now());
    }

    NodeIdentity identity(String name) {
        return identity(authority, name, Instant.now(), Authority.NODE_LIFETIME);
    }

    static NodeIdentity identity(Authority by, String name, Instant at, Duration lifetime) {
        KeyPair keys = Authority.newKeys();
        NodeName node = new NodeName(name);
        return new NodeIdentity(
                by.cluster(),
                node,
                keys.getPrivate(),
                by.certify(keys.getPublic(), node, "127.0.0.1", at, lifetime),
                by.certificate());
    }

    NodeChannel start(String name) throws IOException {
        return start(identity(name), LIMITS);
    }

    /** A channel that is entered among the members under its identity's name. */
    NodeChannel start(NodeIdentity identity, ChannelLimits limits) throws IOException {
        NodeChannel channel = outsider(identity, limits);
        members.put(identity.node(), channel.address());
        return channel;
    }

    /** A channel that nobody has among his members. */
    NodeChannel outsider(NodeIdentity identity, ChannelLimits limits) throws IOException {
        NodeChannel channel =
                NodeChannel.open(
                        identity,
                        new Endpoint("127.0.0.1", 0),
                        () -> members,
                        limits,
                        Clock.system(),
                        WallClock.system());
        opened.push(channel);
        return channel;
    }

    @Override
    public void close() {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }
}
