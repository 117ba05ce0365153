package io.shoestring.protocol.postgresql;

import io.netty.buffer.ByteBuf;

/**
 * Where the parts of a Parse message are: absolute indices into the buffer that it was read from,
 * without terminators.
 *
 * @param typesIndex where the count of parameter types begins; it and the types are the rest
 */
public record ParseBody(
        int nameIndex,
        int nameLength,
        int sqlIndex,
        int sqlLength,
        int typesIndex,
        int parameterTypeCount) {

    /**
     * Reads the body of a Parse message.
     *
     * @throws ProtocolViolation if the body is malformed
     */
    public static ParseBody read(ByteBuf in, int bodyIndex, int bodyLength) {
        var body = new BodyReader("Parse", in, bodyIndex, bodyLength);
        int nameLength = body.skipString();
        int sqlIndex = body.index();
        int sqlLength = body.skipString();
        int typesIndex = body.index();
        int typeCount = body.nextShort();
        body.skip(typeCount * 4);
        body.expectEnd();
        return new ParseBody(bodyIndex, nameLength, sqlIndex, sqlLength, typesIndex, typeCount);
    }

    /** Whether the statement is the unnamed one. */
    public boolean isUnnamed() {
        return nameLength == 0;
    }

    /** The statement's name, one character per byte: equal names have equal bytes. */
    public String name(ByteBuf in) {
        return BodyReader.name(in, nameIndex, nameLength);
    }
}
