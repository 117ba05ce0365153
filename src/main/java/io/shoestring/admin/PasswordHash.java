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

    /** How much work it is, and the salt in Base64. */
    private record Cost(int kibibytes, int passes, int lanes, String salt) {}

    public PasswordHash {
        requireNonNull(text, "text is null");
    }

    /** A new one, of the cost that OWASP recommends, with a salt of its own. */
    public static PasswordHash make(String password, SecureRandom random) {
        byte[] salt = new byte[SALT_BYTES];
        random.nextBytes(salt);
        Cost cost = new Cost(KIBIBYTES, PASSES, 1, inBase64(salt));
        return new PasswordHash(
                "$argon2id$v=19$m=%d,t=%d,p=1$%s$%s"
                        .formatted(
                                KIBIBYTES,
                                PASSES,
                                cost.salt,
                                inBase64(compute(password, cost, HASH_BYTES))));
    }

    /**
     * Whether it is the password's.
     *
     * @throws IllegalArgumentException if the text is no such hash; the configuration has checked
     */
    boolean isOf(String password) {
        Matcher found = FORM.matcher(text);
        if (!found.matches()) {
            throw new IllegalArgumentException("this is no hash by Argon2id");
        }
        Cost cost =
                new Cost(
                        Integer.parseInt(found.group(1)),
                        Integer.parseInt(found.group(2)),
                        Integer.parseInt(found.group(3)),
                        found.group(4));
        byte[] hash = Base64.getDecoder().decode(found.group(5));
        return MessageDigest.isEqual(compute(password, cost, hash.length), hash);
    }

    private static String inBase64(byte[] bytes) {
        return Base64.getEncoder().withoutPadding().encodeToString(bytes);
    }

    private static byte[] compute(String password, Cost cost, int length) {
        var generator = new Argon2BytesGenerator();
        generator.init(
                new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                        .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                        .withMemoryAsKB(cost.kibibytes)
                        .withIterations(cost.passes)
                        .withParallelism(cost.lanes)
                        .withSalt(Base64.getDecoder().decode(cost.salt))
                        .build());
        byte[] hash = new byte[length];
        generator.generateBytes(password.getBytes(UTF_8), hash);
        return hash;
    }

    @Override
    public String toString() {
        return "PasswordHash[hidden]";
    }
}
