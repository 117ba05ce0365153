package io.shoestring.protocol.mysql;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;

import java.util.Arrays;

/**
 * Protocol::HandshakeV10, a server's first packet.
 *
 * @param version of the server; MariaDB has {@code 5.5.5-} before its own
 * @param connectionId by which the connection is killed
 * @param challenge {@link #CHALLENGE_BYTES} bytes without a zero
 * @param capabilities see {@link Capability}
 * @param collation the number of the default collation
 * @param status see {@link ServerStatus}
 * @param method of authentication that the server begins with
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared; handed on at once.
public record ServerGreeting(
        String version,
        int connectionId,
        byte[] challenge,
        long capabilities,
        int collation,
        int status,
        String method) {
    /** Of a challenge. */
    public static final int CHALLENGE_BYTES = 20;

    private static final int PROTOCOL_VERSION = 10;
    private static final int FIRST_PART_BYTES = 8;
    private static final int FILLER_BYTES = 6;

    public ServerGreeting {
        requireNonNull(version, "version is null");
        requireNonNull(challenge, "challenge is null");
        requireNonNull(method, "method is null");
    }

    /** Reads the payload of a greeting, not of an error. */
    public static ServerGreeting read(ByteBuf in, int at, int length) {
        Payload payload = new Payload(in, at, length);
        int protocol = payload.oneByte();
        if (protocol != PROTOCOL_VERSION) {
            throw new MysqlViolation("the server speaks version " + protocol + " of the protocol");
        }
        String version = payload.zeroEnded();
        int connectionId = payload.fourBytes();
        byte[] challenge = Arrays.copyOf(payload.bytes(FIRST_PART_BYTES), CHALLENGE_BYTES);
        payload.skip(1);
        long capabilities = payload.twoBytes();
        int collation = payload.oneByte();
        int status = payload.twoBytes();
        capabilities |= (long) payload.twoBytes() << 16;
        payload.skip(1 + FILLER_BYTES);
        long extensions = Integer.toUnsignedLong(payload.fourBytes());
        if (!Capability.has(capabilities, Capability.LONG_PASSWORD)) {
            capabilities |= extensions << Integer.SIZE;
        }
        int rest = CHALLENGE_BYTES - FIRST_PART_BYTES;
        System.arraycopy(payload.bytes(rest), 0, challenge, FIRST_PART_BYTES, rest);
        payload.skip(Math.min(1, payload.remaining()));
        String method =
                Capability.has(capabilities, Capability.PLUGIN_AUTH)
                        ? payload.zeroEnded()
                        : NativePassword.METHOD;
        return new ServerGreeting(
                version, connectionId, challenge, capabilities, collation, status, method);
    }

    /** Writes it as the first packet of a connection. */
    public void write(ByteBuf out) {
        int at = Packet.begin(out, 0);
        out.writeByte(PROTOCOL_VERSION);
        Payload.writeZeroEnded(out, version);
        out.writeIntLE(connectionId);
        out.writeBytes(challenge, 0, FIRST_PART_BYTES).writeByte(0);
        out.writeShortLE((int) capabilities).writeByte(collation).writeShortLE(status);
        out.writeShortLE((int) (capabilities >>> 16)).writeByte(CHALLENGE_BYTES + 1);
        out.writeZero(FILLER_BYTES);
        out.writeIntLE((int) Capability.extensions(capabilities));
        out.writeBytes(challenge, FIRST_PART_BYTES, CHALLENGE_BYTES - FIRST_PART_BYTES);
        out.writeByte(0);
        Payload.writeZeroEnded(out, method);
        Packet.end(out, at);
    }
}
