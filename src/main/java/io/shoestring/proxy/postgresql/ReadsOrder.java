package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.shoestring.config.Consistency;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code SET shoestring.reads = …}, {@code RESET} or {@code SHOW} of it: what a client asks of us
 * and not of a server.
 *
 * @param asks whether it wants to know and not to change it
 * @param value what it is set to, in the client's words; empty: to what the listener has
 */
record ReadsOrder(boolean asks, String value) {
    private static final int BYTES_MAX = 80;
    private static final Pattern SET =
            Pattern.compile(
                    "set\\s+(?:session\\s+)?shoestring\\.reads\\s*(?:=|\\sto\\s)\\s*"
                            + "(?:'([a-z_]*)'|([a-z_]+))");
    private static final Pattern RESET = Pattern.compile("reset\\s+shoestring\\.reads");
    private static final Pattern SHOW = Pattern.compile("show\\s+shoestring\\.reads");

    /** What a simple query orders; empty: it is about something else. */
    static Optional<ReadsOrder> of(ByteBuf in, int at, int length) {
        boolean possible = length <= BYTES_MAX && length > ReadRule.SETTING.length();
        if (!possible || !mayOrder(in, at)) {
            return Optional.empty();
        }
        return of(in.toString(at, length, StandardCharsets.ISO_8859_1));
    }

    /** SET, SHOW or RESET: nearly all other SQL is done with here. */
    private static boolean mayOrder(ByteBuf in, int at) {
        return switch (in.getByte(at + 2) | 0x20) {
            case 't', 'o', 's' -> true;
            default -> false;
        };
    }

    /** Of a statement. */
    static Optional<ReadsOrder> of(byte[] statement) {
        return of(new String(statement, StandardCharsets.ISO_8859_1));
    }

    private static Optional<ReadsOrder> of(String statement) {
        String text = statement.replace("\0", "").strip().toLowerCase(Locale.ROOT);
        if (!text.contains(ReadRule.SETTING)) {
            return Optional.empty();
        }
        String plain = text.endsWith(";") ? text.substring(0, text.length() - 1).strip() : text;
        if (SHOW.matcher(plain).matches()) {
            return Optional.of(new ReadsOrder(true, ""));
        }
        if (RESET.matcher(plain).matches()) {
            return Optional.of(new ReadsOrder(false, ""));
        }
        Matcher set = SET.matcher(plain);
        return set.matches()
                ? Optional.of(new ReadsOrder(false, value(set.group(1), set.group(2))))
                : Optional.empty();
    }

    private static String value(@Nullable String quoted, @Nullable String plain) {
        String value = quoted != null ? quoted : plain != null ? plain : "";
        return plain != null && value.equals("default") ? "" : value;
    }

    /** The consistency that is wanted; empty: the listener's, or none that exists. */
    Optional<Consistency> wanted() {
        return Consistency.of(value);
    }

    /** Whether it names what does not exist. */
    boolean isUnknown() {
        return !asks && !value.isEmpty() && wanted().isEmpty();
    }
}
