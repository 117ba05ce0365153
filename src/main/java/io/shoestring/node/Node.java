package io.shoestring.node;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.base.Published;
import io.shoestring.consensus.ControlStore;
import io.shoestring.control.Decider;
import io.shoestring.database.LocalMember;
import io.shoestring.model.AddressStatus;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseSpec;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.Event.Severity;
import io.shoestring.model.ListenerStatus;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.NodeName;
import io.shoestring.model.Topology;
import io.shoestring.monitoring.Events;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/**
 * One machine's loop: it looks at its members, decides, acts, and publishes the topology.
 *
 * <p>One thread runs the loops of all databases. Looks and actions run beside it and put what they
 * found into its mailbox, which wakes it at once. The node owns its threads only: the store, the
 * members and the events are closed by whoever opened them, after the node.
 */
public final class Node implements Operations, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Node.class);
    private static final long CALM_MILLIS = 250;
    private static final long URGENT_MILLIS = 20;
    private static final long COMMAND_MILLIS = 5_000;
    private static final long CLOSE_MILLIS = 5_000;
    private static final int MAILBOX_LIMIT = 10_000;

    /** Who this node is. */
    public record Identity(String cluster, NodeName node, String version) {
        public Identity {
            requireNonNull(cluster, "cluster is null");
            requireNonNull(node, "node is null");
            requireNonNull(version, "version is null");
        }
    }

    /** A database and those of its members that are on this machine (today: all). */
    public record LocalDatabase(DatabaseSpec spec, List<LocalMember> members) {
        public LocalDatabase {
            requireNonNull(spec, "spec is null");
            members = List.copyOf(members);
        }
    }

    /**
     * What the node works with.
     *
     * @param openTransactions how many transactions the proxies have open on a database's primary
     * @param listeners the listeners as they are now
     * @param addresses the virtual addresses as they are now
     */
    public record Surroundings(
            ControlStore store,
            Events events,
            Clock clock,
            Published<Topology> topology,
            ToIntFunction<DatabaseName> openTransactions,
            Supplier<List<ListenerStatus>> listeners,
            Supplier<List<AddressStatus>> addresses) {
        public Surroundings {
            requireNonNull(store, "store is null");
            requireNonNull(events, "events is null");
            requireNonNull(clock, "clock is null");
            requireNonNull(topology, "topology is null");
            requireNonNull(openTransactions, "openTransactions is null");
            requireNonNull(listeners, "listeners is null");
            requireNonNull(addresses, "addresses is null");
        }
    }

    private record Part(DatabaseSpec spec, DatabaseLoop loop, MemberHands hands) {}

    private final Identity identity;
    private final Surroundings surroundings;
    private final Map<DatabaseName, Part> parts = new LinkedHashMap<>();
    private final BlockingQueue<Runnable> mailbox = new LinkedBlockingQueue<>(MAILBOX_LIMIT);
    private final Thread thread;
    private volatile boolean closed;
    private long lookedNanos;

    public Node(Identity identity, List<LocalDatabase> databases, Surroundings surroundings) {
        this.identity = requireNonNull(identity, "identity is null");
        this.surroundings = requireNonNull(surroundings, "surroundings is null");
        Topologies topologies = new Topologies(surroundings.topology());
        databases.forEach(
                database -> parts.put(database.spec().name(), part(database, topologies)));
        this.lookedNanos = surroundings.clock().nanos();
        this.thread = Thread.ofPlatform().daemon().name("node").unstarted(this::run);
    }

    /** Begins to look, decide and act; returns at once. */
    public void start() {
        parts.values().forEach(part -> part.hands().open());
        thread.start();
        surroundings
                .events()
                .add(
                        Severity.INFO,
                        Optional.empty(),
                        0,
                        "Node %s of cluster %s started (Shoestring %s)."
                                .formatted(
                                        identity.node(), identity.cluster(), identity.version()));
    }

    @Override
    public ClusterStatus status() {
        return new ClusterStatus(
                identity.cluster(),
                identity.node().value(),
                identity.version(),
                surroundings.topology().get().version(),
                parts.values().stream().map(Node::status).toList(),
                surroundings.listeners().get(),
                surroundings.addresses().get());
    }

    @Override
    public Reply switchover(DatabaseName database, Optional<MemberName> to) {
        return command(database, loop -> loop.switchover(to));
    }

    @Override
    public Reply pause(DatabaseName database, boolean paused) {
        return command(database, loop -> loop.pause(paused));
    }

    /** Ends the loop, the looks and the actions, within seconds. Servers go on running. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        mailbox.offer(() -> {});
        join();
        parts.values().forEach(part -> part.hands().close());
    }

    private Part part(LocalDatabase database, Topologies topologies) {
        DatabaseName name = database.spec().name();
        MemberHands hands =
                new MemberHands(
                        database.members(), surroundings.clock(), message -> post(name, message));
        DatabaseLoop loop =
                new DatabaseLoop(
                        database.spec(),
                        surroundings.store(),
                        surroundings.clock(),
                        surroundings.events(),
                        Decider::decide,
                        hands,
                        () -> surroundings.openTransactions().applyAsInt(name),
                        topologies::put);
        return new Part(database.spec(), loop, hands);
    }

    private static DatabaseStatus status(Part part) {
        return part.loop()
                .picture()
                .map(StatusOf::of)
                .orElseGet(() -> StatusOf.unknown(part.spec()));
    }

    /** Waits while the mailbox is full: whoever looks too fast is slowed down, nothing is lost. */
    private void post(DatabaseName name, Consumer<DatabaseLoop> message) {
        Part part = parts.get(name);
        if (part == null || closed) {
            return;
        }
        try {
            mailbox.put(() -> message.accept(part.loop()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Reply command(DatabaseName database, Function<DatabaseLoop, Reply> command) {
        if (!parts.containsKey(database)) {
            return new Reply(
                    false,
                    "There is no database "
                            + database
                            + "; there are: "
                            + String.join(
                                    ", ", parts.keySet().stream().map(DatabaseName::value).toList())
                            + ".",
                    "");
        }
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        post(database, loop -> reply.complete(command.apply(loop)));
        return await(reply);
    }

    private static Reply await(CompletableFuture<Reply> reply) {
        try {
            return reply.get(COMMAND_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            return new Reply(
                    false,
                    "The node did not answer within 5 s, so it is unknown whether the command was"
                            + " written down; look at the status before you try again.",
                    "");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Reply(false, "The node is stopping.", "");
        }
    }

    private void run() {
        while (!closed) {
            try {
                handleMail();
                step();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.error("the loop met an error that should not occur; it goes on", e);
            }
        }
    }

    private void handleMail() throws InterruptedException {
        Runnable message =
                mailbox.poll(urgent() ? URGENT_MILLIS : CALM_MILLIS, TimeUnit.MILLISECONDS);
        while (message != null) {
            message.run();
            message = mailbox.poll();
        }
    }

    private boolean urgent() {
        return parts.values().stream().anyMatch(part -> part.loop().urgent());
    }

    private void step() {
        parts.values().forEach(part -> part.loop().step());
        long now = surroundings.clock().nanos();
        if (now - lookedNanos >= URGENT_MILLIS * 1_000_000) {
            lookedNanos = now;
            parts.values().stream().filter(part -> part.loop().urgent()).forEach(Node::look);
        }
    }

    private static void look(Part part) {
        part.spec().members().stream().map(MemberSpec::name).forEach(part.hands()::look);
    }

    private void join() {
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
