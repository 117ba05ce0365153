package io.shoestring.cli;

import io.shoestring.admin.OpenApi;
import io.shoestring.config.ConfigReference;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code shoestring reference}. */
@Command(
        name = "reference",
        description = "Print the reference of the configuration, as Markdown.",
        footerHeading = "%nExamples:%n",
        footer = {"  shoestring reference | less", "  shoestring reference --write docs"},
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:printed or written",
            "1:the files could not be written",
            "2:the command was not understood"
        })
final class ReferenceCommand extends BaseCommand {
    @Option(
            names = "--write",
            paramLabel = "DIRECTORY",
            description =
                    "Write reference/configuration.md, reference/openapi.json and"
                            + " shoestring.schema.json there instead.")
    private @Nullable Path directory;

    ReferenceCommand(Console console) {
        super(console);
    }

    @Override
    public Integer call() {
        if (directory == null) {
            console.out().print(ConfigReference.markdown());
            return ExitCode.OK;
        }
        Path there = console.directory().resolve(directory);
        try {
            Files.createDirectories(there.resolve("reference"));
            Files.writeString(
                    there.resolve("reference/configuration.md"), ConfigReference.markdown());
            Files.writeString(
                    there.resolve("shoestring.schema.json"), ConfigReference.jsonSchema());
            Files.writeString(there.resolve("reference/openapi.json"), OpenApi.text());
            return ExitCode.OK;
        } catch (IOException e) {
            throw new CommandFailure(ExitCode.NOT_WELL, "Not written to " + there + ": " + e + ".");
        }
    }
}
