package io.shoestring.node;

import static java.util.Objects.requireNonNull;

import io.shoestring.control.Decider;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseSpec;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.NodeName;
import io.shoestring.model.ProxyFacts;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * One term of deciding: the loops of all databases with their lines to the members. A new term
 * begins without a memory. {@link #step} and the messages run on the node's thread; the status and
 * the answers to proxies may be asked for by any.
 */
final class Conductor implements AutoCloseable {
    private static final long URGENT_NANOS = 50_000_000L;

    /** How a member is reached; the supplier tells under which epoch it holds the lease. */
    interface Lines {
        Line to(DatabaseSpec database, MemberSpec member, long term, Supplier<OptionalLong> epoch);
    }

    private record Part(DatabaseSpec spec, DatabaseLoop loop, MemberHands hands) {}

    private final long term;
    private final Node.Surroundings surroundings;
    private final PowerSwitch power;
    private final ProxyBoard board;
    private final Map<DatabaseName, Part> parts = new LinkedHashMap<>();
    private final Map<DatabaseName, DatabaseTopology> published = new ConcurrentHashMap<>();
    private final Consumer<Runnable> mailbox;
    private volatile boolean closed;
    private long lookedNanos;

    /**
     * @param others the other nodes of the cluster
     * @param power switches off machines that nobody hears
     * @param mailbox runs a message on the node's thread
     */
    Conductor(
            long term,
            List<DatabaseSpec> databases,
            Set<NodeName> others,
            Lines lines,
            PowerSwitch power,
            Node.Surroundings surroundings,
            Topologies topologies,
            Consumer<Runnable> mailbox) {
        this.term = term;
        this.surroundings = surroundings;
        this.power = power;
        this.board = new ProxyBoard(surroundings.clock(), others);
        this.mailbox = mailbox;
        databases.forEach(spec -> parts.put(spec.name(), part(spec, lines, topologies)));
        this.lookedNanos = surroundings.clock().nanos();
    }

    void open() {
        parts.values().forEach(part -> part.hands().open());
    }

    long term() {
        return term;
    }

    /** Whether somebody waits for the next step, so that it should be taken within milliseconds. */
    boolean urgent() {
        return parts.values().stream().anyMatch(part -> part.loop().urgent());
    }

    void step() {
        parts.values().forEach(part -> part.loop().step());
        long now = surroundings.clock().nanos();
        if (now - lookedNanos >= URGENT_NANOS) {
            lookedNanos = now;
            parts.values().stream()
                    .map(Part::loop)
                    .filter(DatabaseLoop::urgent)
                    .forEach(DatabaseLoop::lookAtAll);
        }
    }

    /** Begins what was planned for a time of day that has come. */
    void due(Instant now) {
        parts.values().forEach(part -> part.loop().commands().due(now));
    }

    /** A node that has not answered for that long, and has a primary. */
    Optional<NodeName> awayPrimary(long atLeastNanos) {
        return parts.values().stream()
                .flatMap(
                        part ->
                                part.loop().awayPrimary(atLeastNanos).stream()
                                        .flatMap(name -> part.spec().member(name).stream()))
                .map(MemberSpec::node)
                .findFirst();
    }

    List<DatabaseStatus> status() {
        return parts.values().stream().map(Conductor::status).toList();
    }

    /** The loop of a database, for a command; on the node's thread only. */
    Optional<DatabaseLoop> loop(DatabaseName database) {
        return Optional.ofNullable(parts.get(database)).map(Part::loop);
    }

    /** Answers a proxy elsewhere: at once if there is news for it, else after a while. */
    Wire.Parts topology(NodeName from, Wire.AskTopology ask) throws InterruptedException {
        long applied = ask.term() == term ? ask.known() : 0;
        if (board.said(from, applied, opened(ask.open())) && holdsWrites()) {
            mailbox.accept(() -> {});
        }
        if (ask.term() == term) {
            board.await(ask.known(), pollMillis());
        }
        long version = board.version();
        long now = surroundings.clock().nanos();
        return new Wire.Parts(
                term,
                version,
                published.values().stream()
                        .map(part -> Wire.withDeadline(part, part.leaseDeadlineNanos() - now))
                        .toList());
    }

    private boolean holdsWrites() {
        return published.values().stream().anyMatch(DatabaseTopology::holdWrites);
    }

    private long pollMillis() {
        return published.values().stream().anyMatch(DatabaseLoop::unsettled)
                ? TopologyFeed.URGENT_POLL_MILLIS
                : TopologyFeed.POLL_MILLIS;
    }

    @Override
    public void close() {
        closed = true;
        parts.values().forEach(part -> part.hands().close());
    }

    private Part part(DatabaseSpec spec, Lines lines, Topologies topologies) {
        DatabaseName name = spec.name();
        List<Line> to =
                spec.members().stream()
                        .map(
                                member ->
                                        lines.to(
                                                spec,
                                                member,
                                                term,
                                                () -> held(name, member.name())))
                        .toList();
        MemberHands hands =
                new MemberHands(to, power, surroundings.clock(), message -> post(name, message));
        DatabaseLoop loop =
                new DatabaseLoop(
                        spec,
                        term,
                        surroundings.store(),
                        surroundings.clock(),
                        surroundings.events(),
                        Decider::decide,
                        hands,
                        () -> proxies(name),
                        part -> publish(part, topologies));
        return new Part(spec, loop, hands);
    }

    private OptionalLong held(DatabaseName database, MemberName member) {
        Part part = parts.get(database);
        return part == null ? OptionalLong.empty() : part.loop().held(member);
    }

    /** Its own proxies first: they must never know less than who is told over the network. */
    private void publish(DatabaseTopology part, Topologies topologies) {
        topologies.put(term, part);
        published.put(part.database(), part);
        board.published(part.database());
    }

    private ProxyFacts proxies(DatabaseName database) {
        ProxyFacts elsewhere = board.facts(database);
        return new ProxyFacts(
                elsewhere.openTransactions() + surroundings.openTransactions().applyAsInt(database),
                elsewhere.unaware());
    }

    private static Map<DatabaseName, Integer> opened(Map<String, Integer> open) {
        Map<DatabaseName, Integer> opened = new LinkedHashMap<>();
        open.forEach((name, count) -> opened.put(new DatabaseName(name), count));
        return opened;
    }

    private void post(DatabaseName name, Consumer<DatabaseLoop> message) {
        if (!closed) {
            mailbox.accept(
                    () -> {
                        if (!closed) {
                            message.accept(requireNonNull(parts.get(name)).loop());
                        }
                    });
        }
    }

    private static DatabaseStatus status(Part part) {
        return part.loop()
                .picture()
                .map(StatusOf::of)
                .orElseGet(() -> StatusOf.unknown(part.spec(), StatusOf.STARTING));
    }
}
