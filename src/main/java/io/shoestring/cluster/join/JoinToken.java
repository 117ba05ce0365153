package io.shoestring.cluster.join;

import static java.util.Objects.requireNonNull;

import io.shoestring.cluster.identity.Fingerprint;
import io.shoestring.cluster.identity.IdentityException;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * Lets one machine join one cluster, once, for a short time. It carries the fingerprint of the
 * cluster's authority: the machine knows whom it speaks to without trusting the network.
 *
 * @param id public, 16 hexadecimal digits
 * @param secret 128 random bits as 32 hexadecimal digits
 * @param authority of the cluster that the token is for
 */
public record JoinToken(String id, String secret, Fingerprint authority) {
    private static final String PREFIX = "shoestring-";
    private static final Pattern SHAPE = Pattern.compile("shoestring-[A-Za-z0-9_-]+");
    private static final byte VERSION = 1;
    private static final int ID_BYTES = 8;
    private static final int SECRET_BYTES = 16;
    private static final int BYTES = 1 + ID_BYTES + SECRET_BYTES + Fingerprint.BYTES + 4;

    public JoinToken {
        requireNonNull(id, "id is null");
        requireNonNull(secret, "secret is null");
        requireNonNull(authority, "authority is null");
    }

    /** A new token, known to nobody yet. */
    static JoinToken random(Fingerprint authority, SecureRandom random) {
        return new JoinToken(
                randomHex(ID_BYTES, random), randomHex(SECRET_BYTES, random), authority);
    }

    private static String randomHex(int bytes, SecureRandom random) {
        byte[] bits = new byte[bytes];
        random.nextBytes(bits);
        return HexFormat.of().formatHex(bits);
    }

    /** As a person copies it: no character that a shell or a double click treats specially. */
    public String text() {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES).put(VERSION);
        bytes.put(HexFormat.of().parseHex(id)).put(HexFormat.of().parseHex(secret));
        bytes.put(authority.bytes());
        bytes.putInt(checksum(bytes.array()));
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    /**
     * Reads what was copied.
     *
     * @throws IdentityException if that is no token, or not a whole one
     */
    public static JoinToken parse(String text) throws IdentityException {
        ByteBuffer bytes = ByteBuffer.wrap(decode(text.strip()));
        if (bytes.remaining() != BYTES
                || bytes.getInt(BYTES - 4) != checksum(bytes.array())
                || bytes.get() != VERSION) {
            throw new IdentityException(
                    "the token is not whole: copy all of what 'shoestring token' printed");
        }
        return new JoinToken(
                hex(bytes, ID_BYTES),
                hex(bytes, SECRET_BYTES),
                new Fingerprint(hex(bytes, Fingerprint.BYTES)));
    }

    private static byte[] decode(String text) throws IdentityException {
        try {
            if (SHAPE.matcher(text).matches()) {
                return Base64.getUrlDecoder().decode(text.substring(PREFIX.length()));
            }
        } catch (IllegalArgumentException e) {
            return new byte[0];
        }
        throw new IdentityException(
                "this is no join token: on a node of the cluster, 'shoestring token' prints one"
                        + " (it begins with '"
                        + PREFIX
                        + "')");
    }

    private static String hex(ByteBuffer bytes, int count) {
        byte[] part = new byte[count];
        bytes.get(part);
        return HexFormat.of().formatHex(part);
    }

    private static int checksum(byte[] bytes) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, 0, BYTES - 4);
        return (int) checksum.getValue();
    }

    @Override
    public String toString() {
        return "JoinToken[" + id + ", secret hidden]";
    }
}
