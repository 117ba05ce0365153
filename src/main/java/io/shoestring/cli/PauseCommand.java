package io.shoestring.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code shoestring pause}. */
@Command(
        name = "pause",
        description = {
            "Switch automatic actions on a database off, for maintenance by hand.",
            "If the primary dies meanwhile, no replica takes over."
        },
        footerHeading = "%nExample:%n",
        footer = "  shoestring pause shop",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:they are off",
            "1:refused",
            "2:the command was not understood",
            "3:the node was not reached"
        })
final class PauseCommand extends ChangeCommand {
    @Parameters(paramLabel = "DATABASE", description = "Its name in the configuration.")
    private String database = "";

    PauseCommand(Console console) {
        super(console);
    }

    @Override
    int change(NodeClient node) throws InterruptedException {
        return report(node.pause(database, true));
    }
}
