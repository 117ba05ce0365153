package io.shoestring.node;

import io.shoestring.base.Clock;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.model.NodeName;
import io.shoestring.model.NodeStatus;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import tools.jackson.core.JacksonException;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Asks all other nodes every two seconds who they are, for the operator: nothing is decided by it.
 * Each node is asked by a thread of its own, so that a silent one delays nobody.
 */
final class RollCall implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RollCall.class);
    private static final Duration PATIENCE = Duration.ofMillis(1_500);
    private static final Duration PAUSE = Duration.ofSeconds(2);
    private static final Duration VOTERS_PAUSE = Duration.ofSeconds(5);

    /** What was heard of a node last, or since when nothing is heard. */
    private record Heard(Optional<Wire.Present> present, String trouble, long sinceNanos) {}

    private final Node.Identity identity;
    private final Channel channel;
    private final ControlStore store;
    private final Clock clock;
    private final Supplier<Optional<NodeName>> conductor;
    private final ClockWatch clocks;
    private final Map<NodeName, Heard> heard = new ConcurrentHashMap<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile Optional<List<String>> voters = Optional.empty();
    private volatile boolean closed;

    /**
     * @param conductor who decides, as this node heard last
     */
    RollCall(
            Node.Identity identity,
            Node.Surroundings surroundings,
            Supplier<Optional<NodeName>> conductor) {
        this.identity = identity;
        this.channel = surroundings.channel();
        this.store = surroundings.store();
        this.clock = surroundings.clock();
        this.conductor = conductor;
        this.clocks = new ClockWatch(identity.node(), surroundings.events());
        for (NodeName other : surroundings.others()) {
            threads.add(
                    Thread.ofPlatform()
                            .daemon()
                            .name("roll-call-" + other)
                            .unstarted(() -> repeat(PAUSE, () -> ask(other))));
        }
        if (!threads.isEmpty()) {
            threads.add(
                    Thread.ofPlatform()
                            .daemon()
                            .name("roll-call")
                            .unstarted(() -> repeat(VOTERS_PAUSE, this::askVoters)));
        }
    }

    void start() {
        threads.forEach(Thread::start);
    }

    /** All nodes, in the order of their names; a node that is alone tells nothing of itself. */
    List<NodeStatus> nodes() {
        return threads.isEmpty()
                ? List.of()
                : Stream.concat(
                                identity.addresses().keySet().stream().sorted().map(this::status),
                                formerVoters())
                        .toList();
    }

    /** Those who vote, if the nodes do: an etcd's members are none of ours. */
    private Optional<List<String>> voters() {
        return voters.filter(
                names ->
                        names.stream()
                                .map(NodeName::new)
                                .anyMatch(identity.addresses()::containsKey));
    }

    /** While they have a vote, more of the others have to be there for a majority. */
    private Stream<NodeStatus> formerVoters() {
        return voters().stream()
                .flatMap(List::stream)
                .map(NodeName::new)
                .filter(node -> !identity.addresses().containsKey(node))
                .map(
                        node ->
                                new NodeStatus(
                                        node.value(),
                                        "",
                                        false,
                                        true,
                                        "",
                                        false,
                                        "has left the cluster, and its vote is being taken away;"
                                                + " take no other machine away before that"));
    }

    /** The healthy listeners of the other nodes that answer. */
    Map<NodeName, List<String>> listeners() {
        Map<NodeName, List<String>> all = new HashMap<>();
        heard.forEach(
                (node, last) ->
                        last.present()
                                .filter(it -> last.trouble().isEmpty())
                                .ifPresent(it -> all.put(node, it.listeners())));
        return all;
    }

    private NodeStatus status(NodeName name) {
        boolean votes = voters().map(names -> names.contains(name.value())).orElse(false);
        String version = identity.version();
        Optional<String> trouble = Optional.empty();
        if (!name.equals(identity.node())) {
            Optional<Heard> last = Optional.ofNullable(heard.get(name));
            version = last.flatMap(Heard::present).map(Wire.Present::version).orElse("");
            trouble = trouble(last);
        }
        if (trouble.isEmpty()) {
            trouble =
                    clocks.trouble(name)
                            .map(how -> "runs, but its clock is " + how + "; have NTP set it");
        }
        if (trouble.isEmpty() && voters().isPresent() && !votes) {
            trouble = Optional.of("runs, but does not vote yet");
        }
        return new NodeStatus(
                name.value(),
                String.valueOf(identity.addresses().get(name)),
                conductor.get().equals(Optional.of(name)),
                votes,
                version,
                trouble.isEmpty(),
                trouble.orElse("runs"));
    }

    private Optional<String> trouble(Optional<Heard> last) {
        if (last.isEmpty()) {
            return Optional.of("was not asked yet");
        }
        if (!last.get().trouble().isEmpty()) {
            long seconds = (clock.nanos() - last.get().sinceNanos()) / 1_000_000_000L;
            return Optional.of(
                    "does not answer for %d s: %s".formatted(seconds, last.get().trouble()));
        }
        boolean differs =
                last.get()
                        .present()
                        .filter(it -> !it.configuration().equals(identity.configuration().get()))
                        .isPresent();
        return differs
                ? Optional.of(
                        "runs with another configuration than "
                                + identity.node()
                                + "; 'shoestring apply FILE' brings them together")
                : Optional.empty();
    }

    private interface Asking {
        void ask() throws InterruptedException;
    }

    private void repeat(Duration pause, Asking asking) {
        try {
            while (!closed) {
                asking.ask();
                Thread.sleep(pause);
            }
        } catch (InterruptedException e) {
            LOG.debug("the roll call ends");
        }
    }

    private void ask(NodeName node) throws InterruptedException {
        long asked = clock.nanos();
        try {
            String answer = channel.call(node, Wire.PING, Wire.write(new Wire.Nothing()), PATIENCE);
            Wire.Present present = Wire.read(answer, Wire.Present.class);
            heard.put(node, new Heard(Optional.of(present), "", asked));
            clocks.heard(node, ahead(present, Duration.ofNanos(clock.nanos() - asked)));
        } catch (IOException | JacksonException e) {
            clocks.silent(node);
            String why = String.valueOf(e.getMessage());
            heard.merge(
                    node,
                    new Heard(Optional.empty(), why, asked),
                    (before, now) ->
                            new Heard(
                                    before.present(),
                                    why,
                                    before.trouble().isEmpty() ? asked : before.sinceNanos()));
        }
    }

    /** It looked at its clock somewhere in between: half of the time is the least wrong guess. */
    private Duration ahead(Wire.Present present, Duration took) {
        Instant middle = identity.timeOfDay().now().minus(took.dividedBy(2));
        return Duration.between(middle, present.timeOfDay());
    }

    private void askVoters() {
        try {
            voters = Optional.of(store.members());
        } catch (ConsensusException e) {
            LOG.debug("who votes is not known now: {}", e.getMessage());
        }
    }

    @Override
    public void close() {
        closed = true;
        threads.forEach(Thread::interrupt);
    }
}
