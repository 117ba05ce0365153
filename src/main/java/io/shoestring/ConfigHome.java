package io.shoestring;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * This node's configuration file, and the note of what was last written there for the cluster: by
 * it a file that a person has edited is told from one that is merely old.
 */
final class ConfigHome {
    private final Path file;
    private final Path note;

    /**
     * @param file by which the node was started
     * @param directory of the node's own state
     */
    ConfigHome(Path file, Path directory) {
        this.file = requireNonNull(file, "file is null").toAbsolutePath();
        this.note = directory.resolve("configuration");
    }

    /** Where relative paths in it start. */
    Path directory() {
        return requireNonNull(file.getParent(), "a file has a directory");
    }

    Path file() {
        return file;
    }

    ConfigText read() throws IOException {
        return new ConfigText(Files.readString(file));
    }

    /** Whether the file is as it was last written here; false if it never was. */
    boolean isUntouched() throws IOException {
        return noted().equals(Optional.of(read().fingerprint()));
    }

    /** The first time that a node runs, nobody has edited the file since. */
    void noteIfNew() throws IOException {
        if (noted().isEmpty()) {
            replace(note, read().fingerprint() + "\n");
        }
    }

    private Optional<String> noted() throws IOException {
        return Files.exists(note) ? Optional.of(Files.readString(note).strip()) : Optional.empty();
    }

    /** Why another one could not be written; empty if it could. */
    Optional<String> trouble() {
        return Files.isWritable(file) && Files.isWritable(directory())
                ? Optional.empty()
                : Optional.of(
                        "%s cannot be written by this process (the file and its directory have to be its own)"
                                .formatted(file));
    }

    /** Puts {@code text} in its place; what was there stays beside it, as {@code FILE.before}. */
    void write(ConfigText text) throws IOException {
        if (!read().equals(text)) {
            Files.copy(file, beside(".before"), StandardCopyOption.REPLACE_EXISTING);
            replace(file, text.text());
        }
        replace(note, text.fingerprint() + "\n");
    }

    private Path beside(String suffix) {
        return file.resolveSibling(file.getFileName() + suffix);
    }

    /** Either the old or the new one is there, whenever the power fails. */
    private static void replace(Path target, String content) throws IOException {
        Path next = target.resolveSibling(target.getFileName() + ".next");
        Files.writeString(next, content, StandardCharsets.UTF_8);
        if (Files.exists(target)) {
            Files.setPosixFilePermissions(next, Files.getPosixFilePermissions(target));
        }
        sync(next, StandardOpenOption.WRITE);
        Files.move(next, target, StandardCopyOption.ATOMIC_MOVE);
        sync(requireNonNull(target.getParent(), "a file has a directory"), StandardOpenOption.READ);
    }

    private static void sync(Path path, StandardOpenOption option) throws IOException {
        try (FileChannel channel = FileChannel.open(path, option)) {
            channel.force(true);
        }
    }
}
