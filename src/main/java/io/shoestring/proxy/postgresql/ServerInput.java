package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.shoestring.protocol.postgresql.MessageHeader;
import io.shoestring.protocol.postgresql.ProtocolViolation;

import org.jspecify.annotations.Nullable;

/**
 * Cuts what a server sends into messages. What came of a message that is longer than what was read
 * at once is forwarded as it comes, where that is possible. On the connection's event loop only.
 */
final class ServerInput {
    private static final int WHOLE_MESSAGE_BYTES_MAX = 16 << 20;
    private static final int LOGIN_MESSAGE_BYTES_MAX = 64 << 10;

    private final ServerLink link;
    private final AnswerGate gate;
    private final AnswerReader answers;
    private @Nullable ByteBuf rest;
    private long passing;

    ServerInput(ServerLink link, AnswerGate gate, AnswerReader answers) {
        this.link = link;
        this.gate = gate;
        this.answers = answers;
    }

    /** Whether only the first part of a message has been forwarded. */
    boolean isInsideMessage() {
        return passing > 0;
    }

    /**
     * What was read at once. Takes it over.
     *
     * @throws ProtocolViolation if it is not what a server says
     */
    void take(ByteBufAllocator allocator, ByteBuf message) {
        ByteBuf in = joined(allocator, message);
        try {
            read(in);
            keepRest(in);
        } finally {
            in.release();
        }
    }

    /** The connection is gone. */
    void drop() {
        if (rest != null) {
            rest.release();
            rest = null;
        }
    }

    private ByteBuf joined(ByteBufAllocator allocator, ByteBuf in) {
        if (rest == null) {
            return in;
        }
        ByteBuf before = rest;
        rest = null;
        ByteBuf both = allocator.buffer(before.readableBytes() + in.readableBytes());
        both.writeBytes(before).writeBytes(in);
        before.release();
        in.release();
        return both;
    }

    private void keepRest(ByteBuf in) {
        if (in.isReadable() && !link.isClosed()) {
            rest = in.readRetainedSlice(in.readableBytes());
        }
    }

    private void read(ByteBuf in) {
        gate.begin(in);
        passOn(in);
        while (passing == 0 && !link.isClosed() && in.readableBytes() >= MessageHeader.BYTES) {
            int at = in.readerIndex();
            byte type = in.getByte(at);
            int length = in.getInt(at + 1);
            check(type, length);
            if (in.readableBytes() <= length) {
                beginLong(in, type, length);
                break;
            }
            in.readerIndex(at + 1 + length);
            if (link.login().isDone()) {
                answers.read(type, in, at);
            } else {
                link.readLogin(type, in, at);
            }
        }
        gate.write(in, in.readerIndex());
    }

    private static void check(byte type, int length) {
        if (length < 4 || type < '1' || type > 'z') {
            throw new ProtocolViolation("a message of type " + type + " with length " + length);
        }
    }

    private void passOn(ByteBuf in) {
        int now = (int) Math.min(passing, in.readableBytes());
        if (now > 0) {
            int at = in.readerIndex();
            passing -= now;
            in.skipBytes(now);
            answers.passes(in, at);
        }
    }

    private void beginLong(ByteBuf in, byte type, int length) {
        boolean done = link.login().isDone();
        if (done && answers.begins(type, in)) {
            int at = in.readerIndex();
            passing = 1L + length - in.readableBytes();
            in.skipBytes(in.readableBytes());
            answers.passes(in, at);
        } else if (length > (done ? WHOLE_MESSAGE_BYTES_MAX : LOGIN_MESSAGE_BYTES_MAX)) {
            throw new ProtocolViolation(
                    "a message of type " + (char) type + " with " + length + " bytes");
        }
    }
}
