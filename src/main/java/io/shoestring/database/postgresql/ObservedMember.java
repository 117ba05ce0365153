package io.shoestring.database.postgresql;

import io.shoestring.base.Clock;
import io.shoestring.config.DatabaseConfig.Superuser;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.LocalMember;
import io.shoestring.database.Outcome;
import io.shoestring.model.Action;
import io.shoestring.model.Endpoint;
import io.shoestring.model.MemberFacts;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberState;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A PostgreSQL server that somebody else manages, wherever it is: it is asked over the network, and
 * nothing is ever done to it. Its role needs no more than {@code pg_monitor}.
 */
public final class ObservedMember implements LocalMember {
    private static final int SECONDS = 1;
    private static final String NOT_NOW = "57P03";
    private static final String SHUTS_DOWN = "57P01";
    private static final String CRASHED = "57P02";
    private static final String NO_CONNECTION = "08001";
    private static final String NOT_ALLOWED = "42501";

    private final MemberName name;
    private final Endpoint endpoint;
    private final ServerLogin login;
    private final Set<MemberName> members;
    private final Clock clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Hearing hearing = new Hearing();

    // All guarded by the lock.
    private @Nullable Connection connection;
    private @Nullable ServerQuestion question;
    private boolean unresponsive;
    private long unresponsiveSinceNanos;

    /**
     * Nothing is connected yet.
     *
     * @param reader the role by which it is asked
     * @param members all members of the database, this one too
     */
    public ObservedMember(
            MemberName name,
            Endpoint endpoint,
            Superuser reader,
            Set<MemberName> members,
            Clock clock) {
        this.name = name;
        this.endpoint = endpoint;
        this.login = new ServerLogin(reader);
        this.members = Set.copyOf(members);
        this.clock = clock;
    }

    @Override
    public MemberName name() {
        return name;
    }

    @Override
    public MemberFacts observe() {
        lock.lock();
        try {
            long begin = clock.nanos();
            MemberState state = look(begin);
            unresponsive = state instanceof MemberState.Unresponsive;
            return new MemberFacts(name, begin, state);
        } finally {
            lock.unlock();
        }
    }

    /** Never: it is somebody else's. */
    @Override
    public Outcome perform(Action.OnMember action) {
        return new Outcome.Failed(
                "Member " + name + " is only observed (manage: no), and nothing is done to it.");
    }

    /** It has no process here whose end could be seen. */
    @Override
    public void onExit(Runnable callback) {}

    @Override
    public void close() {
        lock.lock();
        try {
            disconnect();
        } finally {
            lock.unlock();
        }
    }

    private MemberState look(long begin) {
        if (question != null) {
            try {
                return question.ask(begin);
            } catch (SQLException | IllegalArgumentException e) {
                disconnect();
                if (Server.isTimeout(e)) {
                    return unresponsive(begin, "It did not answer within a second.");
                }
            }
        }
        try {
            return connect().ask(begin);
        } catch (SQLException | IllegalArgumentException e) {
            disconnect();
            return notAnswering(begin, e);
        } catch (DatabaseException e) {
            disconnect();
            return unresponsive(begin, e.sentence());
        }
    }

    private ServerQuestion connect() throws SQLException, DatabaseException {
        Connection opened = login.connect(List.of(endpoint), SECONDS, SECONDS);
        connection = opened;
        ServerQuestion opening =
                new ServerQuestion(opened, members, (_, checkpoint) -> checkpoint, hearing);
        question = opening;
        return opening;
    }

    /** Whoever takes no connections is not the primary at this moment. */
    private MemberState notAnswering(long begin, Exception e) {
        String state = e instanceof SQLException sql ? String.valueOf(sql.getSQLState()) : "";
        return switch (state) {
            case NOT_NOW, SHUTS_DOWN, CRASHED ->
                    new MemberState.Starting(String.valueOf(e.getMessage()));
            case NO_CONNECTION ->
                    Server.isTimeout(e)
                            ? unresponsive(begin, "It did not answer within a second.")
                            : new MemberState.Starting(
                                    "It takes no connections: " + e.getMessage());
            case NOT_ALLOWED ->
                    unresponsive(
                            begin,
                            "The role "
                                    + login.user()
                                    + " may not look: GRANT pg_monitor TO "
                                    + login.user()
                                    + "; ("
                                    + e.getMessage()
                                    + ")");
            default -> unresponsive(begin, "It cannot be asked: " + e.getMessage());
        };
    }

    private MemberState unresponsive(long begin, String problem) {
        if (!unresponsive) {
            unresponsiveSinceNanos = begin;
        }
        return new MemberState.Unresponsive(problem, unresponsiveSinceNanos);
    }

    private void disconnect() {
        Connection open = connection;
        connection = null;
        question = null;
        Server.closeQuietly(open);
    }
}
