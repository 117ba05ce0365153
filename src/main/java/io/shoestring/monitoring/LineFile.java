package io.shoestring.monitoring;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * A file to which lines are added by those who must not wait for a disk. Each write is a number of
 * whole lines, so that several processes can share a file. When the file is moved away or deleted,
 * as logrotate does, it is made anew within a second. Lines that come faster than the disk takes
 * them are left out and counted. Thread-safe.
 */
public final class LineFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LineFile.class);
    private static final int LINES_MAX = 32_768;
    private static final int BATCH_LINES_MAX = 1_024;

    private final Path path;
    private final BlockingQueue<String> lines = new ArrayBlockingQueue<>(LINES_MAX);
    private final LongAdder leftOut = new LongAdder();
    private final Thread writer;
    private FileChannel file;
    private @Nullable Object identity;
    private long leftOutBefore;
    private boolean broken;
    private volatile boolean closed;

    private LineFile(Path path, FileChannel file) {
        this.path = path;
        this.file = file;
        this.writer = Thread.ofPlatform().daemon().name("lines to " + path).unstarted(this::write);
    }

    /**
     * Opens it, at its end; makes it if it is not there.
     *
     * @throws IOException if it cannot be written
     */
    public static LineFile open(Path path) throws IOException {
        requireNonNull(path, "path is null");
        var made = new LineFile(path, append(path));
        made.identity = identityOf(path);
        made.writer.start();
        return made;
    }

    private static FileChannel append(Path path) throws IOException {
        return FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private static @Nullable Object identityOf(Path path) throws IOException {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        } catch (NoSuchFileException _) {
            return null;
        }
    }

    /** Adds a line, given without its end; returns at once. Any thread. */
    public void add(String line) {
        if (closed || !lines.offer(line)) {
            leftOut.increment();
        }
    }

    /** Lines that the disk did not take in time. */
    public long leftOut() {
        return leftOut.sum();
    }

    private void write() {
        List<String> batch = new ArrayList<>();
        try {
            while (!closed || !lines.isEmpty()) {
                batch.clear();
                String first = lines.poll(1, TimeUnit.SECONDS);
                if (first != null) {
                    batch.add(first);
                    lines.drainTo(batch, BATCH_LINES_MAX - 1);
                }
                write(batch);
            }
            file.close();
        } catch (InterruptedException | IOException e) {
            LOG.warn("{}: {}", path, e.toString());
        }
    }

    private void write(List<String> batch) {
        try {
            reopenIfMoved();
            if (!batch.isEmpty()) {
                var bytes =
                        ByteBuffer.wrap(
                                (String.join("\n", batch) + "\n").getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    file.write(bytes);
                }
            }
            broken = false;
            tellWhatIsLeftOut();
        } catch (IOException e) {
            leftOut.add(batch.size());
            if (!broken) {
                broken = true;
                LOG.error("{} cannot be written, its lines are lost: {}", path, e.toString());
            }
        }
    }

    private void reopenIfMoved() throws IOException {
        if (!Objects.equals(identity, identityOf(path)) || !file.isOpen()) {
            file.close();
            file = append(path);
            identity = identityOf(path);
        }
    }

    private void tellWhatIsLeftOut() {
        long now = leftOut.sum();
        if (now > leftOutBefore) {
            LOG.warn("{}: {} lines were left out", path, now - leftOutBefore);
            leftOutBefore = now;
        }
    }

    /** Writes what was added, and ends; waits for that, but not for ever. */
    @Override
    public void close() {
        closed = true;
        try {
            writer.join(TimeUnit.SECONDS.toMillis(5));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
