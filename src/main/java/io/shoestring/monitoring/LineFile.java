package io.shoestring.monitoring;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;

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
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * A file to which lines are added by those who must not wait for a disk. Each write is a number of
 * whole lines, so that several processes can share a file; lines that come close together are
 * written together. When the file is moved away or deleted, as logrotate does, it is made anew
 * within a second. Lines that come faster than the disk takes them are left out and counted.
 * Thread-safe.
 */
public final class LineFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LineFile.class);
    private static final Clock CLOCK = Clock.system();
    private static final int LINES_MAX = 32_768;
    private static final int BATCH_LINES_MAX = 2_048;
    private static final long GATHER_MILLIS = 20;
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Path path;
    private final Queue<String> lines = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final LongAdder leftOut = new LongAdder();
    private final Thread writer;
    private FileChannel file;
    private @Nullable Object identity;
    private long leftOutBefore;
    private boolean broken;
    private long lookedAtNanos = CLOCK.nanos();
    private volatile boolean resting;
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
        if (closed || waiting.get() >= LINES_MAX) {
            leftOut.increment();
            return;
        }
        waiting.incrementAndGet();
        lines.add(line);
        // To wake a thread is a system call: who writes already needs none.
        if (resting) {
            LockSupport.unpark(writer);
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
                fill(batch);
                write(batch);
                if (batch.isEmpty()) {
                    rest();
                } else if (batch.size() < BATCH_LINES_MAX) {
                    Thread.sleep(GATHER_MILLIS);
                }
            }
            file.close();
        } catch (InterruptedException | IOException e) {
            LOG.warn("{}: {}", path, e.toString());
        }
    }

    private void fill(List<String> batch) {
        batch.clear();
        while (batch.size() < BATCH_LINES_MAX) {
            String line = lines.poll();
            if (line == null) {
                break;
            }
            batch.add(line);
        }
        waiting.addAndGet(-batch.size());
    }

    /** Until the next line comes, or the file is to be looked at. */
    private void rest() {
        resting = true;
        if (lines.isEmpty() && !closed) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
        resting = false;
    }

    private void write(List<String> batch) {
        try {
            if (CLOCK.nanos() - lookedAtNanos > LOOK_NANOS) {
                lookedAtNanos = CLOCK.nanos();
                reopenIfMoved();
            }
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
        LockSupport.unpark(writer);
        try {
            writer.join(TimeUnit.SECONDS.toMillis(5));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
