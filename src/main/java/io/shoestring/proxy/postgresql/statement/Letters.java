package io.shoestring.proxy.postgresql.statement;

/** Classes of bytes in SQL, as PostgreSQL's scan.l has them. */
final class Letters {
    private static final byte IDENTIFIER_START = 1;
    private static final byte IDENTIFIER_PART = 2;
    private static final byte DIGIT = 4;
    private static final byte SPACE = 8;
    private static final byte SYMBOL = 16;

    private static final byte[] CLASSES = classes();

    private Letters() {}

    private static byte[] classes() {
        byte[] classes = new byte[256];
        for (int letter = 0; letter < 256; letter++) {
            if ((letter >= 'a' && letter <= 'z')
                    || (letter >= 'A' && letter <= 'Z')
                    || letter == '_'
                    || letter >= 0x80) {
                classes[letter] = IDENTIFIER_START | IDENTIFIER_PART;
            }
        }
        mark(classes, "0123456789", (byte) (DIGIT | IDENTIFIER_PART));
        mark(classes, "$", IDENTIFIER_PART);
        mark(classes, " \t\n\r\f", SPACE);
        mark(classes, "~!@#^&|`?+-*/%<>=[]:,.", SYMBOL);
        return classes;
    }

    private static void mark(byte[] classes, String letters, byte value) {
        letters.chars().forEach(letter -> classes[letter] = value);
    }

    /** Letters, underscore, and every byte of a multi-byte character. */
    static boolean isIdentifierStart(byte letter) {
        return (CLASSES[letter & 0xff] & IDENTIFIER_START) != 0;
    }

    /** Also digits and the dollar sign. */
    static boolean isIdentifierPart(byte letter) {
        return (CLASSES[letter & 0xff] & IDENTIFIER_PART) != 0;
    }

    static boolean isDigit(byte letter) {
        return (CLASSES[letter & 0xff] & DIGIT) != 0;
    }

    static boolean isSpace(byte letter) {
        return (CLASSES[letter & 0xff] & SPACE) != 0;
    }

    /** What operators are made of, and punctuation without a meaning of its own here. */
    static boolean isSymbol(byte letter) {
        return (CLASSES[letter & 0xff] & SYMBOL) != 0;
    }

    static byte toLowerCase(byte letter) {
        return letter >= 'A' && letter <= 'Z' ? (byte) (letter + ('a' - 'A')) : letter;
    }
}
