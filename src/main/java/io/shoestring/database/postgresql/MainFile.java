package io.shoestring.database.postgresql;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.DatabaseConfig;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The file that a server reads its settings from: {@code postgresql.conf} in its data directory, or
 * one elsewhere that names the data directory, as Debian's {@code pg_createcluster} makes it.
 *
 * @param path of the file, which may not exist
 * @param outside whether the server has to be told where it is
 */
public record MainFile(Path path, boolean outside) {
    /** Where Debian keeps them: {@code VERSION/NAME/postgresql.conf}. */
    static final Path DEBIAN = Path.of("/etc/postgresql");

    private static final String NAME = "postgresql.conf";
    private static final String MANUAL = "manual # Shoestring starts it";
    private static final Pattern AUTO = Pattern.compile("(?m)^[ \\t]*auto\\b.*$");

    /** The last one counts, as for the server. */
    private static final Pattern DATA_DIRECTORY =
            Pattern.compile("(?mi)^\\s*data_directory\\s*=?\\s*'([^']*)'");

    public MainFile {
        requireNonNull(path, "path is null");
    }

    /** A member's; to be asked on its machine. */
    public static MainFile of(DatabaseConfig.Member member) {
        return of(member.configFile(), new DataDirectory(member.data()), DEBIAN);
    }

    /**
     * The one of {@code data}: as configured, else Debian's which names the directory, else the one
     * in the directory.
     *
     * @param debian {@link #DEBIAN}
     */
    static MainFile of(Optional<Path> configured, DataDirectory data, Path debian) {
        Path inside = data.file(NAME);
        Path path = configured.or(() -> amongDebians(data, debian)).orElse(inside).toAbsolutePath();
        return new MainFile(path.normalize(), !path.normalize().equals(inside));
    }

    /** What a program of PostgreSQL that runs the server is told; nothing for the usual place. */
    List<String> options() {
        return outside ? List.of("-c", "config_file=" + path) : List.of();
    }

    /** Debian's word on who starts the server when the machine starts. */
    Path startFile() {
        return path.resolveSibling("start.conf");
    }

    /** Whether Debian's tools start it when the machine starts. */
    public boolean isStartedAtBoot() {
        return outside && startedByUs().isPresent();
    }

    /** What {@link #startFile} shall say, if it says otherwise now. */
    Optional<String> startedByUs() {
        return startText()
                .filter(text -> AUTO.matcher(text).find())
                .map(text -> AUTO.matcher(text).replaceAll(MANUAL));
    }

    /** What {@link #startFile} said before {@link #startedByUs}, if that was done. */
    Optional<String> startedAsBefore() {
        return outside
                ? startText()
                        .filter(text -> text.contains(MANUAL))
                        .map(text -> text.replace(MANUAL, "auto"))
                : Optional.empty();
    }

    private Optional<String> startText() {
        try {
            return Optional.of(Files.readString(startFile()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Optional<Path> amongDebians(DataDirectory data, Path debian) {
        for (Path version : children(debian)) {
            for (Path cluster : children(version)) {
                Path file = cluster.resolve(NAME);
                if (names(file, data)) {
                    return Optional.of(file);
                }
            }
        }
        return Optional.empty();
    }

    private static List<Path> children(Path directory) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
            children.forEach(found::add);
        } catch (IOException e) {
            // There is none, or it is a file: nobody's settings are in it.
            return List.of();
        }
        found.sort(null);
        return found;
    }

    private static boolean names(Path file, DataDirectory data) {
        try {
            Matcher matcher = DATA_DIRECTORY.matcher(Files.readString(file));
            Optional<String> last = Optional.empty();
            while (matcher.find()) {
                last = Optional.of(matcher.group(1));
            }
            return last.map(text -> new DataDirectory(Path.of(text)))
                    .filter(named -> named.realPath().equals(data.realPath()))
                    .isPresent();
        } catch (IOException e) {
            return false;
        }
    }
}
