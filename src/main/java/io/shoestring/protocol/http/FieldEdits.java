package io.shoestring.protocol.http;

import io.netty.buffer.ByteBuf;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Changes of a header as it goes on: fields that do not, and lines that are added. Immutable; the
 * lines are ready to be written.
 */
public final class FieldEdits {
    private static final FieldEdits NONE = new FieldEdits(List.of(), List.of());

    private final byte[][] dropped;
    private final byte[] added;

    /**
     * @param dropped names of fields
     * @param added lines such as {@code "X-Frame-Options: DENY"}, without their ends
     */
    public FieldEdits(List<String> dropped, List<String> added) {
        this.dropped =
                dropped.stream()
                        .map(name -> Octets.bytes(name.toLowerCase(Locale.ROOT)))
                        .toArray(byte[][]::new);
        var lines = new StringBuilder();
        for (String line : added) {
            if (line.chars().anyMatch(each -> Octets.isControl((byte) each))) {
                throw new IllegalArgumentException("a control character in a header field");
            }
            lines.append(line).append("\r\n");
        }
        this.added = Octets.bytes(lines.toString());
    }

    private FieldEdits(byte[][] dropped, byte[] added) {
        this.dropped = dropped;
        this.added = added;
    }

    /** These changes, and a line more, without its end. */
    public FieldEdits and(String line) {
        byte[] more = Octets.bytes(line + "\r\n");
        byte[] both = Arrays.copyOf(added, added.length + more.length);
        System.arraycopy(more, 0, both, added.length, more.length);
        return new FieldEdits(dropped, both);
    }

    /** These changes, and a field less; the name in lower case. What is added stays. */
    public FieldEdits dropping(String lowerName) {
        byte[][] both = Arrays.copyOf(dropped, dropped.length + 1);
        both[dropped.length] = Octets.bytes(lowerName);
        return new FieldEdits(both, added);
    }

    /** Nothing changes. */
    public static FieldEdits none() {
        return NONE;
    }

    /** Whether fields of that name do not go on; the name in lower case. */
    public boolean drops(String lowerName) {
        byte[] name = Octets.bytes(lowerName);
        return drops(name, 0, name.length);
    }

    boolean drops(byte[] bytes, int from, int to) {
        for (byte[] name : dropped) {
            if (Octets.equalsIgnoreCase(bytes, from, to, name)) {
                return true;
            }
        }
        return false;
    }

    boolean dropsAny() {
        return dropped.length > 0;
    }

    int addedBytes() {
        return added.length;
    }

    /** Tells of the lines that are added. */
    void tellAdded(FieldSink sink) {
        int at = 0;
        while (at < added.length) {
            int colon = at;
            while (added[colon] != ':') {
                colon++;
            }
            int end = colon;
            while (added[end] != Octets.CR) {
                end++;
            }
            sink.field(added, at, colon, Math.min(colon + 2, end), end);
            at = end + 2;
        }
    }

    void writeAdded(ByteBuf out) {
        out.writeBytes(added);
    }
}
