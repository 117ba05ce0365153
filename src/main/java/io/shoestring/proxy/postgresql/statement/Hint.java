package io.shoestring.proxy.postgresql.statement;

/** Reads what people tell the proxy in a comment: {@code shoestring: primary}. */
final class Hint {
    private static final String NAME = "shoestring";
    private static final String PRIMARY = "primary";

    private Hint() {}

    /** Whether the inside of a comment is exactly the hint; spaces and case do not matter. */
    static boolean isPrimary(byte[] sql, int from, int to) {
        int index = skipSpaces(sql, from, to);
        if (!hasWord(NAME, sql, index, to)) {
            return false;
        }
        index = skipSpaces(sql, index + NAME.length(), to);
        if (index >= to || sql[index] != ':') {
            return false;
        }
        index = skipSpaces(sql, index + 1, to);
        return hasWord(PRIMARY, sql, index, to)
                && skipSpaces(sql, index + PRIMARY.length(), to) == to;
    }

    private static int skipSpaces(byte[] sql, int from, int to) {
        int index = from;
        while (index < to && Letters.isSpace(sql[index])) {
            index++;
        }
        return index;
    }

    private static boolean hasWord(String word, byte[] sql, int from, int to) {
        if (to - from < word.length()) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            if (Letters.toLowerCase(sql[from + i]) != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
