package io.shoestring.proxy.replay;

import io.netty.buffer.ByteBuf;

/**
 * A 64-bit hash of a stream of bytes. It is the same however the stream is cut into pieces, eight
 * bytes are taken at a time, and nothing is allocated. It guards against answers that happen to
 * differ, not against somebody who wants two of them to look alike. Used by one event loop only.
 */
public final class AnswerHash {
    private static final long SEED = 0x243f6a8885a308d3L;
    private static final long BEFORE = 0x9e3779b97f4a7c15L;
    private static final long AFTER = 0xd6e8feb86659fd93L;
    private static final long STEP = 0x52dce729L;
    private static final long FINISHER = 0xbf58476d1ce4e5b9L;
    private static final long LAST = 0x94d049bb133111ebL;

    private long hash = SEED;
    private long word;
    private long bytes;

    /** As new. */
    public void reset() {
        hash = SEED;
        word = 0;
        bytes = 0;
    }

    /** Goes on from where {@code other} is. */
    public void become(AnswerHash other) {
        hash = other.hash;
        word = other.word;
        bytes = other.bytes;
    }

    /** The next bytes of the stream; the buffer's indices do not move. */
    public void add(ByteBuf in, int at, int length) {
        int next = at;
        int end = at + length;
        while (next < end && (bytes & 7) != 0) {
            addByte(in.getByte(next++));
        }
        for (; end - next >= Long.BYTES; next += Long.BYTES) {
            mix(in.getLongLE(next));
            bytes += Long.BYTES;
        }
        while (next < end) {
            addByte(in.getByte(next++));
        }
    }

    private void addByte(byte next) {
        word |= (next & 0xffL) << ((bytes & 7) * 8);
        bytes++;
        if ((bytes & 7) == 0) {
            mix(word);
            word = 0;
        }
    }

    /** As MurmurHash3 does: each word is spread over all bits before it is added. */
    private void mix(long next) {
        hash = Long.rotateLeft(hash ^ spread(next), 27) * 5 + STEP;
    }

    private static long spread(long next) {
        return Long.rotateLeft(next * BEFORE, 31) * AFTER;
    }

    /** How many bytes there were. */
    public long bytes() {
        return bytes;
    }

    /** Of all bytes so far. */
    public long value() {
        long end = hash ^ spread(word) ^ bytes;
        end = (end ^ (end >>> 30)) * FINISHER;
        end = (end ^ (end >>> 27)) * LAST;
        return end ^ (end >>> 31);
    }
}
