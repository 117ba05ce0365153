package io.shoestring.proxy.backend;

import static java.util.Objects.requireNonNull;

import io.netty.util.concurrent.EventExecutor;
import io.shoestring.base.Clock;
import io.shoestring.config.BackendConfig;
import io.shoestring.network.tls.TlsCaller;

import org.jspecify.annotations.Nullable;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/**
 * Servers that do the same, and who takes which of them. One for the whole node: all event loops
 * share it, so that limits are exact.
 *
 * <p>To get a server, {@link #assign} a {@link Claim}. States are changed by anybody, under a lock
 * that no event loop waits for: each change makes a new {@link Rotation}.
 */
public final class Backend {
    private static final int RAMP_STEPS = 20;
    private static final long SHORTEST_RAMP_STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final int WHOLE_PERCENT = 100;

    private final Clock clock;
    private final EventExecutor timer;
    private final Chronicle chronicle;
    private final ClaimQueue queue;
    private volatile BackendConfig config;
    private volatile List<Server> servers;
    private volatile Chooser chooser;
    private volatile Rotation rotation;
    private volatile Optional<TlsCaller> tls = Optional.empty();
    private volatile ServerTokens tokens;
    private volatile long rate;
    private volatile long mostRate;
    private boolean panics;
    private boolean hasNone;
    private boolean rampScheduled;

