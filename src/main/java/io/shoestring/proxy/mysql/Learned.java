package io.shoestring.proxy.mysql;

import io.netty.buffer.ByteBuf;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Statements that look like reads but which a replica has refused because they write, by the hash
 * of their text. Bounded: when it is full nothing more is learned, and such statements take the
 * detour over the replica each time. Thread-safe.
 */
final class Learned {
    private static final int STATEMENTS_MAX = 10_000;
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private final Set<Long> hashes = ConcurrentHashMap.newKeySet();

    /** Whether a replica has refused it. Usually there is nothing, and no text is hashed. */
    boolean has(Request request) {
        return !hashes.isEmpty() && hashes.contains(hash(request));
    }

    /** A replica has refused it. */
    void add(Request request) {
        if (hashes.size() < STATEMENTS_MAX) {
            hashes.add(hash(request));
        }
    }

    /** FNV-1a over the text. */
    private static long hash(Request request) {
        Prepared statement = request.statement();
        if (statement != null) {
            return statement.textHash(FNV_OFFSET, FNV_PRIME);
        }
        ByteBuf bytes = request.bytes();
        long hash = FNV_OFFSET;
        for (int i = request.bodyIndex(); i < bytes.writerIndex(); i++) {
            hash = (hash ^ bytes.getByte(i)) * FNV_PRIME;
        }
        return hash;
    }
}
