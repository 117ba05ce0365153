package io.shoestring.proxy.tcp;

import io.shoestring.base.WallClock;
import io.shoestring.config.AccessLogConfig;
import io.shoestring.config.TcpListenerConfig;
import io.shoestring.network.EventLoops;
import io.shoestring.proxy.accesslog.AccessOutput;
import io.shoestring.proxy.backend.Backend;
import io.shoestring.proxy.backend.Server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Instant;

/**
 * The line that each connection leaves when it ends: as HAProxy writes it ({@code option tcplog}),
 * or as an object. Thread-safe; never waits for the place that it goes to.
 */
final class TcpLog implements AutoCloseable {
    private static final int LINE_CHARACTERS = 256;

    private final String name;
    private final boolean tls;
    private final AccessOutput output;
    private final WallClock clock = WallClock.system();

    private TcpLog(TcpListenerConfig listener, AccessOutput output) {
        this.name = listener.name();
        this.tls = listener.tls().isPresent();
        this.output = output;
    }

    /**
     * Opens the file. Blocks on the file system.
     *
     * @throws IOException if it cannot be written
     */
    static TcpLog open(TcpListenerConfig listener, AccessLogConfig config, EventLoops loops)
            throws IOException {
        return new TcpLog(listener, AccessOutput.open(config, loops));
    }

    /**
     * Writes the line of a connection that has ended.
     *
     * @param clients of the listener, with this one
     */
    void write(InetSocketAddress client, TcpTrail trail, long nowNanos, int clients) {
        long total = trail.totalMillis(nowNanos);
        Instant now = clock.now();
        Instant began = now.minusMillis(total);
        output.write(
                now,
                switch (output.format()) {
                    case HAPROXY -> haproxy(client, trail, total, clients, began);
                    case JSON -> json(client, trail, total, began);
                });
    }

    private String haproxy(
            InetSocketAddress client, TcpTrail trail, long total, int clients, Instant began) {
        var line = new StringBuilder(LINE_CHARACTERS);
        output.begin(line, client.getAddress().getHostAddress(), client.getPort(), began);
        String frontend = name + (tls ? "~" : "");
        Backend backend = trail.backend;
        Server server = trail.server;
        line.append(frontend).append(' ');
        line.append(backend == null ? frontend : backend.name()).append('/');
        line.append(server == null ? "<NOSRV>" : server.name()).append(' ');
        line.append(trail.queueMillis()).append('/').append(trail.connectMillis());
        line.append('/').append(total).append(' ').append(trail.bytes);
        line.append(' ').append(trail.ending()).append(' ');
        line.append(clients).append('/').append(clients).append('/');
        line.append(backend == null ? 0 : backend.connections());
        line.append('/').append(server == null ? 0 : server.connections());
        line.append('/').append(trail.redispatched ? "+" : "").append(trail.retries);
        return line.append(" 0/").append(backend == null ? 0 : backend.queued()).toString();
    }

    /** No name of ours has a character that JSON would write in another way. */
    private String json(InetSocketAddress client, TcpTrail trail, long total, Instant began) {
        Backend backend = trail.backend;
        Server server = trail.server;
        return ("{\"at\":\"%s\",\"client\":\"%s\",\"port\":%d,\"listener\":\"%s\","
                        + "\"backend\":\"%s\",\"server\":\"%s\",\"bytes\":%d,\"ending\":\"%s\","
                        + "\"retries\":%d,\"queue_ms\":%d,\"connect_ms\":%d,\"total_ms\":%d}")
                .formatted(
                        began,
                        client.getAddress().getHostAddress(),
                        client.getPort(),
                        name,
                        backend == null ? "" : backend.name(),
                        server == null ? "" : server.name(),
                        trail.bytes,
                        trail.ending(),
                        trail.retries,
                        trail.queueMillis(),
                        trail.connectMillis(),
                        total);
    }

    @Override
    public void close() {
        output.close();
    }
}
