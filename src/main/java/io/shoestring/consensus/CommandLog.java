package io.shoestring.consensus;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The append-only log on disk; an entry is on the disk when {@link #append} returns.
 *
 * <p>A crash can only have torn what was not acknowledged, which is the end: bytes after the last
 * whole line are cut. A damaged line <em>before</em> a whole one cannot come from a crash; nothing
 * is guessed then. Not thread-safe. Not a {@code FileChannel}: that would be closed by the
 * interrupt of any thread that writes.
 */
final class CommandLog implements AutoCloseable {
    /** One line: a command and its place. */
    record Line(long index, Command command) {}

    private final Path file;
    private final RandomAccessFile data;
    private final List<Line> found;
    private long length;
    private boolean broken;

    private CommandLog(Path file, RandomAccessFile data, List<Line> found, long length) {
        this.file = file;
        this.data = data;
        this.found = found;
        this.length = length;
    }

    static CommandLog open(Path file) throws IOException {
        RandomAccessFile data = new RandomAccessFile(file.toFile(), "rw");
        try {
            byte[] bytes = Files.readAllBytes(file);
            List<Line> lines = new ArrayList<>();
            int whole = readInto(lines, bytes, file);
            if (whole < bytes.length) {
                data.setLength(whole);
                data.getFD().sync();
            }
            return new CommandLog(file, data, lines, whole);
        } catch (IOException | RuntimeException e) {
            data.close();
            throw e;
        }
    }

    /** The entries that were there when it was opened. */
    List<Line> found() {
        return found;
    }

    /** Adds an entry. After a failure nothing of it is left, or the log refuses to go on. */
    void append(Line line) throws IOException {
        if (broken) {
            throw new IOException(
                    "an earlier write to "
                            + file
                            + " failed in a way that leaves its content unknown;"
                            + " mend the disk and restart the node");
        }
        byte[] bytes = FramedLine.encode(StoreFormat.write(line));
        try {
            data.seek(length);
            data.write(bytes);
        } catch (IOException e) {
            cutBack();
            throw e;
        }
        force();
        length += bytes.length;
    }

    /** Forgets everything: a snapshot has it. */
    void clear() throws IOException {
        data.setLength(0);
        length = 0;
        force();
    }

    @Override
    public void close() throws IOException {
        data.close();
    }

    private void cutBack() {
        try {
            data.setLength(length);
            data.getFD().sync();
        } catch (IOException e) {
            broken = true;
        }
    }

    private void force() throws IOException {
        try {
            data.getFD().sync();
        } catch (IOException e) {
            // After a failed fsync the kernel may have dropped the pages: a second try proves
            // nothing.
            broken = true;
            throw e;
        }
    }

    /** Fills {@code lines} and returns how many bytes are whole lines. */
    private static int readInto(List<Line> lines, byte[] bytes, Path file) throws IOException {
        int from = 0;
        while (from < bytes.length) {
            int end = newline(bytes, from);
            Optional<Line> line = end < 0 ? Optional.empty() : decode(bytes, from, end);
            if (line.isEmpty()) {
                refuseIfWholeLinesFollow(bytes, from, file);
                return from;
            }
            lines.add(line.get());
            from = end + 1;
        }
        return from;
    }

    private static void refuseIfWholeLinesFollow(byte[] bytes, int damaged, Path file)
            throws IOException {
        int from = damaged;
        for (int end = newline(bytes, from); end >= 0; end = newline(bytes, from)) {
            if (decode(bytes, from, end).isPresent()) {
                throw new IOException(
                        "the log "
                                + file
                                + " is damaged at byte "
                                + damaged
                                + " while later entries are whole, so this is not the trace of a"
                                + " crash. Nothing was changed. Check the disk; then restore the"
                                + " file, or move the directory aside and let this node begin"
                                + " anew");
            }
            from = end + 1;
        }
    }

    private static Optional<Line> decode(byte[] bytes, int from, int end) {
        return FramedLine.decode(bytes, from, end).flatMap(StoreFormat::readLine);
    }

    private static int newline(byte[] bytes, int from) {
        for (int at = from; at < bytes.length; at++) {
            if (bytes[at] == '\n') {
                return at;
            }
        }
        return -1;
    }
}
