package io.shoestring.protocol.mysql;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;

/**
 * COM_CHANGE_USER: a log-in on a connection that is open.
 *
 * @param proof the answer to the challenge of the greeting
 * @param schema the default schema; empty: none
 * @param collation a number; empty in the packet: 0
 * @param method by which the proof was made; empty: not said
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared; handed on at once.
public record ChangeUser(String user, byte[] proof, String schema, int collation, String method) {
    public ChangeUser {
        requireNonNull(user, "user is null");
        requireNonNull(proof, "proof is null");
        requireNonNull(schema, "schema is null");
        requireNonNull(method, "method is null");
    }

    /** Reads the payload, which begins with the command's byte. */
    public static ChangeUser read(ByteBuf in, int at, int length) {
        Payload payload = new Payload(in, at, length);
        payload.skip(1);
        String user = payload.zeroEnded();
        byte[] proof = payload.bytes(payload.oneByte());
        String schema = payload.zeroEnded();
        int collation = payload.remaining() >= 2 ? payload.twoBytes() : 0;
        String method = payload.remaining() > 0 ? payload.zeroEnded() : "";
        return new ChangeUser(user, proof, schema, collation, method);
    }
}
