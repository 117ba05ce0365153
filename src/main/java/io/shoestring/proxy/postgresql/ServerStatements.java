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
    private static final int OTHERS_MAX = 500;

    private final Map<String, Prepared> prepared = new HashMap<>();
    private final Set<PreparedStatement> closing = new HashSet<>(0);
    private final List<String> stale = new ArrayList<>(0);

    private int lending;
    private boolean othersThere;

    /**
     * @param lending during which it was prepared, or found to be what another client wants too
     */
    private record Prepared(PreparedStatement statement, int lending) {}

    /** Another client uses the connection: what is there now is not its own. */
    void lent() {
        lending++;
        othersThere = !prepared.isEmpty();
        closing.clear();
    }

    /** Whether the client can use this statement here, because it, or another, has prepared it. */
    boolean has(PreparedStatement statement) {
        Prepared found = prepared.get(statement.name());
        if (found == null) {
            return false;
        }
        if (found.lending() == lending) {
            return found.statement().equals(statement);
        }
        if (!found.statement().isSameAs(statement)) {
            return false;
        }
        prepared.put(statement.name(), new Prepared(statement, lending));
        return true;
    }

    /** How many there are, whoever prepared them. */
    int size() {
        return prepared.size();
    }

    boolean hasName(String name) {
        return prepared.containsKey(name);
    }

    /** Whether a name is taken by another client's statement, which this client must not meet. */
    boolean isTakenByOthers(String name) {
        Prepared found = prepared.get(name);
        return found != null && found.lending() != lending;
    }

    /** Whether anything is prepared by other clients. */
    boolean hasSomeOfOthers() {
        othersThere =
                othersThere
                        && prepared.values().stream().anyMatch(found -> found.lending() != lending);
        return othersThere;
    }

    /** Whether so much is prepared by others that it is better to begin anew. */
    boolean isCrowded() {
        return othersThere && prepared.size() > OTHERS_MAX;
    }

    /** The names that are taken by other clients' statements. */
    List<String> namesOfOthers() {
        return prepared.entrySet().stream()
                .filter(entry -> entry.getValue().lending() != lending)
                .map(Map.Entry::getKey)
                .toList();
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
            if (remove(statement)) {
                closing.add(statement);
            }
        } else if (statement.name().isEmpty()) {
            prepared.put("", new Prepared(statement, lending));
        } else {
            // The server will refuse a name that is taken.
            prepared.putIfAbsent(statement.name(), new Prepared(statement, lending));
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
            remove(statement);
        } else if (closing.remove(statement)) {
            prepared.putIfAbsent(statement.name(), new Prepared(statement, lending));
        }
    }

    private boolean remove(PreparedStatement statement) {
        Prepared found = prepared.get(statement.name());
        boolean there = found != null && found.statement().equals(statement);
        if (there) {
            prepared.remove(statement.name());
        }
        return there;
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
