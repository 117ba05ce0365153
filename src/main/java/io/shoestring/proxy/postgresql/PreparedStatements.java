package io.shoestring.proxy.postgresql;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The statements that a client has prepared, by name, so that any server connection can be made to
 * have them.
 */
final class PreparedStatements {
    /** Text and what belongs to it. */
    private static final long BYTES_MAX = 4 << 20;

    private static final long STATEMENT_BYTES = 256;

    private final Map<String, PreparedStatement> byName = new HashMap<>();
    private final Map<PreparedStatement, PreparedStatement> replaced = new HashMap<>(2);
    private long bytes;

    /** Whether another statement of that size can be kept for preparing it elsewhere. */
    boolean hasRoomFor(int parseBytes) {
        return bytes + parseBytes + STATEMENT_BYTES <= BYTES_MAX;
    }

    Optional<PreparedStatement> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /** How many there are. */
    int size() {
        return byName.size();
    }

    /** The client prepares a statement; the server has not confirmed it yet. */
    void put(PreparedStatement statement) {
        PreparedStatement before = byName.put(statement.name(), statement);
        bytes += size(statement);
        if (before != null) {
            bytes -= size(before);
            if (!statement.name().isEmpty()) {
                replaced.put(statement, before);
            }
        }
    }

    /** The server has it. */
    void confirm(PreparedStatement statement) {
        replaced.remove(statement);
    }

    /**
     * The server refused it: what was there before is there still, except for the unnamed
     * statement.
     */
    void undo(PreparedStatement statement) {
        PreparedStatement before = replaced.remove(statement);
        if (!statement.equals(byName.get(statement.name()))) {
            return;
        }
        remove(statement.name());
        if (before != null) {
            byName.put(before.name(), before);
            bytes += size(before);
        }
    }

    /** It was not closed after all. */
    void putBack(PreparedStatement statement) {
        if (byName.putIfAbsent(statement.name(), statement) == null) {
            bytes += size(statement);
        }
    }

    void remove(String name) {
        PreparedStatement removed = byName.remove(name);
        if (removed != null) {
            bytes -= size(removed);
            replaced.remove(removed);
        }
    }

    void clear() {
        byName.clear();
        replaced.clear();
        bytes = 0;
    }

    private static long size(PreparedStatement statement) {
        return (long) statement.parse().length + STATEMENT_BYTES;
    }
}
