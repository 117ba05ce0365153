package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.shoestring.proxy.replay.AnswerHash;

import org.jspecify.annotations.Nullable;

/**
 * Hears the client's answers on one server connection as they pass, and keeps back what the client
 * has already.
 *
 * <pre>
 *   silent      everything passes, nothing is hashed: outside of a transaction that may be replayed
 *   listening   everything passes and is hashed
 *   keepsAll    what is asked a second time: hashed, and kept back
 *   keepsBack   of an answer that the client has in part: that part is kept back, if it is the same
 * </pre>
 */
final class AnswerTap {
    private @Nullable AnswerHash hash;
    private boolean all;
    private long prefixEnd;
    private long expected;
    private boolean different;

    /** Nothing is hashed or kept back any more. */
    void silence() {
        hash = null;
        all = false;
        prefixEnd = 0;
        different = false;
    }

    /** From now on everything passes, and into this hash. */
    void listen(AnswerHash into) {
        silence();
        hash = into;
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
        }
    }

    /** Whether what comes is kept back now. */
    boolean isKeepingBack() {
        return all || prefixEnd > 0;
    }

    /** Whether everything that comes now was answered before. */
    boolean keepsAll() {
        return all;
    }

    /** Whether what was kept back was not what the client has. */
    boolean isDifferent() {
        return different;
    }

    /**
     * Bytes of the client's answer come.
     *
     * @return how many of them, from the first on, are kept back
     */
    int keeps(ByteBuf in, int at, int length) {
        AnswerHash into = hash;
        if (into == null) {
            return 0;
        }
        if (prefixEnd == 0) {
            into.add(in, at, length);
            return all ? length : 0;
        }
        int kept = (int) Math.min(length, prefixEnd - into.bytes());
        into.add(in, at, kept);
        if (into.bytes() == prefixEnd) {
            prefixEnd = 0;
            different = into.value() != expected;
            // What is not as before must not get to the client, which may be inside a message.
            all = different;
            into.add(in, at + kept, length - kept);
        }
        return different ? length : kept;
    }
}
