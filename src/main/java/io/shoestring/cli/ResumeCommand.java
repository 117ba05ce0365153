package io.shoestring.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code shoestring resume}. */
@Command(
        name = "resume",
        description = "Switch automatic actions on a database on again.",
        footerHeading = "%nExample:%n",
        footer = "  shoestring resume shop",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:they are on",
            "1:refused",
            "2:the command was not understood",
            "3:the node was not reached"
        })
final class ResumeCommand extends ChangeCommand {
    @Parameters(paramLabel = "DATABASE", description = "Its name in the configuration.")
    private String database = "";

    ResumeCommand(Console console) {
        super(console);
    }

    @Override
    int change(NodeClient node) throws InterruptedException {
        return report(node.pause(database, false));
    }
}
