package io.shoestring.supervision;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Subprocess;
import io.shoestring.model.NodeName;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The administrator's program that switches a machine off. Its exit status 0 is believed;
 * everything else, also that it took too long, is a failure. What it starts is killed with it.
 * Thread-safe.
 */
public final class FenceCommand {
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
        List<String> words =
                command.stream()
                        .map(
                                word ->
                                        word.replace("{node}", node.value())
                                                .replace("{address}", address))
                        .toList();
        Map<String, String> environment =
                Map.of("SHOESTRING_NODE", node.value(), "SHOESTRING_ADDRESS", address);
        try {
            Subprocess.Result result = Subprocess.run(words, environment, timeout);
            return result.status().isPresent()
                    ? result(result.status().getAsInt(), result.said())
                    : tooLong(result.said());
        } catch (IOException e) {
            return new Result(false, "the fence command cannot be run: " + e.getMessage() + ".");
        }
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
}
