package io.shoestring.proxy.mysql.statement;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** Reads what people tell the proxy in a comment: {@code shoestring: primary}. */
final class Hint {
    private static final Pattern PRIMARY =
            Pattern.compile("\\s*shoestring\\s*:\\s*primary\\s*", Pattern.CASE_INSENSITIVE);
    private static final int BYTES_MAX = 64;

    private Hint() {}

    /** Whether the inside of a comment is exactly the hint; spaces and case do not matter. */
    static boolean isPrimary(byte[] sql, int from, int to) {
        return to - from <= BYTES_MAX
                && PRIMARY.matcher(new String(sql, from, to - from, StandardCharsets.UTF_8))
                        .matches();
    }
}
