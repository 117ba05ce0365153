package io.shoestring.cli;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.util.Optional;

/** {@code shoestring address}. */
@Command(
        name = "address",
        description = {
            "Move an address of readers or of a listener to a node by hand, or have it balanced"
                    + " again.",
            "",
            "  move     it goes to NODE, and comes back there whenever NODE is good for it",
            "  balance  it goes wherever it fits best, as before",
            "",
            "An address that follows a primary moves with it: 'shoestring switchover'."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  shoestring address move reader db1", "  shoestring address balance reader"},
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:refused: it cannot be there",
            "2:the command was not understood",
            "3:the node was not reached"
        })
final class AddressCommand extends ChangeCommand {
    /** What is to be done. */
    enum Verb {
        MOVE,
        BALANCE
    }

    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(
            index = "0",
            paramLabel = "move|balance",
            description = "What is to be done with it.")
    private Verb verb = Verb.BALANCE;

    @Parameters(index = "1", paramLabel = "ADDRESS", description = "Its name in the configuration.")
    private String address = "";

    @Parameters(
            index = "2",
            arity = "0..1",
            paramLabel = "NODE",
            description = "With move: where it shall go.")
    private @Nullable String to;

    AddressCommand(Console console) {
        super(console);
    }

    @Override
    int change(NodeClient node) throws InterruptedException {
        if ((verb == Verb.MOVE) != (to != null)) {
            throw new ParameterException(
                    spec.commandLine(), "A NODE is needed for move, and only for move");
        }
        return report(node.moveAddress(address, Optional.ofNullable(to)));
    }
}
