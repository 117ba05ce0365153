package io.shoestring.proxy.accesslog;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.AccessLogConfig;
import io.shoestring.monitoring.LineFile;
import io.shoestring.network.EventLoops;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.List;

/** An access log: all the places that its lines go to. Thread-safe; no line waits for a place. */
public final class AccessOutput implements AutoCloseable {
    private final AccessLogConfig config;
    private final SecondText accepted =
            new SecondText("dd/MMM/yyyy:HH:mm:ss", ZoneId.systemDefault());
    private final List<LineOutput> outputs = new ArrayList<>();

    private AccessOutput(AccessLogConfig config) {
        this.config = requireNonNull(config, "config is null");
    }

    /**
     * Opens it. Blocks on the file system; a syslog server that is not there is waited for later.
     *
     * @throws IOException if the file cannot be written
     */
    public static AccessOutput open(AccessLogConfig config, EventLoops loops) throws IOException {
        var made = new AccessOutput(config);
        if (config.file().isPresent()) {
            made.outputs.add(file(config.file().get(), config.format()));
        }
        config.syslog().ifPresent(to -> made.outputs.add(SyslogSender.open(to, loops)));
        return made;
    }

    private static LineOutput file(Path path, AccessLogConfig.Format format) throws IOException {
        LineFile file = LineFile.open(path);
        var header = SyslogHeader.inFiles();
        return new LineOutput() {
            @Override
            public void add(Instant now, String text) {
                file.add(
                        format == AccessLogConfig.Format.JSON ? text : header.at(now).concat(text));
            }

            @Override
            public void close() {
                file.close();
            }
        };
    }

    /** How lines are to be written. */
    public AccessLogConfig.Format format() {
        return config.format();
    }

    /**
     * Writes what every line of HAProxy's begins with: the client, and when it came.
     *
     * @param host of the client, and its port
     * @param began when the first byte came, or the connection
     */
    public void begin(StringBuilder line, String host, int port, Instant began) {
        line.append(host).append(':').append(port);
        line.append(" [");
        line.append(accepted.of(began)).append('.');
        int millis = began.get(ChronoField.MILLI_OF_SECOND);
        line.append(millis < 100 ? "0" : "").append(millis < 10 ? "0" : "").append(millis);
        line.append("] ");
    }

    /** Adds a line, given without its end; returns at once. Any thread. */
    public void write(Instant now, String line) {
        outputs.forEach(output -> output.add(now, line));
    }

    /** Delivers what was written, and ends; waits for that, but not for ever. */
    @Override
    public void close() {
        outputs.forEach(LineOutput::close);
    }
}
