package io.shoestring.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.config.ConfigReader.Broken;
import io.shoestring.config.ConfigReader.Sound;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

@Timeout(10)
class ConfigFileTest {
    @TempDir private Path directory;

    @Test
    void relativePathsStartAtTheFilesDirectory() throws IOException {
        Path file = directory.resolve("shoestring.yaml");
        Files.writeString(file, Configs.SMALLEST);
        ShoestringConfig config = ((Sound) ConfigReader.read(file)).config();
        assertThat(config.databases().values())
                .extracting(database -> database.superuser().passwordFile())
                .containsExactly(directory.resolve("shop.password"));
    }

    @Test
    void aFileThatIsNotThereIsToldAsAProblem() {
        Path file = directory.resolve("no.yaml");
        assertThat(onlyProblem(file))
                .isEqualTo(file + ":1:1: there is no such file; name it with -c FILE");
    }

    @Test
    void aDirectoryIsToldAsAProblem() {
        assertThat(onlyProblem(directory))
                .isEqualTo(directory + ":1:1: cannot be read: it is a directory");
    }

    @Test
    void bytesThatAreNotUtf8AreToldWithTheirPlace() throws IOException {
        Path file = directory.resolve("latin.yaml");
        Files.write(file, "a: ü\nb: ä\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(onlyProblem(file))
                .isEqualTo(file + ":1:4: the byte 0xfc here is not UTF-8; save the file as UTF-8");
    }

    @Test
    void aCharacterThatEndsTooEarlyIsToldWithItsPlace() throws IOException {
        Path file = directory.resolve("cut.yaml");
        Files.write(file, new byte[] {'a', '\n', (byte) 0xc3});
        assertThat(onlyProblem(file))
                .isEqualTo(file + ":2:1: the byte 0xc3 here is not UTF-8; save the file as UTF-8");
    }

    @Test
    void anEndlessFileIsRefused() {
        assertThat(onlyProblem(Path.of("/dev/zero")))
                .isEqualTo("/dev/zero:1:1: is longer than 1 MiB");
    }

    private static String onlyProblem(Path file) {
        var problems = ((Broken) ConfigReader.read(file)).problems();
        assertThat(problems).hasSize(1);
        return problems.getFirst().toString();
    }
}
