package io.shoestring.database.postgresql;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.FiguresSource;
import io.shoestring.model.MemberFigures;
import io.shoestring.model.ServerSizes;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Asks a server on this machine for its figures, on one connection of its own that stays open while
 * the server answers. A reading takes three seconds at most, each question one, so that what is not
 * well is not burdened further. Nothing is decided by it. Thread-safe.
 */
public final class FiguresReader implements FiguresSource {
    private static final int CONNECT_SECONDS = 1;
    private static final int ANSWER_SECONDS = 1;

    private final String database;
    private final Server server;
    private final WallClock timeOfDay;
    private final Clock clock;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable FigureQuestions questions;

    /** Nothing is connected yet. */
    public FiguresReader(
            DatabaseConfig database,
            DatabaseConfig.Member member,
            String address,
            Clock clock,
            WallClock timeOfDay) {
        this.database = database.name().value();
        this.server = new Server(database, member, address, clock);
        this.timeOfDay = timeOfDay;
        this.clock = clock;
    }

    @Override
    public MemberFigures read() {
        lock.lock();
        try {
            return ask();
        } catch (SQLException | DatabaseException | IllegalArgumentException e) {
            disconnect();
            return MemberFigures.none(database, server.name().value(), timeOfDay.now(), problem(e));
        } finally {
            lock.unlock();
        }
    }

    /** By the connection of before; if its server was started anew meanwhile, by another. */
    private MemberFigures ask() throws SQLException, DatabaseException {
        boolean kept = questions != null;
        try {
            return askOnce();
        } catch (SQLException e) {
            if (!kept || !isOver(e)) {
                throw e;
            }
            disconnect();
            return askOnce();
        }
    }

    private MemberFigures askOnce() throws SQLException, DatabaseException {
        return questions().ask(database, server.name().value(), timeOfDay.now());
    }

    /** The connection ended: SQLSTATE classes 08 (connection exception) and 57P (shutdown). */
    private static boolean isOver(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        return state.startsWith("08") || state.startsWith("57P");
    }

    /**
     * The sizes of its databases, their tables and indexes, by a connection to each. Takes so many
     * seconds as there are databases with very many tables, ten at most.
     *
     * @throws DatabaseException if the server cannot be asked
     */
    @Override
    public ServerSizes sizes() throws DatabaseException {
        try {
            return new RelationSizes(server, clock).all();
        } catch (SQLException e) {
            throw new DatabaseException("It could not be asked: " + e.getMessage(), e);
        }
    }

    private FigureQuestions questions() throws SQLException, DatabaseException {
        FigureQuestions open = questions;
        if (open == null) {
            Connection connection = server.connect(CONNECT_SECONDS, ANSWER_SECONDS);
            try {
                server.checkIdentity(connection);
                connection.setReadOnly(true);
                open = new FigureQuestions(connection, clock);
            } catch (SQLException | DatabaseException e) {
                Server.closeQuietly(connection);
                throw e;
            }
            questions = open;
        }
        return open;
    }

    private static String problem(Exception e) {
        return e instanceof DatabaseException ours
                ? ours.sentence()
                : "It could not be asked: " + e.getMessage();
    }

    private void disconnect() {
        if (questions != null) {
            questions.close();
            questions = null;
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            disconnect();
        } finally {
            lock.unlock();
        }
    }
}
