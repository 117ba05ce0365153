package io.shoestring.doctor.facts;

import io.shoestring.base.Clock;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.postgresql.InstalledPrograms;
import io.shoestring.database.postgresql.MainFile;
import io.shoestring.database.postgresql.ProgramsFinder;
import io.shoestring.doctor.facts.DiskFacts.Latency;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Looks at a data directory of this machine, without changing anything in it. */
final class DiskSurvey {
    private static final Logger LOG = LoggerFactory.getLogger(DiskSurvey.class);
    private static final int FLUSHES = 32;
    private static final int PAGE_BYTES = 8192;

    private final Clock clock;

    DiskSurvey(Clock clock) {
        this.clock = clock;
    }

    DiskFacts look(DatabaseConfig database, DatabaseConfig.Member member)
            throws IOException, DatabaseException {
        Path data = nearest(member.data());
        Path log = nearest(member.data().resolve("pg_wal"));
        FileStore store = Files.getFileStore(data);
        Optional<Path> programs = programs(database, member);
        MainFile settings = MainFile.of(member);
        return new DiskFacts(
                isEmpty(member.data()),
                store.getTotalSpace(),
                store.getUsableSpace(),
                device(data),
                device(log),
                PosixFilePermissions.toString(Files.getPosixFilePermissions(data)),
                flush(log, data),
                programs,
                settings.path(),
                settings.isStartedAtBoot(),
                programs.isEmpty() ? Map.of() : InstalledPrograms.versions(programs.get()));
    }

    private static Optional<Path> programs(DatabaseConfig database, DatabaseConfig.Member member) {
        try {
            return Optional.of(ProgramsFinder.find(member.data(), database.programs()));
        } catch (DatabaseException e) {
            LOG.debug("{}", e.sentence());
            return Optional.empty();
        }
    }

    /** It, or what is above it and exists. */
    static Path nearest(Path path) throws IOException {
        Path existing = path.toAbsolutePath();
        while (!Files.exists(existing)) {
            Path above = existing.getParent();
            if (above == null) {
                throw new IOException("nothing above " + path + " exists");
            }
            existing = above;
        }
        return existing.toRealPath();
    }

    static boolean isEmpty(Path data) throws IOException {
        if (!Files.isDirectory(data)) {
            return true;
        }
        try (Stream<Path> files = Files.list(data)) {
            return files.findAny().isEmpty();
        }
    }

    static long device(Path path) throws IOException {
        return ((Number) Files.getAttribute(path, "unix:dev")).longValue();
    }

    /** Beside the data, if that is the file system of the log. */
    Optional<Latency> flush(Path log, Path data) {
        try {
            Path beside = data.getParent();
            boolean same = beside != null && device(beside) == device(log);
            return Optional.of(measure(same && beside != null ? beside : log));
        } catch (IOException e) {
            LOG.debug("Cannot measure a flush at {}", log, e);
            return Optional.empty();
        }
    }

    /** In a file that has lost its name before anything is written: nothing can be left behind. */
    private Latency measure(Path directory) throws IOException {
        Path file = Files.createTempFile(directory, ".shoestring-flush", "");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            Files.delete(file);
            List<Duration> times = new ArrayList<>();
            for (int i = 0; i < FLUSHES; i++) {
                long begin = clock.nanos();
                channel.write(ByteBuffer.allocate(PAGE_BYTES));
                channel.force(false);
                times.add(Duration.ofNanos(clock.nanos() - begin));
            }
            times.sort(null);
            return new Latency(times.get(FLUSHES / 2), times.getLast());
        } finally {
            Files.deleteIfExists(file);
        }
    }
}
