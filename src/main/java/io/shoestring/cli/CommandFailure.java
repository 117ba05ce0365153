package io.shoestring.cli;

import static java.util.Objects.requireNonNull;

/** Ends a command with one sentence for the person and a code. Expected: no stack trace. */
public final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int exitCode;

    /**
     * Ends a command.
     *
     * @param exitCode of {@link ExitCode}
     * @param sentence what happened, to what, and what to do next
     */
    public CommandFailure(int exitCode, String sentence) {
        super(requireNonNull(sentence, "sentence is null"), null, false, false);
        this.exitCode = exitCode;
    }

    /** The process's exit code. */
    public int exitCode() {
        return exitCode;
    }
}
