package io.shoestring.sandbox;

import io.shoestring.model.Endpoint;

import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.Optional;

/** The options that say where a sandbox is, for the commands that make one. */
public final class Placement {
    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT",
            converter = EndpointConverter.class,
            defaultValue = "127.0.0.1:0",
            description = "Where clients connect. Default: a free port of 127.0.0.1.")
    private Endpoint listen = SandboxOptions.DEFAULT.listen();

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            description =
                    "Where the sandbox makes its own directory. Default: in memory (/dev/shm) where"
                            + " 4 GB are free there, so that a slow disk does not colour what is"
                            + " shown; else the machine's temporary directory.")
    private Optional<Path> directory = Optional.empty();

    /** Where something for trials makes its own directory, unless it is told where. */
    public static Path parent(Optional<Path> wanted) {
        return SandboxDirectory.parentOf(wanted);
    }

    /** Where something at this place makes its own directory. */
    public Path parent() {
        return parent(directory);
    }

    /** A pair of servers, or more, at this place. */
    public SandboxOptions pair() {
        return SandboxOptions.DEFAULT.at(listen, directory);
    }
}
