package io.shoestring.testing;

import java.util.Arrays;
import java.util.Random;

/** Makes a message malformed, or another one. */
public final class Mutation {
    private Mutation() {}

    /**
     * Changes a few of the bytes.
     *
     * @param telling bytes that mean something in the protocol
     */
    public static byte[] of(byte[] original, Random random, byte[] telling) {
        byte[] bytes = original.clone();
        int changes = 1 + random.nextInt(4);
        for (int i = 0; i < changes && bytes.length > 0; i++) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2 -> bytes = Arrays.copyOf(bytes, at);
                case 3 -> bytes = repeated(bytes, at);
                default -> bytes[at] = telling[random.nextInt(telling.length)];
            }
        }
        return bytes;
    }

    private static byte[] repeated(byte[] bytes, int from) {
        byte[] longer = Arrays.copyOf(bytes, 2 * bytes.length - from);
        System.arraycopy(bytes, from, longer, bytes.length, bytes.length - from);
        return longer;
    }
}
