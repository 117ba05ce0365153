package io.shoestring.protocol.http;

/**
 * How large a head may be.
 *
 * @param headBytes start line and header fields together, with the empty line; answered with 431
 * @param fields header fields; answered with 431
 * @param targetBytes the request's target; answered with 414
 */
public record HeadLimits(int headBytes, int fields, int targetBytes) {
    private static final int HEAD_BYTES = 16_384;
    private static final int FIELDS = 100;
    private static final int TARGET_BYTES = 8_192;

    public HeadLimits {
        if (headBytes < 64 || fields < 1 || targetBytes < 1) {
            throw new IllegalArgumentException("limits too small to be of use");
        }
    }

    /** 16 KiB, 100 fields, 8 KiB for the target. */
    public static HeadLimits ofDefaults() {
        return new HeadLimits(HEAD_BYTES, FIELDS, TARGET_BYTES);
    }
}
