package io.shoestring.monitoring;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.Event.Severity;
import io.shoestring.model.MachineStatus.FileSystem;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Says in an event when a disk fills up, and when there is room again. Nothing is decided by it: a
 * disk that is full here is often about to be full on the replica too.
 */
public final class DiskWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DiskWatch.class);
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(5);
    private static final long MEGABYTE = 1L << 20;

    private final List<Watched> watched;
    private final Events events;
    private final Thread thread;

    /**
     * A directory on a disk.
     *
     * @param what is on it, for people
     * @param database that it belongs to
     */
    public record Directory(Path path, String what, Optional<String> database) {
        public Directory {
            requireNonNull(path, "path is null");
            requireNonNull(what, "what is null");
            requireNonNull(database, "database is null");
        }
    }

    /** How much room there is; each limit is left again only with some more room. */
    enum Level {
        ROOM(100),
        SHORT(10),
        ALMOST_FULL(3);

        private static final int MORE_PERCENT = 2;
        private final int percent;

        Level(int percent) {
            this.percent = percent;
        }

        static Level of(int freePercent, Level before) {
            if (isBelow(ALMOST_FULL, freePercent, before)) {
                return ALMOST_FULL;
            }
            return isBelow(SHORT, freePercent, before) ? SHORT : ROOM;
        }

        private static boolean isBelow(Level level, int freePercent, Level before) {
            int more = before.compareTo(level) >= 0 ? MORE_PERCENT : 0;
            return freePercent < level.percent + more;
        }
    }

    private static final class Watched {
        private final Directory directory;
        private Level level = Level.ROOM;
        private volatile Optional<FileSystem> newest = Optional.empty();

        Watched(Directory directory) {
            this.directory = directory;
        }
    }

    private DiskWatch(List<Directory> directories, Events events) {
        this.watched = directories.stream().map(Watched::new).toList();
        this.events = requireNonNull(events, "events is null");
        this.thread = Thread.ofVirtual().name("disk-watch").unstarted(this::repeat);
    }

    /** Begins to look, every five seconds, on a thread of its own. */
    public static DiskWatch start(List<Directory> directories, Events events) {
        DiskWatch watch = new DiskWatch(directories, events);
        watch.thread.start();
        return watch;
    }

    /** What was found last, of those directories that are there. Any thread. */
    public List<FileSystem> fileSystems() {
        return watched.stream().map(each -> each.newest).flatMap(Optional::stream).toList();
    }

    private void repeat() {
        try {
            while (true) {
                watched.forEach(this::look);
                Thread.sleep(BETWEEN_LOOKS);
            }
        } catch (InterruptedException e) {
            LOG.debug("the disks are not watched any more");
        }
    }

    private void look(Watched each) {
        try {
            FileStore disk = Files.getFileStore(each.directory.path());
            long total = disk.getTotalSpace();
            if (total > 0) {
                long free = disk.getUsableSpace();
                each.newest =
                        Optional.of(
                                new FileSystem(
                                        each.directory.what(),
                                        each.directory.path().toString(),
                                        total,
                                        free));
                judge(each, free, (int) (100.0 * free / total));
            }
        } catch (IOException e) {
            // A member that is being made has no directory yet.
            LOG.debug("{}: {}", each.directory.path(), e.toString());
        }
    }

    private void judge(Watched each, long freeBytes, int freePercent) {
        Level before = each.level;
        each.level = Level.of(freePercent, before);
        if (each.level != before) {
            events.add(
                    severity(each.level),
                    each.directory.database(),
                    0,
                    sentence(each.directory, each.level, freeBytes, freePercent));
        }
    }

    private static Severity severity(Level level) {
        return switch (level) {
            case ROOM -> Severity.INFO;
            case SHORT -> Severity.WARNING;
            case ALMOST_FULL -> Severity.ERROR;
        };
    }

    static String sentence(Directory directory, Level level, long freeBytes, int freePercent) {
        String room =
                "The disk with %s (%s) has %s left, %d %%"
                        .formatted(
                                directory.what(), directory.path(), size(freeBytes), freePercent);
        return switch (level) {
            case ROOM -> room + ": there is room again.";
            case SHORT -> room + ". Free some or enlarge it before it is full.";
            case ALMOST_FULL ->
                    room
                            + ". When it is full, writes fail or wait: free some now, or enlarge"
                            + " it.";
        };
    }

    private static String size(long bytes) {
        return bytes < 10_000 * MEGABYTE
                ? bytes / MEGABYTE + " MB"
                : String.format(Locale.ROOT, "%.0f GB", bytes / (1024.0 * MEGABYTE));
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
