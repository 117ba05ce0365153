package io.shoestring.database;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.MemberFigures;
import io.shoestring.model.MemberName;
import io.shoestring.model.ServerSizes;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Optional;

/**
 * Asks one server on this machine for its figures every ten seconds, and for the sizes of its
 * tables when somebody wants to know them, every five minutes at most. Thread-safe.
 */
public final class FiguresPoller implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FiguresPoller.class);
    private static final Duration PAUSE = Duration.ofSeconds(10);
    private static final long SIZES_NANOS = Duration.ofMinutes(5).toNanos();

    private record Asked(ServerSizes sizes, long nanos) {}

    private final DatabaseName database;
    private final MemberName member;
    private final FiguresSource source;
    private final Clock clock;
    private final Thread thread;
    private volatile Optional<MemberFigures> newest = Optional.empty();
    private Optional<Asked> sizes = Optional.empty();

    /**
     * Nothing is asked until {@link #start}.
     *
     * @param source is closed with this one
     */
    public FiguresPoller(
            DatabaseName database, MemberName member, FiguresSource source, Clock clock) {
        this.database = requireNonNull(database, "database is null");
        this.member = requireNonNull(member, "member is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.source = requireNonNull(source, "source is null");
        this.thread = Thread.ofVirtual().name("figures-" + member).unstarted(this::repeat);
    }

    /** Begins to ask. */
    public void start() {
        thread.start();
    }

    public DatabaseName database() {
        return database;
    }

    public MemberName member() {
        return member;
    }

    /** What it said last; empty if it was not asked yet. */
    public Optional<MemberFigures> newest() {
        return newest;
    }

    /**
     * The sizes of its databases, tables and indexes; may take ten seconds.
     *
     * @throws DatabaseException if it cannot be asked
     */
    public synchronized ServerSizes sizes() throws DatabaseException {
        long now = clock.nanos();
        if (sizes.isEmpty() || now - sizes.get().nanos() > SIZES_NANOS) {
            sizes = Optional.of(new Asked(source.sizes(), now));
        }
        return sizes.get().sizes();
    }

    private void repeat() {
        try {
            while (true) {
                newest = Optional.of(source.read());
                Thread.sleep(PAUSE);
            }
        } catch (InterruptedException e) {
            LOG.debug("{} is not asked any more", member);
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        source.close();
    }
}
