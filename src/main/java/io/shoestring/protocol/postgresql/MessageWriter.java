package io.shoestring.protocol.postgresql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.shoestring.base.Check;

/** Framing and strings for the two classes of message writers. */
final class MessageWriter {
    private MessageWriter() {}

    /** Writes type and a place for the length; returns the mark that {@link #end} wants. */
    static int begin(ByteBuf out, byte type) {
        out.writeByte(type);
        int mark = out.writerIndex();
        out.writeInt(0);
        return mark;
    }

    static void end(ByteBuf out, int mark) {
        out.setInt(mark, out.writerIndex() - mark);
    }

    /** A message that is only its type. */
    static void empty(ByteBuf out, byte type) {
        out.writeByte(type).writeInt(4);
    }

    /**
     * UTF-8 and a terminator.
     *
     * @throws IllegalStateException if the text holds a NUL, which would end it early for the peer
     */
    static void string(ByteBuf out, CharSequence text) {
        int from = out.writerIndex();
        ByteBufUtil.writeUtf8(out, text);
        boolean holdsNul = out.indexOf(from, out.writerIndex(), (byte) 0) >= 0;
        Check.that(!holdsNul, "a string of the protocol must not hold NUL");
        out.writeByte(0);
    }
}
