package io.shoestring.proxy.postgresql;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is prepared on one server connection, by name. What is on its way counts already, because
 * the next request comes before the answer does; if it fails, {@link #undo} takes it back.
 */
final class ServerStatements {
    private final Map<String, PreparedStatement> prepared = new HashMap<>();
    private final Set<PreparedStatement> closing = new HashSet<>(0);
    private final List<String> stale = new ArrayList<>(0);

    boolean has(PreparedStatement statement) {
        return statement.equals(prepared.get(statement.name()));
    }

    boolean hasName(String name) {
        return prepared.containsKey(name);
    }

    /**
     * A request is on its way. The subject of a Parse is what it prepares, that of any other
     * request what it takes away.
     */
    void requested(byte kind, @Nullable Object subject) {
        if (!(subject instanceof PreparedStatement statement)) {
            return;
        }
        if (kind != OutstandingQueue.PARSE) {
            if (statement.equals(prepared.remove(statement.name()))) {
                closing.add(statement);
            }
        } else if (statement.name().isEmpty()) {
            prepared.put("", statement);
        } else {
            // The server will refuse a name that is taken.
            prepared.putIfAbsent(statement.name(), statement);
        }
    }

    /** The request is done. */
    void done(@Nullable Object subject) {
        if (subject != null && !closing.isEmpty()) {
            closing.remove(subject);
        }
    }

    /** The server has ignored or refused the request. */
    void undo(byte kind, PreparedStatement statement) {
        if (kind == OutstandingQueue.PARSE) {
            prepared.remove(statement.name(), statement);
        } else if (closing.remove(statement)) {
            prepared.putIfAbsent(statement.name(), statement);
        }
    }

    void forget(String name) {
        prepared.remove(name);
    }

    void forgetAll() {
        prepared.clear();
        stale.clear();
    }

    /**
     * The client has closed this statement elsewhere; it is closed here before the next request.
     */
    void markStale(String name) {
        if (prepared.remove(name) != null) {
            stale.add(name);
        }
    }

    /** What was marked stale since this was asked last. */
    List<String> takeStale() {
        if (stale.isEmpty()) {
            return List.of();
        }
        List<String> taken = List.copyOf(stale);
        stale.clear();
        return taken;
    }
}
