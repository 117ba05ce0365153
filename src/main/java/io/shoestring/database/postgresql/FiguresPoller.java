package io.shoestring.database.postgresql;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.database.DatabaseException;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.MemberFigures;
import io.shoestring.model.MemberName;
import io.shoestring.model.RelationSize;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Asks one server on this machine for its figures every ten seconds, and for the sizes of its
 * tables when somebody wants to know them, every five minutes at most. Thread-safe.
 */
public final class FiguresPoller implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FiguresPoller.class);
    private static final Duration PAUSE = Duration.ofSeconds(10);
    private static final long SIZES_NANOS = Duration.ofMinutes(5).toNanos();

    private record Sizes(List<RelationSize> rows, long nanos) {}

    private final DatabaseName database;
    private final MemberName member;
    private final FiguresReader reader;
    private final Clock clock;
    private final Thread thread;
    private volatile Optional<MemberFigures> newest = Optional.empty();
    private Optional<Sizes> sizes = Optional.empty();

    /** Nothing is asked until {@link #start}. */
    public FiguresPoller(
            DatabaseConfig database,
            DatabaseConfig.Member member,
            String address,
            Clock clock,
            WallClock timeOfDay) {
        this.database = database.name();
        this.member = member.name();
        this.clock = requireNonNull(clock, "clock is null");
        this.reader = new FiguresReader(database, member, address, clock, timeOfDay);
        this.thread = Thread.ofVirtual().name("figures-" + member.name()).unstarted(this::repeat);
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
     * Its largest tables and indexes; may take ten seconds.
     *
     * @throws SQLException if it cannot be asked
     */
    public synchronized List<RelationSize> largest() throws SQLException, DatabaseException {
        long now = clock.nanos();
        if (sizes.isEmpty() || now - sizes.get().nanos() > SIZES_NANOS) {
            sizes = Optional.of(new Sizes(reader.largest(), now));
        }
        return sizes.get().rows();
    }

    private void repeat() {
        try {
            while (true) {
                newest = Optional.of(reader.read());
                Thread.sleep(PAUSE);
            }
        } catch (InterruptedException e) {
            LOG.debug("{} is not asked any more", member);
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        reader.close();
    }
}
