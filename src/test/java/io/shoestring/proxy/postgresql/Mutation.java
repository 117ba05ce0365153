package io.shoestring.proxy.postgresql;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;
import java.util.Random;

/** Makes a message malformed, or another one. */
final class Mutation {
    private static final byte[] TYPES = "QPBDECSHXdcfFRZKTNtA123nIs".getBytes(US_ASCII);

    private Mutation() {}

    static byte[] of(byte[] original, Random random) {
        byte[] bytes = original.clone();
        int changes = 1 + random.nextInt(4);
        for (int i = 0; i < changes && bytes.length > 0; i++) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2 -> bytes = Arrays.copyOf(bytes, at);
                case 3 -> bytes = Wire.together(bytes, Arrays.copyOfRange(bytes, at, bytes.length));
                default -> bytes[at] = TYPES[random.nextInt(TYPES.length)];
            }
        }
        return bytes;
    }
}
