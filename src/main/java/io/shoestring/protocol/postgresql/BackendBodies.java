package io.shoestring.protocol.postgresql;

import io.netty.buffer.ByteBuf;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads the bodies of servers' messages by absolute index, moving nothing. Every method throws
 * {@link ProtocolViolation} if the body is malformed.
 */
public final class BackendBodies {
    private static final byte ROUTINE = 'R';

    private BackendBodies() {}

    /** A setting as the server reports it. */
    public record ParameterStatus(String name, String value) {}

    /** What a CancelRequest for the session must hold. */
    public record BackendKeyData(int processId, int secretKey) {
        /** Without the secret. */
        @Override
        public String toString() {
            return "BackendKeyData[processId=" + processId + "]";
        }
    }

    public static ParameterStatus parameterStatus(ByteBuf in, int bodyIndex, int bodyLength) {
        var body = new BodyReader("ParameterStatus", in, bodyIndex, bodyLength);
        var status = new ParameterStatus(body.nextString(), body.nextString());
        body.expectEnd();
        return status;
    }

    public static BackendKeyData backendKeyData(ByteBuf in, int bodyIndex, int bodyLength) {
        var body = new BodyReader("BackendKeyData", in, bodyIndex, bodyLength);
        var key = new BackendKeyData(body.nextInt(), body.nextInt());
        body.expectEnd();
        return key;
    }

    /** The columns of a DataRow that came as text; a null is empty. */
    public static List<Optional<String>> dataRow(ByteBuf in, int bodyIndex, int bodyLength) {
        var body = new BodyReader("DataRow", in, bodyIndex, bodyLength);
        int count = body.nextShort();
        List<Optional<String>> columns = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int length = body.nextInt();
            columns.add(
                    length < 0
                            ? Optional.empty()
                            : Optional.of(
                                    new String(body.nextBytes(length), StandardCharsets.UTF_8)));
        }
        body.expectEnd();
        return columns;
    }

    /** The channel of a NotificationResponse, one character per byte. */
    public static String notificationChannel(ByteBuf in, int bodyIndex, int bodyLength) {
        var body = new BodyReader("NotificationResponse", in, bodyIndex, bodyLength);
        body.nextInt();
        int from = bodyIndex + Integer.BYTES;
        String channel = in.toString(from, body.skipString(), StandardCharsets.ISO_8859_1);
        body.skipString();
        body.expectEnd();
        return channel;
    }

    /** One of {@link TransactionStatus}. */
    public static byte readyForQuery(ByteBuf in, int bodyIndex, int bodyLength) {
        var body = new BodyReader("ReadyForQuery", in, bodyIndex, bodyLength);
        byte status = body.nextByte();
        body.expectEnd();
        return switch (status) {
            case TransactionStatus.IDLE,
                    TransactionStatus.IN_TRANSACTION,
                    TransactionStatus.FAILED ->
                    status;
            default ->
                    throw body.violation("has an unknown status " + MessageHeader.describe(status));
        };
    }

    /** The tag of a CommandComplete, {@code INSERT 0 1}. */
    public static String commandTag(ByteBuf in, int bodyIndex, int bodyLength) {
        var body = new BodyReader("CommandComplete", in, bodyIndex, bodyLength);
        String tag = body.nextString();
        body.expectEnd();
        return tag;
    }

    /** Whether an ErrorResponse comes from this function of the server: its field {@code R}. */
    public static boolean isErrorOf(ByteBuf in, int bodyIndex, int bodyLength, String routine) {
        var body = new BodyReader("ErrorResponse", in, bodyIndex, bodyLength);
        for (byte code = body.nextByte(); code != 0; code = body.nextByte()) {
            String text = body.nextString();
            if (code == ROUTINE) {
                return text.equals(routine);
            }
        }
        return false;
    }

    /** Whether a CommandComplete's tag begins with {@code prefix} (ASCII); allocates nothing. */
    public static boolean commandTagStartsWith(
            ByteBuf in, int bodyIndex, int bodyLength, String prefix) {
        if (prefix.length() >= bodyLength) {
            return false;
        }
        for (int i = 0; i < prefix.length(); i++) {
            if (in.getByte(bodyIndex + i) != prefix.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
