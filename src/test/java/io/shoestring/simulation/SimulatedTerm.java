package io.shoestring.simulation;

import io.shoestring.base.Published.Subscription;
import io.shoestring.database.Outcome;
import io.shoestring.model.Action;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Event;
import io.shoestring.model.MemberFacts;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberState;
import io.shoestring.model.NodeName;
import io.shoestring.model.ProxyFacts;
import io.shoestring.monitoring.Events;
import io.shoestring.node.DatabaseLoop;
import io.shoestring.node.Ending;
import io.shoestring.node.Hands;
import io.shoestring.node.MemberLook;
import io.shoestring.node.ProxyBoard;

import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** One term of a conductor: the real loop, its looks and its orders over the network. */
final class SimulatedTerm implements Hands {
    /** What a proxy elsewhere is told; its deadline is what remains of it. */
    record Part(long term, long version, DatabaseTopology topology, long remainingNanos) {
        DatabaseTopology with(long deadlineNanos) {
            return new DatabaseTopology(
                    topology.database(),
                    topology.epoch(),
                    topology.primary(),
                    topology.holdWrites(),
                    deadlineNanos,
                    topology.replicas(),
                    topology.reason());
        }
    }

    private final SimulatedNode node;
    private final SimulatedNode.Cluster cluster;
    private final World world;
    private final long number;
    private final ProxyBoard board;
    private final DatabaseLoop loop;
    private final Map<MemberName, Long> awaySince = new HashMap<>();
    private final Map<MemberName, Long> exits = new HashMap<>();
    private final Set<MemberName> looking = new HashSet<>();
    private final Set<MemberName> lookAgain = new HashSet<>();
    private Optional<DatabaseTopology> published = Optional.empty();
    private long requests;

    SimulatedTerm(SimulatedNode node, long number) {
        this.node = node;
        this.cluster = node.cluster;
        this.world = cluster.world();
        this.number = number;
        this.requests = world.millis() * 1_000;
        Set<NodeName> others =
                cluster.nodes().stream()
                        .map(it -> it.name)
                        .filter(name -> !name.equals(node.name))
                        .collect(Collectors.toSet());
        this.board = new ProxyBoard(node.clock, others);
        this.loop =
                new DatabaseLoop(
                        cluster.spec(),
                        number,
                        node.store(),
                        node.clock,
                        new Tracer(),
                        cluster.weakness().decide(),
                        this,
                        this::proxies,
                        this::publish);
    }

    long number() {
        return number;
    }

    DatabaseLoop loop() {
        return loop;
    }

    void begin() {
        cluster.servers().names().forEach(this::regularLook);
    }

    void tick() {
        loop.step();
        if (loop.urgent()) {
            cluster.servers().names().forEach(this::look);
        }
    }

    /** A proxy elsewhere asks for the topology. */
    void told(NodeName from, long term, long version, int open, Consumer<Part> answer) {
        board.said(from, term == number ? version : 0, Map.of(cluster.spec().name(), open));
        published.ifPresent(
                it ->
                        answer.accept(
                                new Part(
                                        number,
                                        board.version(),
                                        it,
                                        it.leaseDeadlineNanos() - node.clock.nanos())));
    }

    /** An agent says how often its member's process has ended. */
    void counted(MemberName member, long count) {
        Long before = exits.put(member, count);
        if (sits() && before != null && count > before) {
            loop.exited(member, count, node.clock.nanos());
            loop.step();
        }
    }

    @Override
    public void start(Action.ByAgent action) {
        cluster.began().accept(action);
        requests++;
        perform(requests, action, world.millis());
    }

    @Override
    public void fence(Action.FenceNode action) {
        SimulatedFence.run(node, action, outcome -> fenced(action, outcome));
    }

    private void fenced(Action.FenceNode action, Outcome outcome) {
        if (sits()) {
            loop.fenced(action, outcome);
            loop.step();
        }
    }

    @Override
    public void look(MemberName member) {
        if (!sits()) {
            return;
        }
        if (!looking.add(member)) {
            lookAgain.add(member);
            return;
        }
        long sent = node.clock.nanos();
        SimulatedNode home = home(member);
        node.<SimulatedAgent.Seen>call(
                home,
                2_500,
                answer ->
                        home.agent(member)
                                .ifPresent(it -> it.look(number, loop.held(member), answer)),
                seen -> looked(member, sent, seen),
                () -> away(member, sent));
    }

