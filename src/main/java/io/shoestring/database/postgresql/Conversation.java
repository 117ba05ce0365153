package io.shoestring.database.postgresql;

import io.shoestring.database.DatabaseException;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/**
 * Short questions and orders for a server while clients wait for it: on the connection that looks
 * at it, as long as that works, because a new one costs the server a process and both a login. Not
 * thread-safe.
 */
final class Conversation implements AutoCloseable {
    private static final int CONNECT_SECONDS = 2;
    private static final int ANSWER_SECONDS = 5;

    /** Something that is said. It may be said a second time if the first had no answer. */
    @FunctionalInterface
    interface Words<T> {
        T say(Connection connection) throws SQLException, DatabaseException;
    }

    private final Server server;
    private final Observer observer;
    private @Nullable Connection own;

    Conversation(Server server, Observer observer) {
        this.server = server;
        this.observer = observer;
    }

    /**
     * Says something short: looks wait for it.
     *
     * @throws DatabaseException also if another server answers on the port
     */
    <T> T say(Words<T> words) throws SQLException, DatabaseException {
        if (own == null) {
            Optional<T> answer = observer.between(words);
            if (answer.isPresent()) {
                return answer.get();
            }
        }
        return words.say(alone());
    }

    /** A connection that nobody else uses, for what may take long; closed with this. */
    Connection alone() throws SQLException, DatabaseException {
        Connection open = own;
        if (open == null) {
            open = server.connect(CONNECT_SECONDS, ANSWER_SECONDS);
            own = open;
            server.checkIdentity(open);
        }
        return open;
    }

    @Override
    public void close() {
        Server.closeQuietly(own);
    }
}
