package io.shoestring.cli;

import io.shoestring.admin.api.Json;
import io.shoestring.cluster.identity.Authority;
import io.shoestring.cluster.identity.Fingerprint;
import io.shoestring.cluster.identity.IdentityDirectory;
import io.shoestring.cluster.identity.NodeIdentity;
import io.shoestring.config.ClusterConfig;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.model.NodeName;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Instant;
import java.util.Optional;

/** {@code shoestring init}: makes the cluster on its first machine. */
@Command(
        name = "init",
        description = {
            "Make a new cluster on its first machine: its certificate authority, and this node's"
                    + " key and certificate, in cluster.directory.",
            "Afterwards 'shoestring token' lets the other machines join. Nothing is started, and"
                    + " nothing that exists is changed."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shoestring init -c /etc/shoestring/shoestring.yaml --node db0",
            "  shoestring init --node db0 --json"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the cluster is made",
            "1:it is not: the configuration is broken, or the directory belongs to a cluster",
            "2:the command was not understood"
        })
public final class InitCommand extends BaseCommand {
    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            defaultValue = "shoestring.yaml",
            description = "The configuration. Default: ./shoestring.yaml.")
    private Path file = Path.of("shoestring.yaml");

    @Option(
            names = "--node",
            paramLabel = "NAME",
            description =
                    "Which node of the configuration this machine is. May be left out if there is"
                            + " one.")
    private @Nullable String node;

    @Option(names = "--json", description = "Print JSON, for programs.")
    private boolean json;

    /** The command on that console. */
    public InitCommand(Console console) {
        super(console);
    }

    private record Made(
            String cluster, String id, String node, String directory, String authority) {}

    @Override
    public Integer call() {
        ShoestringConfig config = ConfigFile.read(console.directory().resolve(file));
        NodeName name = ConfigFile.nodeOf(config, Optional.ofNullable(node));
        var directory = new IdentityDirectory(config.cluster().directory());
        try {
            print(make(config.cluster(), name, directory), config.cluster());
            return ExitCode.OK;
        } catch (IOException e) {
            throw Trouble.of("The cluster was not made: ", e);
        }
    }

    private NodeIdentity make(ClusterConfig cluster, NodeName name, IdentityDirectory directory)
            throws IOException {
        directory.refuseIfTaken();
        Instant now = console.wallClock().now();
        Authority authority = Authority.make(Authority.newCluster(cluster.name()), now);
        KeyPair keys = Authority.newKeys();
        String address = String.valueOf(cluster.nodes().get(name));
        NodeIdentity identity =
                new NodeIdentity(
                        authority.cluster(),
                        name,
                        keys.getPrivate(),
                        authority.certify(
                                keys.getPublic(), name, address, now, Authority.NODE_LIFETIME),
                        authority.certificate());
        directory.make(identity, authority, IdentityDirectory.Beginning.FOUNDS);
        return identity;
    }

    private void print(NodeIdentity identity, ClusterConfig cluster) {
        String id = identity.cluster().id().toString();
        String directory = cluster.directory().resolve("identity").toString();
        String fingerprint = Fingerprint.of(identity.authority()).hex();
        if (json) {
            console.out()
                    .println(
                            Json.writeIndented(
                                    new Made(
                                            cluster.name(),
                                            id,
                                            identity.node().value(),
                                            directory,
                                            fingerprint)));
            return;
        }
        console.out()
                .printf(
                        "Made cluster %s (%s) with this machine as node %s.%n",
                        cluster.name(), id, identity.node());
        console.out().printf("Its keys are in %s; back them up like passwords.%n", directory);
        console.out().printf("Its authority's fingerprint: %s%n", fingerprint);
        console.out()
                .printf(
                        "Next:  shoestring run -c %s --node %s%n"
                                + "Then:  shoestring token -c %s   (for each other machine)%n",
                        file, identity.node(), file);
    }
}
