package io.shoestring.proxy.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.apache.commons.codec.digest.Crypt;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;

import java.security.MessageDigest;

/** What is stored of a password: one of {@link io.shoestring.config.PasswordHashes}. */
record PasswordHash(String text) {
    /** Takes as long as it is meant to: tens of milliseconds, or more. */
    boolean isOf(String password) {
        if (text.startsWith("$2")) {
            return OpenBSDBCrypt.checkPassword(text, password.toCharArray());
        }
        String again = Crypt.crypt(password.getBytes(UTF_8), text);
        return MessageDigest.isEqual(again.getBytes(UTF_8), text.getBytes(UTF_8));
    }
}
