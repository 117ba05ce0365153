package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.admin.api.FiguresList.Row;
import io.shoestring.base.Clock;
import io.shoestring.base.Published;
import io.shoestring.config.BackendConfig;
import io.shoestring.config.HttpListenerConfig;
import io.shoestring.config.ListenerConfig;
import io.shoestring.config.MysqlListenerConfig;
import io.shoestring.config.PostgresListenerConfig;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.config.TcpListenerConfig;
import io.shoestring.health.Colleagues;
import io.shoestring.model.BackendStatus;
import io.shoestring.model.ClientSession;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.Endpoint;
import io.shoestring.model.ListenerStatus;
import io.shoestring.model.Topology;
import io.shoestring.monitoring.EventQueue;
import io.shoestring.monitoring.digest.Requests;
import io.shoestring.monitoring.digest.StatementFigures;
import io.shoestring.network.BindFailedException;
import io.shoestring.network.EventLoops;
import io.shoestring.network.tls.SharedTls;
import io.shoestring.network.tls.TlsException;
import io.shoestring.proxy.Change;
import io.shoestring.proxy.FreshnessBoard;
import io.shoestring.proxy.Listener;
import io.shoestring.proxy.http.HttpListener;
import io.shoestring.proxy.mysql.MysqlListener;
import io.shoestring.proxy.postgresql.CommitOutcomeSource;
import io.shoestring.proxy.postgresql.PostgresListener;
import io.shoestring.proxy.postgresql.RolePasswordSource;
import io.shoestring.proxy.source.RateTable;
import io.shoestring.proxy.tcp.TcpListener;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The data plane of a node: its listeners, and the backends behind them. It can be configured anew
 * without a client noticing: listeners keep their sockets and counters, servers their connections.
 */
