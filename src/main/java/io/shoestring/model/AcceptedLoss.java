package io.shoestring.model;

import java.util.OptionalLong;

/**
 * How much of what was written an operator is ready to lose.
 *
 * @param bytes of the old primary's log; {@code Long.MAX_VALUE}: however much it is
 */
public record AcceptedLoss(long bytes) {
    /** Only who is known to have everything may take over. */
    public static final AcceptedLoss NOTHING = new AcceptedLoss(0);

    /** Nobody knows how much it is, and it is accepted all the same. */
    public static final AcceptedLoss UNKNOWN = new AcceptedLoss(Long.MAX_VALUE);

    private static final int DIGITS_MAX = 9;

    public AcceptedLoss {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes is negative: " + bytes);
        }
    }

    /**
     * Understands {@code 12kB}, {@code 3MB}, {@code 1GB} and {@code unknown}; a kB has 1024 bytes.
     *
     * @throws IllegalArgumentException with a sentence for an operator
     */
    public static AcceptedLoss parse(String text) {
        if (text.strip().equalsIgnoreCase("unknown")) {
            return UNKNOWN;
        }
        String amount = text.strip();
        int digits = 0;
        while (digits < amount.length() && Character.digit(amount.charAt(digits), 10) >= 0) {
            digits++;
        }
        int shift = shift(amount.substring(digits).strip());
        if (digits == 0 || digits > DIGITS_MAX || shift < 0) {
            throw new IllegalArgumentException(
                    "A loss is accepted as 12kB, 3MB, 1GB or 'unknown', not as '" + text + "'.");
        }
        return new AcceptedLoss(Long.parseLong(amount.substring(0, digits)) << shift);
    }

    /** Of a unit; negative if there is none of that name. */
    private static int shift(String unit) {
        return switch (unit) {
            case "B" -> 0;
            case "kB" -> 10;
            case "MB" -> 20;
            case "GB" -> 30;
            default -> -1;
        };
    }

    /** The least that has to be accepted for this loss, as it is written; rounded up. */
    public static String toAccept(OptionalLong bytes) {
        if (bytes.isEmpty()) {
            return "unknown";
        }
        long kilobytes = (bytes.getAsLong() + 1023) >> 10;
        return kilobytes < 10_240 ? kilobytes + "kB" : ((kilobytes + 1023) >> 10) + "MB";
    }

    /** Whether that much may be lost; empty: nobody knows how much. */
    public boolean covers(OptionalLong loss) {
        return isUnknown() || (loss.isPresent() && loss.getAsLong() <= bytes);
    }

    /** Whether it does not matter how much. */
    public boolean isUnknown() {
        return bytes == Long.MAX_VALUE;
    }
}
