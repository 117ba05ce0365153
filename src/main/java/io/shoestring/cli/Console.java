package io.shoestring.cli;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a command has around it. Injected, so that a test sees what a person would see.
 *
 * @param terminal whether {@code out} is a terminal: only then there are colours and redrawing
 * @param environment the process's environment variables
 * @param directory where relative paths start
 * @param zones in which times are printed; asked for by those commands that print some
 * @param prompt asks for passwords
 */
public record Console(
        PrintWriter out,
        PrintWriter err,
        boolean terminal,
        Map<String, String> environment,
        Path directory,
        Clock clock,
        WallClock wallClock,
        Supplier<ZoneId> zones,
        Prompt prompt) {
    private static final int DEFAULT_COLUMNS = 80;
    private static final int MIN_COLUMNS = 60;

    public Console {
        requireNonNull(out, "out is null");
        requireNonNull(err, "err is null");
        environment = Map.copyOf(environment);
        requireNonNull(directory, "directory is null");
        requireNonNull(clock, "clock is null");
        requireNonNull(wallClock, "wallClock is null");
        requireNonNull(zones, "zones is null");
        requireNonNull(prompt, "prompt is null");
    }

    /** With nobody who answers. */
    public Console(
            PrintWriter out,
            PrintWriter err,
            boolean terminal,
            Map<String, String> environment,
            Path directory,
            Clock clock,
            WallClock wallClock,
            ZoneId zone) {
        this(
                out,
                err,
                terminal,
                environment,
                directory,
                clock,
                wallClock,
                () -> zone,
                _ -> Optional.empty());
    }

    /** In which times are printed. */
    public ZoneId zone() {
        return zones.get();
    }

    /** Asks for a secret. */
    @FunctionalInterface
    public interface Prompt {
        /**
         * A line that is not shown while it is typed, or the first line of standard input where
         * that is no terminal; empty if there is none. Blocks.
         */
        Optional<String> secret(String question);
    }

    /** The console of this process. */
    public static Console system() {
        return new Console(
                new PrintWriter(System.out, true, StandardCharsets.UTF_8),
                new PrintWriter(System.err, true, StandardCharsets.UTF_8),
                Optional.ofNullable(System.console())
                        .filter(java.io.Console::isTerminal)
                        .isPresent(),
                System.getenv(),
                Path.of(""),
                Clock.onDemand(),
                WallClock.system(),
                ZoneId::systemDefault,
                Console::secretOfThisProcess);
    }

    private static Optional<String> secretOfThisProcess(String question) {
        Optional<java.io.Console> terminal =
                Optional.ofNullable(System.console()).filter(java.io.Console::isTerminal);
        if (terminal.isPresent()) {
            return Optional.ofNullable(terminal.get().readPassword("%s", question))
                    .map(String::new);
        }
        try {
            var lines = new InputStreamReader(System.in, StandardCharsets.UTF_8);
            return Optional.ofNullable(new BufferedReader(lines).readLine());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** How wide a line may be. */
    int columns() {
        try {
            String columns = environment.getOrDefault("COLUMNS", "");
            return columns.isEmpty()
                    ? DEFAULT_COLUMNS
                    : Math.max(MIN_COLUMNS, Integer.parseInt(columns));
        } catch (NumberFormatException e) {
            return DEFAULT_COLUMNS;
        }
    }

    /** Colours, where they are wanted. */
    Style style() {
        return new Style(terminal && environment.getOrDefault("NO_COLOR", "").isEmpty());
    }
}
