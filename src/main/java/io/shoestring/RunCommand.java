package io.shoestring;

import io.shoestring.cli.CommandFailure;
import io.shoestring.cli.ConfigFile;
import io.shoestring.cli.ExitCode;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.model.NodeName;
import io.shoestring.supervision.Systemd;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;

/** {@code shoestring run}: this machine's node, until it is told to end. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = {
            "Run this machine's node: its agent, its listeners and its page.",
            "It ends with SIGTERM or Ctrl-C; the databases go on running. A primary that has"
                    + " members on other machines does so for some seconds only, unless the node is"
                    + " back."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shoestring run -c /etc/shoestring/shoestring.yaml",
            "  shoestring run -c shoestring.yaml --node db0"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:it was told to end, or is no node of the cluster any more",
            "1:the configuration is broken, or something could not be started",
            "2:the command was not understood"
        })
final class RunCommand implements Callable<Integer> {
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
                    "Which node of the configuration this is. May be left out if there is one.")
    private @Nullable String node;

    @Override
    public Integer call() throws InterruptedException {
        ShoestringConfig config = read(file);
        NodeName name = nodeOf(config, Optional.ofNullable(node));
        Optional<Systemd> systemd = Systemd.of(System.getenv());
        try (NodeProcess process = NodeProcess.start(config, name, file)) {
            Runtime.getRuntime()
                    .addShutdownHook(new Thread(() -> end(systemd, process), "node-end"));
            systemd.ifPresent(Systemd::ready);
            process.awaitEnd();
            return ExitCode.OK;
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            throw new CommandFailure(
                    ExitCode.NOT_WELL, "Node " + name + " could not be started: " + e.getMessage());
        }
    }

    private static void end(Optional<Systemd> systemd, NodeProcess process) {
        systemd.ifPresent(Systemd::close);
        process.close();
    }

    /**
     * Reads a configuration.
     *
     * @throws CommandFailure that lists every problem
     */
    static ShoestringConfig read(Path file) {
        return ConfigFile.read(file);
    }

    /**
     * Which node this process is.
     *
     * @throws CommandFailure if it was not said although there are several, or is not configured
     */
    static NodeName nodeOf(ShoestringConfig config, Optional<String> said) {
        return ConfigFile.nodeOf(config, said);
    }
}
