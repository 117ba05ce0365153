package io.shoestring.node;

import io.shoestring.base.Clock;
import io.shoestring.database.Outcome;
import io.shoestring.model.Action;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.MemberFacts;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import tools.jackson.core.JacksonException;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/**
 * To an agent on another machine. What it says of a member was true after the question was sent, so
 * that is when it was observed.
 */
final class RemoteLine implements Line {
    private static final Logger LOG = LoggerFactory.getLogger(RemoteLine.class);

    /** A look takes two seconds at most when the server hangs. */
    private static final Duration LOOK = Duration.ofMillis(2_500);

    private static final Duration POLL = Duration.ofSeconds(3);
    private static final long GIVES_UP_NANOS = Duration.ofSeconds(5).toNanos();
    private static final long PAUSE_MILLIS = 100;

    private final Channel channel;
    private final DatabaseName database;
    private final MemberSpec member;
    private final long term;
    private final Clock clock;
    private final Supplier<OptionalLong> epoch;
    private final Thread exitWatch;
    private volatile LongConsumer onExit = count -> {};
    private volatile boolean closed;
    private OptionalLong awaySinceNanos = OptionalLong.empty();
    private OptionalLong exits = OptionalLong.empty();

    /**
     * @param epoch under which the member holds the lease, as the conductor saw it last
     */
    RemoteLine(
            Channel channel,
            DatabaseName database,
            MemberSpec member,
            long term,
            Clock clock,
            Supplier<OptionalLong> epoch) {
        this.channel = channel;
        this.database = database;
        this.member = member;
        this.term = term;
        this.clock = clock;
        this.epoch = epoch;
        this.exitWatch = Thread.ofVirtual().name("exits-" + member.name()).start(this::watchExits);
    }

    @Override
    public MemberName name() {
        return member.name();
    }

    @Override
    public MemberLook look() {
        long sent = clock.nanos();
        try {
            Wire.Looked looked =
                    call(
                            Wire.LOOK,
                            new Wire.AskLook(term, database.value(), name().value(), epoch.get()),
                            LOOK,
                            Wire.Looked.class);
            awaySinceNanos = OptionalLong.empty();
            counted(looked.exits());
            return look(looked, sent);
        } catch (IOException e) {
            return away(sent, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return away(sent, "this node is stopping");
        }
    }

    @Override
    public Ending perform(long number, Action.ByAgent action) throws InterruptedException {
        Wire.AskPerform request = new Wire.AskPerform(term, number, database.value(), action);
        long heard = clock.nanos();
        while (true) {
            try {
                long sent = clock.nanos();
                Wire.Performed performed = call(Wire.PERFORM, request, POLL, Wire.Performed.class);
                heard = clock.nanos();
                if (performed.done().isPresent()) {
                    return ending(performed, performed.done().get(), sent);
                }
            } catch (IOException e) {
                if (clock.nanos() - heard > GIVES_UP_NANOS) {
                    return Ending.of(
                            new Outcome.Failed(
                                    "node %s does not answer (%s), so it is not known whether it was done."
                                            .formatted(member.node(), e.getMessage())));
                }
                Thread.sleep(PAUSE_MILLIS);
            }
        }
    }

    private Ending ending(Wire.Performed performed, boolean done, long sentNanos) {
        Outcome outcome =
                done
                        ? new Outcome.Done(performed.sentence())
                        : new Outcome.Failed(performed.sentence());
        return performed
                .after()
                .filter(after -> after.nanos() >= 0)
                .map(
                        after ->
                                new Ending(
                                        outcome,
                                        Optional.of(
                                                look(
                                                        after.looked(),
                                                        sentNanos + surely(after.nanos()))),
                                        after.looked().exits()))
                .orElseGet(() -> Ending.of(outcome));
    }

    /** Of a span by a clock whose rate may be higher than ours by 10 %. */
    private static long surely(long nanos) {
        return nanos - nanos / 10;
    }

    /** What was true after {@code atNanos}. */
    private MemberLook look(Wire.Looked looked, long atNanos) {
        MemberState state = Wire.fromAges(looked.state(), clock.nanos());
        return new MemberLook(
                new MemberFacts(name(), atNanos, state, looked.pending()),
                looked.busy(),
                looked.lease());
    }

    @Override
    public void onExit(LongConsumer callback) {
        onExit = callback;
    }

    @Override
    public void close() {
        closed = true;
        onExit = count -> {};
        exitWatch.interrupt();
    }

    private MemberLook away(long sent, String why) {
        if (awaySinceNanos.isEmpty()) {
            awaySinceNanos = OptionalLong.of(sent);
        }
        String problem = "Node " + member.node() + " does not answer: " + why + ".";
        return MemberLook.of(
                new MemberFacts(
                        name(),
                        sent,
                        new MemberState.Unreachable(problem, awaySinceNanos.getAsLong())));
    }

    private void watchExits() {
        while (!closed) {
            try {
                Wire.Exits answer =
                        call(
                                Wire.EXITS,
                                new Wire.AskExits(database.value(), name().value(), knownExits()),
                                POLL,
                                Wire.Exits.class);
                counted(answer.count());
            } catch (IOException e) {
                LOG.debug("the exits of {} are not known: {}", name(), e.getMessage());
                sleep();
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void sleep() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            closed = true;
        }
    }

    private synchronized long knownExits() {
        return exits.orElse(-1);
    }

    /** A count that is lower than before is of an agent that was started anew. */
    private void counted(long count) {
        boolean ended;
        synchronized (this) {
            ended = exits.isPresent() && count > exits.getAsLong();
            exits = OptionalLong.of(count);
        }
        if (ended) {
            onExit.accept(count);
        }
    }

    private <T> T call(String path, Object request, Duration atMost, Class<T> kind)
            throws IOException, InterruptedException {
        try {
            String answer = channel.call(member.node(), path, Wire.write(request), atMost);
            Optional<String> trouble =
                    Optional.ofNullable(Wire.read(answer, Wire.Trouble.class).trouble());
            if (trouble.isPresent()) {
                throw new IOException(trouble.get());
            }
            return Wire.read(answer, kind);
        } catch (JacksonException e) {
            throw new IOException("its answer makes no sense: " + e.getOriginalMessage(), e);
        }
    }
}
