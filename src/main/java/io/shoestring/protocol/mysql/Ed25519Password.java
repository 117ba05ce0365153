package io.shoestring.protocol.mysql;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;

/**
 * MariaDB's {@code client_ed25519}: the server has a public key that is made of the password, and
 * the client signs the challenge. It is Ed25519 (RFC 8032) with a password in the place of the 32
 * bytes of a private key, which is why no library's Ed25519 fits. A signature is made in about a
 * millisecond. How long exactly depends a little on the key; who could measure that would have to
 * be on this machine.
 */
public final class Ed25519Password {
    /** Its name at a client, and in the protocol. */
    public static final String METHOD = "client_ed25519";

    /** Its name at a server, in {@code mysql.user}. */
    public static final String STORED_METHOD = "ed25519";

    private static final int KEY_BYTES = 32;
    private static final BigInteger ORDER =
            BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));

    private Ed25519Password() {}

    /** What a server stores of a password. */
    public static String stored(byte[] password) {
        return Base64.getEncoder().withoutPadding().encodeToString(publicKey(key(password)));
    }

    /** Whether that is what a server has stored for the password. */
    public static boolean isStored(String stored, byte[] password) {
        return MessageDigest.isEqual(
                stored.getBytes(StandardCharsets.UTF_8),
                stored(password).getBytes(StandardCharsets.UTF_8));
    }

    /** The answer to a server's challenge: its signature. */
    public static byte[] proof(byte[] password, byte[] challenge) {
        byte[] key = key(password);
        byte[] publicKey = publicKey(key);
        byte[] prefix = Arrays.copyOfRange(key, KEY_BYTES, 2 * KEY_BYTES);
        BigInteger r = number(sha512(prefix, challenge)).mod(ORDER);
        byte[] point = Point.timesBase(r).encoded();
        BigInteger hash = number(sha512(point, publicKey, challenge)).mod(ORDER);
        byte[] s = bytes(r.add(hash.multiply(scalar(key))).mod(ORDER));
        byte[] signature = Arrays.copyOf(point, 2 * KEY_BYTES);
        System.arraycopy(s, 0, signature, KEY_BYTES, KEY_BYTES);
        return signature;
    }

    private static byte[] key(byte[] password) {
        return sha512(password);
    }

    private static BigInteger scalar(byte[] key) {
        byte[] clamped = Arrays.copyOf(key, KEY_BYTES);
        clamped[0] &= (byte) 0xf8;
        clamped[KEY_BYTES - 1] &= 0x3f;
        clamped[KEY_BYTES - 1] |= 0x40;
        return number(clamped);
    }

    private static byte[] publicKey(byte[] key) {
        return Point.timesBase(scalar(key)).encoded();
    }

    private static byte[] sha512(byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-512");
            for (byte[] part : parts) {
                digest.update(part);
            }
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Of little-endian bytes. */
    private static BigInteger number(byte[] bytes) {
        return new BigInteger(1, reversed(bytes));
    }

    private static byte[] bytes(BigInteger number) {
        byte[] bigEndian = new byte[KEY_BYTES];
        byte[] raw = number.toByteArray();
        int length = Math.min(raw.length, KEY_BYTES);
        System.arraycopy(raw, raw.length - length, bigEndian, KEY_BYTES - length, length);
        return reversed(bigEndian);
    }

    private static byte[] reversed(byte[] bytes) {
        byte[] turned = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            turned[i] = bytes[bytes.length - 1 - i];
        }
        return turned;
    }

    /** A point of the curve in extended coordinates: x = X/Z, y = Y/Z, x·y = T/Z. */
    private record Point(BigInteger x, BigInteger y, BigInteger z, BigInteger t) {
        private static final BigInteger P =
                BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));
        private static final BigInteger TWICE_D =
                BigInteger.valueOf(-121_665)
                        .multiply(BigInteger.valueOf(121_666).modInverse(P))
                        .shiftLeft(1)
                        .mod(P);
        private static final Point ZERO =
                new Point(BigInteger.ZERO, BigInteger.ONE, BigInteger.ONE, BigInteger.ZERO);
        private static final Point[] DOUBLED_BASE = doubledBase();

        /** The base point, doubled 0, 1, 2, … times. */
        private static Point[] doubledBase() {
            BigInteger y =
                    BigInteger.valueOf(4).multiply(BigInteger.valueOf(5).modInverse(P)).mod(P);
            BigInteger x =
                    new BigInteger(
                            "15112221349535400772501151409588531511"
                                    + "454012693041857206046113283949847762202");
            Point[] points = new Point[256];
            points[0] = new Point(x, y, BigInteger.ONE, x.multiply(y).mod(P));
            for (int i = 1; i < points.length; i++) {
                points[i] = points[i - 1].plus(points[i - 1]);
            }
            return points;
        }

        static Point timesBase(BigInteger factor) {
            Point sum = ZERO;
            for (int i = 0; i < factor.bitLength(); i++) {
                if (factor.testBit(i)) {
                    sum = sum.plus(DOUBLED_BASE[i]);
                }
            }
            return sum;
        }

        /** The addition that holds for all points (RFC 8032, section 5.1.4). */
        Point plus(Point other) {
            BigInteger a = y.subtract(x).multiply(other.y.subtract(other.x)).mod(P);
            BigInteger b = y.add(x).multiply(other.y.add(other.x)).mod(P);
            BigInteger c = t.multiply(TWICE_D).mod(P).multiply(other.t).mod(P);
            BigInteger d = z.shiftLeft(1).multiply(other.z).mod(P);
            BigInteger e = b.subtract(a);
            BigInteger f = d.subtract(c);
            BigInteger g = d.add(c);
            BigInteger h = b.add(a);
            return new Point(
                    e.multiply(f).mod(P),
                    g.multiply(h).mod(P),
                    f.multiply(g).mod(P),
                    e.multiply(h).mod(P));
        }

        /** y, and in the highest bit whether x is odd. */
        byte[] encoded() {
            BigInteger inverse = z.modInverse(P);
            byte[] encoded = bytes(y.multiply(inverse).mod(P));
            if (x.multiply(inverse).mod(P).testBit(0)) {
                encoded[KEY_BYTES - 1] |= (byte) 0x80;
            }
            return encoded;
        }
    }
}
