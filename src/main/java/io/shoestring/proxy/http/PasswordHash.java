package io.shoestring.proxy.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.apache.commons.codec.digest.Crypt;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;

import java.security.MessageDigest;
import java.util.regex.Pattern;

/** What is stored of a password: by bcrypt, or by SHA-256 or SHA-512 as crypt(3) uses them. */
record PasswordHash(String text) {
    private static final Pattern BCRYPT =
            Pattern.compile("\\$2[aby]\\$[0-3][0-9]\\$[./A-Za-z0-9]{53}");
    private static final Pattern SHA =
            Pattern.compile(
                    "\\$[56]\\$(rounds=[0-9]{4,7}\\$)?[./A-Za-z0-9]{1,16}\\$[./A-Za-z0-9]{43,86}");

    /** Whether it is of a kind that is accepted. */
    static boolean isSound(String text) {
        return BCRYPT.matcher(text).matches() || SHA.matcher(text).matches();
    }

    /** Takes as long as it is meant to: tens of milliseconds, or more. */
    boolean isOf(String password) {
        if (text.startsWith("$2")) {
            return OpenBSDBCrypt.checkPassword(text, password.toCharArray());
        }
        String again = Crypt.crypt(password.getBytes(UTF_8), text);
        return MessageDigest.isEqual(again.getBytes(UTF_8), text.getBytes(UTF_8));
    }
}
