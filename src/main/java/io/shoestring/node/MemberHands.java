package io.shoestring.node;

import io.shoestring.base.Clock;
import io.shoestring.database.LocalMember;
import io.shoestring.database.Outcome;
import io.shoestring.model.Action;
import io.shoestring.model.MemberName;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The members of one database that live on this machine, each with its watch and, while it lasts,
 * the thread of its action. Answers are put into the loop's mailbox.
 */
final class MemberHands implements Hands, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MemberHands.class);
    private static final long CLOSE_MILLIS = 2_000;

    private final Map<MemberName, LocalMember> members = new LinkedHashMap<>();
    private final Map<MemberName, MemberWatch> watches = new LinkedHashMap<>();
    private final Map<MemberName, Thread> actions = new ConcurrentHashMap<>();
    private final Clock clock;
    private final Consumer<Consumer<DatabaseLoop>> mailbox;

    MemberHands(List<LocalMember> local, Clock clock, Consumer<Consumer<DatabaseLoop>> mailbox) {
        this.clock = clock;
        this.mailbox = mailbox;
        for (LocalMember member : local) {
            members.put(member.name(), member);
            watches.put(
                    member.name(),
                    new MemberWatch(
                            member,
                            clock,
                            (facts, end) -> mailbox.accept(loop -> loop.observed(facts, end))));
        }
    }

    void open() {
        members.values().forEach(member -> member.onExit(() -> exited(member.name())));
        watches.values().forEach(MemberWatch::start);
    }

    @Override
    public void start(Action.OnMember action) {
        Thread thread =
                Thread.ofVirtual()
                        .name(action.getClass().getSimpleName() + "-" + action.member())
                        .unstarted(() -> run(action));
        actions.put(action.member(), thread);
        thread.start();
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
        members.values().forEach(member -> member.onExit(() -> {}));
        watches.values().forEach(MemberWatch::close);
        actions.values().forEach(Thread::interrupt);
        actions.forEach(MemberHands::join);
    }

    private void exited(MemberName member) {
        long at = clock.nanos();
        mailbox.accept(loop -> loop.exited(member, at));
    }

    private void run(Action.OnMember action) {
        Outcome outcome = perform(action);
        actions.remove(action.member(), Thread.currentThread());
        mailbox.accept(loop -> loop.ended(action, outcome));
    }

    private Outcome perform(Action.OnMember action) {
        LocalMember member = members.get(action.member());
        if (member == null) {
            return new Outcome.Failed(action.member() + " is not on this machine.");
        }
        try {
            return member.perform(action);
        } catch (RuntimeException e) {
            LOG.error("{} on {} failed", action.getClass().getSimpleName(), action.member(), e);
            return new Outcome.Failed(
                    "an error that should not occur: " + e + "; the log has the details.");
        }
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
