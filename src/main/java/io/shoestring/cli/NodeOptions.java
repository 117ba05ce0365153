package io.shoestring.cli;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.nio.file.Path;

/** How a command finds the node that it asks. */
final class NodeOptions {
    @Option(
            names = "--admin",
            paramLabel = "HOST:PORT",
            description =
                    "The node's admin address. Default: SHOESTRING_ADMIN, else admin.bind of the"
                            + " configuration.")
    @Nullable String admin;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description =
                    "The file whose first line is the node's token. Default: SHOESTRING_TOKEN (the"
                            + " token itself), else admin.token-file of the configuration.")
    @Nullable Path tokenFile;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description =
                    "The node's configuration. Default: ./shoestring.yaml, else"
                            + " /etc/shoestring/shoestring.yaml.")
    @Nullable Path config;
}
