package io.shoestring.database.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * PostgreSQL 18 as a Maven artifact has it: {@code postgres}, {@code initdb} and {@code pg_ctl},
 * and none of the programs that copy, rewind or read. Another version's archive can be named by the
 * system property {@code shoestring.postgresql.archive}.
 */
final class NewestPrograms {
    private static final String ARCHIVE = "/postgres-linux-x86_64.txz";

    private NewestPrograms() {}

    /** Unpacks them below a directory that other accounts may read. */
    static Path unpackInto(Path directory) throws Exception {
        Path archive = directory.resolve("programs.txz");
        try (InputStream packed = archive()) {
            Files.copy(packed, archive, StandardCopyOption.REPLACE_EXISTING);
        }
        Path programs = Files.createDirectories(directory.resolve("programs"));
        Process tar =
                new ProcessBuilder("tar", "-xJf", archive.toString(), "-C", programs.toString())
                        .inheritIO()
                        .start();
        assertThat(tar.waitFor()).isZero();
        Files.delete(archive);
        return programs.resolve("bin");
    }

    private static InputStream archive() throws IOException {
        String other = System.getProperty("shoestring.postgresql.archive", "");
        return other.isEmpty()
                ? requireNonNull(NewestPrograms.class.getResourceAsStream(ARCHIVE), ARCHIVE)
                : Files.newInputStream(Path.of(other));
    }
}
