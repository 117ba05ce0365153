package io.shoestring.proxy.mysql;

import org.jspecify.annotations.Nullable;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** What a client has prepared, by its own numbers; bounded in bytes. On one event loop. */
final class Statements {
    /** Of texts, for one client. */
    static final int BYTES_MAX = 16 << 20;

    /** MariaDB's clients may name the statement that was prepared last by this number. */
    private static final int LAST = -1;

    private final Map<Integer, Prepared> byId = new HashMap<>();
    private int newest;
    private int last;
    private long bytes;

    /** The number that the next one gets. */
    int nextId() {
        return newest + 1;
    }

    /** Another one is to be prepared: until that is done nothing is the last one. */
    void preparing() {
        last = 0;
    }

    /** Whether there is room for a text of that length. */
    boolean hasRoom(int length) {
        return bytes + length <= BYTES_MAX;
    }

    /** Tells one from those that have the same text, and were prepared in such a session. */
    int ordinalFor(byte[] sql, SessionShape shape) {
        BitSet taken = new BitSet();
        byId.values().stream()
                .filter(each -> each.isLike(sql, shape))
                .forEach(each -> taken.set(each.ordinal()));
        return taken.nextClearBit(0);
    }

    /** Whether one of them has rows that are yet to be fetched. */
    boolean haveCursor() {
        return byId.values().stream().anyMatch(Prepared::hasCursor);
    }

    void add(Prepared statement) {
        newest = statement.id();
        last = newest;
        bytes += statement.length();
        byId.put(newest, statement);
    }

    @Nullable Prepared find(int id) {
        return byId.get(id == LAST ? last : id);
    }

    @Nullable Prepared remove(int id) {
        Prepared gone = byId.remove(id);
        if (gone != null) {
            bytes -= gone.length();
        }
        return gone;
    }

    /** Whether values of a statement lie on the connection of now. */
    boolean haveLongData() {
        return byId.values().stream().anyMatch(Prepared::hasLongData);
    }

    void clear() {
        byId.clear();
        last = 0;
        bytes = 0;
    }
}
