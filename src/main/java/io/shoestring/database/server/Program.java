package io.shoestring.database.server;

import static java.util.Objects.requireNonNull;

import io.shoestring.database.DatabaseException;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Runs one of PostgreSQL's programs to its end, in the C locale (its messages are read), with
 * nothing of our environment that could lead it elsewhere ({@code PGHOST}, {@code PGDATA} and the
 * like).
 */
public final class Program {
    private static final int KEPT_LINES = 200;
    private static final int LONGEST_LINE = 10_000;

    private final Account account;
    private final Path program;
    private final List<String> arguments;
    private final Map<String, String> environment;

    /**
     * @param environment what it needs besides the path and the locale: a password, for instance
     */
    public Program(
            Account account,
            Path program,
            List<String> arguments,
            Map<String, String> environment) {
        this.account = requireNonNull(account, "account is null");
        this.program = requireNonNull(program, "program is null");
        this.arguments = List.copyOf(arguments);
        this.environment = Map.copyOf(environment);
    }

    /** What it said, both streams together, and how it ended. The last 200 lines are kept. */
    public record Result(int exitCode, List<String> lines) {
        public Result {
            lines = List.copyOf(lines);
        }

        public boolean succeeded() {
            return exitCode == 0;
        }

        /** The last line that says what went wrong, for a sentence. */
        public String complaint() {
            return lines.reversed().stream()
                    .filter(line -> line.contains("error:") || line.contains("FATAL"))
                    .findFirst()
                    .or(() -> lines.reversed().stream().filter(line -> !line.isBlank()).findFirst())
                    .orElse("exit code " + exitCode);
        }
    }

    /**
     * Runs it for at most {@code timeoutSeconds} and returns what it said.
     *
     * @throws DatabaseException if it cannot be started, takes too long, or the thread was
     *     interrupted
     */
    public Result run(long timeoutSeconds) throws DatabaseException {
        return run(timeoutSeconds, line -> {});
    }

    /** Like {@link #run(long)}, and shows each line as it comes. */
    public Result run(long timeoutSeconds, Consumer<String> listener) throws DatabaseException {
        Process process = start();
        Deque<String> lines = new ArrayDeque<>();
        Thread reader =
                Thread.ofVirtual().start(() -> read(process.getInputStream(), lines, listener));
        try {
            if (!process.waitFor(timeoutSeconds, TimeUnit.SECONDS)) {
                throw new DatabaseException(
                        program.getFileName() + " did not end within " + timeoutSeconds + " s.");
            }
            reader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DatabaseException(program.getFileName() + " was interrupted.", e);
        } finally {
            process.destroyForcibly();
        }
        synchronized (lines) {
            return new Result(process.exitValue(), List.copyOf(lines));
        }
    }

    private Process start() throws DatabaseException {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(arguments);
        try {
            ProcessBuilder builder = builder(account.command(command), environment);
            builder.redirectErrorStream(true);
            Process process = builder.start();
            process.getOutputStream().close();
            return process;
        } catch (IOException e) {
            throw new DatabaseException(
                    "Cannot run " + program + ": " + FileProblem.describe(e), e);
        }
    }

    /** A process with a clean environment, in the root directory. */
    public static ProcessBuilder builder(List<String> command, Map<String, String> environment) {
        ProcessBuilder builder = new ProcessBuilder(command);
        String path = builder.environment().getOrDefault("PATH", "/usr/bin:/bin");
        builder.environment().clear();
        builder.environment().put("PATH", path);
        builder.environment().put("LC_ALL", "C");
        builder.environment().putAll(environment);
        builder.directory(Path.of("/").toFile());
        return builder;
    }

    /** Progress is written with carriage returns: they end a line, too. */
    private static void read(InputStream stream, Deque<String> lines, Consumer<String> listener) {
        StringBuilder line = new StringBuilder();
        try (Reader reader = new InputStreamReader(stream, StandardCharsets.UTF_8)) {
            for (int next = reader.read(); next >= 0; next = reader.read()) {
                if (next != '\n' && next != '\r') {
                    if (line.length() < LONGEST_LINE) {
                        line.append((char) next);
                    }
                } else if (!line.isEmpty()) {
                    keep(line.toString(), lines, listener);
                    line.setLength(0);
                }
            }
        } catch (IOException e) {
            line.append(" (its output broke off: ").append(FileProblem.describe(e)).append(')');
        }
        if (!line.isEmpty()) {
            keep(line.toString(), lines, listener);
        }
    }

    private static void keep(String line, Deque<String> lines, Consumer<String> listener) {
        synchronized (lines) {
            lines.addLast(line);
            if (lines.size() > KEPT_LINES) {
                lines.removeFirst();
            }
        }
        listener.accept(line);
    }
}
