package io.shoestring.proxy.mysql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.shoestring.protocol.mysql.Packet;
import io.shoestring.protocol.mysql.Payload;
import io.shoestring.protocol.mysql.ServerStatus;
import io.shoestring.proxy.replay.AnswerHash;

import org.jspecify.annotations.Nullable;

/**
 * Hashes the answers of a transaction that may be run again, and keeps back what the client has
 * already. On one event loop.
 *
 * <p>Everything that a client can tell two answers apart by is hashed: columns, rows, errors, and
 * of what ends an answer the rows that were changed, the number that was given to one, the warnings
 * and the text. Not hashed is what is true of the run and not of the data: of the status the bits
 * for how the server found the rows and how long that took, and what has changed in the session (a
 * transaction that changes the session is not run again).
 */
final class AnswerTap {
    /** Of the status, what says something of the answer or of the session. */
    private static final int STATUS_BITS =
            ServerStatus.IN_TRANSACTION
                    | ServerStatus.AUTOCOMMIT
                    | ServerStatus.MORE_RESULTS
                    | ServerStatus.CURSOR_EXISTS
                    | ServerStatus.LAST_ROW_SENT;

    /** Where an EOF packet has its status. */
    private static final int EOF_STATUS = 3;

    private final ByteBuf two = Unpooled.buffer(Short.BYTES);
    private final Runnable onDifference;
    private @Nullable AnswerHash hash;
    private boolean all;
    private boolean different;
    private long prefixEnd;
    private long expected;
    private long back;

    /**
     * @param onDifference hears that what was kept back is not what the client has
     */
    AnswerTap(Runnable onDifference) {
        this.onDifference = onDifference;
    }

    /** From now on everything passes, and into this hash. */
    void listen(AnswerHash into) {
        hash = into;
        all = false;
        different = false;
        prefixEnd = 0;
        back = 0;
    }

    /** From now on nothing passes, except into this hash. */
    void keepAll(AnswerHash into) {
        listen(into);
        all = true;
    }

    /**
     * From now on what comes is kept back until the hash has so many bytes; then it must have that
     * value, and the rest passes.
     */
    void keepBack(AnswerHash into, long bytes, long value) {
        listen(into);
        if (bytes > into.bytes()) {
            prefixEnd = bytes;
            expected = value;
            back = bytes - into.bytes();
        }
    }

    /** Whether what comes now the client has already. */
    boolean isKeepingBack() {
        return all || prefixEnd > 0;
    }

    /** Bytes of a packet as they come: a row, a column, an error. */
    void add(ByteBuf in, int at, int length) {
        AnswerHash into = hash;
        if (into == null || different) {
            return;
        }
        int before = prefixEnd == 0 ? 0 : (int) Math.min(length, prefixEnd - into.bytes());
        into.add(in, at, before);
        if (prefixEnd > 0 && into.bytes() == prefixEnd) {
            prefixEnd = 0;
            different = into.value() != expected;
            if (different) {
                onDifference.run();
                return;
            }
        }
        into.add(in, at + before, length - before);
    }

    /** The EOF packet behind columns, or behind rows; as long as it is. */
    void eof(ByteBuf in, int at, int length) {
        int head = Packet.HEADER_BYTES + EOF_STATUS;
        add(in, at, Math.min(Packet.HEADER_BYTES + length, head));
        if (length >= EOF_STATUS + Short.BYTES) {
            status(in.getUnsignedShortLE(at + head));
            add(in, at + head + Short.BYTES, length - EOF_STATUS - Short.BYTES);
        }
    }

    /** The OK packet that ends an answer, but for what has changed in the session. */
    void ok(ByteBuf in, int body, int length) {
        Payload payload = new Payload(in, body, length);
        payload.skip(1);
        payload.number();
        payload.number();
        int before = length - payload.remaining();
        add(in, body, before);
        status(payload.twoBytes());
        if (payload.remaining() >= Short.BYTES) {
            payload.skip(Short.BYTES);
        }
        if (payload.remaining() > 0) {
            payload.skip((int) payload.number());
        }
        int after = before + Short.BYTES;
        add(in, body + after, length - payload.remaining() - after);
    }

    private void status(int bits) {
        add(two.clear().writeShortLE(bits & STATUS_BITS), 0, Short.BYTES);
    }

    /**
     * So many bytes of the answer would go to the client.
     *
     * @return how many of them, from the first on, it has already, or must not get
     */
    int keeps(int length) {
        if (all || different) {
            return length;
        }
        int kept = (int) Math.min(length, back);
        back -= kept;
        return kept;
    }
}
