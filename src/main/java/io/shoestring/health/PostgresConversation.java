package io.shoestring.health;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * A start-up message (protocol 3.0). A server that asks for a password, or refuses the user, is
 * well; one that is starting up, or has no connection left, is not.
 */
final class PostgresConversation implements Conversation {
    private static final int VERSION = 3 << 16;
    private static final int LONGEST_ANSWER = 16_384;

    /** cannot_connect_now and the other classes 57 and 53 are no answers of a server in service. */
    private static final Set<String> REFUSED_USER = Set.of("28000", "28P01", "3D000");

    private final String user;

    PostgresConversation(String user) {
        this.user = user;
    }

    @Override
    public byte[] opening() {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (String text :
                new String[] {
                    "user", user, "database", "postgres", "application_name", "shoestring check"
                }) {
            body.writeBytes(text.getBytes(StandardCharsets.UTF_8));
            body.write(0);
        }
        body.write(0);
        return ByteBuffer.allocate(8 + body.size())
                .putInt(8 + body.size())
                .putInt(VERSION)
                .put(body.toByteArray())
                .array();
    }

    @Override
    public Step read(byte[] received, boolean ended) {
        int length = received.length < 5 ? LONGEST_ANSWER : ByteBuffer.wrap(received).getInt(1);
        if (received.length >= 5 && (length < 4 || length > LONGEST_ANSWER)) {
            return Conversation.failed(
                    Verdict.Code.L7RSP, "sent what is not PostgreSQL's protocol");
        }
        if (received.length < length + 1) {
            return ended
                    ? Conversation.failed(Verdict.Code.L7RSP, "closed without an answer")
                    : new Step.Wait();
        }
        return switch (received[0]) {
            case 'R' -> Conversation.passed("asks for authentication", "X\u0000\u0000\u0000\u0004");
            case 'E' -> error(new String(received, 5, length - 4, StandardCharsets.ISO_8859_1));
            default ->
                    Conversation.failed(
                            Verdict.Code.L7RSP, "sent what is not PostgreSQL's protocol");
        };
    }

    private static Step error(String fields) {
        String state = field(fields, 'C');
        String message = field(fields, 'M');
        return REFUSED_USER.contains(state)
                ? Conversation.passed("answers " + state, "")
                : Conversation.failed(
                        Verdict.Code.L7STS, "error " + state + " " + Conversation.shown(message));
    }

    private static String field(String fields, char type) {
        for (String field : fields.split("\u0000", -1)) {
            if (!field.isEmpty() && field.charAt(0) == type) {
                return field.substring(1);
            }
        }
        return "";
    }
}
