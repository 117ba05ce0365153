package io.shoestring.proxy.tcp;

import io.shoestring.base.Clock;
import io.shoestring.config.BackendConfig;
import io.shoestring.config.ConfigReader;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.config.TcpListenerConfig;
import io.shoestring.network.EventLoops;
import io.shoestring.network.tls.SharedTls;
import io.shoestring.proxy.backend.Backend;
import io.shoestring.proxy.backend.Backends;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A TCP listener before a backend, made from a piece of configuration. */
final class TcpUnderTest implements AutoCloseable {
    final List<String> told = new CopyOnWriteArrayList<>();
    private final EventLoops loops = new EventLoops(2);
    private final Backends backends;
    private final TcpListener listener;

    /**
     * @param listenerKeys more keys of the listener, such as {@code ", client-timeout: 1s"}
     * @param backend the keys of the backend, on one line
     */
    TcpUnderTest(String listenerKeys, String backend) throws Exception {
        this(Path.of("/tmp"), listenerKeys, backend);
    }

    /**
     * @param directory where relative paths begin
     */
    TcpUnderTest(Path directory, String listenerKeys, String backend) throws Exception {
        ShoestringConfig config = read(directory, listenerKeys, backend);
        backends =
                new Backends(
                        config.backends(),
                        loops,
                        Clock.system(),
                        entry -> told.add(entry.sentence()));
        var tcp = (TcpListenerConfig) config.listeners().values().iterator().next();
        listener = TcpListener.open(tcp, backends::get, loops, Clock.system(), SharedTls.alone());
    }

    private static ShoestringConfig read(Path directory, String listenerKeys, String backend) {
        String text =
                """
                cluster: { name: edge, nodes: { local: 127.0.0.1 } }
                listeners:
                  cache: { %sprotocol: tcp, backend: cache%s }
                backends:
                  cache: { %s }
                """
                        .formatted(
                                listenerKeys.contains("bind: ") ? "" : "bind: 127.0.0.1:0, ",
                                listenerKeys,
                                backend);
        return switch (ConfigReader.read("test", text, directory)) {
            case ConfigReader.Sound(var config) -> config;
            case ConfigReader.Broken(var problems) ->
                    throw new IllegalArgumentException(problems.toString());
        };
    }

    Backend backend() {
        return backends.get("cache");
    }

    BackendConfig config() {
        return backend().config();
    }

    int port() {
        return listener.address().port();
    }

    TcpListener listener() {
        return listener;
    }

    Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port());
        socket.setSoTimeout(10_000);
        return socket;
    }

    /** Waits until no place is taken any more. */
    void awaitIdle() throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (backend().servers().stream().anyMatch(server -> server.connections() > 0)) {
            if (System.nanoTime() > end) {
                throw new AssertionError("a place is still taken: " + listener.status());
            }
            Thread.sleep(5);
        }
    }

    @Override
    public void close() {
        listener.close();
        backends.close();
        loops.close(Duration.ofSeconds(1));
    }
}