    /**
     * @param timer for slow starts
     * @param chronicle is told of every change; must return at once
     */
    public Backend(BackendConfig config, Clock clock, EventExecutor timer, Chronicle chronicle) {
        this.config = requireNonNull(config, "config is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.timer = requireNonNull(timer, "timer is null");
        this.chronicle = requireNonNull(chronicle, "chronicle is null");
        this.chooser = new Chooser(config.balance());
        this.tokens = ServerTokens.plain(config.name());
        this.queue =
                new ClaimQueue(
                        config.maxQueue(),
                        config.timeouts().queue().toNanos(),
                        clock,
                        this::take,
                        Backend::isBound);
        this.servers = config.servers().values().stream().map(this::made).toList();
        this.rotation = Rotation.of(List.of(), List.of());
        synchronized (this) {
            rotate();
        }
    }

    private Server made(BackendConfig.Server server) {
        return new Server(this, server, ServerState.initial(server.weight(), clock.nanos()), timer);
    }

    /**
     * Is configured anew, under its name. A server that keeps its name and address keeps its
     * connections, counters and state; connections to one that goes are left alone.
     *
     * @return the servers that are new
     */
    List<Server> become(BackendConfig next) {
        List<Server> before = servers;
        synchronized (this) {
            if (next.balance() != config.balance()) {
                chooser = new Chooser(next.balance());
            }
            servers = next.servers().values().stream().map(each -> kept(each, next)).toList();
            config = next;
            queue.limit(next.maxQueue(), next.timeouts().queue().toNanos());
            rotate();
        }
        queue.placeFreed();
        refuseIfNoneIsLeft();
        return servers.stream().filter(server -> !before.contains(server)).toList();
    }

    /** The server that is there for {@code wanted} already, or a new one. */
    private Server kept(BackendConfig.Server wanted, BackendConfig next) {
        Optional<Server> known =
                server(wanted.name()).filter(it -> it.config().address().equals(wanted.address()));
        known.ifPresent(server -> reconfigure(server, wanted, next));
        return known.orElseGet(() -> made(wanted));
    }

    private void reconfigure(Server server, BackendConfig.Server wanted, BackendConfig next) {
        ServerState state = server.state();
        if (wanted.weight() != server.config().weight()) {
            state = state.weighing(wanted.weight());
        }
        if (next.check().isEmpty() && config.check().isPresent()) {
            state = state.found(true, "not checked", clock.nanos(), false);
        }
        if (next.agent().isEmpty()) {
            state = state.told(ServerState.Agent.SILENT);
        }
        if (next.breaker().isEmpty()) {
            state = state.by(Circuit.CLOSED);
        }
        server.state(state);
        server.config(wanted);
    }

    /** Its key in the file. */
    public String name() {
        return config.name();
    }

    /** As it is configured. */
    public BackendConfig config() {
        return config;
    }

    /** How its servers are spoken to by TLS; empty: they are not. */
    public Optional<TlsCaller> tls() {
        return tls;
    }

    /** From now on; who opened the one of before closes it. */
    void tls(Optional<TlsCaller> caller) {
        tls = caller;
    }

    /** How its servers are called in cookies. */
    public ServerTokens tokens() {
        return tokens;
    }

    /** From now on. */
    void tokens(ServerTokens next) {
        tokens = next;
    }

    /** The server that is called so in a cookie. */
    public Optional<Server> called(String token) {
        ServerTokens by = tokens;
        return by.nameIn(token).flatMap(this::server).filter(found -> by.isFor(found, token));
    }

    /** All servers, in the order of the file. */
    public List<Server> servers() {
        return servers;
    }

    /** Places that are taken now at all of them. */
    public int connections() {
        int sum = 0;
        for (Server server : servers) {
            sum += server.connections();
        }
        return sum;
    }

    /** The server of that name. */
    public Optional<Server> server(String name) {
        return servers.stream().filter(server -> server.name().equals(name)).findFirst();
    }

    /** Claims that wait for a place now. */
    public int queued() {
        return queue.length();
    }

    /** The most claims that ever waited at once. */
    public int mostQueued() {
        return queue.mostLength();
    }

    /** Whether somebody who comes now could be served, or at least wait. */
    public boolean hasServer() {
        return !rotation.isEmpty();
    }

    /**
     * Gives the claim a place at a server, now or when there is one, or refuses it. On the claim's
     * loop, where the claim is called, perhaps before this returns.
     */
    public void assign(Claim claim) {
        Rotation now = rotation;
        if (now.isEmpty() && !isBound(claim)) {
            claim.refused(Refusal.NO_SERVER);
            return;
        }
        // Nobody overtakes those who wait.
        Server server = queue.isEmpty() ? take(claim) : null;
        if (server != null) {
            claim.granted(server);
        } else {
            queue.add(claim);
            refuseIfNoneIsLeft();
        }
    }

    /** Whether only one server will do. */
    private static boolean isBound(Claim claim) {
        Server wanted = claim.wanted();
        return wanted != null && wanted.state().servesItsOwn() && !claim.avoids(wanted);
    }

    /** The last server may have gone after it was seen and before the claim stood in the queue. */
    private void refuseIfNoneIsLeft() {
        if (rotation.isEmpty()) {
            queue.refuseAll();
        }
    }

    private @Nullable Server take(Claim claim) {
        Server wanted = claim.wanted();
        if (wanted != null && isBound(claim)) {
            return wanted.tryTake() ? wanted : null;
        }
        Server server = chooser.take(rotation, claim);
        if (server == null && claim.hasTried() && !anotherHasRoom(claim)) {
            claim.forgetTried();
            return chooser.take(rotation, claim);
        }
        return server;
    }

    /** Whether there is any server left that the claim has not tried, were it not full. */
    private boolean anotherHasRoom(Claim claim) {
        Rotation now = rotation;
        for (int i = 0; i < now.size(); i++) {
            if (!claim.avoids(now.server(i))) {
                return true;
            }
        }
        return false;
    }

    /** Places taken in the last whole second, at all servers. */
    public long rate() {
        return rate;
    }

    /** The most places that were taken in a second, at all servers. */
    public long mostRate() {
        return mostRate;
    }

    /** Once a second, by one thread. */
    void measure() {
        servers.forEach(Server::measure);
        rate = servers.stream().mapToLong(Server::rate).sum();
        mostRate = Math.max(mostRate, rate);
    }

    ClaimQueue queue() {
        return queue;
    }

    Clock clock() {
        return clock;
    }

    /**
     * The checks' word on a server.
     *
     * @param why a clause such as "connection refused"
     */
    public void found(Server server, boolean up, String why) {
        boolean slowly = config.slowStart().isPositive();
        change(server, state -> state.found(up, why, clock.nanos(), slowly));
    }

    /** A server's name was looked up; without an address the last one stays. */
    void looked(Server server, Optional<InetSocketAddress> found) {
        found.ifPresent(server::address);
        if (found.isPresent() || server.address().isUnresolved()) {
            boolean located = found.isPresent();
            if (located != server.state().located()) {
                change(server, state -> state.located(located));
            }
        }
    }

    /** What an operator wants of a server. */
    public void want(Server server, Administrative administrative) {
        change(server, state -> state.wanted(administrative));
    }

    /**
     * What an operator wants a server's share to be.
     *
     * @param weight 0 to 256
     */
    public void weigh(Server server, int weight) {
        if (weight < 0 || weight > 256) {
            throw new IllegalArgumentException("weight " + weight + " is not between 0 and 256");
        }
        change(server, state -> state.weighing(weight));
    }

    /**
     * How many connections an operator lets a server have, until the node ends or the file says
     * another number.
     *
     * @param most 0: any
     */
    public void limit(Server server, int most) {
        if (most < 0) {
            throw new IllegalArgumentException("the limit " + most + " is negative");
        }
        change(
                server,
                state -> {
                    server.wantLimit(most);
                    chronicle.tell(StateSentences.limit(server, most));
                    return state;
                });
    }

    /** Another address than the file's, which an operator wants; it holds for new connections. */
    public void move(Server server, InetSocketAddress to) {
        change(
                server,
                state -> {
                    server.move(to);
                    chronicle.tell(StateSentences.move(server));
                    return state.located(true);
                });
    }

    /** What a server's agent says. */
    public void told(Server server, ServerState.Agent said) {
        change(server, state -> state.told(said));
    }

    /**
     * Takes a server out of use because of its traffic, unless it is the last one.
     *
     * @return whether it did
     */
    boolean trip(Server server, String why) {
        boolean last;
        synchronized (this) {
            last =
                    servers.stream()
                            .filter(other -> !other.equals(server))
                            .map(Server::state)
                            .noneMatch(
                                    state ->
                                            state.isUp()
                                                    && state.isWanted()
                                                    && state.effectiveWeight() > 0);
        }
        if (!last) {
            change(server, state -> state.by(state.circuit().opened(why)));
        }
        return !last;
    }

    /** What the traffic found of a server. */
    void circuit(Server server, Circuit now) {
        change(server, state -> state.by(now));
    }

    private void change(Server server, UnaryOperator<ServerState> step) {
        synchronized (this) {
            ServerState before = server.state();
            ServerState after = step.apply(before);
            server.state(after);
            StateSentences.of(server, before, after).forEach(chronicle::tell);
            rotate();
        }
        queue.placeFreed();
        refuseIfNoneIsLeft();
    }

    /** Makes the picture anew by which servers are chosen. */
    private void rotate() {
        List<Server> active = wanted(false);
        boolean panicking = isPanic(active);
        List<Server> usable = usable(active, panicking);
        if (usable.isEmpty()) {
            usable = usable(wanted(true), false);
        }
        boolean rising = usable.stream().anyMatch(server -> server.state().rising());
        List<Integer> weights = new ArrayList<>();
        for (Server server : usable) {
            int percent = percent(server);
            limitNow(server, percent);
            int weight = server.state().effectiveWeight();
            weights.add(rising ? weight * percent : weight);
        }
        rotation = Rotation.of(usable, weights);
        tellOf(usable, panicking);
        scheduleRamp(rising);
    }

    private List<Server> wanted(boolean backup) {
        return servers.stream()
                .filter(server -> server.config().backup() == backup)
                .filter(server -> server.state().isWanted())
                .filter(server -> server.state().effectiveWeight() > 0)
                .toList();
    }

    private static List<Server> usable(List<Server> wanted, boolean panicking) {
        return wanted.stream().filter(server -> panicking || server.state().isUp()).toList();
    }

    private boolean isPanic(List<Server> active) {
        long up = active.stream().filter(server -> server.state().isUp()).count();
        return up * WHOLE_PERCENT < (long) config.panicThreshold() * active.size();
    }

    private void tellOf(List<Server> usable, boolean panicking) {
        if (panicking != panics) {
            chronicle.tell(StateSentences.panic(this, panicking));
        }
        if (usable.isEmpty() != hasNone) {
            chronicle.tell(StateSentences.emptiness(this, usable.isEmpty()));
        }
        panics = panicking;
        hasNone = usable.isEmpty();
    }

    /** How much of its share a server gets now: 1 to 100. */
    private int percent(Server server) {
        ServerState state = server.state();
        long whole = config.slowStart().toNanos();
        long passed = clock.nanos() - state.sinceNanos();
        if (!state.rising() || passed >= whole) {
            return WHOLE_PERCENT;
        }
        return (int) Math.max(1, passed * WHOLE_PERCENT / whole);
    }

    private static void limitNow(Server server, int percent) {
        if (server.state().circuit().phase() == Circuit.Phase.TRYING) {
            server.limit(1);
            return;
        }
        var agents = server.state().agent().maxConnections();
        var most = agents.isPresent() ? agents : server.configuredLimit();
        if (most.isPresent()) {
            server.limit((int) Math.max(1, (long) most.getAsInt() * percent / WHOLE_PERCENT));
        } else {
            server.limit(Integer.MAX_VALUE);
        }
    }

    private void scheduleRamp(boolean rising) {
        if (rising && !rampScheduled) {
            rampScheduled = true;
            long step = config.slowStart().toNanos() / RAMP_STEPS;
            timer.schedule(
                    this::ramp, Math.max(step, SHORTEST_RAMP_STEP_NANOS), TimeUnit.NANOSECONDS);
        }
    }

    private void ramp() {
        synchronized (this) {
            rampScheduled = false;
            for (Server server : servers) {
                if (server.state().rising() && percent(server) == WHOLE_PERCENT) {
                    server.state(server.state().risen());
                }
            }
            rotate();
        }
        queue.placeFreed();
    }
}
