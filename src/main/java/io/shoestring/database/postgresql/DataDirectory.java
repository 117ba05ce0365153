package io.shoestring.database.postgresql;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * A member's data directory, and what stands beside it under its name: markers of unfinished work,
 * the log of the server's start, and what is kept aside.
 */
final class DataDirectory {
    private final Path path;

    DataDirectory(Path path) {
        this.path = path.toAbsolutePath().normalize();
    }

    Path path() {
        return path;
    }

    /** Where the kernel says that it is: without symbolic links. */
    Path realPath() {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            return path;
        }
    }

    /** A file or directory next to it: {@code /var/lib/a} and {@code .log} give {@code a.log}. */
    Path beside(String suffix) {
        return path.resolveSibling(path.getFileName() + suffix);
    }

    Path file(String name) {
        return path.resolve(name);
    }

    /** Where the server's standard error goes. */
    Path log() {
        return beside(".log");
    }

    /** Where data is kept that nobody else has. */
    Path aside() {
        return beside(".aside");
    }

    /** Exists while a base backup of ours is being written into the directory. */
    Path cloning() {
        return beside(".cloning");
    }

    /** Exists while {@code pg_rewind} works: it leaves a directory that nobody may start. */
    Path rewinding() {
        return beside(".rewinding");
    }

    /** Whether there is nothing in it, or only a base backup that provably did not end. */
    boolean isEmpty() throws IOException {
        return !hasFiles() || isUnfinishedClone();
    }

    boolean hasFiles() throws IOException {
        if (!Files.isDirectory(path)) {
            return false;
        }
        try (Stream<Path> files = Files.list(path)) {
            return files.findAny().isPresent();
        }
    }

    /** {@code pg_basebackup} writes the control file after all data. */
    boolean isUnfinishedClone() {
        return Files.exists(cloning()) && !Files.exists(file("global/pg_control"));
    }

    /** A base backup that got its last file, but may not be on the disk, or lack log. */
    boolean isDoubtfulClone() {
        return Files.exists(cloning())
                && Files.exists(file("global/pg_control"))
                && !Files.exists(file("backup_manifest"));
    }

    boolean isUnfinishedRewind() {
        return Files.exists(rewinding());
    }

    /** Whether a rewind or a clone of ours was cut off before its end. */
    boolean isUnfinished() {
        return isUnfinishedRewind() || Files.exists(cloning());
    }

    /** Whether PostgreSQL would start as a replica here; half-rewound data never is a primary's. */
    boolean isReplica() {
        return Files.exists(file("standby.signal")) || isUnfinished();
    }

    /** Of PostgreSQL, as {@code PG_VERSION} has it; 0 if it does not say. */
    int majorVersion() {
        try {
            String text = Files.readString(file("PG_VERSION")).strip();
            return text.matches("\\d{1,4}") ? Integer.parseInt(text) : 0;
        } catch (IOException e) {
            return 0;
        }
    }

    /** The lines of {@code postmaster.pid}; none if there is no such file. */
    List<String> postmasterFile() {
        try {
            return Files.readAllLines(file("postmaster.pid"));
        } catch (IOException e) {
            return List.of();
        }
    }

    /** The process number in {@code postmaster.pid}; it may have ended long ago. */
    OptionalLong postmasterNumber() {
        List<String> lines = postmasterFile();
        if (lines.isEmpty() || !lines.getFirst().strip().matches("\\d{1,10}")) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(Long.parseLong(lines.getFirst().strip()));
    }

    /** What the postmaster says of itself in its eighth line: starting, ready, stopping … */
    String postmasterStatus() {
        List<String> lines = postmasterFile();
        return lines.size() < 8 ? "" : lines.get(7).strip();
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
