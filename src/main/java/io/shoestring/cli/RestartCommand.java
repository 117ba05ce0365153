package io.shoestring.cli;

import io.shoestring.admin.api.CommandReply;
import io.shoestring.admin.api.RestartRequest;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code shoestring restart}. */
@Command(
        name = "restart",
        description = {
            "Restart the servers of a database, one after the other: no client sees an error.",
            "",
            "Each replica gets no reads and no commit waits for it any more, is stopped and"
                + " started, and has caught up before the next one. The primary comes last: it"
                + " hands over to a replica by a switchover. For settings that need a restart, and"
                + " for another minor version once its packages are installed.",
            "",
            "It goes on by itself when this command, or a node, ends."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shoestring restart shop",
            "  shoestring restart shop --check",
            "  shoestring restart shop --pending",
            "  shoestring restart shop --member b",
            "  shoestring restart shop --cancel"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:refused, given up, or without any progress for ten minutes",
            "2:the command was not understood",
            "3:the node was not reached"
        })
final class RestartCommand extends ChangeCommand {
    @Parameters(paramLabel = "DATABASE", description = "Its name in the configuration.")
    private String database = "";

    @Option(
            names = "--member",
            paramLabel = "MEMBER",
            description = "Only this one; can be given several times. Default: all.")
    private List<String> members = new ArrayList<>();

    @Option(
            names = "--pending",
            description = "Only those whose settings wait for a restart, as 'status' says.")
    private boolean pending;

    @ArgGroup private @Nullable Instead instead;

    /** What is done instead of a restart now. */
    private static final class Instead {
        @Option(
                names = "--check",
                description = "Say whom it would restart, or what prevents it, and do nothing.")
        private boolean check;

        @Option(
                names = "--cancel",
                description = "End the one that is on its way, after what it is doing now.")
        private boolean cancel;
    }

    RestartCommand(Console console) {
        super(console);
    }

    @Override
    int change(NodeClient node) throws InterruptedException {
        long lastEvent = node.events(0, 1).last();
        CommandReply reply =
                node.restart(
                        database,
                        new RestartRequest(
                                Optional.of(members), Optional.of(pending), Optional.of(kind())));
        if (!reply.accepted() || instead != null) {
            return report(reply);
        }
        if (!json) {
            print(Sentences.paragraph("", reply.sentence(), console.columns()));
        }
        RestartWatch.Result result =
                new RestartWatch(console, node, database, reply.id(), lastEvent, !json).await();
        if (json) {
            printJson(result);
        } else if (!result.done()) {
            console.err().println(result.sentence());
        }
        return result.done() ? ExitCode.OK : ExitCode.NOT_WELL;
    }

    private String kind() {
        if (instead == null) {
            return "now";
        }
        if (instead.cancel) {
            return "cancel";
        }
        return instead.check ? "check" : "now";
    }
}
