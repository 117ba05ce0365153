package io.shoestring.cli;

import io.shoestring.admin.api.Json;
import io.shoestring.admin.api.NodeFiguresList;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code shoestring top}. */
@Command(
        name = "top",
        description = {
            "What the machines do and what the database servers on them do: processors, memory,"
                    + " disks, network; connections, who waits for whom, replication."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shoestring top",
            "  shoestring top --watch",
            "  shoestring top --json | jq '.nodes[].machine.load1'"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:a node or a server tells nothing",
            "2:the command was not understood",
            "3:the node was not reached"
        })
final class TopCommand extends NodeCommand {
    private static final long INTERVAL_MILLIS = 2_000;
    private static final String CLEAR = "\u001b[H\u001b[2J";

    @Option(names = "--watch", description = "Show it again every 2 s, until interrupted.")
    private boolean watch;

    TopCommand(Console console) {
        super(console);
    }

    @Override
    int ask(NodeClient node) throws InterruptedException {
        NodeFiguresList list = node.machines();
        print(text(list));
        while (watch) {
            Thread.sleep(INTERVAL_MILLIS);
            showAgain(node);
        }
        return list.nodes().stream()
                        .allMatch(
                                each ->
                                        each.problem().isEmpty()
                                                && each.members().stream()
                                                        .allMatch(it -> it.problem().isEmpty()))
                ? ExitCode.OK
                : ExitCode.NOT_WELL;
    }

    private void showAgain(NodeClient node) throws InterruptedException {
        try {
            print((json ? "" : console.terminal() ? CLEAR : "\n") + text(node.machines()));
        } catch (CommandFailure failure) {
            // Whoever watches wants to see it come back.
            console.err().println(failure.getMessage() + " Trying again.");
            console.err().flush();
        }
    }

    private String text(NodeFiguresList list) {
        if (json) {
            return (watch ? Json.write(list) : Json.writeIndented(list)) + "\n";
        }
        return new TopText(console.columns(), console.style()).of(list.nodes());
    }
}
