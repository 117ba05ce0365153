package io.shoestring.monitoring.digest;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The text of a digest while it grows: blanks only where two words would run together, and lists of
 * values and repeated groups folded as soon as they are closed:
 *
 * <pre>
 *   in ( 1, 2, 3 )             in(?+)
 *   values (1, 'a'), (2, 'b')  values(?+)+
 * </pre>
 *
 * <p>Not thread-safe; {@link #clear} makes it new.
 */
final class Template {
    /** Bytes of a text; what would be longer ends there. */
    static final int LENGTH_MAX = 2_048;

    private static final int DEPTH_MAX = 64;

    private enum Last {
        NOTHING,
        WORD,
        VALUE,
        SYMBOL,
        OPEN,
        CLOSE
    }

    private final byte[] text = new byte[LENGTH_MAX];
    private final int[] openAt = new int[DEPTH_MAX];
    private final int[] groupFrom = new int[DEPTH_MAX + 1];
    private final int[] groupTo = new int[DEPTH_MAX + 1];
    private int length;
    private int depth;
    private int wordFrom;
    private Last last = Last.NOTHING;

    void clear() {
        length = 0;
        depth = 0;
        wordFrom = 0;
        last = Last.NOTHING;
        Arrays.fill(groupTo, -1);
    }

    boolean isFull() {
        return length == LENGTH_MAX;
    }

    boolean isEmpty() {
        return length == 0;
    }

    /** Whether a value may stand here: after {@code ( , = < >} and other operators. */
    boolean isAfterSymbol() {
        return last == Last.SYMBOL || last == Last.OPEN;
    }

    /** Whether the newest token is a word, or something that ends like one. */
    boolean isAfterOperand() {
        return last == Last.WORD || last == Last.VALUE || last == Last.CLOSE;
    }

    /** Whether the newest token is this word, given in lower case. */
    boolean isAfterWord(String word) {
        return last == Last.WORD && endsWith(wordFrom, word);
    }

    /** Begins a word; its letters follow with {@link #letter}. */
    void beginWord() {
        if (isAfterOperand()) {
            letter((byte) ' ');
        }
        wordFrom = length;
        last = Last.WORD;
    }

    void letter(byte letter) {
        if (length < LENGTH_MAX) {
            text[length++] = letter;
        }
    }

    /** Replaces the end of the word from {@code letters} letters on. */
    void cutWord(int letters, String rest) {
        if (length < LENGTH_MAX) {
            length = Math.min(length, wordFrom + letters);
            for (int i = 0; i < rest.length(); i++) {
                letter((byte) rest.charAt(i));
            }
        }
    }

    void value() {
        if (last == Last.SYMBOL && foldedInto()) {
            last = Last.VALUE;
            return;
        }
        if (isAfterOperand()) {
            letter((byte) ' ');
        }
        letter((byte) '?');
        last = Last.VALUE;
    }

    /** Whether the value joins the one before it: {@code ?,} and {@code ?+,} become {@code ?+}. */
    private boolean foldedInto() {
        boolean list = length >= 3 && text[length - 1] == ',' && !isFull();
        boolean plus = list && text[length - 2] == '+' && text[length - 3] == '?';
        if (plus) {
            length--;
        } else if (list && text[length - 2] == '?' && isItemStart(text[length - 3])) {
            text[length - 1] = '+';
        } else {
            return false;
        }
        return true;
    }

    private static boolean isItemStart(byte before) {
        return before == '(' || before == ',' || before == '[' || before == ' ';
    }

    void symbol(byte symbol) {
        letter(symbol);
        last = Last.SYMBOL;
    }

    void open(byte bracket) {
        if (depth < DEPTH_MAX) {
            openAt[depth] = length;
        }
        depth++;
        if (depth <= DEPTH_MAX) {
            groupTo[depth] = -1;
        }
        letter(bracket);
        last = Last.OPEN;
    }

    void close(byte bracket) {
        depth = Math.max(0, depth - 1);
        boolean whole = depth < DEPTH_MAX && !isFull() && last != Last.NOTHING;
        int from = whole ? openAt[depth] : 0;
        if (whole) {
            foldValues(from);
        }
        letter(bracket);
        last = Last.CLOSE;
        if (whole) {
            foldRepetition(from);
        }
    }

    /** Forgets a semicolon at the end. */
    void endStatement() {
        while (length > 0 && text[length - 1] == ';') {
            length--;
        }
    }

    @Override
    public String toString() {
        return new String(text, 0, length, StandardCharsets.UTF_8);
    }

    /** One value alone is a list only behind IN and VALUES, and in a row of such lists. */
    private void foldValues(int from) {
        boolean one = length == from + 2 && text[from + 1] == '?';
        if (one
                && (endsWithBefore(from, "in")
                        || endsWithBefore(from, "values")
                        || isInRow(from))) {
            letter((byte) '+');
        }
    }

    /** Whether a group that is a list of values stands just before. */
    private boolean isInRow(int from) {
        return depth <= DEPTH_MAX
                && from > 0
                && text[from - 1] == ','
                && groupTo[depth] == from - 1
                && text[Math.max(0, groupFrom[depth] + 2)] == '+';
    }

    /** The same group twice, with a comma between them, becomes one with a plus behind it. */
    private void foldRepetition(int from) {
        int before = groupFrom[depth];
        int beforeTo = groupTo[depth];
        boolean follows = from > 0 && beforeTo == from - 1 && text[from - 1] == ',';
        int groupLength = length - from;
        if (follows
                && Arrays.equals(text, from, length, text, before, before + groupLength)
                && isOnlyPlus(before + groupLength, beforeTo)) {
            length = before + groupLength;
            letter((byte) '+');
        } else {
            groupFrom[depth] = from;
        }
        groupTo[depth] = length;
    }

    private boolean isOnlyPlus(int from, int to) {
        return from == to || (from + 1 == to && text[from] == '+');
    }

    private boolean endsWithBefore(int to, String word) {
        int from = to - word.length();
        return from >= 0
                && (from == 0 || !isWordLetter(text[from - 1]))
                && startsWith(from, to, word);
    }

    private boolean endsWith(int from, String word) {
        return startsWith(from, length, word);
    }

    private boolean startsWith(int from, int to, String word) {
        if (to - from != word.length()) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            if (text[from + i] != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isWordLetter(byte letter) {
        return letter == '_'
                || (letter >= 'a' && letter <= 'z')
                || (letter >= '0' && letter <= '9')
                || letter < 0;
    }
}
