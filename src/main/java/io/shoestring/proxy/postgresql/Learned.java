package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.shoestring.protocol.postgresql.FrontendType;
import io.shoestring.protocol.postgresql.MessageHeader;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Statements that look like reads but which a replica has refused because they write, by the hash
 * of their text. Bounded: when it is full nothing more is learned, and such statements take the
 * detour over the replica each time.
 */
final class Learned {
    private static final int STATEMENTS_MAX = 10_000;
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private final Set<Long> hashes = ConcurrentHashMap.newKeySet();

    /** Whether there is anything: usually there is not, and no text need be hashed. */
    boolean isEmpty() {
        return hashes.isEmpty();
    }

    boolean contains(long hash) {
        return hashes.contains(hash);
    }

    void add(long hash) {
        if (hashes.size() < STATEMENTS_MAX) {
            hashes.add(hash);
        }
    }

    /** Remembers all SQL in these whole messages. */
    void addAll(ByteBuf messages) {
        int at = messages.readerIndex();
        while (at < messages.writerIndex()) {
            byte type = messages.getByte(at);
            int end = at + 1 + messages.getInt(at + 1);
            if (type == FrontendType.QUERY) {
                addText(messages, at + MessageHeader.BYTES, end);
            } else if (type == FrontendType.PARSE) {
                addText(messages, afterString(messages, at + MessageHeader.BYTES, end), end);
            }
            at = end;
        }
    }

    private void addText(ByteBuf in, int from, int to) {
        add(hash(in, from, afterString(in, from, to) - 1 - from));
    }

    private static int afterString(ByteBuf in, int from, int to) {
        return in.indexOf(from, to, (byte) 0) + 1;
    }

    /** FNV-1a over the bytes. */
    static long hash(ByteBuf in, int at, int length) {
        long hash = FNV_OFFSET;
        for (int i = at; i < at + length; i++) {
            hash = (hash ^ in.getByte(i)) * FNV_PRIME;
        }
        return hash;
    }
}
