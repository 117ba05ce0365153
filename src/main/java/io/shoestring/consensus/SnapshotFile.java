package io.shoestring.consensus;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** The compacted beginning of the log; replaced whole or not at all. */
public final class SnapshotFile {
    private final Path file;

    /** The snapshot that is kept in {@code file}, which need not exist yet. */
    public SnapshotFile(Path file) {
        this.file = file;
    }

    /**
     * The state in it; the empty state if there is no snapshot yet.
     *
     * @throws IOException if it cannot be read, or is damaged; the message says what to do
     */
    public StoreState read() throws IOException {
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

    /** On the disk, under its name, when this returns; or the one before it is still there. */
    public void write(StoreState state) throws IOException {
        Path next = file.resolveSibling(file.getFileName() + ".next");
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
        forceDirectory(requireNonNull(next.toAbsolutePath().getParent()));
    }

    /** Makes created and renamed names in {@code directory} survive a power cut. */
    public static void forceDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
