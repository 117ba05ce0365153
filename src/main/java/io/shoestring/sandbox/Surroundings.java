package io.shoestring.sandbox;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;

import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * What a sandbox needs from outside.
 *
 * @param runner runs the node
 * @param progress is told, in one line each, what is being done; called on the starting thread
 * @param logTo is told the file that the process's log shall go to, before anything is logged
 */
public record Surroundings(
        NodeRunner runner, Consumer<String> progress, Consumer<Path> logTo, Clock clock) {
    public Surroundings {
        requireNonNull(runner, "runner is null");
        requireNonNull(progress, "progress is null");
        requireNonNull(logTo, "logTo is null");
        requireNonNull(clock, "clock is null");
    }
}
