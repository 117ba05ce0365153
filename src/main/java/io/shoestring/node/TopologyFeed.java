package io.shoestring.node;

import io.shoestring.base.Clock;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.NodeName;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import tools.jackson.core.JacksonException;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Asks a conductor elsewhere for the topology, again and again, and tells it what the proxies here
 * have open. While nobody answers, what was published stays, until its own deadline.
 */
final class TopologyFeed implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TopologyFeed.class);

    /** How long the conductor may wait for news before it answers. */
    static final long POLL_MILLIS = 800;

    /** The same while it waits for what the proxies have open. */
    static final long URGENT_POLL_MILLIS = 50;

    /** A slow wire adds to {@link #POLL_MILLIS}; a dead one is noticed by the channel in 2 s. */
    private static final Duration ANSWER = Duration.ofMillis(2_500);

    private static final long PAUSE_MILLIS = 100;

    /** While this node decides, or nobody: somebody else takes over within seconds, not sooner. */
    private static final long NOBODY_TO_ASK_MILLIS = 250;

    private static final long DEADLINE_STEP_NANOS = 500_000_000L;

    private record Known(long term, long version) {}

    private final Channel channel;
    private final Clock clock;
    private final NodeName self;
    private final Supplier<Optional<NodeName>> conductor;
    private final Supplier<Map<String, Integer>> openTransactions;
    private final Topologies topologies;
    private final Thread thread;
    private volatile boolean closed;
    private Known known = new Known(0, 0);
    private Optional<NodeName> silent = Optional.empty();

    TopologyFeed(
            Channel channel,
            Clock clock,
            NodeName self,
            Supplier<Optional<NodeName>> conductor,
            Supplier<Map<String, Integer>> openTransactions,
            Topologies topologies) {
        this.channel = channel;
        this.clock = clock;
        this.self = self;
        this.conductor = conductor;
        this.openTransactions = openTransactions;
        this.topologies = topologies;
        this.thread = Thread.ofPlatform().daemon().name("topology-feed").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }

    private void run() {
        while (!closed) {
            try {
                Optional<NodeName> whom = conductor.get().filter(node -> !node.equals(self));
                if (whom.isEmpty()) {
                    Thread.sleep(NOBODY_TO_ASK_MILLIS);
                } else if (!ask(whom.get())) {
                    Thread.sleep(PAUSE_MILLIS);
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.error("asking for the topology met an error that should not occur", e);
                closed = !paused();
            }
        }
    }

    private boolean paused() {
        try {
            Thread.sleep(PAUSE_MILLIS);
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    /** Whether there was an answer. */
    private boolean ask(NodeName node) throws InterruptedException {
        Wire.AskTopology question =
                new Wire.AskTopology(known.term(), known.version(), openTransactions.get());
        long sent = clock.nanos();
        try {
            String answer = channel.call(node, Wire.TOPOLOGY, Wire.write(question), ANSWER);
            Wire.Parts parts = Wire.read(answer, Wire.Parts.class);
            if (parts.term() == 0) {
                return false;
            }
            parts.databases().forEach(part -> put(parts.term(), part, sent));
            silent = Optional.empty();
            // A proxy counts a transaction before it looks at the topology: what is counted from
            // here on has everything that was begun by an earlier one.
            known = new Known(parts.term(), parts.version());
            return true;
        } catch (IOException | JacksonException e) {
            troubled(node, String.valueOf(e.getMessage()));
            return false;
        }
    }

    /** Told once for each silence: why nobody answers changes with every attempt. */
    private void troubled(NodeName node, String message) {
        if (!silent.equals(Optional.of(node))) {
            silent = Optional.of(node);
            LOG.warn("the conductor {} does not tell the topology: {}", node, message);
        }
    }

    /**
     * What remained when it was said is counted from when it was asked: that was earlier. Of two
     * deadlines of one epoch the later one is as true, so it is moved in steps and never back.
     */
    private void put(long term, DatabaseTopology part, long sentNanos) {
        DatabaseName database = part.database();
        DatabaseTopology before = topologies.of(database);
        DatabaseTopology next = Wire.withDeadline(part, sentNanos + part.leaseDeadlineNanos());
        boolean unchanged =
                before.equals(Wire.withDeadline(next, before.leaseDeadlineNanos()))
                        && next.leaseDeadlineNanos() - before.leaseDeadlineNanos()
                                < DEADLINE_STEP_NANOS;
        if (!unchanged) {
            topologies.put(term, next);
        }
    }
}
