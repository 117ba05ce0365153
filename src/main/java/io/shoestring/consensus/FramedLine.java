package io.shoestring.consensus;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.CRC32C;

/** A line of a durable file: eight hexadecimal digits of CRC-32C, a space, JSON, a newline. */
final class FramedLine {
    private static final int PREFIX = 9;

    private FramedLine() {}

    static byte[] encode(String json) {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        byte[] line = new byte[PREFIX + body.length + 1];
        byte[] digits = digits(body, 0, body.length).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(digits, 0, line, 0, digits.length);
        line[PREFIX - 1] = ' ';
        System.arraycopy(body, 0, line, PREFIX, body.length);
        line[line.length - 1] = '\n';
        return line;
    }

    /** The JSON between {@code from} and the newline at {@code end}; empty if it is damaged. */
    static Optional<String> decode(byte[] file, int from, int end) {
        int body = from + PREFIX;
        if (body > end || file[body - 1] != ' ') {
            return Optional.empty();
        }
        String found = new String(file, from, PREFIX - 1, StandardCharsets.US_ASCII);
        if (!found.equals(digits(file, body, end - body))) {
            return Optional.empty();
        }
        return Optional.of(new String(file, body, end - body, StandardCharsets.UTF_8));
    }

    private static String digits(byte[] bytes, int from, int length) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, from, length);
        return HexFormat.of().toHexDigits((int) checksum.getValue());
    }
}
