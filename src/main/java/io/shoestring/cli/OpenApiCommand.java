package io.shoestring.cli;

import io.shoestring.admin.OpenApi;

import picocli.CommandLine.Command;

/** {@code shoestring openapi}. */
@Command(
        name = "openapi",
        description =
                "Print the description of the API of a node, by OpenAPI 3.1. A node serves the same"
                        + " at /api/openapi.json.",
        footerHeading = "%nExample:%n",
        footer = {"  shoestring openapi > openapi.json"},
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:printed", "2:the command was not understood"})
final class OpenApiCommand extends BaseCommand {
    OpenApiCommand(Console console) {
        super(console);
    }

    @Override
    public Integer call() {
        console.out().print(OpenApi.text());
        return ExitCode.OK;
    }
}
