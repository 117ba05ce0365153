package io.shoestring.cluster.channel;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.cluster.channel.PeerException.Outcome;
import io.shoestring.cluster.identity.NodeIdentity;
import io.shoestring.model.Endpoint;
import io.shoestring.model.NodeName;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * This node's end of the talk between nodes: one TCP port, TLS 1.3, certificates on both sides.
 *
 * <p>Who a peer is, its certificate says, never the peer itself; and it must be a member at the
 * moment it connects. What a peer may take is bounded by {@link ChannelLimits}.
 */
public final class NodeChannel implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NodeChannel.class);
    private static final int BACKLOG = 64;
    private static final Duration STRANGER_STAYS = Duration.ofSeconds(15);

    private final Supplier<Map<NodeName, Endpoint>> members;
    private final ChannelLimits limits;
    private final Clock clock;
    private final WallClock wallClock;
    private final Dialer dialer;
    private final Doorman doorman;
    private final ServerSocket server;
    private final Map<String, Handler> handlers = new ConcurrentHashMap<>();
    private final Map<String, Handler> open = new ConcurrentHashMap<>();
    private final Map<NodeName, Peer> peers = new ConcurrentHashMap<>();
    private final Set<IncomingLink> links = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicInteger strangers = new AtomicInteger();
    private volatile NodeIdentity identity;
    private volatile ChannelTls tls;

    private NodeChannel(
            NodeIdentity identity,
            ServerSocket server,
            Supplier<Map<NodeName, Endpoint>> members,
            ChannelLimits limits,
            Clock clock,
            WallClock wallClock) {
        this.identity = requireNonNull(identity, "identity is null");
        this.server = requireNonNull(server, "server is null");
        this.members = requireNonNull(members, "members is null");
        this.limits = requireNonNull(limits, "limits is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.wallClock = requireNonNull(wallClock, "wallClock is null");
        this.tls = ChannelTls.of(identity, wallClock);
        this.dialer = new Dialer(limits, clock);
        this.doorman = new Doorman(clock);
    }

    /**
     * Opens the port and begins to accept; calls are answered as soon as they are served.
     *
     * @param bind port 0 for a free one
     * @param members who belongs to the cluster and where, this node too; asked at each connection
     * @throws IOException if the port cannot be had; says why
     */
    public static NodeChannel open(
            NodeIdentity identity,
            Endpoint bind,
            Supplier<Map<NodeName, Endpoint>> members,
            ChannelLimits limits,
            Clock clock,
            WallClock wallClock)
            throws IOException {
        ServerSocket server = new ServerSocket();
        try {
            server.setReuseAddress(true);
            server.bind(new InetSocketAddress(bind.host(), bind.port()), BACKLOG);
        } catch (IOException e) {
            server.close();
            throw new IOException(
                    "the node channel cannot listen on %s (cluster.nodes, cluster.port): %s"
                            .formatted(bind, e.getMessage()),
                    e);
        }
        NodeChannel made = new NodeChannel(identity, server, members, limits, clock, wallClock);
        Thread.ofVirtual().name("node-channel-accept").start(made::acceptAll);
        return made;
    }

    /** Answers {@code path}, for members. A path is served once. */
    public void serve(String path, Handler handler) {
        if (handlers.putIfAbsent(path, handler) != null) {
            throw new IllegalStateException("'" + path + "' is served already");
        }
    }

    /** Answers {@code path} no more; another may be served under it then. */
    public void withdraw(String path) {
        handlers.remove(path);
    }

    /**
     * Answers {@code path} for everybody, also without a certificate: the handler's {@code peer} is
     * then the empty name and proves nothing, and the question is at most 64 KiB.
     */
    public void serveStrangers(String path, Handler handler) {
        serve(path, handler);
        open.put(path, handler);
    }

    /** Another node; asking one that is no member fails with a sentence. */
    public Peer peer(NodeName name) {
        return peers.computeIfAbsent(
                name,
                _ -> new Peer(name, () -> dialer.dial(find(name), Optional.of(name), tls), clock));
    }

    private Endpoint find(NodeName name) throws PeerException {
        Endpoint at = members.get().get(name);
        if (at == null) {
            throw new PeerException(Outcome.NOT_SENT, "it is no node of the configuration");
        }
        return at;
    }

    /** Whether that node has a connection to this one now. */
    public boolean isConnected(NodeName name) {
        return links.stream().anyMatch(link -> link.peer().equals(name));
    }

    /** Where the channel is really bound. */
    public Endpoint address() {
        return new Endpoint(server.getInetAddress().getHostAddress(), server.getLocalPort());
    }

    /** Who this node is. */
    public NodeIdentity identity() {
        return identity;
    }

    /** From now on new connections show this (renewed) identity; open ones go on. */
    public void use(NodeIdentity renewed) {
        tls = ChannelTls.of(renewed, wallClock);
        identity = renewed;
    }

    /** Ends the connections from nodes that are members no more; call it when members changed. */
    public void dropRemoved() {
        Set<NodeName> now = members.get().keySet();
        links.stream()
                .filter(link -> !link.peer().value().isEmpty() && !now.contains(link.peer()))
                .forEach(link -> link.close("it is no member any more"));
        peers.values().stream()
                .filter(peer -> !now.contains(peer.name()))
                .forEach(Peer::disconnect);
    }

    private void acceptAll() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                if (accepted.incrementAndGet() > limits.connectionsMax()) {
                    socket.close();
                    accepted.decrementAndGet();
                    doorman.refused(socket, "there are " + limits.connectionsMax() + " already");
                    continue;
                }
                Thread.ofVirtual().name("node-channel-greet").start(() -> welcome(socket));
            } catch (IOException e) {
                if (!server.isClosed()) {
                    LOG.warn("node channel: accepting failed: {}", e.toString());
                    pause();
                }
            }
        }
    }

    /** Out of file descriptors, for example: not a loop at full speed. */
    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void welcome(Socket socket) {
        TlsConnection connection = null;
        boolean linked = false;
        try {
            ChannelTls mine = tls;
            connection = TlsConnection.accepted(socket, mine);
            try (var fuse = new Dialer.Fuse(connection, limits.handshake())) {
                connection.readsWithin(limits.handshake());
                connection.handshake();
                linked = admit(connection, judged(connection, mine));
                fuse.disarm();
            }
        } catch (IOException | RuntimeException e) {
            doorman.refused(socket, TlsConnection.reason(e));
        } finally {
            if (!linked) {
                accepted.decrementAndGet();
                close(socket, connection);
            }
        }
    }

    private static void close(Socket socket, @Nullable TlsConnection connection) {
        try {
            if (connection != null) {
                connection.close();
            }
            socket.close();
        } catch (IOException e) {
            LOG.debug("closing a refused connection: {}", e.toString());
        }
    }

    /** Who it is, a member; empty if it showed no certificate. Everybody else is refused. */
    private Optional<NodeName> judged(TlsConnection connection, ChannelTls mine)
            throws IOException {
        try {
            Optional<NodeName> peer = connection.peer(mine);
            if (peer.isPresent() && !members.get().containsKey(peer.get())) {
                throw new CertificateException(
                        "%s is no node of the configuration that %s has"
                                .formatted(peer.get(), identity.node()));
            }
            return peer;
        } catch (CertificateException e) {
            connection.write(Frame.refused(0, String.valueOf(e.getMessage())));
            throw new IOException(e);
        }
    }

    private boolean admit(TlsConnection connection, Optional<NodeName> peer) throws IOException {
        boolean stranger = peer.isEmpty();
        if (stranger && strangers.incrementAndGet() > limits.connectionsMax() / 4) {
            strangers.decrementAndGet();
            throw new IOException("there are too many connections without a certificate");
        }
        connection.write(Greeting.frame());
        connection.readsWithin(Duration.ZERO);
        IncomingLink link =
                new IncomingLink(
                        peer.orElse(new NodeName("")),
                        connection,
                        limits,
                        stranger ? ChannelLimits.STRANGER_BYTES_MAX : limits.frameBytesMax(),
                        clock,
                        path -> Optional.ofNullable((stranger ? open : handlers).get(path)),
                        this::ended);
        links.add(link);
        link.start();
        if (stranger) {
            Thread.ofVirtual().name("node-channel-stranger").start(() -> sendAway(link));
        }
        if (server.isClosed()) {
            link.close();
        }
        return true;
    }

    /** A stranger asks one thing and goes; it may not keep others out. */
    private static void sendAway(IncomingLink link) {
        try {
            Thread.sleep(STRANGER_STAYS);
            link.close("it showed no certificate and stayed too long");
        } catch (InterruptedException e) {
            link.close();
        }
    }

    private void ended(IncomingLink link) {
        links.remove(link);
        accepted.decrementAndGet();
        if (link.peer().value().isEmpty()) {
            strangers.decrementAndGet();
        }
    }

    /** Ends the port and all connections, in both directions. Closing twice does nothing. */
    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            LOG.debug("closing the node channel: {}", e.toString());
        }
        links.forEach(IncomingLink::close);
        peers.values().forEach(Peer::end);
    }
}
