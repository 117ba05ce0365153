package io.shoestring.monitoring.digest;

/**
 * Takes the values out of a statement in one pass, without parsing it: every string, number and
 * parameter becomes {@code ?}, lists of them one {@code ?+}, words are lower-cased, comments (but
 * for hints) and surplus blanks go, and names with generated endings lose them. What cannot be read
 * to its end counts as a value: nothing that may be one is ever kept.
 *
 * <p>Works on the first {@link #READ_MAX} bytes. Not thread-safe: one for each event loop.
 */
public final class StatementNormaliser {
    /** Bytes of a statement that are looked at; a longer one ends in {@code …}. */
    public static final int READ_MAX = 16_384;

    private static final int GENERATED_DIGITS = 3;
    private static final String[] BEFORE_SIGN = {
        "select", "where", "and", "or", "not", "in", "like", "between", "limit", "offset", "then",
        "else", "when", "return", "by", "values", "set", "on", "having", "as", "is", "div", "mod"
    };
    private static final String[] BEFORE_ALL = {"select", "all", "distinct", "returning"};
    private static final String[] NAMED_VALUE = {
        "savepoint", "deallocate", "listen", "unlisten", "notify"
    };

    private final boolean mysql;
    private final Template template = new Template();
    private byte[] sql = new byte[0];
    private int position;
    private int end;
    private boolean insideCode;

    public StatementNormaliser(Dialect dialect) {
        this.mysql = dialect == Dialect.MYSQL;
    }

    /** The digest of the statement in {@code text} from {@code from} up to {@code to}. */
    public Digest digest(byte[] text, int from, int to) {
        sql = text;
        position = from;
        end = Math.min(to, from + READ_MAX);
        insideCode = false;
        template.clear();
        while (position < end && !template.isFull()) {
            token(sql[position]);
        }
        template.endStatement();
        if (end < to) {
            template.beginWord();
            template.letter((byte) '~');
        }
        sql = new byte[0];
        return Digest.of(template.toString());
    }

    private void token(byte letter) {
        if (letter <= ' ' && letter >= 0) {
            position++;
        } else if (isDigit(letter) || (letter == '.' && isDigit(peek(1)) && !isAfterName())) {
            number();
        } else if (isWordStart(letter)) {
            word();
        } else {
            other(letter);
        }
    }

    private void other(byte letter) {
        switch (letter) {
            case '\'' -> string('\'', mysql);
            case '"' -> doubleQuote();
            case '`' -> quotedName('`');
            case '$' -> dollar();
            case '(', '[' -> bracket(letter);
            case ')', ']' -> closing(letter);
            case '-', '+' -> sign(letter);
            case '/' -> slash();
            case '#' -> hash();
            case '*' -> star();
            case '?' -> question();
            case ';' -> semicolon();
            default -> symbol(letter);
        }
    }

    private byte peek(int distance) {
        return distance < end - position ? sql[position + distance] : 0;
    }

    private void symbol(byte letter) {
        position++;
        template.symbol(letter);
    }

    private void bracket(byte letter) {
        position++;
        template.open(letter);
    }

    private void closing(byte letter) {
        position++;
        template.close(letter);
    }

    private void semicolon() {
        position++;
        if (!template.isEmpty()) {
            template.symbol((byte) ';');
        }
    }

    private void doubleQuote() {
        if (mysql) {
            string('"', true);
        } else {
            quotedName('"');
        }
    }

    /** In MySQL a parameter; in PostgreSQL an operator. */
    private void question() {
        if (mysql) {
            position++;
            template.value();
        } else {
            symbol((byte) '?');
        }
    }

    private void hash() {
        if (mysql) {
            skipLine();
        } else {
            symbol((byte) '#');
        }
    }

    /** All columns, or a multiplication. */
    private void star() {
        if (insideCode && peek(1) == '/') {
            insideCode = false;
            position += 2;
        } else if (!template.isAfterOperand() || isAfterAny(BEFORE_ALL)) {
            position++;
            template.beginWord();
            template.letter((byte) '*');
        } else {
            symbol((byte) '*');
        }
    }

    /** A sign before a number belongs to it, where no operand stands before it. */
    private void sign(byte letter) {
        if (letter == '-' && peek(1) == '-' && (!mysql || peek(2) <= ' ')) {
            skipLine();
            return;
        }
        boolean number = isDigit(peek(1)) || (peek(1) == '.' && isDigit(peek(2)));
        if (number && (!template.isAfterOperand() || isAfterAny(BEFORE_SIGN))) {
            position++;
            number();
        } else {
            symbol(letter);
        }
    }

    private void slash() {
        if (peek(1) != '*') {
            symbol((byte) '/');
        } else if (mysql && peek(2) == '!') {
            beginCode();
        } else if (peek(2) == '+') {
            hint();
        } else {
            skipComment();
        }
    }

    /** What stands in it is run by a MySQL that is new enough. */
    private void beginCode() {
        position += 3;
        while (isDigit(peek(0))) {
            position++;
        }
        insideCode = true;
    }

