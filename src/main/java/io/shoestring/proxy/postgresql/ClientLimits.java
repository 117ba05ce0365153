package io.shoestring.proxy.postgresql;

import io.shoestring.config.PostgresListenerConfig;
import io.shoestring.protocol.postgresql.ErrorFields;
import io.shoestring.protocol.postgresql.SqlState;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How many clients a listener may have of one user; who has not yet proven who it is does not
 * count, or anybody could lock a user out. Thread-safe.
 */
final class ClientLimits {
    private final Map<String, Integer> byUser = new ConcurrentHashMap<>();

    /** Counts one more; why it may not be there: empty, it may. Either way it has to leave. */
    Optional<ErrorFields> enter(String user, PostgresListenerConfig listener) {
        int now = byUser.merge(user, 1, Integer::sum);
        OptionalInt most = listener.maxConnectionsOfUser();
        return most.isPresent() && now > most.getAsInt()
                ? Optional.of(tooMany(user, most.getAsInt(), listener))
                : Optional.empty();
    }

    void leave(String user) {
        byUser.computeIfPresent(
                user, (same, count) -> count == 1 ? null : Integer.valueOf(count - 1));
    }

    private static ErrorFields tooMany(String user, int most, PostgresListenerConfig listener) {
        return ErrorFields.fatal(
                        SqlState.TOO_MANY_CONNECTIONS,
                        "role \"%s\" has its %d connections to listener %s already"
                                .formatted(user, most, listener.name()))
                .withHint("'max-connections-per-user' of the listener is the limit.");
    }

    /** The listener has as many clients as it may. */
    static ErrorFields tooMany(PostgresListenerConfig listener) {
        return ErrorFields.fatal(
                        SqlState.TOO_MANY_CONNECTIONS,
                        "listener %s has its %d connections already"
                                .formatted(listener.name(), listener.maxConnections()))
                .withHint("'max-connections' of the listener is the limit.");
    }
}
