package io.shoestring.consensus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** The compacted beginning of the log; replaced whole or not at all. */
final class SnapshotFile {
    private final Path directory;
    private final Path file;

    SnapshotFile(Path directory) {
        this.directory = directory;
        this.file = directory.resolve("snapshot");
    }

    /** The state in it; the empty state if there is no snapshot yet. */
    StoreState read() throws IOException {
        if (!Files.exists(file)) {
            return StoreState.empty();
        }
        byte[] bytes = Files.readAllBytes(file);
        boolean ended = bytes.length > 0 && bytes[bytes.length - 1] == '\n';
        return FramedLine.decode(bytes, 0, ended ? bytes.length - 1 : 0)
                .flatMap(StoreFormat::readState)
                .orElseThrow(
                        () ->
                                new IOException(
                                        "the snapshot "
                                                + file
                                                + " is damaged. Nothing was changed. Check the"
                                                + " disk; then restore the file, or move the"
                                                + " directory aside and let this node begin anew"));
    }

    void write(StoreState state) throws IOException {
        Path next = directory.resolve("snapshot.next");
        try (FileChannel channel =
                FileChannel.open(
                        next,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(FramedLine.encode(StoreFormat.write(state)));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        forceDirectory(directory);
    }

    /** Makes created and renamed names in {@code directory} survive a power cut. */
    static void forceDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
