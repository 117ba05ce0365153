package io.shoestring.cli;

import io.shoestring.admin.api.CommandReply;
import io.shoestring.admin.api.FailoverRequest;
import io.shoestring.model.DatabaseStatus;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.util.Optional;

/** {@code shoestring failover}. */
@Command(
        name = "failover",
        description = {
            "Make a replica the primary by force: whatever the primary does, it is",
            "stopped. For a primary that works, 'switchover' does it without an error.",
            "What would be lost is said first, and nothing is done until it is accepted."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shoestring failover shop --to b --check",
            "  shoestring failover shop --to b --reason \"a hangs in its storage\"",
            "  shoestring failover shop --to b --accept-loss 3MB"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:refused, given up, or not done after two minutes",
            "2:the command was not understood",
            "3:the node was not reached"
        })
final class FailoverCommand extends ChangeCommand {
    @Parameters(paramLabel = "DATABASE", description = "Its name in the configuration.")
    private String database = "";

    @Option(
            names = "--to",
            paramLabel = "MEMBER",
            required = true,
            description = "The new primary, by its name.")
    private String to = "";

    @Option(
            names = "--accept-loss",
            paramLabel = "AMOUNT",
            description = {
                "What may be lost of what was written, as the refusal names it: 12kB, 3MB,",
                "or 'unknown' if nobody can know how much it is. Default: nothing."
            })
    private @Nullable String acceptLoss;

    @Option(names = "--check", description = "Say what would be lost, and do nothing.")
    private boolean check;

    FailoverCommand(Console console) {
        super(console);
    }

    @Override
    int change(NodeClient node) throws InterruptedException {
        FailoverRequest wish =
                new FailoverRequest(to, Optional.ofNullable(acceptLoss), Optional.of(check));
        if (check) {
            return report(node.failover(database, wish));
        }
        DatabaseStatus before = find(node.status(), database);
        long lastEvent = node.events(0, 1).last();
        CommandReply reply = node.failover(database, wish);
        if (!reply.accepted()) {
            return report(reply);
        }
        if (!json) {
            print(reply.sentence() + "\n");
        }
        return report(
                new SwitchoverWatch(console, node, before, to, false, lastEvent, !json).await());
    }
}
