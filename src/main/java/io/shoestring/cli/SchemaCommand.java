package io.shoestring.cli;

import io.shoestring.config.ConfigReference;

import picocli.CommandLine.Command;

/** {@code shoestring schema}. */
@Command(
        name = "schema",
        description = "Print the JSON Schema of the configuration, for editors.",
        footerHeading = "%nExample:%n",
        footer = "  shoestring schema > shoestring.schema.json",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:printed", "2:the command was not understood"})
final class SchemaCommand extends BaseCommand {
    SchemaCommand(Console console) {
        super(console);
    }

    @Override
    public Integer call() {
        console.out().print(ConfigReference.jsonSchema());
        return ExitCode.OK;
    }
}
