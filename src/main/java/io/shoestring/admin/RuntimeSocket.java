package io.shoestring.admin;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.config.AdminConfig;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * HAProxy's runtime socket: commands over a socket of the file system, for the tools and scripts
 * that know them. Who may use it is who may open the file. A thread for each client.
 */
final class RuntimeSocket implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RuntimeSocket.class);

    /** As many as HAProxy lets in. */
    private static final int CLIENTS_MAX = 10;

    private static final Duration LONGEST_SILENCE = Duration.ofMinutes(1);
    private static final Duration SWEEP = Duration.ofSeconds(1);
    private static final PosixFilePermission[] BITS = {
        PosixFilePermission.OTHERS_EXECUTE,
        PosixFilePermission.OTHERS_WRITE,
        PosixFilePermission.OTHERS_READ,
        PosixFilePermission.GROUP_EXECUTE,
        PosixFilePermission.GROUP_WRITE,
        PosixFilePermission.GROUP_READ,
        PosixFilePermission.OWNER_EXECUTE,
        PosixFilePermission.OWNER_WRITE,
        PosixFilePermission.OWNER_READ
    };

    private final AdminConfig.RuntimeAccess config;
    private final RuntimeCommands commands;
    private final Clock clock;
    private final ServerSocketChannel server;
    private final Map<SocketChannel, RuntimeSession> clients = new ConcurrentHashMap<>();
    private final Thread acceptor;
    private final Thread sweeper;

    private RuntimeSocket(
            AdminConfig.RuntimeAccess config,
            RuntimeCommands commands,
            Clock clock,
            ServerSocketChannel server) {
        this.config = config;
        this.commands = commands;
        this.clock = clock;
        this.server = server;
        this.acceptor = Thread.ofVirtual().name("runtime-socket").unstarted(this::accept);
        this.sweeper = Thread.ofVirtual().name("runtime-socket-idle").unstarted(this::sweep);
    }

    /**
     * Makes the file and serves from now on. A file that a process left behind is replaced.
     *
     * @throws IOException if it cannot be made; the message says what to do
     */
    static RuntimeSocket open(
            AdminConfig.RuntimeAccess config, RuntimeCommands commands, Clock clock)
            throws IOException {
        requireNonNull(config, "config is null");
        var made = new RuntimeSocket(config, commands, clock, bind(config));
        made.acceptor.start();
        made.sweeper.start();
        LOG.info("runtime socket: {}", config.path());
        return made;
    }

    /** Nobody can open it before its permissions are right: it gets its name last. */
    private static ServerSocketChannel bind(AdminConfig.RuntimeAccess config) throws IOException {
        Path path = config.path();
        if (Files.exists(path) && isServed(path)) {
            throw new IOException(
                    "admin.runtime-socket: another process listens at %s; stop it or name another file"
                            .formatted(path));
        }
        Path unnamed = path.resolveSibling("." + path.getFileName() + ".new");
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            Files.deleteIfExists(unnamed);
            channel.bind(UnixDomainSocketAddress.of(unnamed));
            Files.setPosixFilePermissions(unnamed, permissions(config.mode()));
            Files.move(unnamed, path, StandardCopyOption.ATOMIC_MOVE);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            Files.deleteIfExists(unnamed);
            throw new IOException(
                    "admin.runtime-socket: %s cannot be made: %s".formatted(path, e.getMessage()),
                    e);
        }
    }

    private static boolean isServed(Path path) {
        try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            return probe.isConnected();
        } catch (IOException _) {
            return false;
        }
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        Set<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
        for (int bit = 0; bit < BITS.length; bit++) {
            if ((mode >> bit & 1) == 1) {
                set.add(BITS[bit]);
            }
        }
        return set;
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel client = server.accept();
                if (clients.size() >= CLIENTS_MAX) {
                    client.close();
                    continue;
                }
                var session = new RuntimeSession(client, commands, config.level(), clock);
                clients.put(client, session);
                Thread.ofVirtual().name("runtime-client").start(() -> serve(client, session));
            }
        } catch (ClosedChannelException _) {
            // The node ends.
        } catch (IOException e) {
            LOG.error(
                    "the runtime socket {} is not served any more: {}",
                    config.path(),
                    e.toString());
        }
    }

    private void serve(SocketChannel client, RuntimeSession session) {
        try (client) {
            session.run();
        } catch (IOException e) {
            LOG.debug("a client of the runtime socket: {}", e.toString());
        } catch (RuntimeException e) {
            LOG.error("a command of the runtime socket failed", e);
        } finally {
            clients.remove(client);
        }
    }

    private void sweep() {
        try {
            while (true) {
                Thread.sleep(SWEEP);
                long now = clock.nanos();
                clients.forEach(
                        (client, session) -> {
                            if (now - session.lastHeardNanos() > LONGEST_SILENCE.toNanos()) {
                                close(client);
                            }
                        });
            }
        } catch (InterruptedException _) {
            // The node ends.
        }
    }

    private static void close(Channel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("closing the runtime socket: {}", e.toString());
        }
    }

    @Override
    public void close() {
        sweeper.interrupt();
        close(server);
        clients.keySet().forEach(RuntimeSocket::close);
        try {
            Files.deleteIfExists(config.path());
        } catch (IOException e) {
            LOG.warn("{} cannot be removed: {}", config.path(), e.toString());
        }
    }
}
