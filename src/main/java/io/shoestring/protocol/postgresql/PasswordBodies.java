package io.shoestring.protocol.postgresql;

import io.netty.buffer.ByteBuf;

/**
 * Reads the bodies of messages of type {@link FrontendType#PASSWORD}; which one it is follows from
 * what was asked for. Every method throws {@link ProtocolViolation} if the body is malformed.
 */
public final class PasswordBodies {
    private PasswordBodies() {}

    /**
     * The first message of a SASL exchange.
     *
     * @param data the client's first message, empty if it sent none
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared; handed on at once.
    public record SaslInitialResponse(String mechanism, byte[] data) {
        /** Without the data. */
        @Override
        public String toString() {
            return "SaslInitialResponse[mechanism=" + mechanism + "]";
        }
    }

    /** A password in clear text or an MD5 response. */
    public static String password(ByteBuf in, int bodyIndex, int bodyLength) {
        var body = new BodyReader("PasswordMessage", in, bodyIndex, bodyLength);
        String password = body.nextString();
        body.expectEnd();
        return password;
    }

    public static SaslInitialResponse saslInitialResponse(
            ByteBuf in, int bodyIndex, int bodyLength) {
        var body = new BodyReader("SASLInitialResponse", in, bodyIndex, bodyLength);
        String mechanism = body.nextString();
        int length = body.nextInt();
        byte[] data = body.nextBytes(length == -1 ? 0 : length);
        body.expectEnd();
        return new SaslInitialResponse(mechanism, data);
    }

    public static byte[] saslResponse(ByteBuf in, int bodyIndex, int bodyLength) {
        var body = new BodyReader("SASLResponse", in, bodyIndex, bodyLength);
        return body.nextBytes(body.remaining());
    }
}
