package io.shoestring.proxy.http;

import io.shoestring.base.Clock;
import io.shoestring.config.ConfigReader;
import io.shoestring.config.HttpListenerConfig;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.network.EventLoops;
import io.shoestring.network.tls.SharedTls;
import io.shoestring.proxy.backend.Backends;
import io.shoestring.testing.Program;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** An HTTP listener made from a piece of configuration, and curl in front of it. */
final class WebUnderTest implements AutoCloseable {
    private final Path directory;
    private final EventLoops loops = new EventLoops(2);
    private final Backends backends;
    private final HttpListener listener;

    /**
     * @param directory where relative paths begin, and curl runs
     * @param keys of the listener but for {@code bind} and {@code protocol}, each on a line
     * @param port of the one server of backend {@code web}
     */
    WebUnderTest(Path directory, String keys, int port) throws Exception {
        this(directory, keys, "web: { servers: { one: \"127.0.0.1:" + port + "\" } }");
    }

    /**
     * @param backends as they stand in the file
     */
    WebUnderTest(Path directory, String keys, String backends) throws Exception {
        this(directory, keys, backends, SharedTls.alone());
    }

    /**
     * @param shared what it has in common with other listeners
     */
    WebUnderTest(Path directory, String keys, String backends, SharedTls shared) throws Exception {
        this.directory = directory;
        ShoestringConfig config = read(directory, keys, backends);
        this.backends = new Backends(config.backends(), loops, Clock.system(), _ -> {});
        var http = (HttpListenerConfig) config.listeners().values().iterator().next();
        listener = HttpListener.open(http, this.backends::get, loops, Clock.system(), shared);
    }

    private static ShoestringConfig read(Path directory, String keys, String backends) {
        String text =
                """
                cluster: { name: edge, nodes: { local: 127.0.0.1 } }
                acme: { agree-to-terms: yes }
                listeners:
                  web:
                    bind: 127.0.0.1:0
                    protocol: http
                %sbackends:
                %s\
                """
                        .formatted(keys.indent(4), backends.indent(2));
        return switch (ConfigReader.read("test", text, directory)) {
            case ConfigReader.Sound(var config) -> config;
            case ConfigReader.Broken(var problems) ->
                    throw new IllegalArgumentException(problems + "\n" + text);
        };
    }

    int port() {
        return listener.address().port();
    }

    Backends backends() {
        return backends;
    }

    HttpListener listener() {
        return listener;
    }

    HttpCounters counters() {
        return listener.counters();
    }

    RawClient client() throws IOException {
        return new RawClient(port());
    }

    /**
     * Runs curl.
     *
     * @param url the port is put in for {@code PORT}
     */
    Program curl(String url, String... options) {
        List<String> command = new ArrayList<>(List.of("curl", "-sS", "-m", "30"));
        command.addAll(List.of(options));
        command.add(url.replace("PORT", "" + port()));
        return Program.run(directory, command);
    }

    @Override
    public void close() {
        listener.close();
        backends.close();
        loops.close(Duration.ofSeconds(2));
    }
}
