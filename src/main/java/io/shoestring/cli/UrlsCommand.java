package io.shoestring.cli;

import io.shoestring.admin.api.FiguresList.Row;

import picocli.CommandLine.Command;

import java.util.List;

/** {@code shoestring urls}. */
@Command(
        name = "urls",
        description = {
            "Which URLs take the time: each kind, without numbers and identifiers, as the node's"
                    + " HTTP listeners have measured it since the node started.",
            "Failed are answers with a status from 500 on, and those that did not come to their"
                    + " end."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  shoestring urls", "  shoestring urls --order failures"},
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:done", "2:the command was not understood", "3:the node was not reached"})
final class UrlsCommand extends FiguresCommand {
    private static final long KIB = 1 << 10;

    UrlsCommand(Console console) {
        super(console);
    }

    @Override
    String what() {
        return "urls";
    }

    @Override
    List<String> more() {
        return List.of("KiB");
    }

    @Override
    List<String> more(Row row) {
        return List.of("" + row.bytes() / KIB);
    }
}
