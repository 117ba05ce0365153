package io.shoestring.proxy.http;

import io.shoestring.base.WallClock;
import io.shoestring.config.AccessLogConfig;
import io.shoestring.config.HttpListenerConfig;
import io.shoestring.network.EventLoops;
import io.shoestring.proxy.accesslog.AccessOutput;
import io.shoestring.proxy.backend.Backend;
import io.shoestring.proxy.backend.Server;

import java.io.IOException;
import java.time.Instant;

/**
 * The line that each request leaves: as HAProxy writes it ({@code option httplog}), or as an
 * object. Thread-safe; never waits for the place that it goes to.
 */
final class AccessLog implements AutoCloseable {
    private static final int LINE_CHARACTERS = 256;

    private final String listener;
    private final String frontend;
    private final HttpCounters counters;
    private final AccessOutput output;
    private final WallClock clock;

    private AccessLog(
            HttpListenerConfig listener,
            HttpCounters counters,
            AccessOutput output,
            WallClock clock) {
        this.listener = listener.name();
        this.frontend = listener.name() + (listener.tls().isPresent() ? "~" : "");
        this.counters = counters;
        this.output = output;
        this.clock = clock;
    }

    static AccessLog open(
            HttpListenerConfig listener,
            HttpCounters counters,
            AccessLogConfig config,
            EventLoops loops,
            WallClock clock)
            throws IOException {
        return new AccessLog(listener, counters, AccessOutput.open(config, loops), clock);
    }

    /** Writes the line of a request that has ended. */
    void write(Peer client, Trail trail) {
        Instant now = clock.now();
        Instant began = now.minusMillis(Math.max(0, trail.totalMillis()));
        output.write(
                now,
                switch (output.format()) {
                    case HAPROXY -> haproxy(client, trail, began);
                    case JSON -> json(client, trail, began);
                });
    }

    // ------------------------------------------------------------------ HAProxy's

    private String haproxy(Peer client, Trail trail, Instant began) {
        var line = new StringBuilder(LINE_CHARACTERS);
        output.begin(line, client.host(), client.address().getPort(), began);
        Backend backend = trail.backend;
        Server server = trail.server;
        line.append(frontend).append(' ');
        line.append(backend == null ? frontend : backend.name()).append('/');
        line.append(server == null ? "<NOSRV>" : server.name()).append(' ');
        times(line, trail);
        line.append(' ').append(trail.status == 0 ? -1 : trail.status);
        line.append(' ').append(trail.bytes);
        line.append(" - - ").append(trail.ending).append(trail.cookie).append(' ');
        connections(line, trail);
        line.append(" \"");
        escaped(line, trail.requestLine.isEmpty() ? "<BADREQ>" : trail.requestLine);
        return line.append('"').toString();
    }

    private static void times(StringBuilder line, Trail trail) {
        line.append(trail.readMillis()).append('/').append(trail.queueMillis());
        line.append('/').append(trail.connectMillis()).append('/').append(trail.answerMillis());
        line.append('/').append(trail.totalMillis());
    }

    /** Those of the process are those of the listener: what else it does is counted elsewhere. */
    private void connections(StringBuilder line, Trail trail) {
        int clients = counters.clients.get();
        Backend backend = trail.backend;
        Server server = trail.server;
        int atBackend = backend == null ? 0 : backend.connections();
        line.append(clients).append('/').append(clients).append('/').append(atBackend);
        line.append('/').append(server == null ? 0 : server.connections());
        line.append('/').append(trail.redispatched ? "+" : "").append(trail.retries);
        line.append(" 0/").append(backend == null ? 0 : backend.queued());
    }

    /**
     * As HAProxy does it: what is not printable, and what has a meaning in the line, in numbers.
     */
    private static void escaped(StringBuilder line, String text) {
        int plain = 0;
        while (plain < text.length() && !isEscaped(text.charAt(plain))) {
            plain++;
        }
        line.append(text, 0, plain);
        for (int i = plain; i < text.length(); i++) {
            char each = text.charAt(i);
            if (isEscaped(each)) {
                line.append('#').append("%02X".formatted((int) each));
            } else {
                line.append(each);
            }
        }
    }

    private static boolean isEscaped(char each) {
        return each < ' ' || each >= 0x7f || each == '"' || each == '#';
    }

    // ------------------------------------------------------------------ an object

    private String json(Peer client, Trail trail, Instant began) {
        var line = new StringBuilder(2 * LINE_CHARACTERS).append('{');
        text(line, "at", began.toString());
        text(line, "client", client.host());
        number(line, "port", client.address().getPort());
        text(line, "listener", listener);
        text(line, "backend", trail.backend == null ? "" : trail.backend.name());
        text(line, "server", trail.server == null ? "" : trail.server.name());
        text(line, "request", trail.requestLine);
        text(line, "id", trail.id);
        number(line, "status", trail.status);
        number(line, "bytes", trail.bytes);
        text(line, "ending", trail.ending);
        number(line, "retries", trail.retries);
        number(line, "read_ms", trail.readMillis());
        number(line, "queue_ms", trail.queueMillis());
        number(line, "connect_ms", trail.connectMillis());
        number(line, "answer_ms", trail.answerMillis());
        number(line, "total_ms", trail.totalMillis());
        line.setCharAt(line.length() - 1, '}');
        return line.toString();
    }

    private static void number(StringBuilder line, String name, long value) {
        line.append('"').append(name).append("\":").append(value).append(',');
    }

    private static void text(StringBuilder line, String name, String value) {
        line.append('"').append(name).append("\":\"");
        for (int i = 0; i < value.length(); i++) {
            char each = value.charAt(i);
            if (each < ' ' || each >= 0x7f) {
                line.append("\\u%04x".formatted((int) each));
            } else {
                line.append(each == '"' || each == '\\' ? "\\" : "").append(each);
            }
        }
        line.append("\",");
    }

    @Override
    public void close() {
        output.close();
    }
}
