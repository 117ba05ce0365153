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

    /** Prints how a change of the primary ended. */
    int report(SwitchoverWatch.Result result) {
        if (json) {
            printJson(result);
        } else if (result.done()) {
            print(result.sentence() + "\n");
        } else {
            console.err().println(result.sentence());
        }
        return result.done() ? ExitCode.OK : ExitCode.NOT_WELL;
    }

    /** Has it done and prints what became of it; the result is the exit code. */
    abstract int change(NodeClient node) throws InterruptedException;
}
