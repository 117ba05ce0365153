package io.shoestring.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is stored of a password: its Argon2id hash (RFC 9106) with its salt and its cost, in the
 * text that other programs write, too. Making and checking one takes tens of milliseconds and 19
 * MiB: it is meant to.
 *
 * @param text as it stands in the configuration
 */
public record PasswordHash(String text) {
    private static final Pattern FORM =
            Pattern.compile(
                    "\\$argon2id\\$v=19\\$m=([0-9]{4,6}),t=([0-9]{1,2}),p=([1-4])"
                            + "\\$([A-Za-z0-9+/]+)\\$([A-Za-z0-9+/]+)");
    private static final int KIBIBYTES = 19_456;
    private static final int PASSES = 2;
    private static final int SALT_BYTES = 16;
    private static final int HASH_BYTES = 32;

    /** What {@link FORM} found. */
    private record Parts(int kibibytes, int passes, int lanes, byte[] salt, byte[] hash) {}

    public PasswordHash {
        requireNonNull(text, "text is null");
    }

    /** A new one, of the cost that OWASP recommends, with a salt of its own. */
    public static PasswordHash make(String password, SecureRandom random) {
        byte[] salt = new byte[SALT_BYTES];
        random.nextBytes(salt);
        byte[] hash =
                compute(password, new Parts(KIBIBYTES, PASSES, 1, salt, new byte[HASH_BYTES]));
        Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
        return new PasswordHash(
                "$argon2id$v=19$m=%d,t=%d,p=1$%s$%s"
                        .formatted(
                                KIBIBYTES,
                                PASSES,
                                base64.encodeToString(salt),
                                base64.encodeToString(hash)));
    }

    /**
     * Whether it is the password's.
     *
     * @throws IllegalArgumentException if the text is no such hash; the configuration has checked
     */
    boolean isOf(String password) {
        Parts parts = parts();
        return MessageDigest.isEqual(compute(password, parts), parts.hash);
    }

    private Parts parts() {
        Matcher found = FORM.matcher(text);
        if (!found.matches()) {
            throw new IllegalArgumentException("this is no hash by Argon2id");
        }
        return new Parts(
                Integer.parseInt(found.group(1)),
                Integer.parseInt(found.group(2)),
                Integer.parseInt(found.group(3)),
                Base64.getDecoder().decode(found.group(4)),
                Base64.getDecoder().decode(found.group(5)));
    }

    private static byte[] compute(String password, Parts parts) {
        var generator = new Argon2BytesGenerator();
        generator.init(
                new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                        .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                        .withMemoryAsKB(parts.kibibytes)
                        .withIterations(parts.passes)
                        .withParallelism(parts.lanes)
                        .withSalt(parts.salt)
                        .build());
        byte[] hash = new byte[parts.hash.length];
        generator.generateBytes(password.getBytes(UTF_8), hash);
        return hash;
    }

    @Override
    public String toString() {
        return "PasswordHash[hidden]";
    }
}
