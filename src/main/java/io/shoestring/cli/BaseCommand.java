package io.shoestring.cli;

import static java.util.Objects.requireNonNull;

import picocli.CommandLine.Option;

import java.util.concurrent.Callable;

/** What every command has: a console and {@code --help}. The result is the exit code. */
abstract class BaseCommand implements Callable<Integer> {
    final Console console;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    boolean help;

    BaseCommand(Console console) {
        this.console = requireNonNull(console, "console is null");
    }
}
