package io.shoestring.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.shoestring.config.ConfigReader.Broken;
import io.shoestring.config.ConfigReader.Result;
import io.shoestring.config.ConfigReader.Sound;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Configurations for tests, and what reading them gives. */
final class Configs {
    static final Path BASE = Path.of("/etc/shoestring");

    /** Only what must be there. */
    static final String SMALLEST =
            """
            cluster:
              name: shop
              nodes: { local: 127.0.0.1 }
            databases:
              shop:
                engine: postgresql
                superuser: { password-file: shop.password }
                members:
                  a: { data: /data/a, port: 5433 }
            listeners:
              sql:
                bind: 127.0.0.1:6432
                protocol: postgresql
                database: shop
            """;

    private Configs() {}

    static ShoestringConfig sound(String text) {
        return switch (read(text)) {
            case Sound(var config) -> config;
            case Broken(var problems) -> fail("not sound: " + problems);
        };
    }

    /** The problems as they are printed. */
    static List<String> problems(String text) {
        return switch (read(text)) {
            case Sound(var config) -> fail("sound: " + config);
            case Broken(var problems) -> problems.stream().map(Problem::toString).toList();
        };
    }

    static Result read(String text) {
        return ConfigReader.read("shoestring.yaml", text, BASE);
    }

    /** The smallest configuration with something in it replaced. */
    static String smallestWith(String old, String replacement) {
        assertThat(SMALLEST).contains(old);
        return SMALLEST.replace(old, replacement);
    }

    static List<Path> examples() {
        return filesBelow(Path.of("docs/examples"), ".yaml");
    }

    static List<Path> filesBelow(Path directory, String ending) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
