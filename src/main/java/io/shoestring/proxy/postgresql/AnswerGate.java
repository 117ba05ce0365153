package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.shoestring.protocol.postgresql.ErrorFields;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What of a server's bytes goes to the client: as few writes as there are gaps. The answer of a
 * request which the server may yet refuse is held back until it is decided; what is dropped then
 * the client never sees.
 */
final class AnswerGate {
    private static final int HELD_BACK_BYTES_MAX = 256 << 10;

    private final Consumer<ByteBuf> client;
    private final List<ByteBuf> heldBack = new ArrayList<>(0);
    private int heldBackBytes;
    private boolean undecided;
    private int undecidedExecutes;
    private boolean answerBegan;

    // Valid only while a chunk is being read: what of it goes to the client, from here on.
    private int regionStart;

    AnswerGate(Consumer<ByteBuf> client) {
        this.client = client;
    }

    /**
     * A request leaves while nothing is due.
     *
     * @param holdBack whether its answer is held back until the server has decided
     * @param executes how many Executes it has
     */
    void beginRequest(boolean holdBack, int executes) {
        answerBegan = false;
        undecided = holdBack;
        undecidedExecutes = executes;
    }

    /** Whether the server may yet refuse, unseen. */
    boolean isUndecided() {
        return undecided;
    }

    /** Whether something of the answers that are due has gone to the client already. */
    boolean answerBegan() {
        return answerBegan;
    }

    /** A message goes to the client as it is, now or when it is decided. */
    void forwards() {
        if (!undecided) {
            answerBegan = true;
        }
    }

    /** One of the request's Executes is done. */
    void executed() {
        undecidedExecutes--;
    }

    /** Whether what may still be refused is under way or behind us. */
    boolean isLastExecute() {
        return undecidedExecutes <= 1;
    }

    // ------------------------------------------------------------------ bytes

    /** A chunk comes: it is the client's, from the reader index on. */
    void begin(ByteBuf in) {
        regionStart = in.readerIndex();
    }

    /** Leaves everything before the reader index out that is not written yet. */
    void skipTo(ByteBuf in) {
        regionStart = in.readerIndex();
    }

    /** Leaves the message that begins at {@code at} and ends at the reader index out. */
    void cut(ByteBuf in, int at) {
        write(in, at);
        regionStart = in.readerIndex();
    }

    /** Leaves the bytes from {@code at} to {@code end} out. */
    void cut(ByteBuf in, int at, int end) {
        write(in, at);
        regionStart = end;
    }

    /** Writes an error in place of the message that begins at {@code at}. */
    void replaced(ByteBuf in, int at, ErrorFields error) {
        cut(in, at);
        client.accept(Answers.error(in.alloc(), error));
    }

    /** Writes what is the client's and lies before {@code end}. */
    void write(ByteBuf in, int end) {
        if (end <= regionStart) {
            return;
        }
        ByteBuf region = in.retainedSlice(regionStart, end - regionStart);
        regionStart = end;
        if (undecided) {
            holdBack(region);
        } else {
            client.accept(region);
        }
    }

    private void holdBack(ByteBuf region) {
        heldBack.add(region);
        heldBackBytes += region.readableBytes();
        if (heldBackBytes > HELD_BACK_BYTES_MAX) {
            release();
        }
    }

    /** The answer is the client's: what was held back goes, and what comes. */
    void open(ByteBuf in, int before) {
        if (undecided) {
            write(in, before);
            release();
        }
    }

    private void release() {
        undecided = false;
        answerBegan = true;
        heldBack.forEach(client);
        heldBack.clear();
        heldBackBytes = 0;
    }

    /** The client sees nothing of what was held back. */
    void drop() {
        heldBack.forEach(ByteBuf::release);
        heldBack.clear();
        heldBackBytes = 0;
    }
}
