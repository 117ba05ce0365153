package io.shoestring.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.util.concurrent.Callable;

/** The root: says what there is. */
@Command(
        name = "shoestring",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "High availability on a shoestring: proxy, agent and voter in one process.",
        commandListHeading = "%nCommands:%n",
        footer = {
            "",
            "Examples:",
            "  shoestring demo                      the whole story on this machine",
            "  shoestring check shoestring.yaml     say what is wrong with a configuration",
            "  shoestring doctor -c shoestring.yaml look at the servers, before anything changes",
            "  shoestring run -c shoestring.yaml    run this machine's node",
            "  shoestring status --watch            the whole cluster on one screen",
            "  shoestring switchover shop --to b    a planned change of the primary",
            "  shoestring server drain web/web1     nothing new goes to that server",
            "",
            "'shoestring COMMAND --help' says more about each."
        })
final class ShoestringCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "Say which command");
    }
}
