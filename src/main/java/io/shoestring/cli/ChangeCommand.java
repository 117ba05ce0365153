package io.shoestring.cli;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

/** A command that changes something: the events say who gave it, and why. */
abstract class ChangeCommand extends NodeCommand {
    @Option(
            names = "--reason",
            paramLabel = "TEXT",
            description = "Why; it stands in the events beside your name.")
    private @Nullable String reason;

    ChangeCommand(Console console) {
        super(console);
    }

    @Override
    final int ask(NodeClient node) throws InterruptedException {
        var environment = console.environment();
        String user = environment.getOrDefault("USER", "");
        node.because(environment.getOrDefault("SUDO_USER", user), reason == null ? "" : reason);
        return change(node);
    }

    /** Has it done and prints what became of it; the result is the exit code. */
    abstract int change(NodeClient node) throws InterruptedException;
}
