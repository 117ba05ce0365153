package io.shoestring.protocol.mysql;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;

/**
 * Protocol::HandshakeResponse41, a client's first packet, or its first inside of TLS.
 *
 * @param capabilities see {@link Capability}
 * @param packetBytesMax what the client takes
 * @param collation a number; 0 to 255
 * @param proof the answer to the challenge
 * @param schema the default schema; empty: none
 * @param method of authentication by which the proof was made; empty: not said
 * @param attributes as they came: pairs of counted texts
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared; handed on at once.
public record LoginRequest(
        long capabilities,
        int packetBytesMax,
        int collation,
        String user,
        byte[] proof,
        String schema,
        String method,
        byte[] attributes) {
    private static final int FILLER_BYTES = 19;
    private static final int EXTENSION_BYTES = 4;
    private static final int UP_TO_FILLER_BYTES = 9;
    private static final int ATTRIBUTES_BYTES_MAX = 64 << 10;

    public LoginRequest {
        requireNonNull(user, "user is null");
        requireNonNull(proof, "proof is null");
        requireNonNull(schema, "schema is null");
        requireNonNull(method, "method is null");
        requireNonNull(attributes, "attributes is null");
    }

    /** Whether the payload is Protocol::SSLRequest: TLS begins now. */
    public static boolean asksForTls(ByteBuf in, int at, int length) {
        return length == UP_TO_FILLER_BYTES + FILLER_BYTES + EXTENSION_BYTES
                && Capability.has(in.getIntLE(at), Capability.SSL);
    }

    /** Writes Protocol::SSLRequest, after which TLS begins. */
    public void writeTlsRequest(ByteBuf out, int number) {
        int at = Packet.begin(out, number);
        writeHead(out);
        Packet.end(out, at);
    }

    private void writeHead(ByteBuf out) {
        out.writeIntLE((int) capabilities).writeIntLE(packetBytesMax).writeByte(collation);
        out.writeZero(FILLER_BYTES);
        out.writeIntLE((int) Capability.extensions(capabilities));
    }

    /**
     * Reads the payload.
     *
     * @param offered the capabilities of the greeting
     */
    public static LoginRequest read(ByteBuf in, int at, int length, long offered) {
        Payload payload = new Payload(in, at, length);
        long claimed =
                payload.remaining() < 4
                        ? payload.twoBytes()
                        : Integer.toUnsignedLong(payload.fourBytes());
        long capabilities = claimed & (offered | Capability.SSL);
        if (!Capability.has(capabilities, Capability.PROTOCOL_41)) {
            throw new MysqlViolation(
                    ErrorCode.BAD_HANDSHAKE,
                    "the client is older than version 4.1 of the protocol");
        }
        int packetBytesMax = payload.fourBytes();
        int collation = payload.oneByte();
        payload.skip(FILLER_BYTES);
        long extensions = Integer.toUnsignedLong(payload.fourBytes());
        if (!Capability.has(claimed, Capability.LONG_PASSWORD)) {
            capabilities |= (extensions << Integer.SIZE) & offered;
        }
        String user = payload.zeroEnded();
        byte[] proof = proof(payload, capabilities);
        // Some clients send the name of a schema only if they want one, whatever they claimed.
        String schema =
                Capability.has(capabilities, Capability.CONNECT_WITH_DB) && payload.remaining() > 0
                        ? payload.zeroEnded()
                        : "";
        String method =
                Capability.has(capabilities, Capability.PLUGIN_AUTH) && payload.remaining() > 0
                        ? payload.zeroEnded()
                        : "";
        return new LoginRequest(
                capabilities,
                packetBytesMax,
                collation,
                user,
                proof,
                schema,
                method,
                attributes(payload, capabilities));
    }

    private static byte[] proof(Payload payload, long capabilities) {
        if (Capability.has(capabilities, Capability.LONG_AUTHENTICATION)) {
            return payload.counted();
        }
        if (Capability.has(capabilities, Capability.SECURE_CONNECTION)) {
            return payload.bytes(payload.oneByte());
        }
        throw new MysqlViolation(
                ErrorCode.BAD_HANDSHAKE, "the client's password is of a kind from before 4.1");
    }

    private static byte[] attributes(Payload payload, long capabilities) {
        if (!Capability.has(capabilities, Capability.CONNECT_ATTRIBUTES)
                || payload.remaining() == 0) {
            return new byte[0];
        }
        byte[] attributes = payload.counted();
        if (attributes.length > ATTRIBUTES_BYTES_MAX) {
            throw new MysqlViolation(
                    ErrorCode.BAD_HANDSHAKE,
                    "the client's attributes have more than " + ATTRIBUTES_BYTES_MAX + " bytes");
        }
        return attributes;
    }

    /** Writes it as the packet of this number; its capabilities say which parts there are. */
    public void write(ByteBuf out, int number) {
        int at = Packet.begin(out, number);
        writeHead(out);
        Payload.writeZeroEnded(out, user);
        out.writeByte(proof.length).writeBytes(proof);
        if (Capability.has(capabilities, Capability.CONNECT_WITH_DB)) {
            Payload.writeZeroEnded(out, schema);
        }
        if (Capability.has(capabilities, Capability.PLUGIN_AUTH)) {
            Payload.writeZeroEnded(out, method);
        }
        if (Capability.has(capabilities, Capability.CONNECT_ATTRIBUTES)) {
            Payload.writeCounted(out, attributes);
        }
        Packet.end(out, at);
    }
}
