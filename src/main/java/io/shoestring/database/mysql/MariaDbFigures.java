package io.shoestring.database.mysql;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.FiguresSource;
import io.shoestring.model.MemberFigures;
import io.shoestring.model.ServerSizes;
import io.shoestring.protocol.mysql.MysqlViolation;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Asks a MariaDB server on this machine for its figures, on one connection of its own that stays
 * open while the server answers. The server ends each question after a second, and a reading ends
 * after three. Nothing is decided by it. Thread-safe.
 */
public final class MariaDbFigures implements FiguresSource {
    private static final int ANSWER_SECONDS = 1;
    private static final int SIZES_SECONDS = 8;

    private final String database;
    private final MariaDbServer server;
    private final Clock clock;
    private final WallClock timeOfDay;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable ServerConnection connection;

    /** Nothing is connected yet. */
    public MariaDbFigures(
            DatabaseConfig database,
            DatabaseConfig.Member member,
            String address,
            Clock clock,
            WallClock timeOfDay) {
        this.database = database.name().value();
        this.server = new MariaDbServer(database, member, address, clock);
        this.clock = clock;
        this.timeOfDay = timeOfDay;
    }

    @Override
    public MemberFigures read() {
        lock.lock();
        try {
            return ask();
        } catch (IOException | MysqlException | MysqlViolation | IllegalArgumentException e) {
            disconnect();
            return none("It could not be asked: " + e.getMessage());
        } catch (DatabaseException e) {
            disconnect();
            return none(e.sentence());
        } finally {
            lock.unlock();
        }
    }

    /** By the connection of before; if its server was started anew meanwhile, by another. */
    private MemberFigures ask() throws IOException, MysqlException, DatabaseException {
        boolean kept = connection != null;
        try {
            return askOnce();
        } catch (IOException | MysqlException e) {
            if (!kept) {
                throw e;
            }
            disconnect();
            return askOnce();
        }
    }

    private MemberFigures askOnce() throws IOException, MysqlException, DatabaseException {
        return new MariaDbQuestions(connection(), server, clock).ask(database, timeOfDay.now());
    }

    private MemberFigures none(String problem) {
        return MemberFigures.none(database, server.name().value(), timeOfDay.now(), problem);
    }

    @Override
    public ServerSizes sizes() throws DatabaseException {
        return server.ask(
                SIZES_SECONDS + ANSWER_SECONDS,
                asked -> {
                    limit(asked, SIZES_SECONDS);
                    return MariaDbSizes.of(asked);
                });
    }

    private ServerConnection connection() throws IOException, MysqlException, DatabaseException {
        ServerConnection open = connection;
        if (open == null) {
            // The socket waits longer than the server works: it is the server that gives up.
            open = server.open(ANSWER_SECONDS + 1);
            try {
                server.checkIdentity(open);
                limit(open, ANSWER_SECONDS);
            } catch (IOException | MysqlException | DatabaseException e) {
                open.close();
                throw e;
            }
            connection = open;
        }
        return open;
    }

    private static void limit(ServerConnection open, int seconds)
            throws IOException, MysqlException {
        open.run("SET SESSION max_statement_time = " + seconds);
    }

    private void disconnect() {
        if (connection != null) {
            connection.close();
            connection = null;
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