final class Traffic implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Traffic.class);

    private final EventLoops loops;
    private final Clock clock;
    private final Published<Topology> topology;
    private final Function<DatabaseName, FreshnessBoard> freshness;
    private final RolePasswordSource passwords;
    private final CommitOutcomeSource outcomes;
    private final TrafficFigures figures;
    private final SharedTls sharedTls;
    private final BalancerDesk balancers;
    private final List<Listener> leaving = new CopyOnWriteArrayList<>();
    private volatile Map<String, Open> listeners = Map.of();
    private Map<String, BackendConfig> backends;

    /** A listener and the configuration by which it works. */
    private record Open(ListenerConfig config, Listener listener) {}

    /**
     * What another configuration needs, already opened: taken up or dropped, once.
     *
     * @param changes of listeners that stay
     * @param opened listeners that are new
     */
    private record Prepared(Map<String, Change> changes, Map<String, Open> opened) {
        void drop() {
            changes.values().forEach(Change::drop);
            opened.values().forEach(open -> open.listener().close());
        }
    }

    /**
     * Opens the listeners.
     *
     * @throws IOException if an address, a certificate or a log cannot be had; the message says
     *     which and why
     */
    Traffic(
            ShoestringConfig config,
            EventLoops loops,
            Clock clock,
            Published<Topology> topology,
            Function<DatabaseName, FreshnessBoard> freshness,
            RolePasswordSource passwords,
            CommitOutcomeSource outcomes,
            EventQueue events,
            SharedTls sharedTls,
            Colleagues colleagues)
            throws IOException {
        this.sharedTls = requireNonNull(sharedTls, "sharedTls is null");
        this.loops = requireNonNull(loops, "loops is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.topology = requireNonNull(topology, "topology is null");
        this.freshness = requireNonNull(freshness, "freshness is null");
        this.passwords = requireNonNull(passwords, "passwords is null");
        this.outcomes = requireNonNull(outcomes, "outcomes is null");
        this.backends = config.backends();
        this.figures = new TrafficFigures(clock);
        this.balancers =
                balancers(config, loops, clock, events, this::sessions, colleagues, figures);
        try {
            become(config);
        } catch (IOException e) {
            balancers.close();
            throw e;
        }
    }

    private static BalancerDesk balancers(
            ShoestringConfig config,
            EventLoops loops,
            Clock clock,
            EventQueue events,
            Function<Predicate<ClientSession>, List<ClientSession>> sessions,
            Colleagues colleagues,
            TrafficFigures figures)
            throws IOException {
        try {
            return new BalancerDesk(
                    config.backends(), loops, clock, events, sessions, colleagues, figures);
        } catch (TlsException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** The backends, for operators. */
    BalancerDesk balancers() {
        return balancers;
    }

    /**
     * Opens what {@code next} needs, and lets go of it again.
     *
     * @throws IOException if this node could not work by it; the message says why
     */
    synchronized void check(ShoestringConfig next) throws IOException {
        giveUp(prepare(next));
    }

    /**
     * Works by another configuration from now on, or, if anything that it needs cannot be had, goes
     * on by the one that it has. Nobody is disconnected: listeners that go serve their clients
     * until they leave.
     *
     * @throws IOException if this node cannot work by it; nothing has changed then
     */
    synchronized void become(ShoestringConfig next) throws IOException {
        Prepared prepared = prepare(next);
        try {
            balancers.become(next.backends());
        } catch (IOException | TlsException e) {
            giveUp(prepared);
            throw new IOException(e.getMessage(), e);
        }
        backends = next.backends();
        prepared.changes().values().forEach(Change::takeUp);
        Map<String, Open> before = listeners;
        Map<String, Open> after = new LinkedHashMap<>();
        for (ListenerConfig config : next.listeners().values()) {
            Open opened = prepared.opened().get(config.name());
            Open stays = before.get(config.name());
            after.put(
                    config.name(),
                    opened != null
                            ? opened
                            : new Open(config, requireNonNull(stays, "unknown").listener()));
        }
        listeners = after;
        before.values().stream()
                .map(Open::listener)
                .filter(old -> after.values().stream().noneMatch(it -> it.listener().equals(old)))
                .forEach(this::letGo);
        prepared.opened()
                .values()
                .forEach(
                        open ->
                                LOG.info(
                                        "listener {}: {}",
                                        open.config().name(),
                                        open.listener().address()));
    }

    private Prepared prepare(ShoestringConfig next) throws IOException {
        var prepared = new Prepared(new LinkedHashMap<>(), new LinkedHashMap<>());
        try {
            // New routes find new backends; those that are there stay as they are for now.
            Map<String, BackendConfig> all = new LinkedHashMap<>(next.backends());
            all.putAll(backends);
            balancers.become(all);
            balancers.backends().checkFiles(next.backends());
            for (ListenerConfig config : next.listeners().values()) {
                Open before = listeners.get(config.name());
                if (before == null || !canBecome(before.config(), config)) {
                    prepared.opened().put(config.name(), new Open(config, open(config)));
                } else if (!before.config().equals(config) || leadsToBackends(config)) {
                    prepared.changes().put(config.name(), change(before.listener(), config));
                }
            }
            return prepared;
        } catch (IOException e) {
            giveUp(prepared);
            throw e;
        } catch (BindFailedException | TlsException e) {
            giveUp(prepared);
            throw new IOException(e.getMessage(), e);
        }
    }

    private void giveUp(Prepared prepared) {
        prepared.drop();
        try {
            balancers.become(backends);
        } catch (IOException | TlsException e) {
            // What is open already is not opened again.
            throw new IllegalStateException(e);
        }
    }

    /** Whether the open socket can serve both, and its clients, too. */
    private static boolean canBecome(ListenerConfig before, ListenerConfig after) {
        return before.getClass().equals(after.getClass())
                && before.bind().equals(after.bind())
                && (!(before instanceof PostgresListenerConfig one)
                        || !(after instanceof PostgresListenerConfig other)
                        || one.database().equals(other.database()));
    }

    /** Its routes have to find backends that are new under a name that was there. */
    private static boolean leadsToBackends(ListenerConfig config) {
        return !(config instanceof PostgresListenerConfig)
                && !(config instanceof MysqlListenerConfig);
    }

    private Change change(Listener listener, ListenerConfig next) throws IOException, TlsException {
        return switch (listener) {
            case HttpListener http when next instanceof HttpListenerConfig config ->
                    http.prepare(config, balancers.backends()::get);
            case TcpListener tcp when next instanceof TcpListenerConfig config ->
                    tcp.prepare(config, balancers.backends()::get);
            case MysqlListener mysql when next instanceof MysqlListenerConfig config ->
                    mysql.prepare(
                            config, MysqlDesk.others(mysql.config(), config, topology, clock));
            case PostgresListener sql when next instanceof PostgresListenerConfig config ->
                    sql.prepare(config);
            default -> throw new IllegalStateException("a listener does not change its protocol");
        };
    }

    private Listener open(ListenerConfig listener)
            throws BindFailedException, TlsException, IOException {
        return switch (listener) {
            case PostgresListenerConfig sql ->
                    PostgresListener.open(
                            sql, loops, clock, topology, freshness, passwords, outcomes);
            case MysqlListenerConfig mysql ->
                    MysqlListener.open(mysql, loops, clock, MysqlDesk.open(mysql, topology, clock));
            case HttpListenerConfig http ->
                    HttpListener.open(http, balancers.backends()::get, loops, clock, sharedTls);
            case TcpListenerConfig tcp ->
                    TcpListener.open(tcp, balancers.backends()::get, loops, clock, sharedTls);
        };
    }

    private void letGo(Listener listener) {
        listener.stopListening();
        leaving.add(listener);
        forgetLeft();
    }

    /** Of listeners that are gone nothing stays when their last client is. */
    private void forgetLeft() {
        List<Listener> left =
                leaving.stream().filter(listener -> listener.status().clients() == 0).toList();
        leaving.removeAll(left);
        left.forEach(Listener::close);
    }

    /** The listeners as they are now, and those that have still clients although they are gone. */
    List<ListenerStatus> status() {
        forgetLeft();
        List<ListenerStatus> all = new ArrayList<>();
        listeners.values().forEach(open -> all.addAll(figures.of(open.listener())));
        for (Listener listener : leaving) {
            listener.statuses().forEach(last -> all.add(last.named(last.name() + " (closing)")));
        }
        return all;
    }

    /** Each kind of SQL statement that came, in any order. */
    List<Row> statements() {
        return listeners.values().stream()
                .map(Open::listener)
                .flatMap(
                        listener ->
                                switch (listener) {
                                    case PostgresListener sql -> rows(sql, sql.statements());
                                    case MysqlListener sql -> rows(sql, sql.statements());
                                    default -> Stream.<Row>empty();
                                })
                .toList();
    }

    /** Each kind of URL that came, in any order. */
    List<Row> urls() {
        return listeners.values().stream()
                .map(Open::listener)
                .filter(HttpListener.class::isInstance)
                .map(HttpListener.class::cast)
                .flatMap(web -> rows(web, web.urls()))
                .toList();
    }

    /** What each listener, backend, server and member has answered, by its series' name. */
    Map<String, Requests> requests() {
        return TrafficFigures.places(open(), balancers.backends().all());
    }

    /** A second has ended. Always by the same thread. */
    void measure() {
        figures.measure(open(), balancers.backends().all());
    }

    private List<Listener> open() {
        return listeners.values().stream().map(Open::listener).toList();
    }

    private static Stream<Row> rows(Listener listener, List<StatementFigures> figures) {
        String name = listener.status().name();
        return figures.stream()
                .map(
                        each ->
                                new Row(
                                        name,
                                        Long.toHexString(each.digest().id()),
                                        each.digest().text(),
                                        each.count(),
                                        each.failures(),
                                        each.onReplica(),
                                        each.bytes(),
                                        each.totalMicros(),
                                        each.leastMicros(),
                                        each.meanMicros(),
                                        each.p50Micros(),
                                        each.p95Micros(),
                                        each.p99Micros(),
                                        each.mostMicros(),
                                        each.firstSeen(),
                                        each.lastSeen()));
    }

    /** The names of the listeners that can serve who comes now: one of their backends is up. */
    List<String> healthy() {
        Set<String> up =
                balancers.status().stream()
                        .filter(BackendStatus::up)
                        .map(BackendStatus::name)
                        .collect(Collectors.toSet());
        return listeners.values().stream()
                .filter(open -> canServe(open, up))
                .map(open -> open.config().name())
                .toList();
    }

    private static boolean canServe(Open open, Set<String> up) {
        return switch (open.config()) {
            case PostgresListenerConfig _ -> true;
            case MysqlListenerConfig _ ->
                    open.listener() instanceof MysqlListener mysql && mysql.hasPrimary();
            case TcpListenerConfig tcp -> tcp.backends().stream().anyMatch(up::contains);
            case HttpListenerConfig http ->
                    http.backends().isEmpty() || http.backends().stream().anyMatch(up::contains);
        };
    }

    /** Where the listeners are really bound, in the order of the configuration. */
    List<Endpoint> addresses() {
        return listeners.values().stream().map(open -> open.listener().address()).toList();
    }

    /** What clients have under way at all listeners, also at those that go; ends those wanted. */
    private List<ClientSession> sessions(Predicate<ClientSession> ended) {
        return Stream.concat(listeners.values().stream().map(Open::listener), leaving.stream())
                .flatMap(listener -> listener.sessions(ended).stream())
                .toList();
    }

    /** What counts uses on other nodes, too, by the listener and what of it that is. */
    Map<String, RateTable> sharedRates() {
        Map<String, RateTable> all = new HashMap<>();
        listeners.forEach(
                (name, open) ->
                        open.listener()
                                .sharedRates()
                                .forEach((part, table) -> all.put(name + "/" + part, table)));
        return all;
    }

    /** How many transactions clients have open on the primary of {@code database}. */
    int openTransactions(DatabaseName database) {
        return Stream.concat(listeners.values().stream().map(Open::listener), leaving.stream())
                .mapToInt(listener -> listener.openTransactions(database))
                .sum();
    }

    /** Ends all clients' connections, in the terms of their protocols. */
    @Override
    public void close() {
        listeners.values().forEach(open -> open.listener().close());
        leaving.forEach(Listener::close);
        balancers.close();
    }
}
