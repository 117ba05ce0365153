package io.shoestring.cli;

import io.shoestring.admin.api.Json;
import io.shoestring.model.AddressStatus;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.NodeStatus;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code shoestring status}. */
@Command(
        name = "status",
        description = "The whole cluster on one screen, worst first.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  shoestring status",
            "  shoestring status --watch",
            "  shoestring status --json | jq '.databases[].primary'"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:all databases, addresses and nodes are well",
            "1:at least one is not",
            "2:the command was not understood",
            "3:the node was not reached"
        })
final class StatusCommand extends NodeCommand {
    private static final long INTERVAL_MILLIS = 1000;
    private static final String CLEAR = "\u001b[H\u001b[2J";

    @Option(names = "--watch", description = "Show it again every second, until interrupted.")
    private boolean watch;

    StatusCommand(Console console) {
        super(console);
    }

    @Override
    int ask(NodeClient node) throws InterruptedException {
        ClusterStatus status = node.status();
        print(text(status));
        while (watch) {
            Thread.sleep(INTERVAL_MILLIS);
            showAgain(node);
        }
        return status.databases().stream().allMatch(DatabaseStatus::healthy)
                        && status.addresses().stream().allMatch(AddressStatus::healthy)
                        && status.nodes().stream().allMatch(NodeStatus::healthy)
                ? ExitCode.OK
                : ExitCode.NOT_WELL;
    }

    private void showAgain(NodeClient node) throws InterruptedException {
        String separator = json ? "" : console.terminal() ? CLEAR : "\n";
        try {
            print(separator + text(node.status()));
        } catch (CommandFailure failure) {
            // Whoever watches wants to see it come back.
            console.err().println(failure.getMessage() + " Trying again.");
            console.err().flush();
        }
    }

    private String text(ClusterStatus status) {
        if (json) {
            return (watch ? Json.write(status) : Json.writeIndented(status)) + "\n";
        }
        return new StatusText(console.columns(), console.style()).of(status);
    }
}
