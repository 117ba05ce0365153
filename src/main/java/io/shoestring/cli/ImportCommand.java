package io.shoestring.cli;

import static java.util.stream.Collectors.joining;

import io.shoestring.config.ConfigReader;
import io.shoestring.config.haproxy.HaproxyImport;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.stream.Stream;

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
    private static final FileAttribute<?> ONLY_THE_OWNER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

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
        write(result);
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
        boolean whole = result.notes().isEmpty() && (output != null || result.files().isEmpty());
        return isSound(result.yaml()) && whole ? ExitCode.OK : ExitCode.NOT_WELL;
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

    private void write(HaproxyImport.Result result) {
        if (output == null) {
            console.out().print(result.yaml());
            console.out().flush();
            result.files()
                    .keySet()
                    .forEach(
                            name ->
                                    console.err()
                                            .println(
                                                    name
                                                            + " was not written, and logins need"
                                                            + " it; say by -o where to"));
            return;
        }
        Path to = console.directory().resolve(output);
        Stream.concat(Stream.of(to), result.files().keySet().stream().map(to::resolveSibling))
                .filter(Files::exists)
                .forEach(
                        there -> {
                            throw isThere(there);
                        });
        create(to, result.yaml().getBytes(StandardCharsets.UTF_8));
        result.files()
                .forEach(
                        (name, text) ->
                                create(
                                        to.resolveSibling(name),
                                        text.getBytes(StandardCharsets.ISO_8859_1),
                                        ONLY_THE_OWNER));
    }

    private static void create(Path to, byte[] bytes, FileAttribute<?>... rights) {
        Set<StandardOpenOption> how =
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (var channel = Files.newByteChannel(to, how, rights);
                var stream = Channels.newOutputStream(channel)) {
            stream.write(bytes);
        } catch (FileAlreadyExistsException e) {
            throw isThere(to);
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.NOT_WELL, to + " cannot be written: " + e.getMessage());
        }
    }

    private static CommandFailure isThere(Path to) {
        return new CommandFailure(
                ExitCode.NOT_WELL, to + " is there already; name another file, or remove it");
    }
}
