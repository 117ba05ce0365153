package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.shoestring.protocol.postgresql.MessageHeader;
import io.shoestring.proxy.postgresql.statement.StatementKind;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Whether a BEGIN or a COMMIT is a plain one. What is written in another way than usual counts as
 * not plain.
 */
final class PlainText {
    private static final int BYTES_MAX = 64;
    private static final String USUAL_BEGIN = "begin";
    private static final String USUAL_COMMIT = "commit";
    private static final Pattern BLANKS = Pattern.compile("\\s+");

    private static final Set<String> PLAIN_COMMIT =
            Set.of(
                    USUAL_COMMIT,
                    "commit work",
                    "commit transaction",
                    "end",
                    "end work",
                    "end transaction");

    /** What no primary refuses. */
    private static final Set<String> PLAIN_BEGIN =
            Set.of(
                    "begin",
                    "begin work",
                    "begin transaction",
                    "start transaction",
                    "begin read only",
                    "begin read write",
                    "begin isolation level read committed",
                    "begin isolation level repeatable read",
                    "begin isolation level serializable",
                    "start transaction read only",
                    "start transaction isolation level repeatable read",
                    "start transaction isolation level serializable");

    private PlainText() {}

    /** See the method for bytes. */
    static boolean isPlain(PreparedStatement statement) {
        StatementKind kind = statement.meaning().kind();
        if (kind != StatementKind.COMMIT && kind != StatementKind.BEGIN) {
            return false;
        }
        ByteBuf parse = Unpooled.wrappedBuffer(statement.parse());
        int at = MessageHeader.BYTES + statement.name().length() + 1;
        int end = parse.indexOf(at, parse.writerIndex(), (byte) 0);
        return end >= at && isPlain(kind, parse, at, end - at);
    }

    /**
     * COMMIT: it is neither the first phase of two, nor does it begin the next transaction. BEGIN:
     * it has nothing in it that could be refused. Other kinds are never plain.
     */
    static boolean isPlain(StatementKind kind, ByteBuf in, int at, int length) {
        return switch (kind) {
            case COMMIT ->
                    isUsual(USUAL_COMMIT, in, at, length) || isIn(PLAIN_COMMIT, in, at, length);
            case BEGIN -> isUsual(USUAL_BEGIN, in, at, length) || isIn(PLAIN_BEGIN, in, at, length);
            default -> false;
        };
    }

    private static boolean isIn(Set<String> texts, ByteBuf in, int at, int length) {
        if (length > BYTES_MAX) {
            return false;
        }
        String text = in.toString(at, length, StandardCharsets.ISO_8859_1).strip();
        String bare = text.endsWith(";") ? text.substring(0, text.length() - 1).strip() : text;
        return texts.contains(BLANKS.matcher(bare.toLowerCase(Locale.ROOT)).replaceAll(" "));
    }

    /** Allocates nothing. */
    private static boolean isUsual(String usual, ByteBuf in, int at, int length) {
        if (length != usual.length()) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if ((in.getByte(at + i) | 0x20) != usual.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
