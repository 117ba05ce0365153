package io.shoestring.cli;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shoestring server}. */
@Command(
        name = "server",
        description = {
            "Take a server of a backend out of use, or back in, or change its share.",
            "",
            "  drain        nothing new goes there; what it has goes on; still checked",
            "  maintenance  nothing new goes there, and it is not checked",
            "  ready        it is used again, if its checks find it up",
            "  weight       its share beside the other servers, 0 to 256",
            "",
            "It holds on all nodes, also after they were started again, until something else is",
            "said. With --here it holds on the node that is asked, until that node ends or",
            "something is said for all."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shoestring server drain web/web1",
            "  shoestring server ready web/web1",
            "  shoestring server weight web/web1 10",
            "  shoestring server drain web/web1 --here"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:refused: there is no such server",
            "2:the command was not understood",
            "3:the node was not reached"
        })
final class ServerCommand extends ChangeCommand {
    /** What is to be done. */
    enum Verb {
        DRAIN,
        READY,
        MAINTENANCE,
        WEIGHT
    }

    private static final int HEAVIEST = 256;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(
            index = "0",
            paramLabel = "drain|ready|maintenance|weight",
            description = "What is to be done with it.")
    private Verb verb = Verb.READY;

    @Parameters(index = "1", paramLabel = "BACKEND/SERVER", description = "Their names.")
    private String server = "";

    @Parameters(
            index = "2",
            arity = "0..1",
            paramLabel = "WEIGHT",
            description = "With weight: 0 to 256.")
    private @Nullable Integer weight;

    @Option(names = "--here", description = "On the node that is asked alone.")
    private boolean here;

    ServerCommand(Console console) {
        super(console);
    }

    @Override
    int change(NodeClient node) throws InterruptedException {
        String[] names = server.split("/", -1);
        if (names.length != 2 || names[0].isEmpty() || names[1].isEmpty()) {
            throw misused("'" + server + "' is not BACKEND/SERVER, such as web/web1");
        }
        if (verb != Verb.WEIGHT && weight != null) {
            throw misused("A number is only for weight");
        }
        if (here) {
            node.onlyHere();
        }
        return report(
                verb == Verb.WEIGHT
                        ? node.weigh(names[0], names[1], soundWeight())
                        : node.want(names[0], names[1], verb));
    }

    private int soundWeight() {
        if (weight == null || weight < 0 || weight > HEAVIEST) {
            throw misused("Say which weight, from 0 to 256");
        }
        return weight;
    }

    private ParameterException misused(String problem) {
        return new ParameterException(spec.commandLine(), problem);
    }
}
