package io.shoestring.cli;

import io.shoestring.admin.FakeNode;
import io.shoestring.base.Clock;

import picocli.CommandLine.Command;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;

/** Runs commands and keeps what they print. */
final class Screen {
    final Map<String, String> environment = new HashMap<>();
    boolean terminal;

    /** What is typed when a secret is asked for, line by line. */
    final Deque<String> typed = new ArrayDeque<>();

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final Path directory;

    Screen(Path directory) {
        this.directory = directory;
    }

    int run(String... arguments) {
        Console console =
                new Console(
                        new PrintWriter(out),
                        new PrintWriter(err),
                        terminal,
                        environment,
                        directory,
                        Clock.system(),
                        () -> FakeNode.BEGIN.plusSeconds(4),
                        () -> ZoneOffset.UTC,
                        _ -> Optional.ofNullable(typed.poll()));
        return new Cli(console, "0.1.0", List.of(new Ping())).execute(arguments);
    }

    String out() {
        return out.toString();
    }

    String err() {
        return err.toString();
    }

    void clear() {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
    }

    @Command(name = "ping", description = "A command of somebody else.")
    private static final class Ping implements Callable<Integer> {
        @Override
        public Integer call() {
            throw new CommandFailure(4, "No pong came back: plug the cable in.");
        }
    }
}
