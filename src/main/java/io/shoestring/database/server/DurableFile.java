package io.shoestring.database.server;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/** Files that survive a crash of the machine whole. */
public final class DurableFile {
    private DurableFile() {}

    /**
     * Replaces a file whole, so that a crash leaves the old or the new one. A new file is readable
     * by its owner only.
     */
    public static void replace(Path file, String text, Account account) throws IOException {
        Path parent = requireNonNull(file.getParent(), "a file is in a directory");
        Path temporary = parent.resolve(file.getFileName() + ".new");
        Files.deleteIfExists(temporary);
        Files.createFile(
                temporary,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(temporary, text);
        if (Files.exists(file)) {
            Files.setPosixFilePermissions(temporary, Files.getPosixFilePermissions(file));
        }
        account.give(temporary);
        flush(temporary);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        flush(parent);
    }

    /** Makes what was written to a file or directory survive a power cut. */
    public static void flush(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
