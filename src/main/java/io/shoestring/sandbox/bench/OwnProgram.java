package io.shoestring.sandbox.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How this program is started once more, as it was started itself. */
final class OwnProgram {
    private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");
    private static final String MAIN = "io.shoestring.Main";

    private OwnProgram() {}

    /**
     * This program with the same Java machine and options, but these arguments.
     *
     * @throws BenchException if it was not started as a program of its own
     */
    static List<String> with(List<String> arguments) throws BenchException {
        try {
            List<String> words =
                    List.of(Files.readString(COMMAND_LINE, StandardCharsets.UTF_8).split("\0", -1));
            int main = words.indexOf(MAIN);
            if (main < 0) {
                throw new BenchException("This is not Shoestring's own program.");
            }
            List<String> command = new ArrayList<>(words.subList(0, main + 1));
            command.addAll(arguments);
            return List.copyOf(command);
        } catch (IOException e) {
            throw new BenchException(COMMAND_LINE + ": " + e.getMessage(), e);
        }
    }
}
