package io.shoestring.protocol.postgresql;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;

/**
 * Makes one byte sequence of the many that a person may type for one password (RFC 4013). Like
 * PostgreSQL, a password that the profile forbids is used as it is.
 *
 * <p>Differs from the profile in one point: characters that Unicode 3.2 had not assigned are
 * accepted. That matters only for a password which holds such a character and another one that
 * normalisation changes.
 */
final class SaslPrep {
    private SaslPrep() {}

    static byte[] prepare(String password) {
        boolean ascii = password.chars().allMatch(character -> character < 0x80);
        String prepared = ascii ? password : prepareUnicode(password);
        return prepared.getBytes(StandardCharsets.UTF_8);
    }

    private static String prepareUnicode(String password) {
        StringBuilder mapped = new StringBuilder(password.length());
        password.codePoints().forEach(point -> map(point, mapped));
        // PostgreSQL judges the text before it normalises; so must whoever wants its hashes.
        boolean usable =
                !mapped.isEmpty()
                        && mapped.codePoints().noneMatch(SaslPrep::isProhibited)
                        && isBidirectionallySound(mapped.toString());
        return usable ? Normalizer.normalize(mapped, Normalizer.Form.NFKC) : password;
    }

    private static void map(int point, StringBuilder mapped) {
        if (isNonAsciiSpace(point)) {
            mapped.append(' ');
        } else if (!isMappedToNothing(point)) {
            mapped.appendCodePoint(point);
        }
    }

    /** RFC 3454, table C.1.2. */
    private static boolean isNonAsciiSpace(int point) {
        return switch (point) {
            case 0x00a0, 0x1680, 0x202f, 0x205f, 0x3000 -> true;
            default -> point >= 0x2000 && point <= 0x200b;
        };
    }

    /** RFC 3454, table B.1. */
    private static boolean isMappedToNothing(int point) {
        return switch (point) {
            case 0x00ad, 0x034f, 0x1806, 0x180b, 0x180c, 0x180d, 0x200c, 0x200d, 0x2060, 0xfeff ->
                    true;
            default -> point >= 0xfe00 && point <= 0xfe0f;
        };
    }

    /** RFC 3454, tables C.1.2, C.2 to C.9. */
    private static boolean isProhibited(int point) {
        return isNonAsciiSpace(point)
                || Character.isISOControl(point)
                || Character.getType(point) == Character.PRIVATE_USE
                || Character.getType(point) == Character.SURROGATE
                || (point >= 0xfdd0 && point <= 0xfdef)
                || (point & 0xfffe) == 0xfffe
                || isOtherProhibited(point);
    }

    private static boolean isOtherProhibited(int point) {
        return switch (point) {
            case 0x06dd, 0x070f, 0x180e, 0x0340, 0x0341, 0xfeff -> true;
            default ->
                    (point >= 0x200c && point <= 0x200f)
                            || (point >= 0x2028 && point <= 0x202e)
                            || (point >= 0x2060 && point <= 0x2063)
                            || (point >= 0x206a && point <= 0x206f)
                            || (point >= 0x2ff0 && point <= 0x2ffb)
                            || (point >= 0xfff9 && point <= 0xfffd)
                            || (point >= 0x1d173 && point <= 0x1d17a)
                            || (point >= 0xe0001 && point <= 0xe007f);
        };
    }

    /**
     * RFC 3454, section 6: text from right to left must begin and end so, and hold nothing else.
     */
    private static boolean isBidirectionallySound(String text) {
        if (text.codePoints().noneMatch(SaslPrep::isRightToLeft)) {
            return true;
        }
        return isRightToLeft(text.codePointAt(0))
                && isRightToLeft(text.codePointBefore(text.length()))
                && text.codePoints().noneMatch(SaslPrep::isLeftToRight);
    }

    private static boolean isRightToLeft(int point) {
        byte direction = Character.getDirectionality(point);
        return direction == Character.DIRECTIONALITY_RIGHT_TO_LEFT
                || direction == Character.DIRECTIONALITY_RIGHT_TO_LEFT_ARABIC;
    }

    private static boolean isLeftToRight(int point) {
        return Character.getDirectionality(point) == Character.DIRECTIONALITY_LEFT_TO_RIGHT;
    }
}
