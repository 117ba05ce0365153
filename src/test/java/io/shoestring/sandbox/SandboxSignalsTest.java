package io.shoestring.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.base.Clock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The command as a process of its own, in a temporary directory of its own. */
@Timeout(120)
class SandboxSignalsTest {
    @TempDir Path temporary;

    private final List<Process> started = new ArrayList<>();

    @BeforeEach
    void letTheServersThrough() throws Exception {
        assertThat(new ProcessBuilder("chmod", "711", temporary.toString()).start().waitFor())
                .isZero();
    }

    @AfterEach
    void endIt() {
        started.forEach(Process::destroyForcibly);
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM", "HUP"})
    void aSignalEndsItWithoutATrace(String signal) throws Exception {
        Process process = start("postgresql", "--json");
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        JsonNode sheet = JsonMapper.shared().readTree(Objects.requireNonNull(output.readLine()));
        assertThat(Path.of(sheet.at("/config").asString())).exists();

        signal(process, signal);
        signal(process, signal);

        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(output.readLine()).as("one line only").isNull();
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aSignalDuringTheStartEndsItWithoutATraceToo(int line) throws Exception {
        Process process = start("postgresql", "--replicas", "2");
        BufferedReader progress = process.errorReader(StandardCharsets.UTF_8);
        for (int read = 0; read <= line; read++) {
            assertThat(progress.readLine()).startsWith("sandbox: ");
        }

        signal(process, "INT");

        assertThat(process.waitFor(45, TimeUnit.SECONDS)).isTrue();
        assertNothingIsLeft();
    }

    @Test
    void endsByItselfAfterTheGivenTime() throws Exception {
        Process process = start("--replicas", "0", "--seconds", "1");

        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains("psql -h 127.0.0.1", "jdbc:postgresql://127.0.0.1:", "kill -9 ");
        assertNothingIsLeft();
    }

    @Test
    void saysWhatThereIsNoSandboxFor() throws Exception {
        Process process = start("oracle");

        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(2);
        assertThat(new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains(
                        "There is no sandbox for 'oracle'; there is one for postgresql and one for"
                                + " mariadb.");
    }

    private Process start(String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                // Whoever runs the tests in the background made them deaf to it.
                                "env",
                                "--default-signal=INT",
                                ProcessHandle.current().info().command().orElse("java"),
                                "--enable-native-access=ALL-UNNAMED",
                                "-Djava.io.tmpdir=" + temporary,
                                "-cp",
                                System.getProperty("java.class.path"),
                                SandboxProgram.class.getName()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("--directory", temporary.toString()));
        Process process = new ProcessBuilder(command).start();
        started.add(process);
        return process;
    }

    private static void signal(Process process, String signal) throws Exception {
        new ProcessBuilder("sh", "-c", "kill -" + signal + " " + process.pid()).start().waitFor();
    }

    private void assertNothingIsLeft() throws IOException {
        try (Stream<Path> files = Files.list(temporary)) {
            assertThat(files.filter(file -> !file.getFileName().toString().startsWith("hsperf")))
                    .isEmpty();
        }
        assertThat(new ServerProcesses(temporary, new PostgresKit(), Clock.system()).running())
                .isEmpty();
    }
}
