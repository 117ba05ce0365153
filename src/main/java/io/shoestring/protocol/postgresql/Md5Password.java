package io.shoestring.protocol.postgresql;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A password as {@code pg_authid.rolpassword} stores it for MD5 authentication: {@code md5} and the
 * hash of password and user name. Knowing it is enough to log in, so it is as secret as the
 * password.
 */
public final class Md5Password {
    private static final String PREFIX = "md5";
    private static final int STORED_LENGTH = 35;

    private final String hash;

    private Md5Password(String hash) {
        this.hash = hash;
    }

    /** The hash in a stored password, or empty if that is not one (a SCRAM verifier, say). */
    public static Optional<Md5Password> parse(String stored) {
        boolean valid =
                stored.length() == STORED_LENGTH
                        && stored.startsWith(PREFIX)
                        && stored.chars().skip(PREFIX.length()).allMatch(HexFormat::isHexDigit);
        return valid
                ? Optional.of(new Md5Password(stored.substring(PREFIX.length())))
                : Optional.empty();
    }

    public static Md5Password of(String user, String password) {
        return new Md5Password(hex(utf8(password), utf8(user)));
    }

    /** What the client must send for a salt of four bytes; also what a proxy sends to a server. */
    public String response(byte[] salt) {
        return PREFIX + hex(utf8(hash), salt);
    }

    /** Whether a client's response to {@code salt} is right; takes the same time for all. */
    public boolean accepts(String response, byte[] salt) {
        return MessageDigest.isEqual(utf8(response), utf8(response(salt)));
    }

    /** The form in which PostgreSQL stores it. */
    public String toStored() {
        return PREFIX + hash;
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "Md5Password[hidden]";
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String hex(byte[] first, byte[] second) {
        try {
            MessageDigest md5 = MessageDigest.getInstance("MD5");
            md5.update(first);
            return HexFormat.of().formatHex(md5.digest(second));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has MD5", e);
        }
    }
}
