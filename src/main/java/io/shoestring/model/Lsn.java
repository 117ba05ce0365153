package io.shoestring.model;

/** A position in PostgreSQL's write-ahead log: an unsigned 64-bit byte offset. */
public record Lsn(long value) implements Comparable<Lsn> {
    /** Before everything. */
    public static final Lsn ZERO = new Lsn(0);

    /**
     * Reads PostgreSQL's text form, two hexadecimal halves with a slash: {@code 0/30000F8}.
     *
     * @throws IllegalArgumentException if the text has another form
     */
    public static Lsn parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 1 || slash == text.length() - 1) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not a log position like 0/30000F8");
        }
        long high = Long.parseUnsignedLong(text, 0, slash, 16);
        long low = Long.parseUnsignedLong(text, slash + 1, text.length(), 16);
        return new Lsn(high << 32 | low);
    }

    /** How many bytes this position is ahead of {@code other}; negative when it is behind. */
    public long bytesAheadOf(Lsn other) {
        return value - other.value;
    }

    @Override
    public int compareTo(Lsn other) {
        return Long.compareUnsigned(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toHexString(value >>> 32).toUpperCase(java.util.Locale.ROOT)
                + "/"
                + Long.toHexString(value & 0xFFFF_FFFFL).toUpperCase(java.util.Locale.ROOT);
    }
}
