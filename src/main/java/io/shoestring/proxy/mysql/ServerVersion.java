package io.shoestring.proxy.mysql;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a server is, by its greeting. */
record ServerVersion(boolean isMariaDb, int major, int minor) {
    private static final Pattern NUMBERS =
            Pattern.compile("(?:5\\.5\\.5-)?(\\d{1,4})\\.(\\d{1,4}).*");

    /** Of a greeting's text; 0.0 if it has no number. */
    static ServerVersion of(String text) {
        boolean mariaDb = text.contains("MariaDB");
        Matcher numbers = NUMBERS.matcher(text);
        return numbers.matches()
                ? new ServerVersion(
                        mariaDb,
                        Integer.parseInt(numbers.group(1)),
                        Integer.parseInt(numbers.group(2)))
                : new ServerVersion(mariaDb, 0, 0);
    }

    /** Whether it knows JSON_TABLE: MariaDB 10.6, MySQL 8.0. */
    boolean knowsJsonTable() {
        return isMariaDb ? major > 10 || (major == 10 && minor >= 6) : major >= 8;
    }
}
