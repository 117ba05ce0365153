package io.shoestring.proxy.mysql;

import io.netty.buffer.Unpooled;
import io.shoestring.monitoring.digest.Figures;
import io.shoestring.protocol.mysql.Command;
import io.shoestring.protocol.mysql.Payload;

import org.jspecify.annotations.Nullable;

import java.util.function.Consumer;

/**
 * A command that is on its way on a server connection, and what becomes of its answer: the client
 * gets it, or it is ours and is swallowed. On one event loop.
 */
final class Exchange {
    private final Command.Answer answer;
    private final @Nullable Consumer<Boolean> then;
    private @Nullable Figures figures;
    private long beganNanos;
    private boolean heldIfReadOnly;
    private boolean begun;
    private int errorCode;
    private byte[] lastPart = {};
    private int nextNumber = 1;
    private long bytes;

    private Exchange(Command.Answer answer, @Nullable Consumer<Boolean> then) {
        this.answer = answer;
        this.then = then;
    }

    /** The client's: it gets the answer. */
    static Exchange ofClient(Command.Answer answer) {
        return new Exchange(answer, null);
    }

    /**
     * Ours.
     *
     * @param then is told whether the server did it
     */
    static Exchange ours(Command.Answer answer, Consumer<Boolean> then) {
        return new Exchange(answer, then);
    }

    Exchange measured(Figures by, long nanos) {
        figures = by;
        beganNanos = nanos;
        return this;
    }

    /** The server's word that it is read-only is not for the client. */
    Exchange holdingReadOnly() {
        heldIfReadOnly = true;
        return this;
    }

    Command.Answer answer() {
        return answer;
    }

    boolean isClients() {
        return then == null;
    }

    @Nullable Figures figures() {
        return figures;
    }

    long beganNanos() {
        return beganNanos;
    }

    boolean isHeldIfReadOnly() {
        return heldIfReadOnly && !begun;
    }

    /** Whether something of the answer has gone to the client. */
    boolean isBegun() {
        return begun;
    }

    /** A packet of the answer goes to the client. */
    void passed(int number, long length) {
        begun = true;
        nextNumber = (number + 1) & 0xff;
        bytes += length;
    }

    /** Of the packet that would come next. */
    int nextNumber() {
        return nextNumber;
    }

    long bytes() {
        return bytes;
    }

    /** A packet of an answer that is ours; only the last one, a row, is looked at. */
    void part(byte[] payload) {
        lastPart = payload;
    }

    /** The only value of the only row; empty: there was none. */
    String value() {
        var packet = Unpooled.wrappedBuffer(lastPart);
        return lastPart.length == 0 ? "" : new Payload(packet, 0, lastPart.length).column();
    }

    void failed(int code) {
        errorCode = code;
    }

    int errorCode() {
        return errorCode;
    }

    /** Ours: it is over. */
    void conclude(boolean done) {
        if (then != null) {
            then.accept(done);
        }
    }
}
