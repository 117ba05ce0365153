package io.shoestring.proxy.mysql;

import io.netty.buffer.Unpooled;
import io.shoestring.monitoring.digest.AnswerTimer;
import io.shoestring.monitoring.digest.Figures;
import io.shoestring.protocol.mysql.Command;
import io.shoestring.protocol.mysql.ErrorPacket;
import io.shoestring.protocol.mysql.Payload;

import org.jspecify.annotations.Nullable;

import java.util.Optional;
import java.util.function.Consumer;

/**
 * A command that is on its way on a server connection, and what becomes of its answer: the client
 * gets it, or it is ours and is swallowed. On one event loop.
 */
final class Exchange {
    private final Command.Answer answer;
    private final @Nullable Consumer<Exchange> then;
    private @Nullable AnswerTap tap;
    private @Nullable Figures figures;
    private long beganNanos;
    private boolean heldIfReadOnly;
    private boolean begun;
    private @Nullable ErrorPacket error;
    private int errorCode;
    private int status;
    private boolean named;
    private int warnings;
    private long insertId;
    private byte[] lastPart = {};
    private int nextNumber = 1;
    private long bytes;

    private Exchange(Command.Answer answer, @Nullable Consumer<Exchange> then) {
        this.answer = answer;
        this.then = then;
    }

    /**
     * The client's: it gets the answer.
     *
     * @param by what hashes it; null: nothing does
     */
    static Exchange ofClient(Command.Answer answer, @Nullable AnswerTap by) {
        Exchange exchange = new Exchange(answer, null);
        exchange.tap = by;
        return exchange;
    }

    /**
     * Ours.
     *
     * @param then gets it back when its answer is complete
     */
    static Exchange ours(Command.Answer answer, Consumer<Exchange> then) {
        return new Exchange(answer, then);
    }

    /** The client's of before, whose answer is only compared. */
    static Exchange again(Command.Answer answer, AnswerTap by, Consumer<Exchange> then) {
        Exchange exchange = new Exchange(answer, then);
        exchange.tap = by;
        return exchange;
    }

    /** What hashes the answer; null: nothing does. */
    @Nullable AnswerTap tap() {
        return tap;
    }

    /** Whether its answer is read as it comes, and not kept for us. */
    boolean isStreamed() {
        return then == null || tap != null;
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

    /** The answer is complete: it counts. */
    void measure(AnswerTimer timer, boolean fromReplica) {
        if (figures != null) {
            timer.ended(figures, beganNanos, errorCode != 0, fromReplica, bytes);
        }
    }

    Command.Answer answer() {
        return answer;
    }

    boolean isClients() {
        return then == null;
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

    void failed(ErrorPacket packet) {
        error = packet;
        errorCode = packet.code();
    }

    /** What the server said, if it did not do what we asked for. */
    Optional<ErrorPacket> error() {
        return Optional.ofNullable(error);
    }

    /**
     * The answer is complete.
     *
     * @param bits see {@link io.shoestring.protocol.mysql.ServerStatus}
     * @param says whether the server said what had changed until now
     */
    void ended(int bits, boolean says, int warned, long inserted) {
        status = bits;
        named = says;
        warnings = warned;
        insertId = inserted;
    }

    int status() {
        return status;
    }

    /** Whether the server said what had changed until now. */
    boolean isNamed() {
        return named;
    }

    int warnings() {
        return warnings;
    }

    /** The number that was given to the first row inserted; 0: none. */
    long insertId() {
        return insertId;
    }

    int errorCode() {
        return errorCode;
    }

    /** Ours: it is over. */
    void conclude() {
        if (then != null) {
            then.accept(this);
        }
    }

    /** Whether the server did it. */
    boolean isDone() {
        return errorCode == 0;
    }
}
