package io.shoestring.config;

import java.util.regex.Pattern;

/** Which hashes of passwords a users file may have: bcrypt, and SHA-256 and SHA-512 of crypt(3). */
public final class PasswordHashes {
    private static final Pattern BCRYPT =
            Pattern.compile("\\$2[aby]\\$[0-3][0-9]\\$[./A-Za-z0-9]{53}");
    private static final Pattern SHA =
            Pattern.compile(
                    "\\$[56]\\$(rounds=[0-9]{4,7}\\$)?[./A-Za-z0-9]{1,16}\\$[./A-Za-z0-9]{43,86}");

    private PasswordHashes() {}

    /** Whether it is of a kind that is accepted. */
    public static boolean isSound(String text) {
        return BCRYPT.matcher(text).matches() || SHA.matcher(text).matches();
    }
}
