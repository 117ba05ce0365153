package io.shoestring.base;

import static java.util.Objects.requireNonNull;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A program of the administrator's that is run to its end, or killed when it takes too long, with
 * what it started. All that it writes is read, so that it is never held up; the last line that says
 * something is kept.
 */
public final class Subprocess {
    private static final int LONGEST_LINE = 300;
    private static final Duration LAST_WORDS = Duration.ofSeconds(1);

    /**
     * What came of it.
     *
     * @param status with which it ended; empty: it was killed, as it took too long
     * @param said its last line, of 300 characters at most, without control characters; perhaps
     *     empty
     */
    public record Result(OptionalInt status, String said) {
        public Result {
            requireNonNull(status, "status is null");
            requireNonNull(said, "said is null");
        }
    }

    private Subprocess() {}

    /**
     * Runs it, without input and without a shell. Blocks for {@code timeout} and a second at most.
     *
     * @param words the program and its arguments
     * @param environment added to this process's own
     * @throws IOException if it cannot be started
     * @throws InterruptedException if this thread was interrupted; the program was killed then
     */
    public static Result run(List<String> words, Map<String, String> environment, Duration timeout)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        AtomicReference<String> last = new AtomicReference<>("");
        try {
            process.getOutputStream().close();
            Thread reader =
                    Thread.ofVirtual()
                            .name("output of " + words.getFirst())
                            .start(() -> read(process.getInputStream(), last));
            boolean ended = process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
            if (!ended) {
                kill(process);
            }
            reader.join(LAST_WORDS);
            return new Result(
                    ended ? OptionalInt.of(process.exitValue()) : OptionalInt.empty(), last.get());
        } finally {
            kill(process);
        }
    }

    private static void read(InputStream output, AtomicReference<String> last) {
        try (Reader reader =
                new BufferedReader(new InputStreamReader(output, StandardCharsets.UTF_8))) {
            StringBuilder line = new StringBuilder();
            for (int next = reader.read(); next >= 0; next = reader.read()) {
                if (next != '\n') {
                    if (line.length() < LONGEST_LINE) {
                        line.append(Character.isISOControl(next) ? ' ' : (char) next);
                    }
                    continue;
                }
                keep(line, last);
            }
            keep(line, last);
        } catch (IOException | UncheckedIOException _) {
            // It was killed: what it said until then is kept.
        }
    }

    private static void keep(StringBuilder line, AtomicReference<String> last) {
        String text = line.toString().strip();
        line.setLength(0);
        if (!text.isEmpty()) {
            last.set(text);
        }
    }

    private static void kill(Process process) {
        List<ProcessHandle> all = process.descendants().toList();
        process.destroyForcibly();
        all.forEach(ProcessHandle::destroyForcibly);
    }
}
