package io.shoestring.sandbox.machines;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a short program of the system to its end. */
final class Command {
    private static final long SECONDS = 20;

    private Command() {}

    record Result(int status, String output) {}

    /**
     * What it printed.
     *
     * @throws IllegalStateException with what it printed, if it failed
     */
    static String run(String... command) {
        Result result = attempt("", List.of(command));
        if (result.status() != 0) {
            throw new IllegalStateException(
                    String.join(" ", command) + " failed: " + result.output());
        }
        return result.output();
    }

    /** Runs it with {@code input}; a failure is a result. */
    static Result attempt(String input, List<String> command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            try (var stdin = process.getOutputStream()) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
            }
            byte[] output = process.getInputStream().readAllBytes();
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException(String.join(" ", command) + " does not end");
            }
            return new Result(process.exitValue(), new String(output, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalStateException(String.join(" ", command) + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
