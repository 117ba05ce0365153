package io.shoestring.network.tls;

import static java.util.Objects.requireNonNull;

import io.netty.handler.ssl.OpenSslSessionTicketKey;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What the keys of session tickets (RFC 5077, RFC 8446 section 4.6.1) are made of: who has the same
 * secrets understands the same tickets. Immutable.
 *
 * <p>No two doors have the same keys, although they have the same secrets: a client that proved
 * itself to one listener must not be believed by another that asks for more.
 */
public final class TicketSecrets {
    /** Of each secret. */
    public static final int BYTES = 32;

    private static final String ALGORITHM = "HmacSHA256";

    private final List<byte[]> secrets;

    /**
     * @param secrets each of {@link #BYTES}; tickets are made with the first one, and understood by
     *     all of them
     */
    public TicketSecrets(List<byte[]> secrets) {
        requireNonNull(secrets, "secrets is null");
        if (secrets.isEmpty() || secrets.stream().anyMatch(each -> each.length != BYTES)) {
            throw new IllegalArgumentException("at least one secret, each of 32 bytes");
        }
        this.secrets = secrets.stream().map(byte[]::clone).toList();
    }

    /** One that nobody else has. */
    public static TicketSecrets random() {
        byte[] secret = new byte[BYTES];
        new SecureRandom().nextBytes(secret);
        return new TicketSecrets(List.of(secret));
    }

    /**
     * The keys of one door, in the order of the secrets.
     *
     * @param door says all that a client must have proven there
     */
    OpenSslSessionTicketKey[] keysOf(String door) {
        return secrets.stream()
                .map(
                        secret ->
                                new OpenSslSessionTicketKey(
                                        part(
                                                secret,
                                                "name",
                                                door,
                                                OpenSslSessionTicketKey.NAME_SIZE),
                                        part(
                                                secret,
                                                "mac",
                                                door,
                                                OpenSslSessionTicketKey.HMAC_KEY_SIZE),
                                        part(
                                                secret,
                                                "key",
                                                door,
                                                OpenSslSessionTicketKey.AES_KEY_SIZE)))
                .toArray(OpenSslSessionTicketKey[]::new);
    }

    private static byte[] part(byte[] secret, String of, String door, int bytes) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret, ALGORITHM));
            mac.update((of + "\n" + door).getBytes(StandardCharsets.UTF_8));
            return Arrays.copyOf(mac.doFinal(), bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TicketSecrets that
                && Arrays.deepEquals(secrets.toArray(), that.secrets.toArray());
    }

    @Override
    public int hashCode() {
        return Arrays.deepHashCode(secrets.toArray());
    }

    /** They are in no log. */
    @Override
    public String toString() {
        return secrets.size() + " secrets";
    }
}
