package io.shoestring.sandbox.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A program that Shoestring is measured beside.
 *
 * @param name for the results
 */
record Peer(String name, Kind kind, Path program) {
    /** What it is; its name in lower case is that of its program. */
    enum Kind {
        HAPROXY,
        NGINX,
        PGBOUNCER,
        PGPOOL,
        /** Another build of this program, by its launcher. */
        SHOESTRING;

        String program() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Reads {@code NAME=PATH}; the program's name says what it is.
     *
     * @throws IllegalArgumentException with a sentence
     */
    static Peer parse(String text) {
        int sign = text.indexOf('=');
        if (sign < 1) {
            throw new IllegalArgumentException("'" + text + "' is not NAME=PATH.");
        }
        Path program = Path.of(text.substring(sign + 1)).toAbsolutePath();
        if (!Files.isExecutable(program)) {
            throw new IllegalArgumentException(program + " is not a program.");
        }
        String file = program.getFileName().toString();
        return Arrays.stream(Kind.values())
                .filter(kind -> file.startsWith(kind.program()))
                .findFirst()
                .map(kind -> new Peer(text.substring(0, sign), kind, program))
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "What '%s' is cannot be told from its name, which begins with none of: %s."
                                                .formatted(
                                                        file,
                                                        String.join(
                                                                ", ",
                                                                Arrays.stream(Kind.values())
                                                                        .map(Kind::program)
                                                                        .toList()))));
    }

    /** Those that this machine has from its packages. */
    static List<Peer> installed() {
        return Stream.of(Tool.HAPROXY, Tool.NGINX, Tool.PGBOUNCER, Tool.PGPOOL)
                .flatMap(
                        tool ->
                                tool
                                        .find()
                                        .map(
                                                path ->
                                                        new Peer(
                                                                tool.name()
                                                                        .toLowerCase(Locale.ROOT),
                                                                Kind.valueOf(tool.name()),
                                                                path))
                                        .stream())
                .toList();
    }
}
