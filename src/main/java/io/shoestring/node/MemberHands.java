package io.shoestring.node;

import io.shoestring.base.Clock;
import io.shoestring.database.Outcome;
import io.shoestring.model.Action;
import io.shoestring.model.MemberName;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * The conductor's lines to the members of one database, each with its watch and, while it lasts,
 * the thread that waits for its action. Answers are put into the loop's mailbox.
 */
final class MemberHands implements Hands, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MemberHands.class);
    private static final long CLOSE_MILLIS = 2_000;

    private final Map<MemberName, Line> members = new LinkedHashMap<>();
    private final Map<MemberName, MemberWatch> watches = new LinkedHashMap<>();
    private final Map<MemberName, Thread> actions = new ConcurrentHashMap<>();
    private final Clock clock;
    private final Consumer<Consumer<DatabaseLoop>> mailbox;
    private final AtomicLong requests;
    private final PowerSwitch power;
    private volatile Optional<Thread> fencing = Optional.empty();

    MemberHands(
            List<Line> lines,
            PowerSwitch power,
            Clock clock,
            Consumer<Consumer<DatabaseLoop>> mailbox) {
        this.power = power;
        this.clock = clock;
        // Who gets the seat back within a term goes on above what it asked for before.
        this.requests = new AtomicLong(clock.nanos());
        this.mailbox = mailbox;
        for (Line member : lines) {
            members.put(member.name(), member);
            watches.put(
                    member.name(),
                    new MemberWatch(
                            member,
                            clock,
                            (look, end) -> mailbox.accept(loop -> loop.observed(look, end))));
        }
    }

    void open() {
        members.values().forEach(member -> member.onExit(count -> exited(member.name(), count)));
        watches.values().forEach(MemberWatch::start);
    }

    @Override
    public void start(Action.ByAgent action) {
        Thread thread =
                Thread.ofVirtual()
                        .name(action.getClass().getSimpleName() + "-" + action.member())
                        .unstarted(() -> run(action));
        actions.put(action.member(), thread);
        thread.start();
    }

    @Override
    public void fence(Action.FenceNode action) {
        Thread thread =
                Thread.ofVirtual().name("fence-" + action.node()).unstarted(() -> run(action));
        fencing = Optional.of(thread);
        thread.start();
    }

    private void run(Action.FenceNode action) {
        try {
            Outcome outcome = power.off(action.node());
            mailbox.accept(loop -> loop.fenced(action, outcome));
        } catch (InterruptedException e) {
            LOG.debug("nobody waits for the fence of {} any more", action.node());
        }
    }

    @Override
    public void look(MemberName member) {
        MemberWatch watch = watches.get(member);
        if (watch != null) {
            watch.look();
        }
    }

    @Override
    public void close() {
        members.values().forEach(Line::close);
        watches.values().forEach(MemberWatch::close);
        actions.values().forEach(Thread::interrupt);
        fencing.ifPresent(Thread::interrupt);
        actions.forEach(MemberHands::join);
    }

    private void exited(MemberName member, long count) {
        long at = clock.nanos();
        mailbox.accept(loop -> loop.exited(member, count, at));
    }

    private void run(Action.ByAgent action) {
        try {
            Ending ending = perform(action);
            actions.remove(action.member(), Thread.currentThread());
            mailbox.accept(loop -> loop.ended(action, ending));
        } catch (InterruptedException e) {
            LOG.debug("nobody waits for {} any more", action.getClass().getSimpleName());
        }
    }

    private Ending perform(Action.ByAgent action) throws InterruptedException {
        Line member = members.get(action.member());
        if (member == null) {
            return Ending.of(
                    new Outcome.Failed(action.member() + " is not a member that can be reached."));
        }
        return member.perform(requests.incrementAndGet(), action);
    }

    private static void join(MemberName member, Thread thread) {
        try {
            if (!thread.join(Duration.ofMillis(CLOSE_MILLIS))) {
                LOG.warn("what was being done to {} has not ended; it is left alone", member);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
