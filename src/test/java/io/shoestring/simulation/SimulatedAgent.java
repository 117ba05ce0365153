package io.shoestring.simulation;

import io.shoestring.consensus.ConsensusException;
import io.shoestring.database.Outcome;
import io.shoestring.model.Action;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberState;
import io.shoestring.node.AgentDesk;
import io.shoestring.node.LeaseDuty;
import io.shoestring.node.LeaseReport;
import io.shoestring.node.Terms;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** The agent of one member: the real rules around a simulated server. */
final class SimulatedAgent {
    /** What it says of its member; the state has ages in the place of instants. */
    record Seen(
            MemberState state, Optional<String> busy, Optional<LeaseReport> lease, long exits) {}

    /** How an action ended, and what was seen after that, from {@code nanos} on. */
    record Told(Outcome outcome, Optional<Seen> after, long nanos) {
        static Told of(Outcome outcome) {
            return new Told(outcome, Optional.empty(), 0);
        }

        /** Counted from when it was asked for. */
        Told since(long askedNanos) {
            return new Told(outcome, after, nanos - askedNanos);
        }
    }

    private final SimulatedNode node;
    private final World world;
    private final MemberName member;
    private final Server server;
    private final LeaseDuty duty;
    private final AgentDesk desk;
    private final AgentDesk lenient;
    private final Agent scripts;
    private final Map<Long, Long> heard = new HashMap<>();
    private final Map<Long, Long> row = new HashMap<>();
    private final List<Runnable> waiting = new ArrayList<>();
    private Optional<Long> running = Optional.empty();
    private int cuts;
    private long exits;
    private OptionalLong silentSince = OptionalLong.empty();

    SimulatedAgent(SimulatedNode node, MemberName member, LeaseDuty duty, Terms terms) {
        this.node = node;
        this.world = node.cluster.world();
        this.member = member;
        this.server = node.cluster.servers().of(member);
        this.duty = duty;
        this.desk = new AgentDesk(terms);
        Terms any = new Terms();
        any.saw(0);
        this.lenient = new AgentDesk(any);
        this.scripts = new Agent(node.cluster.servers(), this::frozen);
        int born = node.life();
        server.onExit(() -> node.at(born, this::exited));
    }

    private boolean frozen(MemberName other) {
        return node.cluster.node(node.cluster.spec().member(other).orElseThrow().node()).frozen();
    }

    private AgentDesk desk() {
        return node.cluster.weakness().refusesOldTerms() ? desk : lenient;
    }

    /** Who obeys an earlier conductor has one row of numbers for all of them. */
    private long numbered(long term, long request) {
        if (node.cluster.weakness().refusesOldTerms()) {
            return request;
        }
        Long newest = heard.get(term);
        if (newest == null || newest < request) {
            heard.put(term, request);
            row.put(request, row.size() + 1L);
        }
        return row.getOrDefault(request, 0L);
    }

    private long shown(long term) {
        return node.cluster.weakness().refusesOldTerms() ? term : 0;
    }

    /** A conductor looks. */
    void look(long term, OptionalLong epoch, Consumer<Seen> answer) {
        Optional<String> refusal = desk().refusal(shown(term));
        if (refusal.isPresent()) {
            answer.accept(
                    new Seen(
                            new MemberState.Unreachable(refusal.get(), 0),
                            Optional.empty(),
                            Optional.empty(),
                            exits));
            return;
        }
        long changes = desk().changes();
        Optional<String> busy = desk().busy();
        node.afterMillis(world.between(0, 10), () -> sample(changes, busy, epoch, answer));
    }

    private void sample(
            long changes, Optional<String> busy, OptionalLong epoch, Consumer<Seen> answer) {
        boolean silent = server.paused();
        if (!silent) {
            silentSince = OptionalLong.empty();
        } else if (silentSince.isEmpty()) {
            silentSince = OptionalLong.of(node.clock.nanos());
        }
        MemberState state =
                silent
                        ? new MemberState.Unresponsive(
                                "It does not answer.", silentSince.getAsLong())
                        : server.look(node.cluster.servers().all());
        node.afterMillis(
                silent ? 1_900 : world.between(0, 15),
                () -> answered(changes, busy, epoch, state, answer));
    }

    private void answered(
            long changes,
            Optional<String> before,
            OptionalLong epoch,
            MemberState state,
            Consumer<Seen> answer) {
        Optional<String> busy =
                before.isEmpty() && desk().changes() != changes
                        ? Optional.of("being changed")
                        : before;
        if (epoch.isPresent() && state instanceof MemberState.Primary) {
            duty.expect(member, epoch.getAsLong());
        }
        MemberState aged =
                state instanceof MemberState.Unresponsive silent
                        ? new MemberState.Unresponsive(
                                silent.problem(), node.clock.nanos() - silent.sinceNanos())
                        : state;
        answer.accept(new Seen(aged, busy, duty.report(member), exits));
    }

