package io.shoestring.database.mysql;

import io.shoestring.base.Clock;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.FileProblem;
import io.shoestring.database.server.Program;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Programs of which each reads what the one before it writes.
 *
 * @param commands what to run, first to last
 * @param environment what they need besides the path and the locale: a password, for instance
 */
record Pipe(List<List<String>> commands, Map<String, String> environment, Clock clock) {
    private static final int COMPLAINT_CHARS_MAX = 1_000;

    Pipe {
        commands = List.copyOf(commands);
        environment = Map.copyOf(environment);
    }

    /**
     * Runs them to their end.
     *
     * @param what is done, for the error
     * @throws DatabaseException if one of them fails, or they take too long; they are ended then
     */
    void run(long timeoutSeconds, String what) throws DatabaseException {
        try {
            Path complaints = Files.createTempFile("shoestring", ".err");
            try {
                run(timeoutSeconds, what, complaints);
            } finally {
                Files.deleteIfExists(complaints);
            }
        } catch (IOException e) {
            throw new DatabaseException(what + ": " + FileProblem.describe(e), e);
        }
    }

    private void run(long timeoutSeconds, String what, Path complaints)
            throws DatabaseException, IOException {
        List<ProcessBuilder> builders =
                commands.stream().map(command -> builder(command, complaints)).toList();
        builders.getLast().redirectOutput(ProcessBuilder.Redirect.DISCARD);
        List<Process> processes = ProcessBuilder.startPipeline(builders);
        try {
            long deadline = clock.nanos() + TimeUnit.SECONDS.toNanos(timeoutSeconds);
            for (Process process : processes) {
                boolean ended = process.waitFor(deadline - clock.nanos(), TimeUnit.NANOSECONDS);
                if (!ended || process.exitValue() != 0) {
                    throw new DatabaseException(
                            what
                                    + ": "
                                    + (ended
                                            ? said(complaints)
                                            : "not done within " + timeoutSeconds + " s"));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DatabaseException(what + ": interrupted; it can be done again.", e);
        } finally {
            processes.forEach(Process::destroyForcibly);
        }
    }

    private ProcessBuilder builder(List<String> command, Path complaints) {
        return Program.builder(command, environment)
                .redirectError(ProcessBuilder.Redirect.appendTo(complaints.toFile()));
    }

    private static String said(Path complaints) throws IOException {
        String text = Files.readString(complaints, StandardCharsets.UTF_8).strip();
        return text.substring(0, Math.min(text.length(), COMPLAINT_CHARS_MAX));
    }
}
