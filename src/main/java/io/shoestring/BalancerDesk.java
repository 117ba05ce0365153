package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;
import io.shoestring.admin.Balancers;
import io.shoestring.base.Clock;
import io.shoestring.config.BackendConfig;
import io.shoestring.config.CheckConfig;
import io.shoestring.health.AgentAnswer;
import io.shoestring.health.AgentCheck;
import io.shoestring.health.CheckedServer;
import io.shoestring.health.Checks;
import io.shoestring.health.Colleagues;
import io.shoestring.health.ServerCheck;
import io.shoestring.model.BackendStatus;
import io.shoestring.model.ClientSession;
import io.shoestring.monitoring.EventQueue;
import io.shoestring.network.EventLoops;
import io.shoestring.network.tls.TlsException;
import io.shoestring.node.Operations.Reply;
import io.shoestring.proxy.backend.Administrative;
import io.shoestring.proxy.backend.Backend;
import io.shoestring.proxy.backend.Backends;
import io.shoestring.proxy.backend.Outcomes;
import io.shoestring.proxy.backend.Server;
import io.shoestring.proxy.backend.ServerState;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The backends of a node, their checks, and what an operator sees and changes of them. */
final class BalancerDesk implements Balancers, AutoCloseable {
    private static final String BY_AN_OPERATOR = "an operator says so";

    private final Clock clock;
    private final TrafficFigures figures;
    private final Backends backends;
    private final Checks checks;
    private final Map<Server, ServerCheck> checkOf = new ConcurrentHashMap<>();
    private final Map<Server, AgentCheck> agentOf = new ConcurrentHashMap<>();
    private final Function<Predicate<ClientSession>, List<ClientSession>> sessions;

    /** What an operator has switched off. */
    private final Set<Server> unchecked = ConcurrentHashMap.newKeySet();

    private final Set<Server> unasked = ConcurrentHashMap.newKeySet();
    private Map<String, BackendConfig> configs;

