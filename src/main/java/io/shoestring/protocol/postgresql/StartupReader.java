package io.shoestring.protocol.postgresql;

import io.netty.buffer.ByteBuf;
import io.shoestring.protocol.postgresql.StartupPacket.Cancel;
import io.shoestring.protocol.postgresql.StartupPacket.GssEncRequest;
import io.shoestring.protocol.postgresql.StartupPacket.SslRequest;
import io.shoestring.protocol.postgresql.StartupPacket.Startup;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Bytes to {@link StartupPacket}; as strict as PostgreSQL's ProcessStartupPacket. */
final class StartupReader {
    static final int CANCEL_CODE = 80_877_102;
    static final int SSL_CODE = 80_877_103;
    static final int GSS_ENC_CODE = 80_877_104;

    private static final int LENGTH_MIN = 8;
    private static final int CANCEL_LENGTH = 16;
    private static final int MAJOR_SUPPORTED = 3;

    private StartupReader() {}

    static Optional<StartupPacket> read(ByteBuf in) {
        if (in.readableBytes() < 4) {
            return Optional.empty();
        }
        int start = in.readerIndex();
        int length = in.getInt(start);
        if (length < LENGTH_MIN || length > MessageLimits.STARTUP_BYTES_MAX) {
            throw new ProtocolViolation(
                    "invalid length %d of a startup packet: must be from %d to %d"
                            .formatted(length, LENGTH_MIN, MessageLimits.STARTUP_BYTES_MAX));
        }
        if (in.readableBytes() < length) {
            return Optional.empty();
        }
        StartupPacket packet =
                read(new BodyReader("startup packet", in, start + 4, length - 4), length);
        in.skipBytes(length);
        return Optional.of(packet);
    }

    private static StartupPacket read(BodyReader body, int length) {
        int code = body.nextInt();
        return switch (code) {
            case SSL_CODE -> exactly(length, LENGTH_MIN, "SSLRequest", new SslRequest());
            case GSS_ENC_CODE -> exactly(length, LENGTH_MIN, "GSSENCRequest", new GssEncRequest());
            case CANCEL_CODE -> cancel(body, length);
            default -> startup(body, code >>> 16, code & 0xffff);
        };
    }

    private static StartupPacket cancel(BodyReader body, int length) {
        if (length != CANCEL_LENGTH) {
            throw wrongLength("CancelRequest", length, CANCEL_LENGTH);
        }
        return new Cancel(body.nextInt(), body.nextInt());
    }

    private static StartupPacket exactly(
            int length, int expected, String name, StartupPacket packet) {
        if (length != expected) {
            throw wrongLength(name, length, expected);
        }
        return packet;
    }

    private static ProtocolViolation wrongLength(String name, int length, int expected) {
        return new ProtocolViolation(
                "invalid length %d of a %s: must be %d".formatted(length, name, expected));
    }

    private static Startup startup(BodyReader body, int major, int minor) {
        if (major != MAJOR_SUPPORTED) {
            throw new ProtocolViolation(
                    SqlState.FEATURE_NOT_SUPPORTED,
                    "unsupported frontend protocol %d.%d: only 3.0 is supported"
                            .formatted(major, minor));
        }
        Map<String, String> parameters = parameters(body);
        if (parameters.getOrDefault("user", "").isEmpty()) {
            throw new ProtocolViolation(
                    SqlState.INVALID_AUTHORIZATION_SPECIFICATION,
                    "no user name specified in the startup packet");
        }
        return new Startup(major, minor, Collections.unmodifiableMap(parameters));
    }

    private static Map<String, String> parameters(BodyReader body) {
        Map<String, String> parameters = new LinkedHashMap<>();
        if (body.remaining() == 0) {
            throw body.violation("has no terminator after its last parameter");
        }
        while (true) {
            String name = body.nextString();
            if (name.isEmpty()) {
                body.expectEnd();
                return parameters;
            }
            if (body.remaining() == 0) {
                throw body.violation("has a parameter without a value");
            }
            boolean repeated = parameters.put(name, body.nextString()) != null;
            // Two answers to "who are you" is how one party authenticates what another uses.
            if (repeated && (name.equals("user") || name.equals("database"))) {
                throw body.violation("names the parameter '" + name + "' twice");
            }
            if (body.remaining() == 0) {
                throw body.violation("has no terminator after its last parameter");
            }
        }
    }
}
