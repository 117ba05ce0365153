package io.shoestring.cli;

import io.shoestring.admin.api.FiguresList.Row;

import picocli.CommandLine.Command;

import java.util.List;

/** {@code shoestring statements}. */
@Command(
        name = "statements",
        description = {
            "Which SQL statements take the time: each kind, without its values, as the node's"
                    + " listeners have measured it since the node started.",
            "Times are from the first byte of the statement to the last of its answer, with all"
                    + " waiting."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shoestring statements",
            "  shoestring statements --order mean --limit 5",
            "  shoestring statements --json"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:done", "2:the command was not understood", "3:the node was not reached"})
final class StatementsCommand extends FiguresCommand {
    private static final int WHOLE = 100;

    StatementsCommand(Console console) {
        super(console);
    }

    @Override
    String what() {
        return "statements";
    }

    @Override
    List<String> more() {
        return List.of("replica");
    }

    @Override
    List<String> more(Row row) {
        return List.of(row.onReplica() * WHOLE / Math.max(1, row.count()) + " %");
    }
}
