package io.shoestring.proxy.http;

import io.shoestring.base.Clock;
import io.shoestring.config.BackendConfig;
import io.shoestring.config.HeaderRules;
import io.shoestring.config.HttpGuards;
import io.shoestring.config.HttpListenerConfig;
import io.shoestring.config.RequestKey;
import io.shoestring.config.RouteConfig;
import io.shoestring.config.SourceConfig;
import io.shoestring.model.Endpoint;
import io.shoestring.network.EventLoops;
import io.shoestring.network.tls.SharedTls;
import io.shoestring.protocol.http.HeadLimits;
import io.shoestring.proxy.backend.Backends;
import io.shoestring.proxy.backend.Server;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** A listener with its backends, on two loops of its own, and with short time-outs if asked. */
final class HttpUnderTest implements AutoCloseable {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final EventLoops loops;
    private final Backends backends;
    private final HttpListener listener;

    HttpUnderTest(
            Duration patience, List<RouteConfig> routes, Map<String, List<Integer>> portsByBackend)
            throws Exception {
        this(patience, routes, portsByBackend, OptionalInt.empty(), 1);
    }

    HttpUnderTest(
            Duration patience,
            List<RouteConfig> routes,
            Map<String, List<Integer>> portsByBackend,
            OptionalInt maxConnections,
            int loopCount)
            throws Exception {
        this(
                patience,
                routes,
                portsByBackend,
                maxConnections,
                loopCount,
                HttpListenerConfig.Http2.TLS);
    }

    private HttpUnderTest(
            Duration patience,
            List<RouteConfig> routes,
            Map<String, List<Integer>> portsByBackend,
            OptionalInt maxConnections,
            int loopCount,
            HttpListenerConfig.Http2 http2)
            throws Exception {
        loops = new EventLoops(loopCount);
        Map<String, BackendConfig> configs = new LinkedHashMap<>();
        portsByBackend.forEach(
                (name, ports) -> configs.put(name, backend(name, ports, patience, maxConnections)));
        backends = new Backends(configs, loops, Clock.system(), entry -> {});
        var config =
                new HttpListenerConfig(
                        "web",
                        new Endpoint("127.0.0.1", 0),
                        routes,
                        HttpListenerConfig.Forwarded.X_FORWARDED,
                        patience,
                        100,
                        Optional.empty(),
                        http2,
                        List.of(),
                        HeaderRules.NONE,
                        HeaderRules.NONE,
                        Optional.empty(),
                        Optional.empty(),
                        HttpGuards.NONE,
                        SourceConfig.OPEN_TO_ALL);
        listener =
                HttpListener.open(
                        config,
                        settings(patience),
                        backends::get,
                        loops,
                        Clock.system(),
                        SharedTls.alone());
    }

    /** One backend for everything. */
    static HttpUnderTest before(int... ports) throws Exception {
        return before(LONG, ports);
    }

    /** One backend for everything, and HTTP/2 without TLS too. */
    static HttpUnderTest speakingHttp2(int... ports) throws Exception {
        return speakingHttp2(LONG, ports);
    }

    static HttpUnderTest speakingHttp2(Duration patience, int... ports) throws Exception {
        return new HttpUnderTest(
                patience,
                List.of(route(Optional.empty(), Optional.empty(), "web")),
                Map.of("web", java.util.Arrays.stream(ports).boxed().toList()),
                OptionalInt.empty(),
                1,
                HttpListenerConfig.Http2.ALWAYS);
    }

    static HttpUnderTest before(Duration patience, int... ports) throws Exception {
        List<Integer> all = java.util.Arrays.stream(ports).boxed().toList();
        return new HttpUnderTest(
                patience,
                List.of(route(Optional.empty(), Optional.empty(), "web")),
                Map.of("web", all));
    }

    private static HttpSettings settings(Duration patience) {
        return new HttpSettings(
                HeadLimits.ofDefaults(),
                patience,
                patience,
                patience,
                Duration.ofMillis(300),
                LONG,
                Duration.ofMillis(20));
    }

    private static BackendConfig backend(
            String name, List<Integer> ports, Duration patience, OptionalInt maxConnections) {
        Map<String, BackendConfig.Server> servers = new LinkedHashMap<>();
        for (int port : ports) {
            String server = "s" + servers.size();
            servers.put(
                    server,
                    new BackendConfig.Server(
                            server, new Endpoint("127.0.0.1", port), 1, maxConnections, false));
        }
        return new BackendConfig(
                name,
                BackendConfig.Balance.ROUND_ROBIN,
                servers,
                Optional.empty(),
                Optional.empty(),
                new BackendConfig.Timeouts(Duration.ofSeconds(1), patience, Duration.ofSeconds(5)),
                100,
                3,
                Duration.ZERO,
                0,
                BackendConfig.ProxyProtocol.NONE,
                Optional.empty(),
                Optional.empty(),
                BackendConfig.Http2.NONE,
                RequestKey.PATH,
                Optional.empty());
    }

    static RouteConfig route(Optional<String> host, Optional<String> path, String backend) {
        return new RouteConfig(
                RouteConfig.Match.of(host, path), new RouteConfig.Action.ToBackend(backend));
    }

    int port() {
        return listener.address().port();
    }

    RawClient client() throws IOException {
        return new RawClient(port());
    }

    HttpCounters counters() {
        return listener.counters();
    }

    Server server(int index) {
        return backends.get("web").servers().get(index);
    }

    Backends backends() {
        return backends;
    }

    @Override
    public void close() {
        listener.close();
        backends.close();
        loops.close(Duration.ofSeconds(2));
    }
}
