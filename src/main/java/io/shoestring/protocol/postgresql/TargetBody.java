package io.shoestring.protocol.postgresql;

import io.netty.buffer.ByteBuf;

/**
 * What a Describe or Close message is about; the name's place is an absolute index into the buffer
 * that it was read from, without its terminator.
 *
 * @param kind {@link #STATEMENT} or {@link #PORTAL}
 */
public record TargetBody(byte kind, int nameIndex, int nameLength) {
    public static final byte STATEMENT = 'S';
    public static final byte PORTAL = 'P';

    /**
     * Reads the body of a Describe or Close message.
     *
     * @throws ProtocolViolation if the body is malformed
     */
    public static TargetBody read(ByteBuf in, int bodyIndex, int bodyLength) {
        var body = new BodyReader("Describe or Close", in, bodyIndex, bodyLength);
        byte kind = body.nextByte();
        if (kind != STATEMENT && kind != PORTAL) {
            throw body.violation("is about an unknown kind " + MessageHeader.describe(kind));
        }
        int nameIndex = body.index();
        int nameLength = body.skipString();
        body.expectEnd();
        return new TargetBody(kind, nameIndex, nameLength);
    }

    public boolean isStatement() {
        return kind == STATEMENT;
    }

    /** The statement's or portal's name, one character per byte: equal names have equal bytes. */
    public String name(ByteBuf in) {
        return BodyReader.name(in, nameIndex, nameLength);
    }
}