    private void hint() {
        template.beginWord();
        while (position < end && !(sql[position] == '*' && peek(1) == '/')) {
            byte letter = sql[position++];
            template.letter(letter < ' ' && letter >= 0 ? (byte) ' ' : letter);
        }
        template.letter((byte) '*');
        template.letter((byte) '/');
        position = Math.min(end, position + 2);
    }

    private void skipComment() {
        int depth = 0;
        do {
            if (peek(0) == '/' && peek(1) == '*') {
                depth = mysql ? 1 : depth + 1;
                position += 2;
            } else if (peek(0) == '*' && peek(1) == '/') {
                depth--;
                position += 2;
            } else {
                position++;
            }
        } while (depth > 0 && position < end);
    }

    private void skipLine() {
        while (position < end && sql[position] != '\n') {
            position++;
        }
    }

    /** Decimal, fraction, exponent, 0x, 0b, 0o, underscores. */
    private void number() {
        boolean hexadecimal = peek(0) == '0' && (peek(1) | 0x20) == 'x';
        boolean more = true;
        while (more && position < end) {
            byte letter = sql[position];
            boolean exponent =
                    !hexadecimal
                            && (letter | 0x20) == 'e'
                            && (peek(1) == '-' || peek(1) == '+')
                            && isDigit(peek(2));
            position += exponent ? 2 : 0;
            more = exponent || isWordPart(letter) || letter == '.';
            position += more ? 1 : 0;
        }
        template.value();
    }

    private void word() {
        int from = position;
        while (position < end && isWordPart(sql[position])) {
            position++;
        }
        if (peek(0) == '\'' && isStringPrefix(from)) {
            boolean escapes = mysql || (sql[from] | 0x20) == 'e';
            string('\'', escapes);
            return;
        }
        boolean value = isAfterAny(NAMED_VALUE) || (isConstant(from) && template.isAfterSymbol());
        if (value) {
            template.value();
        } else {
            name(from, position);
        }
    }

    private void name(int from, int to) {
        template.beginWord();
        for (int i = from; i < to; i++) {
            template.letter(lower(sql[i]));
        }
        int digits = to;
        while (digits > from && isDigit(sql[digits - 1])) {
            digits--;
        }
        if (to - digits >= GENERATED_DIGITS && digits > from && sql[digits - 1] == '_') {
            template.cutWord(digits - from, "#");
        }
    }

    private void quotedName(char quote) {
        template.beginWord();
        template.letter((byte) quote);
        position++;
        while (position < end && (sql[position] != quote || peek(1) == quote)) {
            int letters = sql[position] == quote ? 2 : 1;
            for (int i = 0; i < letters; i++) {
                byte letter = sql[position++];
                template.letter(letter < ' ' && letter >= 0 ? (byte) ' ' : letter);
            }
        }
        template.letter((byte) quote);
        position = Math.min(end, position + 1);
    }

    private void string(char quote, boolean escapes) {
        position++;
        boolean open = true;
        while (open && position < end) {
            if (escapes && sql[position] == '\\') {
                position += 2;
            } else if (sql[position] != quote) {
                position++;
            } else if (peek(1) == quote) {
                position += 2;
            } else {
                position++;
                open = false;
            }
        }
        position = Math.min(end, position);
        template.value();
    }

    /** {@code $1}, {@code $tag$ ... $tag$}, or just a dollar. */
    private void dollar() {
        if (isDigit(peek(1))) {
            position++;
            number();
            return;
        }
        int tag = position + 1;
        while (tag < end && isWordPart(sql[tag]) && sql[tag] != '$') {
            tag++;
        }
        if (mysql || tag >= end || sql[tag] != '$') {
            symbol((byte) '$');
            return;
        }
        int length = tag + 1 - position;
        int close = position + length;
        while (close < end && !isSame(position, close, length)) {
            close++;
        }
        position = Math.min(end, close + length);
        template.value();
    }

    private boolean isSame(int one, int other, int length) {
        if (other + length > end) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (sql[one + i] != sql[other + i]) {
                return false;
            }
        }
        return true;
    }

    private boolean isStringPrefix(int from) {
        int length = position - from;
        byte first = lower(sql[from]);
        return (length == 1 && (first == 'e' || first == 'b' || first == 'x' || first == 'n'))
                || (mysql && first == '_');
    }

    private boolean isConstant(int from) {
        return isWord(from, "null") || isWord(from, "true") || isWord(from, "false");
    }

    private boolean isWord(int from, String word) {
        if (position - from != word.length()) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            if (lower(sql[from + i]) != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private boolean isAfterAny(String[] words) {
        for (String word : words) {
            if (template.isAfterWord(word)) {
                return true;
            }
        }
        return false;
    }

    private boolean isAfterName() {
        return template.isAfterOperand();
    }

    private static boolean isDigit(byte letter) {
        return letter >= '0' && letter <= '9';
    }

    private static boolean isWordStart(byte letter) {
        return letter == '_' || letter < 0 || (lower(letter) >= 'a' && lower(letter) <= 'z');
    }

    private static boolean isWordPart(byte letter) {
        return isWordStart(letter) || isDigit(letter) || letter == '$';
    }

    private static byte lower(byte letter) {
        return letter >= 'A' && letter <= 'Z' ? (byte) (letter | 0x20) : letter;
    }
}
