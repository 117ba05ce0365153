package io.shoestring.protocol.postgresql;

import io.netty.buffer.ByteBuf;

/**
 * What an Execute message runs; the name's place is an absolute index into the buffer that it was
 * read from, without its terminator.
 *
 * @param rowsMax how many rows to send before the portal is suspended; 0 (or less) for all
 */
public record ExecuteBody(int portalIndex, int portalLength, int rowsMax) {

    /**
     * Reads the body of an Execute message.
     *
     * @throws ProtocolViolation if the body is malformed
     */
    public static ExecuteBody read(ByteBuf in, int bodyIndex, int bodyLength) {
        var body = new BodyReader("Execute", in, bodyIndex, bodyLength);
        int portalLength = body.skipString();
        int rowsMax = body.nextInt();
        body.expectEnd();
        return new ExecuteBody(bodyIndex, portalLength, rowsMax);
    }

    /** The portal's name, one character per byte. */
    public String portal(ByteBuf in) {
        return BodyReader.name(in, portalIndex, portalLength);
    }
}
