package io.shoestring.cli;

import io.shoestring.config.ConfigReader;
import io.shoestring.config.Problem;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.model.NodeName;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The configuration that a command works by, and the node that it names. */
public final class ConfigFile {
    private ConfigFile() {}

    /**
     * Reads a configuration.
     *
     * @throws CommandFailure that lists every problem
     */
    public static ShoestringConfig read(Path file) {
        return switch (ConfigReader.read(file)) {
            case ConfigReader.Sound(var config) -> config;
            case ConfigReader.Broken(var problems) ->
                    throw new CommandFailure(ExitCode.NOT_WELL, list(problems));
        };
    }

    private static String list(List<Problem> problems) {
        return problems.stream().map(Problem::toString).collect(Collectors.joining("\n"));
    }

    /**
     * Which node this process is.
     *
     * @throws CommandFailure if it was not said although there are several, or is not configured
     */
    public static NodeName nodeOf(ShoestringConfig config, Optional<String> said) {
        Set<NodeName> nodes = config.cluster().nodes().keySet();
        if (said.isEmpty() && nodes.size() == 1) {
            return nodes.iterator().next();
        }
        Optional<NodeName> named = said.map(NodeName::new).filter(nodes::contains);
        return named.orElseThrow(
                () ->
                        new CommandFailure(
                                ExitCode.NOT_WELL,
                                (said.isEmpty()
                                                ? "The configuration has several nodes"
                                                : "There is no node " + said.get())
                                        + ": say which one this machine is with --node, one of "
                                        + nodes.stream()
                                                .map(NodeName::value)
                                                .collect(Collectors.joining(", "))
                                        + "."));
    }
}
