package io.shoestring.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shoestring member}. */
@Command(
        name = "member",
        description = {
            "Take a member of a database out of use, or back in.",
            "",
            "  offline  it gets no reads and no reader's address, commits do not wait for it, it is"
                    + " never promoted, and nothing is done to it: it is in your hands",
            "  online   it is made a replica again, if it is none, and is used as one",
            "",
            "It holds for the whole cluster until it is changed, whatever is restarted meanwhile."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  shoestring member offline shop/b", "  shoestring member online shop/b"},
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:refused: there is no such member, or it is the primary",
            "2:the command was not understood",
            "3:the node was not reached"
        })
final class MemberCommand extends ChangeCommand {
    /** What is to be done. */
    enum Verb {
        OFFLINE,
        ONLINE
    }

    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(
            index = "0",
            paramLabel = "offline|online",
            description = "What is to be done with it.")
    private Verb verb = Verb.ONLINE;

    @Parameters(index = "1", paramLabel = "DATABASE/MEMBER", description = "Their names.")
    private String member = "";

    MemberCommand(Console console) {
        super(console);
    }

    @Override
    int change(NodeClient node) throws InterruptedException {
        String[] names = member.split("/", -1);
        if (names.length != 2 || names[0].isEmpty() || names[1].isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "'" + member + "' is not DATABASE/MEMBER, such as shop/b");
        }
        return report(node.offline(names[0], names[1], verb == Verb.OFFLINE));
    }
}
