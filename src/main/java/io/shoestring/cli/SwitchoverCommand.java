package io.shoestring.cli;

import io.shoestring.admin.api.CommandReply;
import io.shoestring.admin.api.SwitchoverRequest;
import io.shoestring.model.DatabaseStatus;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.util.Optional;

/** {@code shoestring switchover}. */
@Command(
        name = "switchover",
        description = {
            "Make another member the primary, planned: no client sees an error.",
            "Prints what happens until it is done, and for how long writes waited.",
            "With --check, --rehearse, --at or --cancel nobody becomes the primary now."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shoestring switchover shop",
            "  shoestring switchover shop --to b",
            "  shoestring switchover shop --check",
            "  shoestring switchover shop --rehearse",
            "  shoestring switchover shop --at 03:00"
        },
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

    @ArgGroup private @Nullable Instead instead;

    /** What is done instead of a switchover now. */
    private static final class Instead {
        @Option(
                names = "--check",
                description = "Say what would prevent it, or is good to know, and do nothing.")
        private boolean check;

        @Option(
                names = "--rehearse",
                description = {
                    "Do all of it but the hand-over: writes are held, open transactions",
                    "end, the replica catches up, and everything goes on as before."
                })
        private boolean rehearse;

        @Option(
                names = "--at",
                paramLabel = "TIME",
                description = {
                    "Begin at that time: 03:00, 2026-11-23T03:00 (both in this machine's",
                    "zone) or 2026-11-23T03:00:00Z. 'status' shows it until then."
                })
        private @Nullable String at;

        @Option(names = "--cancel", description = "Forget the one that was to begin at a time.")
        private boolean cancel;
    }

    SwitchoverCommand(Console console) {
        super(console);
    }

    @Override
    int change(NodeClient node) throws InterruptedException {
        if (instead == null) {
            return switchOver(node, false);
        }
        if (instead.rehearse) {
            return switchOver(node, true);
        }
        Optional<String> at =
                Optional.ofNullable(instead.at)
                        .map(text -> PlannedTime.parse(text, console).toString());
        String kind = instead.check ? "check" : instead.cancel ? "cancel" : "later";
        return report(
                node.switchover(
                        database,
                        new SwitchoverRequest(Optional.ofNullable(to), Optional.of(kind), at)));
    }

    private int switchOver(NodeClient node, boolean rehearsal) throws InterruptedException {
        DatabaseStatus before = find(node.status(), database);
        long lastEvent = node.events(0, 1).last();
        CommandReply reply =
                node.switchover(
                        database,
                        new SwitchoverRequest(
                                Optional.ofNullable(to),
                                rehearsal ? Optional.of("rehearsal") : Optional.empty(),
                                Optional.empty()));
        if (!reply.accepted()) {
            return report(reply);
        }
        if (!json) {
            print(reply.sentence() + "\n");
        }
        return report(
                new SwitchoverWatch(console, node, before, to, rehearsal, lastEvent, !json)
                        .await());
    }
}
