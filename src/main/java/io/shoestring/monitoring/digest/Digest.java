package io.shoestring.monitoring.digest;

import static java.util.Objects.requireNonNull;

/**
 * A kind of statement: what many statements have in common that differ only in their values.
 *
 * @param id a hash of the text, the same on every node and after every restart
 * @param text without values, in one line, at most {@link Template#LENGTH_MAX} bytes
 */
public record Digest(long id, String text) {
    private static final long PRIME = 0x9E37_79B9_7F4A_7C15L;

    public Digest {
        requireNonNull(text, "text is null");
    }

    /** The digest that has this text. */
    public static Digest of(String text) {
        long hash = text.length();
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * PRIME;
            hash ^= hash >>> 29;
        }
        return new Digest(hash, text);
    }
}
