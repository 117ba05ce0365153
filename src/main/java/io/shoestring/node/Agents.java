package io.shoestring.node;

import io.shoestring.base.Clock;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.database.LocalMember;
import io.shoestring.database.Outcome;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.Event.Severity;
import io.shoestring.model.MemberName;
import io.shoestring.monitoring.Events;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The agents of one database's members on this machine, what keeps their lease alive, and what
 * stops its holder when that fails. The two are threads of their own, so that a consensus that
 * hangs does not delay the stop.
 */
final class Agents implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Agents.class);
    private static final long RENEWAL_LOOK_MILLIS = 400;
    private static final long GUARD_MILLIS = 50;
    private static final long CALM_GUARD_MILLIS = 500;
    private static final Duration POLL = Duration.ofSeconds(1);

    private final DatabaseName database;
    private final boolean alone;
    private final Events events;
    private final Clock clock;
    private final LeaseDuty duty;
    private final RecordKeeper record;
    private final Map<MemberName, MemberAgent> agents = new LinkedHashMap<>();
    private final Semaphore due = new Semaphore(0);
    private final Semaphore overdue = new Semaphore(0);
    private final Thread renewing;
    private final Thread guarding;
    private volatile boolean paused;
    private volatile boolean closed;

    /**
     * @param alone whether all members of the database are on this machine. Then whoever takes over
     *     is started by this very process, which reads back first that nobody else runs, and a
     *     lease that could not be renewed is no reason to stop anybody
     */
    Agents(
            DatabaseName database,
            boolean alone,
            List<LocalMember> members,
            ControlStore store,
            Terms terms,
            Events events,
            Clock clock) {
        this.database = database;
        this.alone = alone;
        this.events = events;
        this.clock = clock;
        this.duty = new LeaseDuty(store, clock, database);
        this.record = new RecordKeeper(store, database);
        for (LocalMember member : members) {
            agents.put(member.name(), new MemberAgent(member, duty, terms, clock, due::release));
        }
        this.renewing =
                Thread.ofVirtual().name("lease-" + database).unstarted(this::renewUntilClosed);
        this.guarding =
                Thread.ofVirtual().name("guard-" + database).unstarted(this::guardUntilClosed);
    }

    void start() {
        if (!agents.isEmpty()) {
            renewing.start();
            guarding.start();
        }
    }

    /** The agent of a member, if it is on this machine. */
    Optional<MemberAgent> agent(MemberName member) {
        return Optional.ofNullable(agents.get(member));
    }

    /**
     * Until when the holder of the lease may go on if this process does nothing any more; empty if
     * nobody here holds it, or nobody elsewhere takes over: all members are here, or automatic
     * failover is paused.
     */
    Optional<Limit> limit() {
        return alone || paused ? Optional.empty() : duty.limit();
    }

    /**
     * This node had these limits before it was configured anew: what it holds still is renewed
     * without waiting for a conductor, who may be about to leave.
     */
    void goOn(List<Limit> held) {
        for (Limit limit : held) {
            if (limit.database().equals(database)
                    && agents.containsKey(limit.member())
                    && duty.expect(limit.member(), limit.epoch())) {
                due.release();
            }
        }
    }

    /** A conductor elsewhere looks. */
    Object look(Wire.AskLook ask) {
        return answer(
                ask.member(),
                agent -> {
                    MemberLook look = agent.look(ask.term(), ask.epoch());
                    return looked(look, agent.exits());
                });
    }

    private Wire.Looked looked(MemberLook look, long exits) {
        return new Wire.Looked(
                Wire.toAges(look.facts().state(), clock.nanos()),
                look.busy(),
                look.lease(),
                exits,
                look.facts().pendingRestart());
    }

    /** A conductor elsewhere wants something done; waits a second for its end. */
    Object perform(Wire.AskPerform ask) throws InterruptedException {
        long asked = clock.nanos();
        return answer(
                ask.action().member().value(),
                agent -> polled(agent.perform(ask.term(), ask.number(), ask.action()), asked));
    }

    /** A conductor elsewhere waits for a server process to end. */
    Object exits(Wire.AskExits ask) throws InterruptedException {
        return answer(ask.member(), agent -> new Wire.Exits(agent.awaitExit(ask.known(), POLL)));
    }

    @Override
    public void close() {
        closed = true;
        renewing.interrupt();
        guarding.interrupt();
        agents.values().forEach(MemberAgent::close);
    }

    private interface Question<E extends Exception> {
        Object ask(MemberAgent agent) throws E;
    }

    private <E extends Exception> Object answer(String member, Question<E> question) throws E {
        Optional<MemberAgent> agent = agent(new MemberName(member));
        return agent.isPresent()
                ? question.ask(agent.get())
                : new Wire.Trouble(
                        "member "
                                + member
                                + " of "
                                + database
                                + " is not on it: the nodes' configuration differs");
    }

    private Wire.Performed polled(CompletableFuture<Ending> promised, long askedNanos)
            throws InterruptedException {
        try {
            Ending ending = promised.get(POLL.toMillis(), TimeUnit.MILLISECONDS);
            return new Wire.Performed(
                    Optional.of(ending.outcome() instanceof Outcome.Done),
                    ending.outcome().sentence(),
                    ending.look().map(look -> after(look, ending.exits(), askedNanos)));
        } catch (TimeoutException e) {
            return new Wire.Performed(Optional.empty(), "", Optional.empty());
        } catch (ExecutionException e) {
            throw new IllegalStateException("an action ended with an exception", e);
        }
    }

    private Wire.After after(MemberLook look, long exits, long askedNanos) {
        return new Wire.After(looked(look, exits), look.facts().observedAtNanos() - askedNanos);
    }

    private void renewUntilClosed() {
        String trouble = "";
        while (!closed) {
            try {
                lookWhetherPaused();
                duty.step();
                duty.overdue().ifPresent(_ -> overdue.release());
                trouble = "";
                due.tryAcquire(RENEWAL_LOOK_MILLIS, TimeUnit.MILLISECONDS);
                due.drainPermits();
            } catch (ConsensusException e) {
                trouble = told(trouble, String.valueOf(e.getMessage()));
                pause(RENEWAL_LOOK_MILLIS);
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.error("the lease of {} met an error that should not occur", database, e);
                pause(RENEWAL_LOOK_MILLIS);
            }
        }
    }

    /**
     * Before a renewal: so nobody relies for longer than one renewal on a pause that is over.
     * Consensus is asked only during a pause: not to have heard of one yet is the safe side.
     */
    private void lookWhetherPaused() throws ConsensusException {
        if (alone || !duty.isDue()) {
            return;
        }
        Optional<RecordKeeper.Kept> remembered = paused ? Optional.empty() : record.remembered();
        paused = (remembered.isPresent() ? remembered.get() : record.read()).record().paused();
    }

    private String told(String before, String trouble) {
        if (!trouble.equals(before)) {
            LOG.warn("the lease of {} was not renewed: {}", database, trouble);
        }
        return trouble;
    }

    private void guardUntilClosed() {
        while (!closed) {
            Optional<MemberAgent> late =
                    alone ? Optional.empty() : duty.overdue().flatMap(this::agent);
            late.ifPresent(this::stop);
            awaitNextGuard();
        }
    }

    private void awaitNextGuard() {
        try {
            overdue.tryAcquire(guardMillis(), TimeUnit.MILLISECONDS);
            overdue.drainPermits();
        } catch (InterruptedException e) {
            closed = true;
        }
    }

    /** A lease that is taken meanwhile lasts for longer than the longer pause. */
    private long guardMillis() {
        boolean far =
                duty.limit()
                        .map(limit -> limit.deadlineNanos() - clock.nanos())
                        .filter(left -> left < 2 * CALM_GUARD_MILLIS * 1_000_000)
                        .isEmpty();
        return far ? CALM_GUARD_MILLIS : GUARD_MILLIS;
    }

    private void stop(MemberAgent agent) {
        add(
                Severity.ERROR,
                agent.name()
                        + " is stopped by force: its lease could not be renewed in time, and"
                        + " another member may take over from now on.");
        try {
            Outcome outcome = agent.stopNow();
            if (outcome instanceof Outcome.Failed failed) {
                add(Severity.ERROR, failed.sentence() + " It is tried again at once.");
            }
        } catch (RuntimeException e) {
            LOG.error("{} could not be stopped; it is tried again", agent.name(), e);
        }
    }

    private void add(Severity severity, String text) {
        events.add(severity, Optional.of(database.value()), 0, text);
    }

    private void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            closed = true;
        }
    }
}