    /** A conductor wants something done; answers at its end, or that it is under way. */
    void perform(long term, long request, Action.ByAgent action, Consumer<Optional<Told>> answer) {
        long number = numbered(term, request);
        switch (desk().ask(shown(term), number, action)) {
            case AgentDesk.Verdict.Over over -> tell(term, action, over.outcome(), answer);
            case AgentDesk.Verdict.Refused refused ->
                    answer.accept(Optional.of(Told.of(new Outcome.Failed(refused.sentence()))));
            case AgentDesk.Verdict.Running still -> await(term, request, action, answer);
            case AgentDesk.Verdict.Begin begin -> {
                running = Optional.of(number);
                await(term, request, action, answer);
                begin(number, action);
            }
        }
    }

    /** With a look that begins now, if it may help: like the real one, not always. */
    private void tell(
            long term, Action.ByAgent action, Outcome outcome, Consumer<Optional<Told>> answer) {
        boolean looks = outcome instanceof Outcome.Done && action instanceof Action.OnMember;
        if (!looks || world.chance(0.2)) {
            answer.accept(Optional.of(Told.of(outcome)));
            return;
        }
        long began = node.clock.nanos();
        long known = exits;
        look(
                term,
                OptionalLong.empty(),
                seen ->
                        answer.accept(
                                Optional.of(
                                        new Told(
                                                outcome,
                                                Optional.of(
                                                        new Seen(
                                                                seen.state(),
                                                                seen.busy(),
                                                                seen.lease(),
                                                                known)),
                                                began))));
    }

    private void await(
            long term, long request, Action.ByAgent action, Consumer<Optional<Told>> answer) {
        boolean[] over = new boolean[1];
        waiting.add(
                () -> {
                    if (!over[0]) {
                        over[0] = true;
                        perform(term, request, action, answer);
                    }
                });
        node.afterMillis(
                1_000,
                () -> {
                    if (!over[0]) {
                        over[0] = true;
                        answer.accept(Optional.empty());
                    }
                });
    }

    private void begin(long number, Action.ByAgent action) {
        int born = node.life();
        int cut = cuts;
        try {
            Optional<Outcome> refusal = refusal(action);
            if (refusal.isPresent()) {
                ended(number, refusal.get());
                return;
            }
        } catch (ConsensusException e) {
            ended(number, new Outcome.Failed("consensus does not answer"));
            return;
        }
        scripts.script((Action.OnMember) action)
                .run(
                        node,
                        () -> node.life() == born && cuts == cut,
                        () -> node.faulty() && world.chance(0.03),
                        outcome -> ended(number, outcome));
    }

    /** What is over at once: without the lease nothing begins, and it is given back here. */
    private Optional<Outcome> refusal(Action.ByAgent action) throws ConsensusException {
        return switch (action) {
            case Action.Promote promote -> unlessHeld(promote.epoch());
            case Action.StartPrimary start -> unlessHeld(start.epoch());
            case Action.ReleaseLease release -> Optional.of(release(release));
            case Action.OnMember other -> Optional.empty();
        };
    }

    private Optional<Outcome> unlessHeld(long epoch) throws ConsensusException {
        return duty.take(member, epoch)
                ? Optional.empty()
                : Optional.of(new Outcome.Failed("it does not hold the lease"));
    }

    private Outcome release(Action.ReleaseLease action) throws ConsensusException {
        boolean looks = node.cluster.weakness().looksBeforeRelease();
        if (looks && (server.paused() || !LeaseDuty.cannotWrite(server.look(List.of())))) {
            return new Outcome.Failed("it may be able to write");
        }
        duty.release(member, action.epoch(), action.next());
        return new Outcome.Done("given back");
    }

    /** Its lease has run out. */
    void stopNow() {
        world.trace("GUARD of " + member + " stops it");
        cuts++;
        running.ifPresent(number -> ended(number, new Outcome.Failed("cut off by the guard")));
        duty.forget(member);
        node.afterMillis(world.between(1, 50), server::kill);
    }

    private void ended(long number, Outcome outcome) {
        desk().ended(number, outcome);
        running = Optional.empty();
        List<Runnable> told = List.copyOf(waiting);
        waiting.clear();
        told.forEach(Runnable::run);
    }

    private void exited() {
        world.trace("EXIT of " + member);
        exits++;
        long count = exits;
        for (SimulatedNode other : node.cluster.nodes()) {
            node.cluster
                    .network()
                    .send(
                            node.name,
                            other.name,
                            () ->
                                    other.arrived(
                                            () ->
                                                    other.term()
                                                            .ifPresent(
                                                                    it ->
                                                                            it.counted(
                                                                                    member,
                                                                                    count))));
        }
    }
}