    BalancerDesk(
            Map<String, BackendConfig> configs,
            EventLoops loops,
            Clock clock,
            EventQueue events,
            Function<Predicate<ClientSession>, List<ClientSession>> sessions,
            Colleagues colleagues,
            TrafficFigures figures)
            throws TlsException, IOException {
        this.figures = requireNonNull(figures, "figures is null");
        this.sessions = requireNonNull(sessions, "sessions is null");
        this.configs = requireNonNull(configs, "configs is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.backends =
                new Backends(
                        configs,
                        loops,
                        clock,
                        entry -> events.tell(entry.severity(), entry.sentence()));
        this.checks = new Checks(loops, clock, colleagues);
        backends.all().forEach(this::startChecks);
    }

    /**
     * Takes up other backends. Servers that stay keep their connections, counters and state. Blocks
     * until new names have been looked up.
     *
     * @throws TlsException if a certificate cannot be used; nothing has changed then
     * @throws IOException if a key of cookies cannot be used; nothing has changed then
     */
    synchronized void become(Map<String, BackendConfig> next) throws TlsException, IOException {
        Map<String, BackendConfig> before = configs;
        Set<Server> checked = servers();
        backends.become(next);
        configs = next;
        Set<Server> stay = servers();
        checked.stream().filter(server -> !stay.contains(server)).forEach(this::stopChecks);
        for (Backend backend : backends.all()) {
            BackendConfig after = backend.config();
            BackendConfig then = before.get(backend.name());
            for (Server server : backend.servers()) {
                boolean same =
                        checked.contains(server)
                                && isCheckedAlike(then, after)
                                && weight(then, server) == weight(after, server);
                if (!same) {
                    stopChecks(server);
                    startChecks(server);
                }
            }
        }
    }

    /** By which the answers of its agent are read; -1: it is not there. */
    private static int weight(@Nullable BackendConfig config, Server server) {
        return Optional.ofNullable(config)
                .map(known -> known.servers().get(server.name()))
                .map(BackendConfig.Server::weight)
                .orElse(-1);
    }

    private static boolean isCheckedAlike(@Nullable BackendConfig one, BackendConfig other) {
        return one != null
                && one.check().equals(other.check())
                && one.agent().equals(other.agent())
                && one.proxyProtocol() == other.proxyProtocol();
    }

    private Set<Server> servers() {
        return backends.all().stream()
                .flatMap(backend -> backend.servers().stream())
                .collect(Collectors.toSet());
    }

    private void stopChecks(Server server) {
        server.outcomes(Outcomes.IGNORED);
        Optional.ofNullable(checkOf.remove(server)).ifPresent(checks::stop);
        Optional.ofNullable(agentOf.remove(server)).ifPresent(checks::stop);
        unchecked.remove(server);
        unasked.remove(server);
    }

    private void startChecks(Backend backend) {
        backend.servers().forEach(this::startChecks);
    }

    private void startChecks(Server server) {
        var checked = new Checked(server, unchecked, unasked);
        BackendConfig config = server.backend().config();
        config.check().ifPresent(wanted -> startCheck(server, checked, wanted));
        config.agent()
                .ifPresent(
                        agent ->
                                agentOf.put(
                                        server,
                                        checks.ask(checked, server.config().weight(), agent)));
    }

    private void startCheck(Server server, Checked checked, CheckConfig wanted) {
        ServerCheck check =
                checks.check(checked, wanted, server.backend().config().proxyProtocol());
        checkOf.put(server, check);
        server.outcomes(
                new Outcomes() {
                    @Override
                    public void succeeded() {
                        check.trafficSucceeded();
                    }

                    @Override
                    public void failed(String why) {
                        check.trafficFailed(why);
                    }

                    @Override
                    public void answeredBadly(String why) {
                        check.trafficAnsweredBadly(why);
                    }
                });
    }

    /** A server, as its checks see it. */
    private record Checked(Server server, Set<Server> unchecked, Set<Server> unasked)
            implements CheckedServer {
        @Override
        public String name() {
            return server.toString();
        }

        @Override
        public InetSocketAddress address() {
            return server.address();
        }

        @Override
        public Optional<SslHandler> tls(ByteBufAllocator allocator) {
            return server.tls(allocator, List.of());
        }

        @Override
        public boolean isChecked() {
            return !server.state().isInMaintenance() && !unchecked.contains(server);
        }

        @Override
        public boolean isAsked() {
            return !unasked.contains(server);
        }

        @Override
        public void found(boolean up, String why) {
            server.backend().found(server, up, why);
        }

        @Override
        public void told(AgentAnswer answer) {
            ServerState.Agent before = server.state().agent();
            ServerState.Agent after =
                    new ServerState.Agent(
                            answer.up().orElse(before.up()),
                            answer.up().isPresent() ? answer.why() : before.why(),
                            answer.wish()
                                    .map(Checked::administrative)
                                    .orElse(before.administrative()),
                            answer.weightPercent().orElse(before.weightPercent()),
                            answer.maxConnections().isPresent()
                                    ? answer.maxConnections()
                                    : before.maxConnections());
            if (!after.equals(before)) {
                server.backend().told(server, after);
            }
        }

        private static Administrative administrative(AgentAnswer.Wish wish) {
            return switch (wish) {
                case READY -> Administrative.READY;
                case DRAIN -> Administrative.DRAIN;
                case MAINTENANCE -> Administrative.MAINTENANCE;
            };
        }
    }

    /** The backends, for those who use them. */
    Backends backends() {
        return backends;
    }

    @Override
    public List<BackendStatus> status() {
        return backends.inOrder().stream()
                .map(backend -> BackendStatusOf.of(backend, checkOf, figures, clock.nanos()))
                .toList();
    }

    @Override
    public Reply want(String backend, String server, Wish wish) {
        Optional<Server> found = find(backend, server);
        if (found.isEmpty()) {
            return unknown(backend, server);
        }
        Server known = found.get();
        Administrative wanted =
                switch (wish) {
                    case READY -> Administrative.READY;
                    case DRAIN -> Administrative.DRAIN;
                    case MAINTENANCE -> Administrative.MAINTENANCE;
                };
        known.backend().want(known, wanted);
        return new Reply(true, told(known, wanted), "");
    }

    private static String told(Server server, Administrative wanted) {
        int connections = server.connections();
        return switch (wanted) {
            case READY ->
                    server.state().isUp()
                            ? "Server " + server + " is ready."
                            : "Server "
                                    + server
                                    + " is ready, but not up: "
                                    + server.state().why()
                                    + ".";
            case DRAIN ->
                    "Server %s gets no new connections; it has %d, and is still checked."
                            .formatted(server, connections);
            case MAINTENANCE ->
                    "Server %s gets no new connections and is not checked; it has %d connections."
                            .formatted(server, connections);
        };
    }

    @Override
    public Reply weigh(String backend, String server, int weight) {
        Optional<Server> found = find(backend, server);
        if (found.isEmpty()) {
            return unknown(backend, server);
        }
        found.get().backend().weigh(found.get(), weight);
        return new Reply(
                true,
                "Server %s has weight %d; the file says %d."
                        .formatted(found.get(), weight, found.get().config().weight()),
                "");
    }

    @Override
    public Optional<Setting> setting(String backend, String server) {
        return find(backend, server).map(this::setting);
    }

    private Setting setting(Server server) {
        ServerState state = server.state();
        Administrative own = state.administrative();
        Administrative wanted = own == Administrative.READY ? state.agent().administrative() : own;
        return new Setting(
                state.weight(),
                server.config().weight(),
                server.address(),
                server.isLookedUp()
                        ? Optional.of(server.config().address().host())
                        : Optional.empty(),
                switch (wanted) {
                    case READY -> Wish.READY;
                    case DRAIN -> Wish.DRAIN;
                    case MAINTENANCE -> Wish.MAINTENANCE;
                },
                watch(checkOf.containsKey(server), unchecked.contains(server)),
                watch(agentOf.containsKey(server), unasked.contains(server)));
    }

    private static Watch watch(boolean isThere, boolean isOff) {
        return !isThere ? Watch.NONE : isOff ? Watch.OFF : Watch.ON;
    }

    @Override
    public Reply limit(String backend, String server, int most) {
        return at(
                backend,
                server,
                known -> {
                    known.backend().limit(known, most);
                    return "Server %s may have %s connections."
                            .formatted(known, most == 0 ? "any number of" : "at most " + most);
                });
    }

    @Override
    public Reply watch(String backend, String server, Watcher watcher, boolean on) {
        return at(
                backend,
                server,
                known -> {
                    Set<Server> off = watcher == Watcher.CHECK ? unchecked : unasked;
                    boolean _ = on ? off.remove(known) : off.add(known);
                    return "Done.";
                });
    }

    @Override
    public Reply believe(String backend, String server, Watcher watcher, boolean up) {
        return at(
                backend,
                server,
                known -> {
                    if (watcher == Watcher.AGENT) {
                        ServerState.Agent said = known.state().agent();
                        known.backend().told(known, said.saying(up, BY_AN_OPERATOR));
                    } else {
                        Optional.ofNullable(checkOf.get(known))
                                .ifPresentOrElse(
                                        check -> check.become(up, BY_AN_OPERATOR),
                                        () -> known.backend().found(known, up, BY_AN_OPERATOR));
                    }
                    return "Done.";
                });
    }

    @Override
    public List<ClientSession> sessions(Predicate<ClientSession> ended) {
        return sessions.apply(ended);
    }

    private Reply at(String backend, String server, Function<Server, String> action) {
        return find(backend, server)
                .map(known -> new Reply(true, action.apply(known), ""))
                .orElseGet(() -> unknown(backend, server));
    }

    @Override
    public Reply move(String backend, String server, InetSocketAddress address) {
        Optional<Server> found = find(backend, server);
        if (found.isEmpty()) {
            return unknown(backend, server);
        }
        found.get().backend().move(found.get(), address);
        return new Reply(
                true,
                "New connections to server %s go to %s; the file says %s."
                        .formatted(
                                found.get(),
                                found.get().endpoint(),
                                found.get().config().address()),
                "");
    }

    /** A server, if there is one. */
    Optional<Server> find(String backend, String server) {
        return backends.find(backend).flatMap(known -> known.server(server));
    }

    private Reply unknown(String backend, String server) {
        String all =
                backends.inOrder().stream()
                        .flatMap(each -> each.servers().stream())
                        .map(Server::toString)
                        .limit(20)
                        .collect(Collectors.joining(", "));
        return new Reply(
                false,
                "There is no server '%s/%s'. There is: %s."
                        .formatted(backend, server, all.isEmpty() ? "none" : all),
                "");
    }

    @Override
    public void close() {
        checks.close();
        backends.close();
    }
}
