package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;
import io.shoestring.base.Clock;
import io.shoestring.config.CheckConfig;
import io.shoestring.config.ConfigReader;
import io.shoestring.health.AgentAnswer;
import io.shoestring.health.CheckedServer;
import io.shoestring.health.Checks;
import io.shoestring.model.NodeName;
import io.shoestring.network.EventLoops;
import io.shoestring.node.Channel;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Three nodes that look at one server. */
@Timeout(60)
class CheckExchangeTest {
    private static final List<NodeName> NAMES =
            List.of(new NodeName("one"), new NodeName("two"), new NodeName("three"));
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final EventLoops loops = new EventLoops(1);
    private final Map<String, Channel.Handler> handlers = new ConcurrentHashMap<>();
    private final AtomicInteger connections = new AtomicInteger();
    private ServerSocket server;

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    @AfterEach
    void end() throws IOException {
        server.close();
        loops.close(Duration.ofSeconds(1));
    }

    private void accept() {
        try {
            while (true) {
                server.accept().close();
                connections.incrementAndGet();
            }
        } catch (IOException _) {
            // Closed.
        }
    }

    /** A wire within this process. */
    private final class Wire implements Channel {
        private final NodeName from;

        Wire(NodeName from) {
            this.from = from;
        }

        @Override
        public String call(NodeName node, String path, String request, Duration atMost)
                throws IOException, InterruptedException {
            Channel.Handler handler = handlers.get(node + path);
            if (handler == null) {
                throw new IOException("it is gone");
            }
            return handler.answer(from, request);
        }

        @Override
        public void serve(String path, Channel.Handler handler) {
            handlers.put(from + path, handler);
        }

        @Override
        public void close() {
            handlers.keySet().removeIf(each -> each.startsWith(from + "/"));
        }
    }

    /** One node's view of the server. */
    private final class Node implements CheckedServer, AutoCloseable {
        final List<String> found = new CopyOnWriteArrayList<>();
        final NodeName name;
        private final NodeQuestions questions;
        private final CheckExchange exchange;
        private final Checks checks;

        Node(NodeName name, String keys) {
            this.name = name;
            questions = new NodeQuestions(name, new Wire(name));
            exchange = new CheckExchange(() -> NAMES, name, questions, Clock.system());
            exchange.start();
            checks = new Checks(loops, Clock.system(), exchange);
            checks.check(this, config(keys));
        }

        @Override
        public String name() {
            return "web/one";
        }

        @Override
        public InetSocketAddress address() {
            return (InetSocketAddress) server.getLocalSocketAddress();
        }

        @Override
        public Optional<SslHandler> tls(ByteBufAllocator allocator) {
            return Optional.empty();
        }

        @Override
        public boolean isChecked() {
            return true;
        }

        @Override
        public void found(boolean up, String why) {
            found.add((up ? "up" : "down") + " at " + connections.get());
        }

        @Override
        public void told(AgentAnswer answer) {
            throw new IllegalStateException("there is no agent");
        }

        @Override
        public void close() {
            checks.close();
            exchange.close();
            questions.close();
        }
    }

    private static CheckConfig config(String keys) {
        String text =
                """
                cluster: { name: c, nodes: { local: 127.0.0.1 } }
                listeners: { l: { bind: "127.0.0.1:0", protocol: tcp, backend: web } }
                backends: { web: { servers: { one: "127.0.0.1:1" }, check: { %s } } }
                """
                        .formatted(keys);
        var read = (ConfigReader.Sound) ConfigReader.read("test", text, Path.of("/"));
        return requireNonNull(read.config().backends().get("web")).check().orElseThrow();
    }

    private int connectionsIn(Duration time) throws InterruptedException {
        int before = connections.get();
        Thread.sleep(time);
        return connections.get() - before;
    }

    @Test
    void oneChecksForAllAndTheNextTakesOver() throws Exception {
        String keys = "every: 300ms, timeout: 500ms, fall: 2, shared: yes";
        List<Node> nodes = NAMES.stream().map(name -> new Node(name, keys)).toList();
        try {
            await().atMost(PATIENCE)
                    .untilAsserted(
                            () ->
                                    assertThat(nodes)
                                            .allMatch(
                                                    node -> node.found.toString().contains("up")));
            // Ten checks of one node: thirty if each looked itself.
            await().atMost(PATIENCE).until(() -> connectionsIn(Duration.ofSeconds(3)) <= 14);

            Node first = checker(nodes);
            first.close();
            List<Node> rest = nodes.stream().filter(node -> !node.equals(first)).toList();
            await().atMost(PATIENCE).until(() -> connectionsIn(Duration.ofSeconds(1)) >= 2);
            assertThat(rest).allMatch(node -> node.found.size() == 1);

            server.close();
            await().atMost(PATIENCE)
                    .untilAsserted(
                            () ->
                                    assertThat(rest)
                                            .allMatch(
                                                    node ->
                                                            node.found
                                                                    .getLast()
                                                                    .startsWith("down")));
        } finally {
            nodes.forEach(Node::close);
        }
    }

    private Node checker(List<Node> nodes) {
        String place = "web/one " + server.getLocalSocketAddress();
        Comparator<Node> order =
                (one, other) ->
                        one == other
                                ? 0
                                : CheckExchange.comesBefore(one.name, other.name, place) ? -1 : 1;
        return nodes.stream().min(order).orElseThrow();
    }

    @Test
    void eachChecksItselfWhereNothingIsShared() throws Exception {
        List<Node> nodes =
                NAMES.stream().map(name -> new Node(name, "every: 300ms, timeout: 500ms")).toList();
        try {
            await().atMost(PATIENCE).until(() -> connectionsIn(Duration.ofSeconds(3)) >= 20);
        } finally {
            nodes.forEach(Node::close);
        }
    }

    @Test
    void serversAreSpreadOverTheNodes() {
        int[] firsts = new int[NAMES.size()];
        for (int i = 0; i < 900; i++) {
            String place = "web/web" + i + " /10.0.0." + i % 250 + ":80";
            for (int node = 0; node < firsts.length; node++) {
                NodeName mine = NAMES.get(node);
                if (NAMES.stream()
                        .allMatch(
                                other ->
                                        other.equals(mine)
                                                || CheckExchange.comesBefore(mine, other, place))) {
                    firsts[node]++;
                }
            }
        }
        for (int each : firsts) {
            assertThat(each).isBetween(200, 400);
        }
    }
}
