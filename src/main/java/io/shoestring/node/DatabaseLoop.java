package io.shoestring.node;

import io.shoestring.base.Clock;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.database.Outcome;
import io.shoestring.model.Action;
import io.shoestring.model.DatabaseRecord;
import io.shoestring.model.DatabaseSpec;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Decision;
import io.shoestring.model.LeaseFacts;
import io.shoestring.model.MemberFacts;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberPast;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;
import io.shoestring.model.Observation;
import io.shoestring.model.ProxyFacts;
import io.shoestring.model.Switchover;
import io.shoestring.monitoring.Events;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * One database's loop during one term of a conductor, without threads: facts and ends of actions
 * are put in, {@link #step} decides and acts. Everything is called by one thread; only {@link
 * #picture} may be read by others.
 *
 * <p>One decision leads to at most one step in consensus, after which it is decided anew: so a
 * crash between two steps is a state like any other. The topology is published before an action is
 * begun: no proxy sends to a primary that is being stopped by force.
 *
 * <p>INVARIANT: before anything is decided the record has this term, and every member was looked at
 * in it (or did not answer). The agents that were looked at refuse earlier conductors from then on,
 * the record is changed for them, and what they had begun is seen as an agent that is busy.
 */
public final class DatabaseLoop {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseLoop.class);

    /** From the death of a primary to the promotion there are fewer. */
    private static final int STEPS_IN_A_ROW = 16;

    private static final long URGENT_NANOS = 15_000_000_000L;

    /** So often consensus is asked, even if nothing is heard of a change. */
    private static final long ASKING_NANOS = 2_000_000_000L;

    /** What was seen, what was decided, and what waits to be tried again: for the status. */
    public record Picture(
            Observation observation, Decision decision, Map<MemberName, String> waiting) {
        public Picture {
            waiting = Map.copyOf(waiting);
        }
    }

    private record Said(DatabaseRecord record, LeaseFacts lease) {}

    private final DatabaseSpec spec;
    private final Clock clock;
    private final Function<Observation, Decision> decide;
    private final Hands hands;
    private final Supplier<ProxyFacts> proxies;
    private final Consumer<DatabaseTopology> publish;
    private final ControlStore store;
    private final RecordKeeper records;
    private final LeaseBook leases;
    private final long term;
    private final Chronicle chronicle;
    private final DatabaseCommands commands;
    private final FenceDesk fence = new FenceDesk();
    private final Map<MemberName, MemberDesk> desks = new LinkedHashMap<>();
    private DatabaseTopology published;
    private long unsettledSinceNanos;
    private long askedNanos;
    private Optional<Switchover> step = Optional.empty();
    private long stepNanos;
    private boolean ready;

    /** What consensus said with the step that was just made: nothing newer need be asked. */
    private Optional<Said> said = Optional.empty();

    private volatile Optional<Picture> picture = Optional.empty();

    /**
     * A loop for one term.
     *
     * @param decide the decision; pure
     * @param proxies what the proxies of all nodes have open
     * @param publish called with every changed part of the topology
     */
    public DatabaseLoop(
            DatabaseSpec spec,
            long term,
            ControlStore store,
            Clock clock,
            Events events,
            Function<Observation, Decision> decide,
            Hands hands,
            Supplier<ProxyFacts> proxies,
            Consumer<DatabaseTopology> publish) {
        this.spec = spec;
        this.term = term;
        this.clock = clock;
        this.decide = decide;
        this.hands = hands;
        this.proxies = proxies;
        this.publish = publish;
        this.store = store;
        this.records = new RecordKeeper(store, spec.name());
        long now = clock.nanos();
        spec.members().stream()
                .map(MemberSpec::name)
                .forEach(name -> desks.put(name, new MemberDesk(name, now)));
        this.leases = new LeaseBook(store, clock, spec.name());
        this.chronicle = new Chronicle(spec.name(), events, clock);
        this.commands =
                new DatabaseCommands(
                        spec,
                        records,
                        chronicle,
                        new DatabaseCommands.Sight() {
                            @Override
                            public boolean ready() throws ConsensusException {
                                return DatabaseLoop.this.ready();
                            }

                            @Override
                            public Observation of(DatabaseRecord record) throws ConsensusException {
                                return observation(record, leases.facts(record));
                            }

                            @Override
                            public Optional<DatabaseRecord> newest() {
                                return picture.map(it -> it.observation().record());
                            }

                            @Override
                            public Optional<MemberName> awayPrimary() {
                                return DatabaseLoop.this.awayPrimary(0);
                            }
                        });
        this.published = DatabaseTopology.unknown(spec.name());
        this.unsettledSinceNanos = now;
        this.askedNanos = now - ASKING_NANOS;
    }

    /** The newest decision and what it rests on; empty before the first. Any thread. */
    public Optional<Picture> picture() {
        return picture;
    }

    /** The epoch under which the member was last seen to hold the lease. Any thread. */
    public OptionalLong held(MemberName member) {
        return leases.held(member);
    }

    /** A look came back; it ended at {@code endNanos}. */
    public void observed(MemberLook look, long endNanos) {
        MemberFacts facts = look.facts();
        look.lease().ifPresent(report -> leases.reported(report, facts.observedAtNanos()));
        if (desk(facts.member()).counts(look)) {
            take(look, endNanos);
        } else {
            hands.look(facts.member());
        }
    }

    private void take(MemberLook look, long endNanos) {
        MemberFacts facts = look.facts();
        MemberDesk desk = desk(facts.member());
        long before = desk.past().sinceNanos();
        desk.observed(look, endNanos);
        if (facts.state() instanceof MemberState.Primary primary) {
            desks.forEach((name, each) -> each.listed(primary.streamsTo(name), endNanos));
        }
        if (desk.past().sinceNanos() != before) {
            // What one member has become is judged by looks at the others that began after it.
            lookAtAll();
        }
    }

    /**
     * A member's server process ended.
     *
     * @param exits how often it has by now
     */
    public void exited(MemberName member, long exits, long atNanos) {
        boolean expected = desk(member).busy(clock.nanos()).isPresent();
        desk(member).exited(exits, atNanos);
        chronicle.exited(member, atNanos, expected);
        lookAtAll();
    }

    /** An action is over. */
    public void ended(Action.ByAgent action, Ending ending) {
        MemberDesk desk = desk(action.member());
        long now = clock.nanos();
        long took = desk.runningNanos(now);
        int seconds = desk.ended(action, ending.outcome(), now);
        chronicle.ended(action, ending.outcome(), took, seconds);
        ending.look()
                .filter(look -> desk.knowsNoNewerExit(ending.exits()))
                .ifPresent(
                        look -> {
                            take(look, now);
                            desk.covered(ending.exits());
                        });
        lookAtAll();
    }

    /** The fence command has ended. */
    public void fenced(Action.FenceNode action, Outcome outcome) {
        chronicle.fenced(action, outcome, fence.ended(action, outcome, clock.nanos()));
    }

    /** Whether somebody waits for the next step, so that it should be taken within milliseconds. */
    public boolean urgent() {
        return unsettled(published) && clock.nanos() - unsettledSinceNanos < URGENT_NANOS;
    }

    /** The primary, if its node has not answered for that long. */
    public Optional<MemberName> awayPrimary(long atLeastNanos) {
        return picture.map(Picture::observation)
                .flatMap(seen -> seen.record().primary().map(name -> seen.members().get(name)))
                .filter(
                        facts ->
                                facts.state() instanceof MemberState.Unreachable away
                                        && clock.nanos() - away.sinceNanos() >= atLeastNanos)
                .map(MemberFacts::member);
    }

    /** Decides and acts, until there is nothing more to do now. */
    public void step() {
        said = Optional.empty();
        try {
            if (!ready()) {
                return;
            }
            for (int i = 0; i < STEPS_IN_A_ROW; i++) {
                if (!once()) {
                    return;
                }
            }
        } catch (ConsensusException e) {
            chronicle.troubled(e.getMessage() + " Nothing is decided until it answers again.");
        }
    }

    /** What an operator may ask for; on the loop's thread. */
    public DatabaseCommands commands() {
        return commands;
    }

    /** Whether the record is in our hands and every member was looked at. */
    private boolean ready() throws ConsensusException {
        Optional<RecordKeeper.Kept> remembered = records.remembered();
        DatabaseRecord before =
                (remembered.isPresent() ? remembered.get() : records.read()).record();
        if (before.term() > term) {
            return false;
        }
        if (before.term() < term && !records.replace(before, before.withTerm(term))) {
            return false;
        }
        long now = clock.nanos();
        ready = ready || desks.values().stream().allMatch(desk -> desk.seen(now));
        return ready;
    }

    private boolean once() throws ConsensusException {
        Optional<Picture> next = newest();
        if (next.isEmpty()) {
            return false;
        }
        picture = next;
        return carryOut(next.get());
    }

    private Optional<Picture> newest() throws ConsensusException {
        if (said.isPresent()) {
            Said newest = said.get();
            said = Optional.empty();
            return decided(newest);
        }
        Optional<Picture> remembered = remembered();
        return remembered.isPresent() && comparesItself(remembered.get().decision())
                ? remembered
                : asked();
    }

    /** What is decided while nothing is heard of a change: consensus is not asked each time. */
    private Optional<Picture> remembered() {
        if (clock.nanos() - askedNanos >= ASKING_NANOS || !leases.isRemembered()) {
            return Optional.empty();
        }
        return records.remembered()
                .map(RecordKeeper.Kept::record)
                .map(record -> decided(observation(record, leases.remembered(record))));
    }

    /**
     * Whatever is done rests on what consensus said when it was asked for it; but a change of the
     * record is compared by consensus itself with what it was decided on.
     */
    private boolean comparesItself(Decision decision) {
        return decision.actions().stream().allMatch(Action.Remember.class::isInstance)
                && decision.topology().equals(published);
    }

    private Optional<Picture> asked() throws ConsensusException {
        askedNanos = clock.nanos();
        return decided(took(store.look(records.key(), leases.resource())));
    }

    private Said took(ControlStore.Sight sight) {
        DatabaseRecord record = records.saw(sight.entry()).record();
        return new Said(record, leases.saw(sight.holding(), record));
    }

    /** Empty if another term has begun. */
    private Optional<Picture> decided(Said newest) {
        return newest.record().term() == term
                ? Optional.of(decided(observation(newest.record(), newest.lease())))
                : Optional.empty();
    }

    private Picture decided(Observation observation) {
        return new Picture(observation, decide.apply(observation), waiting());
    }

    private boolean carryOut(Picture decided) throws ConsensusException {
        Decision decision = decided.decision();
        if (!decision.actions().isEmpty()) {
            LOG.debug("{} -> {}", decided.observation(), decision.actions());
        }
        chronicle.decided(decided.observation(), decision);
        // What the proxies have open counts only from where they hold: it is decided anew then.
        boolean stepped = publish(decision.topology());
        for (Action action : decision.actions()) {
            stepped |= carryOut(action, decided.observation().record());
        }
        return stepped;
    }

    private Observation observation(DatabaseRecord record, LeaseFacts lease) {
        noteStep(record.switchover());
        long now = clock.nanos();
        var members = new HashMap<MemberName, MemberFacts>();
        var busy = new HashMap<MemberName, String>();
        var pasts = new HashMap<MemberName, MemberPast>();
        desks.forEach(
                (name, desk) -> {
                    desk.facts(now).ifPresent(facts -> members.put(name, facts));
                    desk.busy(now).ifPresent(text -> busy.put(name, text));
                    pasts.put(name, desk.past());
                });
        return new Observation(
                now,
                spec,
                record,
                lease,
                stepNanos,
                members,
                busy,
                proxiesNow(record),
                pasts,
                fence.facts());
    }

    /** Those of this node know what is published; what shall be held has to be first. */
    private ProxyFacts proxiesNow(DatabaseRecord record) {
        ProxyFacts now = proxies.get();
        boolean shallHold =
                record.switchover()
                        .filter(it -> it.step() != Switchover.Step.CHECKPOINT)
                        .isPresent();
        return shallHold && !published.holdWrites()
                ? new ProxyFacts(now.openTransactions(), now.unaware() + 1)
                : now;
    }

    private void noteStep(Optional<Switchover> now) {
        if (!now.equals(step)) {
            step = now;
            stepNanos = clock.nanos();
        }
    }

    private Map<MemberName, String> waiting() {
        Map<MemberName, String> waiting = new HashMap<>();
        long now = clock.nanos();
        desks.forEach((name, desk) -> desk.waiting(now).ifPresent(text -> waiting.put(name, text)));
        return waiting;
    }

    /** Whether it is news. */
    private boolean publish(DatabaseTopology next) {
        if (next.equals(published)) {
            return false;
        }
        if (unsettled(next) && !unsettled(published)) {
            unsettledSinceNanos = clock.nanos();
        }
        published = next;
        publish.accept(next);
        chronicle.published(next);
        return true;
    }

    /** Whether clients wait. */
    static boolean unsettled(DatabaseTopology topology) {
        return topology.primary().isEmpty() || topology.holdWrites();
    }

    /** Whether consensus changed, so that it has to be decided anew. */
    private boolean carryOut(Action action, DatabaseRecord decided) throws ConsensusException {
        boolean done =
                switch (action) {
                    case Action.ByAgent byAgent -> {
                        begin(byAgent);
                        yield false;
                    }
                    case Action.FenceNode node -> {
                        begin(node);
                        yield false;
                    }
                    case Action.EndLease end -> leases.end(end.member(), end.proof());
                    case Action.GrantLease grant -> grant(grant, decided);
                    case Action.Remember remember -> remember(remember);
                };
        if (done) {
            chronicle.stepped(action);
        }
        return done;
    }

    private boolean grant(Action.GrantLease action, DatabaseRecord decided)
            throws ConsensusException {
        Optional<ControlStore.Holding> granted = leases.grant(action.member(), decided);
        said = granted.map(it -> new Said(decided, leases.saw(granted, decided)));
        return granted.isPresent();
    }

    private boolean remember(Action.Remember action) throws ConsensusException {
        Optional<ControlStore.Sight> after =
                records.replace(action.expected(), action.next(), leases.resource());
        said = after.map(this::took);
        return after.isPresent();
    }

    private void begin(Action.ByAgent action) {
        MemberDesk desk = desk(action.member());
        long now = clock.nanos();
        if (desk.allows(action, now)) {
            desk.begin(action, now);
            chronicle.began(action);
            hands.start(action);
        }
    }

    private void begin(Action.FenceNode action) {
        if (fence.allows(action, clock.nanos())) {
            fence.begin(action);
            chronicle.stepped(action);
            hands.fence(action);
        }
    }

    /**
     * Looks at everybody but who is being changed for us: the look that its change's end asks for
     * would have to wait until this one, which says nothing, is over.
     */
    void lookAtAll() {
        desks.forEach(
                (name, desk) -> {
                    if (!desk.isRunning()) {
                        hands.look(name);
                    }
                });
    }

    private MemberDesk desk(MemberName member) {
        MemberDesk desk = desks.get(member);
        if (desk == null) {
            throw new IllegalArgumentException(
                    "'" + member + "' is not a member of " + spec.name());
        }
        return desk;
    }
}
