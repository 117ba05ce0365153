package io.shoestring.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code shoestring completion}. */
@Command(
        name = CompletionCommand.NAME,
        description =
                "Print a script by which bash and zsh complete commands and options when TAB is"
                        + " pressed.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  shoestring completion > /etc/bash_completion.d/shoestring",
            "  source <(shoestring completion)"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:printed", "2:the command was not understood"})
final class CompletionCommand extends BaseCommand {
    static final String NAME = "completion";

    @Spec private CommandSpec spec = CommandSpec.create();

    CompletionCommand(Console console) {
        super(console);
    }

    @Override
    public Integer call() {
        console.out().print(AutoComplete.bash("shoestring", spec.root().commandLine()));
        return ExitCode.OK;
    }
}
