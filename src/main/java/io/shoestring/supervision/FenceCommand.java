package io.shoestring.supervision;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.NodeName;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/**
 * The administrator's program that switches a machine off. Its exit status 0 is believed;
 * everything else, also that it took too long, is a failure. What it starts is killed with it.
 * Thread-safe.
 */
public final class FenceCommand {
    private static final Logger LOG = LoggerFactory.getLogger(FenceCommand.class);
    private static final int LONGEST_LINE = 300;
    private static final Duration LAST_WORDS = Duration.ofSeconds(1);

    private final List<String> command;
    private final Duration timeout;

    /**
     * What came of it.
     *
     * @param off whether the machine is certainly off
     * @param sentence what the program said last, or what was wrong with it
     */
    public record Result(boolean off, String sentence) {
        public Result {
            requireNonNull(sentence, "sentence is null");
        }
    }

    /**
     * @param command the program and its arguments; {@code {node}} and {@code {address}} in them
     *     are replaced
     * @param timeout after which it is killed
     */
    public FenceCommand(List<String> command, Duration timeout) {
        this.command = List.copyOf(command);
        this.timeout = requireNonNull(timeout, "timeout is null");
    }

    /**
     * Runs it to its end, or for as long as it may.
     *
     * @throws InterruptedException if this thread was interrupted; the program was killed then
     */
    public Result run(NodeName node, String address) throws InterruptedException {
        Process process;
        try {
            process = begin(node, address);
        } catch (IOException e) {
            return new Result(false, "the fence command cannot be run: " + e.getMessage() + ".");
        }
        AtomicReference<String> last = new AtomicReference<>("");
        Thread reader =
                Thread.ofVirtual()
                        .name("fence-output")
                        .start(() -> read(process.getInputStream(), last));
        try {
            boolean ended = process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
            if (!ended) {
                kill(process);
            }
            reader.join(LAST_WORDS);
            return ended ? result(process.exitValue(), last.get()) : tooLong(last.get());
        } finally {
            kill(process);
        }
    }

    private Process begin(NodeName node, String address) throws IOException {
        List<String> words =
                command.stream()
                        .map(
                                word ->
                                        word.replace("{node}", node.value())
                                                .replace("{address}", address))
                        .toList();
        ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
        builder.environment().put("SHOESTRING_NODE", node.value());
        builder.environment().put("SHOESTRING_ADDRESS", address);
        Process process = builder.start();
        process.getOutputStream().close();
        return process;
    }

    private static Result result(int status, String said) {
        return status == 0
                ? new Result(true, said.isEmpty() ? "The fence command succeeded." : said)
                : new Result(
                        false, "the fence command ended with status " + status + said(said) + ".");
    }

    private Result tooLong(String said) {
        return new Result(
                false,
                "the fence command was killed after %d ms%s."
                        .formatted(timeout.toMillis(), said(said)));
    }

    private static String said(String line) {
        return line.isEmpty() ? " and said nothing" : ", saying '" + line + "'";
    }

    /**
     * Everything is read, so that it is never held up; the last line that says something is kept.
     */
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
        } catch (IOException | UncheckedIOException e) {
            LOG.debug("the fence command's output ended: {}", e.getMessage());
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
        Stream<ProcessHandle> started = process.descendants();
        List<ProcessHandle> all = started.toList();
        process.destroyForcibly();
        all.forEach(ProcessHandle::destroyForcibly);
    }
}
