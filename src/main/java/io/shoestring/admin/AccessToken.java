package io.shoestring.admin;

import static java.util.Objects.requireNonNull;

import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * A token for a program.
 *
 * @param value what the program sends: 256 random bits
 */
public record AccessToken(String value) {
    public AccessToken {
        requireNonNull(value, "value is null");
    }

    /** A new one. */
    public static AccessToken make(SecureRandom random) {
        return new AccessToken(Secrets.random(random));
    }

    /** What stands in the configuration. Nobody guesses the token, so a quick hash is enough. */
    public String hash() {
        return "sha256:" + HexFormat.of().formatHex(Secrets.digest(value));
    }

    @Override
    public String toString() {
        return "AccessToken[hidden]";
    }
}
