package io.shoestring.cli;

import io.shoestring.admin.api.Json;
import io.shoestring.cluster.identity.IdentityDirectory;
import io.shoestring.cluster.identity.IdentityException;
import io.shoestring.cluster.identity.NodeIdentity;
import io.shoestring.cluster.join.JoinRequest;
import io.shoestring.cluster.join.JoinToken;
import io.shoestring.config.AuthQuery;
import io.shoestring.config.ConfigReader;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.model.Endpoint;
import io.shoestring.model.NodeName;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** {@code shoestring join}: makes this machine a node of a cluster that exists. */
@Command(
        name = "join",
        description = {
            "Make this machine a node of a cluster. It makes its own key, has it certified by the"
                    + " node at ADDRESS, and gets the cluster's configuration file.",
            "Before the token is used up, everything is checked that can be. Nothing is started."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shoestring join -c /etc/shoestring/shoestring.yaml --node db1 \\",
            "                  --token shoestring-AbC... 10.0.0.10"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:this machine is a node now",
            "1:it was refused; the reason was printed",
            "2:the command was not understood",
            "3:the node at ADDRESS was not reached"
        })
public final class JoinCommand extends BaseCommand {
    private static final int STANDARD_PORT = 6490;
    private static final Pattern WITH_PORT =
            Pattern.compile("(?:\\[(?<six>[^\\]]+)\\]|(?<host>[^:\\[\\]]+)):(?<port>[0-9]{1,5})");

    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            defaultValue = "shoestring.yaml",
            description =
                    "Where the cluster's configuration goes. One that is there and differs is kept"
                            + " beside it. Default: ./shoestring.yaml.")
    private Path file = Path.of("shoestring.yaml");

    @Option(
            names = "--node",
            paramLabel = "NAME",
            required = true,
            description = "Which node of the cluster's configuration this machine is.")
    private String node = "";

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            required = true,
            description = "What 'shoestring token' printed on the node at ADDRESS.")
    private String token = "";

    @Option(names = "--json", description = "Print JSON, for programs.")
    private boolean json;

    @Parameters(
            paramLabel = "ADDRESS",
            description = "A node of the cluster: HOST or HOST:PORT (cluster.port, 6490).")
    private String address = "";

    /** The command on that console. */
    public JoinCommand(Console console) {
        super(console);
    }

    private record Joined(
            String cluster,
            String id,
            String node,
            String directory,
            String configuration,
            @Nullable String kept) {}

    @Override
    public Integer call() {
        Path there = console.directory().resolve(file).toAbsolutePath().normalize();
        Endpoint member = member();
        try {
            JoinToken read = JoinToken.parse(token);
            var request = new JoinRequest(read, new NodeName(node), member, console.wallClock());
            progress("Asking " + member + " …");
            JoinRequest.Found found = request.look(nameIn(there));
            progress("It belongs to cluster " + found.cluster() + ".");
            ShoestringConfig config = sound(there, found);
            var directory = new IdentityDirectory(config.cluster().directory());
            check(config, directory, there);
            NodeIdentity identity = request.join(found, directory);
            progress("Made this node's key; its certificate is good until " + identity.end() + ".");
            finish(identity, config, there, write(there, found.configuration()));
            return ExitCode.OK;
        } catch (IOException e) {
            throw Trouble.of("This machine did not join: ", e);
        }
    }

    private void progress(String sentence) {
        if (!json) {
            console.out().println(sentence);
            console.out().flush();
        }
    }

    private Endpoint member() {
        Matcher matcher = WITH_PORT.matcher(address);
        try {
            if (!matcher.matches()) {
                return new Endpoint(address.replaceAll("^\\[|]$", ""), STANDARD_PORT);
            }
            String host =
                    matcher.group("six") != null ? matcher.group("six") : matcher.group("host");
            return new Endpoint(String.valueOf(host), Integer.parseInt(matcher.group("port")));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(),
                    "ADDRESS is '" + address + "', expected HOST or HOST:PORT like 10.0.0.10:6490",
                    e);
        }
    }

    /** The cluster of the file that is there already. */
    private static Optional<String> nameIn(Path there) throws IdentityException {
        if (!Files.exists(there)) {
            return Optional.empty();
        }
        return switch (ConfigReader.read(there)) {
            case ConfigReader.Sound(var config) -> Optional.of(config.cluster().name());
            case ConfigReader.Broken(var problems) ->
                    throw new IdentityException(
                            "there is a configuration %s already, and it has problems (%s); move it away, the cluster's own comes with joining"
                                    .formatted(there, problems.getFirst()));
        };
    }

    private static ShoestringConfig sound(Path there, JoinRequest.Found found)
            throws IdentityException {
        Path base = there.getParent() == null ? there : there.getParent();
        return switch (ConfigReader.read("shoestring.yaml", found.configuration(), base)) {
            case ConfigReader.Sound(var config) -> config;
            case ConfigReader.Broken(var problems) ->
                    throw new IdentityException(
                            "this version of Shoestring cannot read the cluster's configuration (%s); install the version of the other nodes"
                                    .formatted(problems.getFirst()));
        };
    }

    /** What would go wrong after the token is used up. */
    private static void check(ShoestringConfig config, IdentityDirectory directory, Path there)
            throws IOException {
        directory.refuseIfTaken();
        directory.refuseIfRemembering();
        Path state = config.cluster().directory();
        Files.createDirectories(state);
        Path parent = there.getParent();
        if (!Files.isWritable(state) || (parent != null && !Files.isWritable(parent))) {
            throw new IdentityException(
                    "you may not write to %s and %s; use the account that the node runs under, or root"
                            .formatted(state, parent));
        }
    }

    /** Writes the configuration; returns where the one that was there is kept now. */
    private static Optional<Path> write(Path there, String text) throws IOException {
        Optional<Path> kept = Optional.empty();
        if (Files.exists(there)) {
            if (Files.readString(there).equals(text)) {
                return kept;
            }
            Path before = there.resolveSibling(there.getFileName() + ".before-join");
            Files.move(there, before, StandardCopyOption.REPLACE_EXISTING);
            kept = Optional.of(before);
        }
        Files.writeString(there, text);
        return kept;
    }

    private void finish(
            NodeIdentity identity, ShoestringConfig config, Path there, Optional<Path> kept) {
        String directory = config.cluster().directory().resolve("identity").toString();
        if (json) {
            console.out()
                    .println(
                            Json.writeIndented(
                                    new Joined(
                                            identity.cluster().name(),
                                            identity.cluster().id().toString(),
                                            node,
                                            directory,
                                            there.toString(),
                                            kept.map(Path::toString).orElse(null))));
            return;
        }
        kept.ifPresent(path -> progress("Kept the configuration that was here as " + path + "."));
        progress(
                "Wrote the cluster's configuration to "
                        + there
                        + ", the keys to "
                        + directory
                        + ".");
        config.databases().values().stream()
                .flatMap(
                        database ->
                                Stream.concat(
                                        Stream.of(database.superuser().passwordFile()),
                                        database.authQuery().map(AuthQuery::passwordFile).stream()))
                .filter(secret -> !Files.exists(secret))
                .distinct()
                .forEach(
                        secret ->
                                progress(
                                        "Passwords do not travel: put "
                                                + secret
                                                + " here as well."));
        progress("This machine is node " + node + " of cluster " + identity.cluster().name() + ".");
        progress("Next:  shoestring run -c " + file + " --node " + node);
    }
}
