package io.shoestring.cli;

import io.shoestring.admin.api.Json;
import io.shoestring.config.ConfigReader;
import io.shoestring.config.Problem;
import io.shoestring.config.ShoestringConfig;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.nio.file.Path;
import java.util.List;

/** {@code shoestring check}. */
@Command(
        name = "check",
        description = "Say what is wrong with a configuration, where, and what would help.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  shoestring check shoestring.yaml",
            "  shoestring check /etc/shoestring/shoestring.yaml --json"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:it is sound",
            "1:it is not; every problem was printed",
            "2:the command was not understood"
        })
final class CheckCommand extends BaseCommand {
    @Parameters(
            paramLabel = "FILE",
            arity = "0..1",
            defaultValue = "shoestring.yaml",
            description = "The configuration. Default: ./shoestring.yaml.")
    private Path file = Path.of("shoestring.yaml");

    @Option(names = "--json", description = "Print JSON, for programs.")
    private boolean json;

    CheckCommand(Console console) {
        super(console);
    }

    @Override
    public Integer call() {
        Path there = console.directory().resolve(file);
        return switch (ConfigReader.read(there)) {
            case ConfigReader.Sound(var config) -> sound(there, config);
            case ConfigReader.Broken(var problems) -> broken(problems);
        };
    }

    private int sound(Path there, ShoestringConfig config) {
        long members =
                config.databases().values().stream()
                        .mapToLong(database -> database.members().size())
                        .sum();
        console.out()
                .println(
                        json
                                ? Json.writeIndented(new Verdict(true, List.of()))
                                : "%s is sound: %s with %s, %s."
                                        .formatted(
                                                there,
                                                count(config.databases().size(), "database"),
                                                count(members, "member"),
                                                count(config.listeners().size(), "listener")));
        return ExitCode.OK;
    }

    private int broken(List<Problem> problems) {
        if (json) {
            console.out().println(Json.writeIndented(new Verdict(false, problems)));
        } else {
            problems.forEach(console.out()::println);
        }
        return ExitCode.NOT_WELL;
    }

    private static String count(long count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }

    private record Verdict(boolean sound, List<Problem> problems) {}
}
