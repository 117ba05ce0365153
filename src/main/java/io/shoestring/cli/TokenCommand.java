package io.shoestring.cli;

import io.shoestring.admin.api.Json;
import io.shoestring.cluster.identity.IdentityDirectory;
import io.shoestring.cluster.identity.IdentityException;
import io.shoestring.cluster.identity.NodeIdentity;
import io.shoestring.cluster.join.JoinToken;
import io.shoestring.cluster.join.JoinTokens;
import io.shoestring.config.ClusterConfig;
import io.shoestring.model.Endpoint;
import io.shoestring.model.NodeName;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** {@code shoestring token}: lets one machine join. */
@Command(
        name = "token",
        description = {
            "Print a token that lets one machine join the cluster, once, for a short time. Run it"
                    + " on a node of the cluster.",
            "Whoever has the token and reaches the node's cluster.port can become a node: hand it"
                    + " over like a password."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shoestring token -c /etc/shoestring/shoestring.yaml",
            "  shoestring token --minutes 60 --json"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the token was printed",
            "1:this machine belongs to no cluster, or its files cannot be used",
            "2:the command was not understood"
        })
public final class TokenCommand extends BaseCommand {
    private static final int MINUTES_MAX = 24 * 60;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            defaultValue = "shoestring.yaml",
            description = "The configuration. Default: ./shoestring.yaml.")
    private Path file = Path.of("shoestring.yaml");

    @Option(
            names = "--minutes",
            paramLabel = "N",
            defaultValue = "15",
            description = "How long the token is good, 1 to 1440. Default: 15.")
    private int minutes = 15;

    @Option(names = "--json", description = "Print JSON, for programs.")
    private boolean json;

    /** The command on that console. */
    public TokenCommand(Console console) {
        super(console);
    }

    private record Printed(String token, Instant ends, String cluster, String address) {}

    @Override
    public Integer call() {
        if (minutes < 1 || minutes > MINUTES_MAX) {
            throw new ParameterException(
                    spec.commandLine(), "--minutes is " + minutes + ", expected 1 to 1440");
        }
        ClusterConfig cluster = ConfigFile.read(console.directory().resolve(file)).cluster();
        var directory = new IdentityDirectory(cluster.directory());
        try {
            NodeIdentity identity = identity(directory, cluster);
            Instant now = console.wallClock().now();
            JoinToken token = new JoinTokens(directory).issue(Duration.ofMinutes(minutes), now);
            Instant ends = now.plus(Duration.ofMinutes(minutes));
            print(token, ends.truncatedTo(ChronoUnit.SECONDS), identity.node(), cluster);
            return ExitCode.OK;
        } catch (IOException e) {
            throw Trouble.of("No token: ", e);
        }
    }

    private static NodeIdentity identity(IdentityDirectory directory, ClusterConfig cluster)
            throws IdentityException {
        if (!directory.exists()) {
            throw new IdentityException(
                    cluster.directory()
                            + " belongs to no cluster; run this on a node of the cluster, or make"
                            + " one here with 'shoestring init'");
        }
        NodeIdentity identity = directory.load();
        directory.open(cluster.name(), identity.node());
        if (!cluster.nodes().containsKey(identity.node())) {
            throw new IdentityException(
                    "this machine is node %s, which is not in the configuration"
                            .formatted(identity.node()));
        }
        return identity;
    }

    private void print(JoinToken token, Instant ends, NodeName here, ClusterConfig cluster) {
        Endpoint address = cluster.channels().get(here);
        if (json) {
            console.out()
                    .println(
                            Json.writeIndented(
                                    new Printed(
                                            token.text(),
                                            ends,
                                            cluster.name(),
                                            String.valueOf(address))));
            return;
        }
        console.out().println(token.text());
        console.out()
                .printf(
                        "%nGood once, until %s. On the new machine (NAME as in cluster.nodes):%n%n"
                                + "  shoestring join -c %s --node NAME --token TOKEN %s%n",
                        ends, file, address);
    }
}
