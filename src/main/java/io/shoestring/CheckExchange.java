package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.health.Colleagues;
import io.shoestring.health.Verdict;
import io.shoestring.model.NodeName;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Tells the other nodes what this one's checks of servers have found, and hears what theirs have.
 * Nodes that share no checks are not asked. Ages are sent, not times of day.
 */
final class CheckExchange implements Colleagues, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CheckExchange.class);
    private static final String PATH = "/checks/after";
    private static final int TOLD_MAX = 2_000;
    private static final long BETWEEN_MILLIS = 250;
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /** Nobody has wanted to know for so long that nobody is asked. */
    private static final Duration INTEREST = Duration.ofMinutes(5);

    private static final Duration OLD = Duration.ofHours(6);

    /** Asks for checks that came later. */
    private record Ask(long after) {}

    /**
     * One check.
     *
     * @param number counted by its node
     */
    private record Item(
            String server,
            long number,
            long ageMillis,
            boolean passed,
            Verdict.Code code,
            int status,
            String text,
            long millis) {}

    /**
     * The answer.
     *
     * @param life of the process that answers: another one counts anew
     */
    private record Answer(long life, long newest, List<Item> items) {
        Answer {
            items = List.copyOf(items);
        }
    }

    /** A check and when it was made, by the clock here. */
    private record Known(long number, long atNanos, Verdict verdict) {}

    /** What one other node has told. */
    private static final class Heard {
        private final Map<String, Known> byServer = new ConcurrentHashMap<>();
        private final AtomicBoolean asking = new AtomicBoolean();
        private volatile long life;
        private volatile long newest;
    }

    private final Supplier<Collection<NodeName>> all;
    private final NodeName name;
    private final NodeQuestions questions;
    private final Clock clock;
    private final long life = ThreadLocalRandom.current().nextLong();
    private final AtomicLong numbers = new AtomicLong();
    private final Map<String, Known> own = new ConcurrentHashMap<>();
    private final Map<NodeName, Heard> heard = new ConcurrentHashMap<>();
    private final Thread thread;
    private volatile Optional<Long> wantedAtNanos = Optional.empty();

    /**
     * Answers the other nodes from now on; asks them after {@link #start}.
     *
     * @param all nodes of the cluster, this one too
     */
    CheckExchange(
            Supplier<Collection<NodeName>> all,
            NodeName name,
            NodeQuestions questions,
            Clock clock) {
        this.all = requireNonNull(all, "all is null");
        this.name = requireNonNull(name, "name is null");
        this.questions = requireNonNull(questions, "questions is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.thread = Thread.ofVirtual().name("check-exchange").unstarted(this::keepAsking);
        questions.serve(PATH, Ask.class, this::answer);
    }

    void start() {
        thread.start();
    }

    // ------------------------------------------------------------------ what is told

    @Override
    public void found(String server, Verdict verdict) {
        own.put(server, new Known(numbers.incrementAndGet(), clock.nanos(), verdict));
    }

    private Answer answer(Ask ask) {
        long now = clock.nanos();
        forgetOld(own, now);
        long newest = own.values().stream().mapToLong(Known::number).max().orElse(ask.after());
        return new Answer(
                life,
                newest,
                own.entrySet().stream()
                        .filter(each -> each.getValue().number() > ask.after())
                        .sorted(Comparator.comparingLong(each -> each.getValue().number()))
                        .limit(TOLD_MAX)
                        .map(each -> item(each.getKey(), each.getValue(), now))
                        .toList());
    }

    /** Servers that are no more. */
    private static void forgetOld(Map<String, Known> checks, long now) {
        checks.values().removeIf(each -> now - each.atNanos() > OLD.toNanos());
    }

    private static Item item(String server, Known known, long now) {
        Verdict verdict = known.verdict();
        return new Item(
                server,
                known.number(),
                Duration.ofNanos(now - known.atNanos()).toMillis(),
                verdict.passed(),
                verdict.code(),
                verdict.status().orElse(-1),
                verdict.text(),
                verdict.millis());
    }

    // ------------------------------------------------------------------ what is heard

    @Override
    public Optional<Told> ask(String server, Duration atMost) {
        wantedAtNanos = Optional.of(clock.nanos());
        long oldest = clock.nanos() - atMost.toNanos();
        return heard.entrySet().stream()
                .filter(node -> comesBefore(node.getKey(), name, server))
                .flatMap(node -> told(node.getKey(), node.getValue(), server, oldest).stream())
                .max(Comparator.comparingLong(Fresh::atNanos))
                .map(Fresh::told);
    }

    private record Fresh(long atNanos, Told told) {}

    private static Optional<Fresh> told(NodeName node, Heard from, String server, long oldest) {
        return Optional.ofNullable(from.byServer.get(server))
                .filter(known -> known.atNanos() - oldest >= 0)
                .map(
                        known ->
                                new Fresh(
                                        known.atNanos(),
                                        new Told(
                                                node + " " + from.life + " " + known.number(),
                                                known.verdict())));
    }

    /** Another order for each server, so that the checks are spread; the same on all nodes. */
    static boolean comesBefore(NodeName one, NodeName other, String server) {
        int place = Integer.compare(rank(one, server), rank(other, server));
        return place == 0 ? one.value().compareTo(other.value()) < 0 : place < 0;
    }

    private static int rank(NodeName node, String server) {
        // Names that differ in one letter must not stand in one order for all servers.
        int mixed = (server + "\n" + node.value()).hashCode();
        mixed = (mixed ^ mixed >>> 16) * 0x85EBCA6B;
        mixed = (mixed ^ mixed >>> 13) * 0xC2B2AE35;
        return mixed ^ mixed >>> 16;
    }

    private boolean isWanted() {
        return wantedAtNanos.filter(at -> clock.nanos() - at < INTEREST.toNanos()).isPresent();
    }

    private void keepAsking() {
        try {
            while (true) {
                if (isWanted()) {
                    askAll();
                }
                Thread.sleep(BETWEEN_MILLIS);
            }
        } catch (InterruptedException e) {
            LOG.debug("no checks are heard of any more");
        }
    }

    /** At the same time, so that one that is silent keeps nobody else's news away. */
    private void askAll() {
        Collection<NodeName> nodes = all.get();
        heard.keySet().retainAll(nodes);
        for (NodeName node : nodes) {
            if (!node.equals(name)) {
                Heard from = heard.computeIfAbsent(node, _ -> new Heard());
                if (from.asking.compareAndSet(false, true)) {
                    Thread.ofVirtual().name("checks-of-" + node).start(() -> ask(node, from));
                }
            }
        }
    }

    private void ask(NodeName node, Heard from) {
        try {
            Answer answer = questions.ask(node, PATH, new Ask(from.newest), Answer.class, PATIENCE);
            long now = clock.nanos();
            if (answer.life() != from.life) {
                from.life = answer.life();
                from.newest = 0;
                from.byServer.clear();
                return;
            }
            forgetOld(from.byServer, now);
            answer.items().forEach(item -> from.byServer.put(item.server(), known(item, now)));
            from.newest =
                    answer.items().size() < TOLD_MAX
                            ? answer.newest()
                            : answer.items().getLast().number();
        } catch (IOException e) {
            LOG.debug("checks of {}: {}", node, e.getMessage());
        } finally {
            from.asking.set(false);
        }
    }

    private static Known known(Item item, long now) {
        return new Known(
                item.number(),
                now - Duration.ofMillis(item.ageMillis()).toNanos(),
                new Verdict(
                        item.passed(),
                        item.code(),
                        item.status() < 0 ? OptionalInt.empty() : OptionalInt.of(item.status()),
                        item.text(),
                        item.millis()));
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
