package io.shoestring.monitoring.digest;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A statement's text in which every whole number and every string in single quotes is as short as
 * can be: what was found out about one statement holds for all of its shape, unless it depends on
 * their values.
 *
 * <pre>
 *   SELECT name FROM items WHERE id = 4711 AND kind = 'it''s'
 *   SELECT name FROM items WHERE id = 0 AND kind = ''
 * </pre>
 *
 * <p>A text in which it takes more than a look at each byte to tell where a value ends (a comment,
 * a backslash, a dollar quote) has no shape, nor has a long one. Not thread-safe; {@link #read}
 * makes it another.
 */
public final class Shape {
    /** Bytes of the longest text that has one. */
    public static final int TEXT_MAX = 4_096;

    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long PRIME = 0x9E37_79B9_7F4A_7C15L;

    private static final byte OTHER = 0;
    private static final byte WORD = 1;
    private static final byte DIGIT = 2;
    private static final byte STRING = 3;
    private static final byte NAME = 4;
    private static final byte DOT = 5;
    private static final byte TWICE = 6;
    private static final byte DOLLAR = 7;
    private static final byte UNREADABLE = 8;
    private static final byte[] KINDS = kinds();

    private final byte[] shape = new byte[TEXT_MAX];
    private byte[] text = new byte[0];
    private int from;
    private int to;
    private int length;
    private boolean known;
    private long hash;

    // While it is read: where, and what the byte before was.
    private int at;
    private byte before;
    private boolean insideNumber;

    private static byte[] kinds() {
        byte[] kinds = new byte[256];
        Arrays.fill(kinds, 'a', 'z' + 1, WORD);
        Arrays.fill(kinds, 'A', 'Z' + 1, WORD);
        Arrays.fill(kinds, 128, 256, WORD);
        Arrays.fill(kinds, '0', '9' + 1, DIGIT);
        kinds['_'] = WORD;
        kinds['@'] = WORD;
        kinds['\''] = STRING;
        kinds['"'] = NAME;
        kinds['`'] = NAME;
        kinds['.'] = DOT;
        kinds['-'] = TWICE;
        kinds['$'] = DOLLAR;
        kinds['/'] = TWICE;
        kinds['#'] = UNREADABLE;
        kinds['\\'] = UNREADABLE;
        kinds[0] = UNREADABLE;
        return kinds;
    }

    /** Becomes the shape of the text from {@code from} up to {@code to}, which must not change. */
    public void read(byte[] newText, int newFrom, int newTo) {
        text = newText;
        from = newFrom;
        to = newTo;
        known = newTo - newFrom <= TEXT_MAX && copy();
        hash = known ? hash(shape, 0, length) : hash(newText, newFrom, newTo);
    }

    /** Whether the text has a shape. */
    public boolean isKnown() {
        return known;
    }

    /** Of the shape; of the text, if it has none. */
    public long hash() {
        return hash;
    }

    /** The shape as bytes of their own. */
    public byte[] toBytes() {
        return Arrays.copyOf(shape, length);
    }

    /** Whether this is the shape with these bytes. */
    public boolean is(byte[] bytes) {
        return known && Arrays.equals(shape, 0, length, bytes, 0, bytes.length);
    }

    byte[] text() {
        return text;
    }

    int from() {
        return from;
    }

    int to() {
        return to;
    }

    /** A hash of bytes that come from anywhere; equal texts have equal ones, in this process. */
    static long hash(byte[] bytes, int from, int to) {
        long hash = (to - from) * PRIME;
        int at = from;
        for (; at + Long.BYTES <= to; at += Long.BYTES) {
            hash = (hash ^ (long) LONGS.get(bytes, at)) * PRIME;
            hash ^= hash >>> 32;
        }
        for (; at < to; at++) {
            hash = (hash ^ bytes[at]) * PRIME;
        }
        return hash ^ (hash >>> 29);
    }

    private boolean copy() {
        at = from;
        length = 0;
        before = OTHER;
        insideNumber = false;
        boolean readable = true;
        while (readable && at < to) {
            byte letter = text[at];
            byte kind = KINDS[letter & 0xff];
            if (kind <= WORD) {
                shape[length++] = letter;
                at++;
                before = kind;
                insideNumber = false;
            } else {
                readable = special(letter, kind);
            }
        }
        return readable;
    }

    /** A byte that is more than a letter or a symbol; false: nothing is certain any more. */
    private boolean special(byte letter, byte kind) {
        return switch (kind) {
            case DIGIT -> number();
            case STRING -> string();
            case NAME -> name(letter);
            case DOT -> dot();
            case TWICE -> single(letter);
            case DOLLAR -> dollar();
            default -> false;
        };
    }

    /** Digits, unless they are a part of a word or go on as one. */
    private boolean number() {
        int begin = at;
        while (at < to && KINDS[text[at] & 0xff] == DIGIT) {
            at++;
        }
        byte next = at < to ? KINDS[text[at] & 0xff] : OTHER;
        boolean ownNumber = before != WORD && (before != DOT || insideNumber);
        if (ownNumber && next != WORD && next != DOLLAR) {
            put((byte) '0');
            insideNumber = true;
            before = DIGIT;
        } else {
            System.arraycopy(text, begin, shape, length, at - begin);
            length += at - begin;
            insideNumber = false;
            before = WORD;
        }
        return true;
    }

    /** A doubled quote belongs to it; behind a backslash nobody knows. */
    private boolean string() {
        at++;
        while (at < to) {
            byte letter = text[at++];
            if (letter == '\\') {
                return false;
            }
            if (letter == '\'') {
                if (at == to || text[at] != '\'') {
                    put((byte) '\'');
                    put((byte) '\'');
                    before = STRING;
                    insideNumber = false;
                    return true;
                }
                at++;
            }
        }
        return false;
    }

    /** Kept as it is: a name, or what a MySQL takes for a string. */
    private boolean name(byte quote) {
        int begin = at++;
        while (at < to && text[at] != quote) {
            if (text[at] == '\\') {
                return false;
            }
            at++;
        }
        if (at == to) {
            return false;
        }
        at++;
        System.arraycopy(text, begin, shape, length, at - begin);
        length += at - begin;
        before = WORD;
        insideNumber = false;
        return true;
    }

    private boolean dot() {
        at++;
        put((byte) '.');
        insideNumber = insideNumber && before == DIGIT;
        before = DOT;
        return true;
    }

    /** A minus or a slash; two of them, or an asterisk behind it, begin a comment. */
    private boolean single(byte letter) {
        at++;
        if (at < to && (text[at] == letter || text[at] == '*')) {
            return false;
        }
        put(letter);
        before = OTHER;
        insideNumber = false;
        return true;
    }

    /** A parameter, or a part of a word. */
    private boolean dollar() {
        at++;
        boolean parameter = at < to && KINDS[text[at] & 0xff] == DIGIT;
        if (!parameter || insideNumber) {
            return false;
        }
        put((byte) '$');
        before = WORD;
        return true;
    }

    /** The shape is never longer than the text: whatever is put there stands for as much of it. */
    private void put(byte letter) {
        shape[length++] = letter;
    }
}
