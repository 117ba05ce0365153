package io.shoestring.health;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The server's greeting, and a log-in without a password.
 *
 * <p>A server that refuses the user is well. To leave after the greeting would be counted by the
 * server as a broken connection, and after {@code max_connect_errors} of them it would refuse this
 * machine altogether.
 */
final class MysqlConversation implements Conversation {
    private static final int HEADER_BYTES = 4;
    private static final int PROTOCOL_VERSION = 10;
    private static final int ACCESS_DENIED = 1045;
    private static final int ACCESS_DENIED_NO_PASSWORD = 1698;

    /** CLIENT_PROTOCOL_41, CLIENT_SECURE_CONNECTION, CLIENT_LONG_PASSWORD. */
    private static final int CAPABILITIES = 0x0200 | 0x8000 | 0x0001;

    private static final int FILLER_BYTES = 23;

    private final String user;
    private String version = "";

    MysqlConversation(String user) {
        this.user = user;
    }

    @Override
    public byte[] opening() {
        return NOTHING;
    }

    @Override
    public Step read(byte[] received, boolean ended) {
        if (received.length < HEADER_BYTES || received.length < HEADER_BYTES + length(received)) {
            return ended
                    ? Conversation.failed(Verdict.Code.L7RSP, "closed without an answer")
                    : new Step.Wait();
        }
        byte[] body = Arrays.copyOfRange(received, HEADER_BYTES, HEADER_BYTES + length(received));
        if (body.length == 0) {
            return Conversation.failed(Verdict.Code.L7RSP, "sent an empty packet");
        }
        return version.isEmpty() ? greeting(body) : answer(body);
    }

    private static int length(byte[] header) {
        return (header[0] & 0xff) | (header[1] & 0xff) << 8 | (header[2] & 0xff) << 16;
    }

    private Step greeting(byte[] body) {
        if ((body[0] & 0xff) == 0xff) {
            return error(body);
        }
        if (body[0] != PROTOCOL_VERSION) {
            return Conversation.failed(
                    Verdict.Code.L7RSP, "protocol version " + body[0] + " is not known");
        }
        int end = 1;
        while (end < body.length && body[end] != 0) {
            end++;
        }
        version = "version " + new String(body, 1, end - 1, StandardCharsets.ISO_8859_1);
        return new Step.Say(new String(login(), StandardCharsets.ISO_8859_1));
    }

    private byte[] login() {
        byte[] name = user.getBytes(StandardCharsets.UTF_8);
        byte[] packet = new byte[HEADER_BYTES + 4 + 4 + 1 + FILLER_BYTES + name.length + 2];
        packet[0] = (byte) (packet.length - HEADER_BYTES);
        packet[1] = (byte) ((packet.length - HEADER_BYTES) >> 8);
        packet[3] = 1;
        packet[4] = (byte) CAPABILITIES;
        packet[5] = (byte) (CAPABILITIES >> 8);
        packet[HEADER_BYTES + 8] = 33;
        System.arraycopy(name, 0, packet, HEADER_BYTES + 9 + FILLER_BYTES, name.length);
        return packet;
    }

    /** OK, a question for a password in some way, or an error. */
    private Step answer(byte[] body) {
        if ((body[0] & 0xff) != 0xff) {
            return Conversation.passed(version, "\u0001\u0000\u0000\u0000\u0001");
        }
        int code = (body[1] & 0xff) | (body[2] & 0xff) << 8;
        return code == ACCESS_DENIED || code == ACCESS_DENIED_NO_PASSWORD
                ? Conversation.passed(version, "")
                : error(body);
    }

    private static Step error(byte[] body) {
        if (body.length < 3) {
            return Conversation.failed(Verdict.Code.L7RSP, "sent a broken error");
        }
        int code = (body[1] & 0xff) | (body[2] & 0xff) << 8;
        String text = new String(body, 3, body.length - 3, StandardCharsets.ISO_8859_1);
        return Conversation.failed(
                Verdict.Code.L7STS, "error " + code + " " + Conversation.shown(text));
    }
}
