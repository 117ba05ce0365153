package io.shoestring.proxy.postgresql.statement;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The list of PostgreSQL's functions whose every overload is stable or immutable and whose answer
 * does not depend on which member answers. The list says itself by which query it was made.
 */
final class HarmlessFunctions {
    static final String RESOURCE = "harmless-functions.txt";

    private HarmlessFunctions() {}

    static Set<String> load() {
        return read().lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** The list with its comments. */
    static String read() {
        try (InputStream in = HarmlessFunctions.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("the program lacks its resource " + RESOURCE);
            }
            return new String(in.readAllBytes(), US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the resource " + RESOURCE, e);
        }
    }
}
