package io.shoestring.consensus.ratis;

import io.shoestring.consensus.SnapshotFile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The directory of Ratis's log files. Ratis forces what is in a file, but not the names of files
 * that it made or renamed; without the name the content is lost too. Not thread-safe: the log
 * writer's.
 */
final class LogDirectory {
    private final Path current;
    private Set<String> forced = Set.of();

    LogDirectory(Path current) {
        this.current = current;
    }

    /** Forces the directory if names have changed since the last time. */
    void forceIfChanged() throws IOException {
        Set<String> names = names();
        if (!names.equals(forced)) {
            SnapshotFile.forceDirectory(current);
            forced = names;
        }
    }

    private Set<String> names() throws IOException {
        try (Stream<Path> files = Files.list(current)) {
            return files.map(file -> file.getFileName().toString())
                    .collect(Collectors.toUnmodifiableSet());
        }
    }
}
