package io.shoestring.cli;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.Map;
import java.util.Optional;

/**
 * What a command has around it. Injected, so that a test sees what a person would see.
 *
 * @param terminal whether {@code out} is a terminal: only then there are colours and redrawing
 * @param environment the process's environment variables
 * @param directory where relative paths start
 * @param zone in which times are printed
 */
public record Console(
        PrintWriter out,
        PrintWriter err,
        boolean terminal,
        Map<String, String> environment,
        Path directory,
        Clock clock,
        WallClock wallClock,
        ZoneId zone) {
    private static final int DEFAULT_COLUMNS = 80;
    private static final int MIN_COLUMNS = 60;

    public Console {
        requireNonNull(out, "out is null");
        requireNonNull(err, "err is null");
        environment = Map.copyOf(environment);
        requireNonNull(directory, "directory is null");
        requireNonNull(clock, "clock is null");
        requireNonNull(wallClock, "wallClock is null");
        requireNonNull(zone, "zone is null");
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
                Clock.system(),
                WallClock.system(),
                ZoneId.systemDefault());
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
