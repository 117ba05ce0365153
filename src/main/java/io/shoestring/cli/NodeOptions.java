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
                    "The node's admin address; https://HOST:PORT if it has TLS. Default:"
                            + " SHOESTRING_ADMIN, else admin.bind of the configuration.")
    @Nullable String admin;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description =
                    "The file whose first line is the node's token, or a user's. Default:"
                            + " SHOESTRING_TOKEN (the token itself), else admin.token-file of the"
                            + " configuration.")
    @Nullable Path tokenFile;

    @Option(
            names = "--user",
            paramLabel = "NAME",
            description =
                    "Whose password is asked for, in the place of a token. Default:"
                            + " SHOESTRING_USER; the password may stand in SHOESTRING_PASSWORD.")
    @Nullable String user;

    @Option(
            names = "--ca-file",
            paramLabel = "FILE",
            description =
                    "Certificates of authorities that the node's may be signed by, as PEM. Default:"
                            + " SHOESTRING_CA_FILE, else those of Java; a certificate that stands"
                            + " in the configuration is trusted anyway.")
    @Nullable Path authorities;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description =
                    "The node's configuration. Default: ./shoestring.yaml, else"
                            + " /etc/shoestring/shoestring.yaml.")
    @Nullable Path config;
}
