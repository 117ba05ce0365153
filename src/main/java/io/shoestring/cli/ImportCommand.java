package io.shoestring.cli;

import static java.util.stream.Collectors.joining;

import io.shoestring.config.ConfigReader;
import io.shoestring.config.haproxy.HaproxyImport;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** {@code shoestring import}. */
@Command(
        name = "import",
        description = {
            "Turn HAProxy's configuration into one of ours.",
            "What could not be carried over is listed by its line, on the error output."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shoestring import /etc/haproxy/haproxy.cfg",
            "  shoestring import haproxy.cfg -o shoestring.yaml"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:everything was carried over",
            "1:not everything, or what came of it is not sound: it was listed",
            "2:the command was not understood"
        })
final class ImportCommand extends BaseCommand {
    @Parameters(paramLabel = "FILE", description = "HAProxy's configuration.")
    private Path file = Path.of("haproxy.cfg");

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Write it there, where nothing may be yet. Default: to the output.")
    private @Nullable Path output;

    ImportCommand(Console console) {
        super(console);
    }

    @Override
    public Integer call() {
        Path there = console.directory().resolve(file);
        HaproxyImport.Result result = HaproxyImport.read(read(there));
        write(result.yaml());
        result.notes()
                .forEach(
                        note ->
                                console.err()
                                        .println(
                                                "%s:%d: '%s': %s"
                                                        .formatted(
                                                                file,
                                                                note.line(),
                                                                note.text(),
                                                                note.why())));
        int open = result.unprotected().size();
        if (open > 0) {
            console.err()
                    .println(
                            "%nNOT PROTECTED: %d of these lines kept somebody out, and nothing does now: %s. What they guarded is open until you say it by hand."
                                    .formatted(
                                            open,
                                            result.unprotected().stream()
                                                    .map(note -> file + ":" + note.line())
                                                    .collect(joining(", "))));
        }
        return isSound(result.yaml()) && result.notes().isEmpty() ? ExitCode.OK : ExitCode.NOT_WELL;
    }

    private boolean isSound(String yaml) {
        return switch (ConfigReader.read("the result", yaml, console.directory())) {
            case ConfigReader.Sound _ -> true;
            case ConfigReader.Broken(var problems) -> {
                problems.forEach(console.err()::println);
                yield false;
            }
        };
    }

    private static String read(Path there) {
        try {
            // Comments may be in any encoding; what counts is ASCII.
            return Files.readString(there, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            throw new CommandFailure(ExitCode.NOT_WELL, there + " is not there");
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.NOT_WELL, there + " cannot be read: " + e.getMessage());
        }
    }

    private void write(String yaml) {
        if (output == null) {
            console.out().print(yaml);
            console.out().flush();
            return;
        }
        Path to = console.directory().resolve(output);
        try {
            Files.writeString(to, yaml, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (FileAlreadyExistsException e) {
            throw new CommandFailure(
                    ExitCode.NOT_WELL, to + " is there already; name another file, or remove it");
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.NOT_WELL, to + " cannot be written: " + e.getMessage());
        }
    }
}
