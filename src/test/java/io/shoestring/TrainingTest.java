package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The launcher goes on without a cache where the training fails, and nobody would notice. */
@Timeout(120)
class TrainingTest {
    @TempDir private Path directory;

    @Test
    void aNodeServesAndEndsAndTwoAreACluster() throws Exception {
        Process process =
                new ProcessBuilder(
                                ProcessHandle.current().info().command().orElse("java"),
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Training.class.getName(),
                                directory.toString())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();

        assertThat(process.exitValue()).as(output).isZero();
        assertThat(Files.readAllLines(directory.resolve("access.log")))
                .hasSizeGreaterThan(10)
                .allMatch(line -> line.contains(" 200 "));
        assertThat(directory.resolve("cluster/b/state/identity")).isDirectory();
    }
}