    private boolean sits() {
        return node.term().filter(it -> it == this).isPresent();
    }

    private SimulatedNode home(MemberName member) {
        return cluster.node(cluster.spec().member(member).orElseThrow().node());
    }

    private void perform(long request, Action.ByAgent action, long heardMillis) {
        if (!sits()) {
            return;
        }
        SimulatedNode home = home(action.member());
        long sent = node.clock.nanos();
        node.<Optional<SimulatedAgent.Told>>call(
                home,
                3_000,
                answer -> ask(home, request, action, answer),
                told -> {
                    if (told.isPresent()) {
                        ended(action, ending(action.member(), told.get(), sent));
                    } else {
                        perform(request, action, world.millis());
                    }
                },
                () -> {
                    if (world.millis() - heardMillis > 5_000) {
                        ended(action, Ending.of(new Outcome.Failed("nobody answers")));
                    } else {
                        perform(request, action, heardMillis);
                    }
                });
    }

    private void ask(
            SimulatedNode home,
            long request,
            Action.ByAgent action,
            Consumer<Optional<SimulatedAgent.Told>> answer) {
        long asked = home.clock.nanos();
        home.agent(action.member())
                .ifPresent(
                        it ->
                                it.perform(
                                        number,
                                        request,
                                        action,
                                        told -> answer.accept(told.map(of -> of.since(asked)))));
    }

    /** As the real line dates it: the other clock may run at another rate. */
    private Ending ending(MemberName member, SimulatedAgent.Told told, long sent) {
        return told.after()
                .filter(seen -> told.nanos() >= 0)
                .map(
                        seen ->
                                new Ending(
                                        told.outcome(),
                                        Optional.of(
                                                look(
                                                        member,
                                                        sent + told.nanos() - told.nanos() / 10,
                                                        seen)),
                                        seen.exits()))
                .orElseGet(() -> Ending.of(told.outcome()));
    }

    private void ended(Action.ByAgent action, Ending ending) {
        if (sits()) {
            loop.ended(action, ending);
            loop.step();
        }
    }

    private void regularLook(MemberName member) {
        if (sits()) {
            look(member);
            node.afterMillis(250, () -> regularLook(member));
        }
    }

    private void looked(MemberName member, long sent, SimulatedAgent.Seen seen) {
        awaySince.remove(member);
        counted(member, seen.exits());
        observed(look(member, sent, seen));
    }

    private MemberLook look(MemberName member, long atNanos, SimulatedAgent.Seen seen) {
        long now = node.clock.nanos();
        MemberState state =
                switch (seen.state()) {
                    case MemberState.Unresponsive silent ->
                            new MemberState.Unresponsive(
                                    silent.problem(), now - silent.sinceNanos());
                    case MemberState.Unreachable away ->
                            new MemberState.Unreachable(away.problem(), now - away.sinceNanos());
                    case MemberState other -> other;
                };
        return new MemberLook(new MemberFacts(member, atNanos, state), seen.busy(), seen.lease());
    }

    private void away(MemberName member, long sent) {
        long since = awaySince.computeIfAbsent(member, name -> sent);
        observed(
                MemberLook.of(
                        new MemberFacts(
                                member, sent, new MemberState.Unreachable("No answer.", since))));
    }

    private void observed(MemberLook look) {
        if (!sits()) {
            return;
        }
        MemberName member = look.facts().member();
        looking.remove(member);
        loop.observed(look, node.clock.nanos());
        loop.step();
        if (lookAgain.remove(member)) {
            look(member);
        }
    }

    private void publish(DatabaseTopology next) {
        published = Optional.of(next);
        board.published(next.database());
        node.publish(next, board.version(), number);
    }

    private ProxyFacts proxies() {
        ProxyFacts elsewhere = board.facts(cluster.spec().name());
        return new ProxyFacts(
                elsewhere.openTransactions() + node.openWrites(), elsewhere.unaware());
    }

    /** Events go into the trace. */
    private final class Tracer implements Events {
        @Override
        public Event add(
                Event.Severity severity,
                Optional<String> database,
                long epoch,
                String text,
                Event.Part part) {
            world.trace(node.name + " " + severity + " [" + epoch + "] " + text);
            return new Event(1, Instant.EPOCH, severity, database, epoch, text);
        }

        @Override
        public List<Event> since(long after, int limit) {
            return List.of();
        }

        @Override
        public Subscription subscribe(Consumer<Event> subscriber) {
            return () -> {};
        }
    }
}
