package io.shoestring.protocol.postgresql;

import io.netty.buffer.ByteBuf;

/** Where the SQL of a Query message is: an absolute index, and a length without terminator. */
public record QueryBody(int sqlIndex, int sqlLength) {

    /**
     * Reads the body of a Query message.
     *
     * @throws ProtocolViolation if the body is malformed
     */
    public static QueryBody read(ByteBuf in, int bodyIndex, int bodyLength) {
        var body = new BodyReader("Query", in, bodyIndex, bodyLength);
        int sqlLength = body.skipString();
        body.expectEnd();
        return new QueryBody(bodyIndex, sqlLength);
    }
}
