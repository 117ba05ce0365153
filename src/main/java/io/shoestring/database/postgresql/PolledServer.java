package io.shoestring.database.postgresql;

import io.shoestring.base.Clock;
import io.shoestring.database.DatabaseException;
import io.shoestring.model.Endpoint;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A connection to one server that asks the same short question again and again. A server that does
 * not answer within a quarter of a second is left alone for a second: it must not hold up the
 * others. Not thread-safe.
 */
final class PolledServer implements AutoCloseable {
    private static final int CONNECT_SECONDS = 1;
    private static final int ANSWER_SECONDS = 1;
    private static final int ANSWER_MILLIS = 250;
    private static final long REST_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Endpoint endpoint;
    private final ServerLogin login;
    private final String question;
    private final Clock clock;
    private @Nullable Connection connection;
    private @Nullable PreparedStatement statement;
    private LogLayout layout = LogLayout.USUAL;
    private boolean resting;
    private long restingSinceNanos;

    PolledServer(Endpoint endpoint, ServerLogin login, String question, Clock clock) {
        this.endpoint = endpoint;
        this.login = login;
        this.question = question;
        this.clock = clock;
    }

    /** Reads one row. */
    @FunctionalInterface
    interface Reader<T> {
        T read(ResultSet row) throws SQLException;
    }

    Endpoint endpoint() {
        return endpoint;
    }

    /** How its log is laid out; known after the first answer. */
    LogLayout layout() {
        return layout;
    }

    /** The answer; empty if the server could not give it, for whatever reason. */
    <T> Optional<T> ask(Reader<T> reader) {
        if (resting && clock.nanos() - restingSinceNanos < REST_NANOS) {
            return Optional.empty();
        }
        try (ResultSet row = statement().executeQuery()) {
            row.next();
            T answer = reader.read(row);
            resting = false;
            return Optional.of(answer);
        } catch (SQLException | DatabaseException | IllegalArgumentException e) {
            close();
            resting = true;
            restingSinceNanos = clock.nanos();
            return Optional.empty();
        }
    }

    private PreparedStatement statement() throws SQLException, DatabaseException {
        PreparedStatement open = statement;
        if (open != null) {
            return open;
        }
        Connection opened = login.connect(List.of(endpoint), CONNECT_SECONDS, ANSWER_SECONDS);
        connection = opened;
        opened.setReadOnly(true);
        layout = layout(opened);
        opened.setNetworkTimeout(Runnable::run, ANSWER_MILLIS);
        PreparedStatement prepared = opened.prepareStatement(question);
        statement = prepared;
        return prepared;
    }

    private static LogLayout layout(Connection connection) throws SQLException {
        String[] sizes =
                Sql.text(
                                connection,
                                "SELECT wal_block_size || ' ' || bytes_per_wal_segment"
                                        + " FROM pg_control_init()")
                        .split(" ", 2);
        return new LogLayout(Long.parseLong(sizes[0]), Long.parseLong(sizes[1]));
    }

    @Override
    public void close() {
        Server.closeQuietly(connection);
        connection = null;
        statement = null;
    }
}
