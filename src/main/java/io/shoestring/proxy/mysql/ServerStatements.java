package io.shoestring.proxy.mysql;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is prepared on one server connection, by what makes statements the same; bounded in bytes,
 * the one that was not used for longest goes first. On one event loop.
 */
final class ServerStatements {
    /** Of texts, while clients share the connection; one that has it to itself has a limit too. */
    private static final int BYTES_MAX = 4 << 20;

    private record OnServer(int id, int bytes) {}

    private final Map<Object, OnServer> byKey = new LinkedHashMap<>(16, 0.75f, true);
    private int bytes;

    /** The server's number of it; null: it is not prepared there. */
    @Nullable Integer find(Prepared statement) {
        OnServer found = byKey.get(statement.key());
        return found == null ? null : Integer.valueOf(found.id());
    }

    /**
     * It was prepared under that number.
     *
     * @return the server's numbers of what may be closed for that
     */
    List<Integer> add(Prepared statement, int serverId) {
        if (byKey.containsKey(statement.key())) {
            // Whoever has prepared the same before may have something open on the older one.
            return List.of(serverId);
        }
        byKey.put(statement.key(), new OnServer(serverId, statement.length()));
        bytes += statement.length();
        List<Integer> closed = new ArrayList<>();
        var eldest = byKey.entrySet().iterator();
        while (bytes > BYTES_MAX && statement.isShared() && byKey.size() > 1) {
            OnServer gone = eldest.next().getValue();
            eldest.remove();
            bytes -= gone.bytes();
            closed.add(gone.id());
        }
        return closed;
    }

    /** Nobody needs it any more; its number at the server, null: it is not there. */
    @Nullable Integer remove(Prepared statement) {
        OnServer gone = byKey.remove(statement.key());
        if (gone == null) {
            return null;
        }
        bytes -= gone.bytes();
        return gone.id();
    }

    void clear() {
        byKey.clear();
        bytes = 0;
    }
}
