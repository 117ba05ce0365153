package io.shoestring.proxy.postgresql.statement;

import java.util.Locale;
import java.util.Set;

/** Whether SQL can be read byte by byte in the session's {@code client_encoding}. */
public enum ClientEncoding {
    /** No byte of a multi-byte character looks like ASCII. */
    SAFE,
    /** The second byte of a character may be a quote or a backslash: SJIS, BIG5, GBK … */
    UNSAFE;

    /** Encodings of which PostgreSQL allows the same on the server, which itself lexes bytes. */
    private static final Set<String> SAFE_NAMES =
            Set.of(
                    "abc",
                    "alt",
                    "euccn",
                    "eucjis2004",
                    "eucjp",
                    "euckr",
                    "euctw",
                    "iso88591",
                    "iso885910",
                    "iso885913",
                    "iso885914",
                    "iso885915",
                    "iso885916",
                    "iso88592",
                    "iso88593",
                    "iso88594",
                    "iso88595",
                    "iso88596",
                    "iso88597",
                    "iso88598",
                    "iso88599",
                    "koi8",
                    "koi8r",
                    "koi8u",
                    "latin1",
                    "latin10",
                    "latin2",
                    "latin3",
                    "latin4",
                    "latin5",
                    "latin6",
                    "latin7",
                    "latin8",
                    "latin9",
                    "muleinternal",
                    "sqlascii",
                    "tcvn",
                    "tcvn5712",
                    "unicode",
                    "utf8",
                    "vscii",
                    "win",
                    "win1250",
                    "win1251",
                    "win1252",
                    "win1253",
                    "win1254",
                    "win1255",
                    "win1256",
                    "win1257",
                    "win1258",
                    "win866",
                    "win874");

    /** Whether it is UTF-8. */
    public static boolean isUtf8(String name) {
        String plain = normalised(name);
        return plain.equals("utf8") || plain.equals("unicode");
    }

    /** Whether the server sends text as it has it. */
    public static boolean isUnconverted(String name) {
        return normalised(name).equals("sqlascii");
    }

    /** The verdict on a value of {@code client_encoding}; unknown names are unsafe. */
    public static ClientEncoding of(String name) {
        return SAFE_NAMES.contains(normalised(name)) ? SAFE : UNSAFE;
    }

    private static String normalised(String name) {
        var normalised = new StringBuilder(name.length());
        name.toLowerCase(Locale.ROOT)
                .chars()
                .filter(Character::isLetterOrDigit)
                .forEach(character -> normalised.append((char) character));
        return normalised.toString().replace("windows", "win");
    }
}
