package io.shoestring.cli;

import io.shoestring.admin.api.CommandReply;
import io.shoestring.model.DatabaseStatus;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.util.Optional;

/** {@code shoestring switchover}. */
@Command(
        name = "switchover",
        description = {
            "Make another member the primary, planned: no client sees an error.",
            "Prints what happens until it is done, and for how long writes waited."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  shoestring switchover shop", "  shoestring switchover shop --to b"},
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:refused, given up, or not done after two minutes",
            "2:the command was not understood",
            "3:the node was not reached"
        })
final class SwitchoverCommand extends ChangeCommand {
    @Parameters(paramLabel = "DATABASE", description = "Its name in the configuration.")
    private String database = "";

    @Option(
            names = "--to",
            paramLabel = "MEMBER",
            description = "The new primary. Default: the best replica.")
    private @Nullable String to;

    SwitchoverCommand(Console console) {
        super(console);
    }

    @Override
    int change(NodeClient node) throws InterruptedException {
        DatabaseStatus before = find(node.status(), database);
        long lastEvent = node.events(0, 1).last();
        CommandReply reply = node.switchover(database, Optional.ofNullable(to));
        if (!reply.accepted()) {
            return report(reply);
        }
        if (!json) {
            print(reply.sentence() + "\n");
        }
        SwitchoverWatch.Result result =
                new SwitchoverWatch(console, node, before, to, lastEvent, !json).await();
        if (json) {
            printJson(result);
        } else if (result.done()) {
            print(result.sentence() + "\n");
        } else {
            console.err().println(result.sentence());
        }
        return result.done() ? ExitCode.OK : ExitCode.NOT_WELL;
    }
}
