package io.shoestring.cli;

import io.shoestring.admin.api.ConfigurationReply;
import io.shoestring.admin.api.ConfigurationReply.NodeAnswer;
import io.shoestring.admin.api.ConfigurationRequest;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** {@code shoestring apply}. */
@Command(
        name = "apply",
        description = {
            "Have the whole cluster work by another configuration, while it runs.",
            "Every node says first whether it could; then all take it up, or none does. No client"
                + " is disconnected. Each node writes it to its own file, and keeps the one before"
                + " as FILE.before."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shoestring apply shoestring.yaml",
            "  shoestring apply shoestring.yaml --check",
            "  shoestring apply shoestring.yaml --absent db1"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:every node that was asked works by it (with --check: could)",
            "1:refused, or not every node works by it yet",
            "2:the command was not understood",
            "3:the node was not reached"
        })
final class ApplyCommand extends NodeCommand {
    @Parameters(paramLabel = "FILE", description = "The new configuration.")
    private Path file = Path.of("shoestring.yaml");

    @Option(
            names = "--check",
            description = "Only ask every node whether it could; change nothing.")
    private boolean checkOnly;

    @Option(
            names = "--absent",
            paramLabel = "NODE",
            split = ",",
            description = "Do not wait for this node: it takes it up when it comes back.")
    private List<String> absent = List.of();

    ApplyCommand(Console console) {
        super(console);
    }

    @Override
    int ask(NodeClient node) throws InterruptedException {
        ConfigurationReply reply =
                node.apply(new ConfigurationRequest(file.toString(), read(), absent, checkOnly));
        if (json) {
            printJson(reply);
        } else if (reply.accepted()) {
            reply.changes().forEach(change -> print("  " + change + "\n"));
            reply.nodes().forEach(each -> print(each.node() + " " + each.sentence() + "\n"));
            print(reply.sentence() + "\n");
        } else {
            reply.problems().forEach(problem -> console.err().println(problem));
            console.err().println(reply.sentence());
        }
        boolean all = reply.nodes().stream().allMatch(NodeAnswer::works);
        return reply.accepted() && all ? ExitCode.OK : ExitCode.NOT_WELL;
    }

    @Override
    void prepare() {
        ConfigFile.read(path());
    }

    private Path path() {
        return console.directory().resolve(file);
    }

    private String read() {
        try {
            return Files.readString(path());
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.NOT_WELL, file + " cannot be read: " + e.getMessage());
        }
    }
}
