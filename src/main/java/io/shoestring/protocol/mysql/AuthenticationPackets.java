package io.shoestring.protocol.mysql;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;

/** What is said between the greeting and the OK. */
public final class AuthenticationPackets {
    private static final int CHALLENGE_BYTES_MAX = 255;

    /** The first byte of Protocol::AuthSwitchRequest. */
    public static final int SWITCH = 0xfe;

    /** The first byte of Protocol::AuthMoreData. */
    public static final int MORE = 0x01;

    private AuthenticationPackets() {}

    /**
     * Protocol::AuthSwitchRequest.
     *
     * @param challenge a new one
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared; handed on at once.
    public record Switch(String method, byte[] challenge) {
        public Switch {
            requireNonNull(method, "method is null");
            requireNonNull(challenge, "challenge is null");
        }

        /** Reads a payload that begins with {@link #SWITCH}. */
        public static Switch read(ByteBuf in, int at, int length) {
            Payload payload = new Payload(in, at, length);
            payload.skip(1);
            if (payload.remaining() == 0) {
                throw new MysqlViolation("the server asks for a password of before 4.1");
            }
            String method = payload.zeroEnded();
            // The methods of 20 bytes have a zero behind them.
            boolean zeroEnded = payload.remaining() == ServerGreeting.CHALLENGE_BYTES + 1;
            int bytes = zeroEnded ? ServerGreeting.CHALLENGE_BYTES : payload.remaining();
            return new Switch(method, payload.bytes(Math.min(bytes, CHALLENGE_BYTES_MAX)));
        }

        /** Writes it as the packet of this number. */
        public void write(ByteBuf out, int number) {
            int at = Packet.begin(out, number);
            out.writeByte(SWITCH);
            Payload.writeZeroEnded(out, method);
            out.writeBytes(challenge).writeByte(0);
            Packet.end(out, at);
        }
    }

    /** Writes Protocol::AuthMoreData. */
    public static void more(ByteBuf out, int number, byte[] data) {
        int at = Packet.begin(out, number);
        out.writeByte(MORE).writeBytes(data);
        Packet.end(out, at);
    }

    /** Writes Protocol::AuthSwitchResponse, or another answer that is nothing but data. */
    public static void data(ByteBuf out, int number, byte[] data) {
        int at = Packet.begin(out, number);
        out.writeBytes(data);
        Packet.end(out, at);
    }
}
