package io.shoestring.node;

import io.shoestring.base.Clock;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.database.LocalMember;
import io.shoestring.database.Outcome;
import io.shoestring.model.Action;
import io.shoestring.model.MemberFacts;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberState;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;

/**
 * The agent of one member on this machine: it looks and acts for whoever conducts, within the rules
 * of {@link AgentDesk}, and on its own it stops a member whose lease has run out.
 *
 * <p>INVARIANT: a member is promoted, or started as a primary, only after consensus said here that
 * it holds the lease of that epoch; and a lease is given back only after it was read back here that
 * the member cannot write, while nothing else is done to it.
 */
final class MemberAgent implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MemberAgent.class);
    private static final long CLOSE_MILLIS = 2_000;

    private record Doing(long number, Thread thread, CompletableFuture<Ending> ending) {}

    private final LocalMember member;
    private final LeaseDuty duty;
    private final Runnable expected;
    private final Clock clock;
    private final AgentDesk desk;
    private Optional<Doing> doing = Optional.empty();
    private long exits;
    private volatile LongConsumer onExit = count -> {};

    /**
     * @param expected called when the conductor says that the member holds a lease unknown here
     */
    MemberAgent(LocalMember member, LeaseDuty duty, Terms terms, Clock clock, Runnable expected) {
        this.member = member;
        this.duty = duty;
        this.expected = expected;
        this.clock = clock;
        this.desk = new AgentDesk(terms);
        member.onExit(this::exited);
    }

    MemberName name() {
        return member.name();
    }

    void onExit(LongConsumer callback) {
        onExit = callback;
    }

    /** How often its server process was seen to end. */
    synchronized long exits() {
        return exits;
    }

    /** Waits until it has ended more often than {@code known}, for so long at most. */
    synchronized long awaitExit(long known, Duration atMost) throws InterruptedException {
        long end = clock.nanos() + atMost.toNanos();
        while (exits <= known && end - clock.nanos() > 0) {
            wait((end - clock.nanos()) / 1_000_000 + 1);
        }
        return exits;
    }

    /** Looks for the conductor of {@code term}; {@code epoch}: the member holds the lease of it. */
    MemberLook look(long term, OptionalLong epoch) {
        Optional<String> refusal = desk.refusal(term);
        if (refusal.isPresent()) {
            long now = clock.nanos();
            return MemberLook.of(
                    new MemberFacts(name(), now, new MemberState.Unreachable(refusal.get(), now)));
        }
        long changes = desk.changes();
        Optional<String> busy = desk.busy();
        MemberFacts facts = member.observe();
        if (busy.isEmpty() && desk.changes() != changes) {
            busy = desk.busy().or(() -> Optional.of("being changed"));
        }
        if (epoch.isPresent()
                && facts.state() instanceof MemberState.Primary
                && duty.expect(name(), epoch.getAsLong())) {
            expected.run();
        }
        return new MemberLook(facts, busy, duty.report(name()));
    }

    /** Begins it, or says what became of it if it was begun; completes when it is over. */
    synchronized CompletableFuture<Ending> perform(long term, long number, Action.ByAgent action) {
        return switch (desk.ask(term, number, action)) {
            case AgentDesk.Verdict.Begin begin -> begin(term, number, action);
            case AgentDesk.Verdict.Running running -> doing.orElseThrow().ending();
            case AgentDesk.Verdict.Over over -> over(over.outcome());
            case AgentDesk.Verdict.Refused refused -> over(new Outcome.Failed(refused.sentence()));
        };
    }

    private static CompletableFuture<Ending> over(Outcome outcome) {
        return CompletableFuture.completedFuture(Ending.of(outcome));
    }

    /**
     * Its lease has run out: stops it by force, whatever is being done to it, and reads back that
     * it is stopped. Blocks until it is, for seconds if the machine is slow.
     */
    Outcome stopNow() {
        Optional<Doing> cut = interruptAction();
        Action.Fence fence = new Action.Fence(name(), name() + " could not renew its lease.");
        Outcome outcome = member.perform(fence);
        if (cut.isPresent()) {
            // It may have started the server after the fence, before it noticed.
            join(cut.get());
            outcome = member.perform(fence);
        }
        if (outcome instanceof Outcome.Done) {
            duty.forget(name());
        }
        return outcome;
    }

    @Override
    public void close() {
        onExit = count -> {};
        member.onExit(() -> {});
        interruptAction().ifPresent(this::join);
    }

    private void exited() {
        long count;
        synchronized (this) {
            count = ++exits;
            notifyAll();
        }
        onExit.accept(count);
    }

    private CompletableFuture<Ending> begin(long term, long number, Action.ByAgent action) {
        CompletableFuture<Ending> ending = new CompletableFuture<>();
        Thread thread =
                Thread.ofVirtual()
                        .name(action.getClass().getSimpleName() + "-" + action.member())
                        .unstarted(() -> run(term, number, action, ending));
        doing = Optional.of(new Doing(number, thread, ending));
        thread.start();
        return ending;
    }

    private void run(
            long term, long number, Action.ByAgent action, CompletableFuture<Ending> promised) {
        Outcome outcome = carryOut(action);
        synchronized (this) {
            doing = Optional.empty();
            desk.ended(number, outcome);
        }
        promised.complete(
                outcome instanceof Outcome.Done && action instanceof Action.OnMember
                        ? looked(term, outcome)
                        : Ending.of(outcome));
    }

    /** Whoever asked for it looks next, so the look is sent along. */
    private Ending looked(long term, Outcome outcome) {
        try {
            long known = exits();
            return new Ending(outcome, Optional.of(look(term, OptionalLong.empty())), known);
        } catch (RuntimeException e) {
            LOG.error("looking at {} failed", name(), e);
            return Ending.of(outcome);
        }
    }

    private Outcome carryOut(Action.ByAgent action) {
        try {
            return switch (action) {
                case Action.Promote promote -> ifHeld(promote.epoch(), promote);
                case Action.StartPrimary start -> ifHeld(start.epoch(), start);
                case Action.ReleaseLease release -> release(release);
                case Action.OnMember other -> member.perform(other);
            };
        } catch (ConsensusException e) {
            return new Outcome.Failed(String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            LOG.error("{} on {} failed", action.getClass().getSimpleName(), action.member(), e);
            return new Outcome.Failed(
                    "an error that should not occur: " + e + "; the log has the details.");
        }
    }

    private Outcome ifHeld(long epoch, Action.OnMember action) throws ConsensusException {
        return duty.take(name(), epoch)
                ? member.perform(action)
                : new Outcome.Failed(name() + " does not hold the lease of epoch " + epoch + ".");
    }

    private Outcome release(Action.ReleaseLease action) throws ConsensusException {
        if (!LeaseDuty.cannotWrite(member.observe().state())) {
            return new Outcome.Failed(
                    name() + " may still be able to write, so its lease is not given back.");
        }
        duty.release(name(), action.epoch(), action.next());
        return new Outcome.Done("The lease of epoch " + action.epoch() + " was given back.");
    }

    private synchronized Optional<Doing> interruptAction() {
        doing.ifPresent(it -> it.thread().interrupt());
        return doing;
    }

    private void join(Doing action) {
        try {
            if (!action.thread().join(Duration.ofMillis(CLOSE_MILLIS))) {
                LOG.warn("what was being done to {} has not ended; it is left alone", name());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
