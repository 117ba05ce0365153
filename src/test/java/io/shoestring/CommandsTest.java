package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.cli.Cli;
import io.shoestring.cli.Console;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** All commands of the program: each says what it is for, how it is used and how it ends. */
@Timeout(60)
class CommandsTest {
    private final StringWriter out = new StringWriter();
    @TempDir private Path directory;

    static List<String> commands() {
        return cli(new StringWriter(), Path.of("")).names();
    }

    private static Cli cli(StringWriter out, Path directory) {
        return Main.commands(
                new Console(
                        new PrintWriter(out),
                        new PrintWriter(out),
                        false,
                        Map.of(),
                        directory,
                        Clock.system(),
                        WallClock.system(),
                        ZoneOffset.UTC));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void eachHelpsWithAnExampleAndItsExitCodes(String command) {
        assertThat(cli(out, directory).execute(command, "--help")).isZero();
        assertThat(out.toString())
                .startsWith("Usage: shoestring " + command)
                .containsPattern("Examples?:\n  (sudo |source <\\()?shoestring " + command)
                .contains("Exit codes:", "  0   ", "  2   the command was not understood");
        assertThat(out.toString().lines()).allMatch(line -> line.length() <= 80);
    }

    @Test
    void theRootNamesEach() {
        assertThat(cli(out, directory).execute("--help")).isZero();
        assertThat(commands()).hasSizeGreaterThan(25).allMatch(out.toString()::contains);
    }

    /** Asked of a real bash, as it does when TAB is pressed. */
    @Test
    void bashCompletesCommandsAndOptions() throws IOException, InterruptedException {
        assertThat(cli(out, directory).execute("completion")).isZero();
        Path script = directory.resolve("completion");
        Files.writeString(script, out.toString());
        assertThat(completions(script, "shoestring", "switch")).containsExactly("switchover");
        assertThat(completions(script, "shoestring", "status", "--j")).containsExactly("--json");
        assertThat(completions(script, "shoestring", "")).containsAll(commands());
    }

    private List<String> completions(Path script, String... words)
            throws IOException, InterruptedException {
        String typed = String.join(" ", Stream.of(words).map(word -> "'" + word + "'").toList());
        String asked =
                "source %s; COMP_WORDS=(%s); COMP_CWORD=%d; COMP_TYPE=9; _complete_shoestring;"
                                .formatted(script, typed, words.length - 1)
                        + " printf '%s\\n' \"${COMPREPLY[@]}\"";
        Path answer = directory.resolve("answer");
        Process bash =
                new ProcessBuilder("bash", "--norc", "-c", asked)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .redirectOutput(answer.toFile())
                        .start();
        assertThat(bash.waitFor()).isZero();
        return Files.readAllLines(answer).stream().map(String::strip).toList();
    }
}
