package io.shoestring.protocol.postgresql;

import io.netty.buffer.ByteBuf;

/**
 * Where the names in a Bind message are: absolute indices into the buffer that it was read from,
 * without terminators.
 *
 * @param restIndex where everything behind the names begins: formats and values
 */
public record BindBody(
        int portalIndex, int portalLength, int statementIndex, int statementLength, int restIndex) {

    /**
     * Reads the names in the body of a Bind message; formats and values are the server's to judge.
     *
     * @throws ProtocolViolation if a name has no terminator
     */
    public static BindBody read(ByteBuf in, int bodyIndex, int bodyLength) {
        var body = new BodyReader("Bind", in, bodyIndex, bodyLength);
        int portalLength = body.skipString();
        int statementIndex = body.index();
        int statementLength = body.skipString();
        return new BindBody(bodyIndex, portalLength, statementIndex, statementLength, body.index());
    }

    /** Whether the statement is the unnamed one. */
    public boolean isUnnamedStatement() {
        return statementLength == 0;
    }

    /** The portal's name, one character per byte. */
    public String portal(ByteBuf in) {
        return BodyReader.name(in, portalIndex, portalLength);
    }

    /** The statement's name, one character per byte: equal names have equal bytes. */
    public String statement(ByteBuf in) {
        return BodyReader.name(in, statementIndex, statementLength);
    }
}
