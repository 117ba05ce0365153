package io.shoestring.database.postgresql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.FileProblem;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds the directory of {@code postgres}, {@code pg_ctl}, {@code pg_rewind} and the others. Debian
 * does not put them on the path: each major version has its own directory.
 */
public final class ProgramsFinder {
    private static final Path DEBIAN = Path.of("/usr/lib/postgresql");
    private static final Path RED_HAT = Path.of("/usr");

    private ProgramsFinder() {}

    /**
     * The programs for a data directory.
     *
     * @param data the data directory; if it has no {@code PG_VERSION}, the newest installed version
     *     is taken
     * @param configured the directory that the configuration names; it is only checked
     * @throws DatabaseException if there are none: what to install
     */
    public static Path find(Path data, Optional<Path> configured) throws DatabaseException {
        if (configured.isPresent()) {
            return checked(configured.get());
        }
        Optional<String> version = version(data);
        return version.isPresent() ? ofVersion(version.get(), data) : newest();
    }

    /**
     * The programs of the newest installed version.
     *
     * @throws DatabaseException if there are none: what to install
     */
    public static Path newest() throws DatabaseException {
        return installed().stream()
                .filter(ProgramsFinder::hasServer)
                .max(Comparator.comparingInt(ProgramsFinder::majorVersion))
                .orElseThrow(
                        () ->
                                new DatabaseException(
                                        "PostgreSQL's server programs are not installed: install"
                                                + " them (on Debian: apt-get install postgresql)"
                                                + " or name their directory as 'programs'."));
    }

    private static Path ofVersion(String version, Path data) throws DatabaseException {
        for (Path candidate :
                List.of(
                        DEBIAN.resolve(version).resolve("bin"),
                        RED_HAT.resolve("pgsql-" + version).resolve("bin"))) {
            if (hasServer(candidate)) {
                return candidate;
            }
        }
        throw new DatabaseException(
                data
                        + " is of PostgreSQL "
                        + version
                        + ", whose server programs are not installed: install them (on Debian:"
                        + " apt-get install postgresql-"
                        + version
                        + ") or name their directory as 'programs'.");
    }

    private static Path checked(Path directory) throws DatabaseException {
        if (!hasServer(directory)) {
            throw new DatabaseException(
                    "There are no PostgreSQL server programs in "
                            + directory
                            + ", which the configuration names as 'programs'.");
        }
        return directory;
    }

    private static boolean hasServer(Path directory) {
        return Files.isExecutable(directory.resolve("postgres"))
                && Files.isExecutable(directory.resolve("pg_ctl"));
    }

    private static Optional<String> version(Path data) throws DatabaseException {
        Path file = data.resolve("PG_VERSION");
        try {
            return Files.exists(file)
                    ? Optional.of(Files.readString(file).strip())
                    : Optional.empty();
        } catch (IOException e) {
            throw new DatabaseException("Cannot read " + file + ": " + FileProblem.describe(e), e);
        }
    }

    private static List<Path> installed() throws DatabaseException {
        if (!Files.isDirectory(DEBIAN)) {
            return List.of();
        }
        try (Stream<Path> versions = Files.list(DEBIAN)) {
            return versions.map(version -> version.resolve("bin")).toList();
        } catch (IOException e) {
            throw new DatabaseException(
                    "Cannot read " + DEBIAN + ": " + FileProblem.describe(e), e);
        }
    }

    private static int majorVersion(Path programs) {
        Path version = programs.getParent();
        String name = version == null ? "" : String.valueOf(version.getFileName());
        return name.matches("\\d{1,4}") ? Integer.parseInt(name) : 0;
    }
}
