package io.shoestring.proxy.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** What clients are shown in the place of our own sentences, by status. Immutable. */
final class ErrorPages {
    static final int BYTES_MAX = 64 << 10;

    private final Map<Integer, ErrorPage.Dress> dresses;

    private ErrorPages(Map<Integer, ErrorPage.Dress> dresses) {
        this.dresses = Map.copyOf(dresses);
    }

    /**
     * Reads them. Blocks on the file system.
     *
     * @throws IOException if one cannot be used; the message says which and why
     */
    static ErrorPages read(Map<Integer, Path> files) throws IOException {
        Map<Integer, ErrorPage.Dress> dresses = new HashMap<>();
        for (Map.Entry<Integer, Path> each : files.entrySet()) {
            dresses.put(each.getKey(), dress(each.getValue()));
        }
        return new ErrorPages(dresses);
    }

    private static ErrorPage.Dress dress(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(BYTES_MAX + 1);
            if (bytes.length > BYTES_MAX) {
                throw new IOException(
                        "the error page %s is larger than %d bytes".formatted(file, BYTES_MAX));
            }
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            return new ErrorPage.Dress(contentType(file), text);
        } catch (CharacterCodingException e) {
            throw new IOException("the error page " + file + " is not text in UTF-8", e);
        } catch (NoSuchFileException e) {
            throw new IOException("the error page " + file + " does not exist", e);
        }
    }

    private static String contentType(Path file) {
        String name = file.getFileName().toString();
        if (name.endsWith(".html") || name.endsWith(".htm")) {
            return "text/html; charset=utf-8";
        }
        return name.endsWith(".json") ? "application/json" : "text/plain; charset=utf-8";
    }

    /** As clients are shown it. */
    ErrorPage dressed(ErrorPage page) {
        ErrorPage.Dress dress = dresses.get(page.status());
        return dress == null ? page : page.in(dress);
    }
}
