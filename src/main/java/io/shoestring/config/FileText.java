package io.shoestring.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** Reads a file as text, within a bound. */
final class FileText {
    static final int MOST_BYTES = 1 << 20;

    private FileText() {}

    /** The text, or nothing and a problem. */
    static Optional<String> read(Path file, Problems problems) {
        try (InputStream stream = Files.newInputStream(file)) {
            return decode(stream.readNBytes(MOST_BYTES + 1), problems);
        } catch (NoSuchFileException e) {
            problems.add(Spot.START, "there is no such file", Optional.of("name it with -c FILE"));
        } catch (AccessDeniedException e) {
            problems.add(
                    Spot.START,
                    "this user may not read the file",
                    Optional.of("look at its permissions: ls -l"));
        } catch (IOException e) {
            problems.add(Spot.START, "cannot be read: " + reason(file, e));
        }
        return Optional.empty();
    }

    private static String reason(Path file, IOException e) {
        if (Files.isDirectory(file)) {
            return "it is a directory";
        }
        // The message of a FileSystemException starts with the file, which is told already.
        return e instanceof FileSystemException system && system.getReason() != null
                ? system.getReason()
                : String.valueOf(e.getMessage());
    }

    private static Optional<String> decode(byte[] bytes, Problems problems) {
        if (bytes.length > MOST_BYTES) {
            tooLong(problems);
            return Optional.empty();
        }
        ByteBuffer input = ByteBuffer.wrap(bytes);
        CharBuffer output = CharBuffer.allocate(bytes.length);
        // A new decoder reports what it cannot decode instead of replacing it.
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        CoderResult result = decoder.decode(input, output, true);
        String text = output.flip().toString();
        if (result.isError()) {
            notUtf8(text, bytes[input.position()] & 0xff, problems);
            return Optional.empty();
        }
        return Optional.of(text);
    }

    static void tooLong(Problems problems) {
        problems.add(Spot.START, "is longer than " + (MOST_BYTES >> 20) + " MiB");
    }

    private static void notUtf8(String before, int unsignedByte, Problems problems) {
        problems.add(
                Spot.ofIndex(before, before.codePointCount(0, before.length())),
                "the byte 0x%02x here is not UTF-8".formatted(unsignedByte),
                Optional.of("save the file as UTF-8"));
    }
}
