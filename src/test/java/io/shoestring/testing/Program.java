package io.shoestring.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A command that is run to its end, and what it wrote. */
public record Program(int exit, String output) {
    private static final int PATIENCE_SECONDS = 60;

    /** Runs it without input. */
    public static Program run(Path directory, List<String> command) {
        return run(directory, command, "");
    }

    /** Runs it with this input, in that directory; both of its outputs together. */
    public static Program run(Path directory, List<String> command, String input) {
        try {
            Process process =
                    new ProcessBuilder(command)
                            .directory(directory.toFile())
                            .redirectErrorStream(true)
                            .start();
            try (var in = process.getOutputStream()) {
                in.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException _) {
                // It did not want to hear it.
            }
            String output =
                    new String(
                            process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException(command + " does not end");
            }
            return new Program(process.exitValue(), output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What it wrote; fails if it did. */
    public String sound() {
        if (exit != 0) {
            throw new IllegalStateException("exit " + exit + ": " + output);
        }
        return output;
    }
}
