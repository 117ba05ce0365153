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
 * Whether a COMMIT is a plain one: neither of the first phase of two, nor one that begins the next
 * transaction. What is written in another way than usual counts as not plain.
 */
final class PlainCommit {
    private static final int BYTES_MAX = 64;
    private static final String USUAL = "commit";
    private static final Pattern BLANKS = Pattern.compile("\\s+");

    private static final Set<String> PLAIN =
            Set.of(
                    USUAL,
                    "commit work",
                    "commit transaction",
                    "end",
                    "end work",
                    "end transaction");

    private PlainCommit() {}

    static boolean is(PreparedStatement statement) {
        if (statement.meaning().kind() != StatementKind.COMMIT) {
            return false;
        }
        ByteBuf parse = Unpooled.wrappedBuffer(statement.parse());
        int at = MessageHeader.BYTES + statement.name().length() + 1;
        int end = parse.indexOf(at, parse.writerIndex(), (byte) 0);
        return end >= at && is(parse, at, end - at);
    }

    static boolean is(ByteBuf in, int at, int length) {
        if (isUsual(in, at, length)) {
            return true;
        }
        if (length > BYTES_MAX) {
            return false;
        }
        String text = in.toString(at, length, StandardCharsets.ISO_8859_1).strip();
        String bare = text.endsWith(";") ? text.substring(0, text.length() - 1).strip() : text;
        return PLAIN.contains(BLANKS.matcher(bare.toLowerCase(Locale.ROOT)).replaceAll(" "));
    }

    /** Allocates nothing. */
    private static boolean isUsual(ByteBuf in, int at, int length) {
        if (length != USUAL.length()) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if ((in.getByte(at + i) | 0x20) != USUAL.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
