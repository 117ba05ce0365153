package io.shoestring.database.postgresql;

import io.shoestring.base.WallClock;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Keeps what may be nowhere else, before a rewind or a clone takes its place. Nothing in here is
 * ever removed by Shoestring: the operator decides.
 */
final class Aside {
    private static final Logger LOG = LoggerFactory.getLogger(Aside.class);
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss-SSS", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);
    private static final String README = "README.txt";

    private final DataDirectory data;
    private final WallClock wallClock;

    Aside(DataDirectory data, WallClock wallClock) {
        this.data = data;
        this.wallClock = wallClock;
    }

    /**
     * Copies the log from the segment of the fork on.
     *
     * @param why the first sentence of the note that is put beside it
     * @return where it is
     */
    Path keepLog(WalFiles files, LocalLog.Comparison comparison, long epoch, String why)
            throws PostgresException {
        String mark = "The log leaves the cluster's history at " + comparison.fork() + ".";
        try {
            Path kept = completed(epoch, mark);
            if (kept != null) {
                return kept;
            }
            Account account = Account.ownerOf(data.path());
            Path directory = newDirectory(epoch);
            Path copies = directory.resolve("pg_wal");
            account.makeDirectory(copies);
            List<Path> all = new ArrayList<>(files.histories());
            all.addAll(files.between(comparison.fork(), comparison.lastRecord()));
            for (Path file : all) {
                Path copy = copies.resolve(file.getFileName());
                account.copy(file, copy);
                DataDirectory.flush(copy);
            }
            DataDirectory.flush(copies);
            note(directory, account, why + "\n" + mark + "\n" + HOW_TO_READ_LOG);
            tellSize();
            return directory;
        } catch (IOException e) {
            throw new PostgresException(
                    "The log of "
                            + data
                            + " that nobody else has cannot be copied to "
                            + data.aside()
                            + ", so it is left as it is: "
                            + FileProblem.describe(e),
                    e);
        }
    }

    /** Moves the whole data directory. */
    Path keepData(long epoch, String why) throws PostgresException {
        try {
            Account account = Account.ownerOf(data.path());
            Path directory = newDirectory(epoch);
            account.makeDirectory(directory);
            note(directory, account, why + "\n" + WHAT_DATA_IS);
            Files.move(data.path(), directory.resolve("data"));
            DataDirectory.flush(directory);
            tellSize();
            return directory;
        } catch (IOException e) {
            throw new PostgresException(
                    "The data directory "
                            + data
                            + " cannot be moved to "
                            + data.aside()
                            + " (it must be on the same file system, and not a mount point"
                            + " itself): "
                            + FileProblem.describe(e),
                    e);
        }
    }

    private static final String HOW_TO_READ_LOG =
            """
            pg_wal has the segments from there on. pg_waldump, of the same PostgreSQL version, shows
            what is in them; transactions after that position are in no other server's data.
            Remove this directory when you are sure that you do not need it.
            """;

    private static final String WHAT_DATA_IS =
            """
            The directory 'data' is the member's data directory as it was before. It was replaced by
            a copy of the primary's. Remove it when you are sure that you do not need it.
            """;

    private Path newDirectory(long epoch) {
        return data.aside().resolve(STAMP.format(wallClock.now()) + "-epoch" + epoch);
    }

    /** The note is written last: a copy that has it is complete. */
    private static void note(Path directory, Account account, String text) throws IOException {
        DataDirectory.replace(directory.resolve(README), text, account);
    }

    /** What an earlier attempt has kept already. */
    private @Nullable Path completed(long epoch, String mark) throws IOException {
        for (Path directory : directories()) {
            Path readme = directory.resolve(README);
            if (directory.toString().endsWith("-epoch" + epoch)
                    && Files.isDirectory(directory.resolve("pg_wal"))
                    && Files.exists(readme)
                    && Files.readString(readme).contains(mark)) {
                return directory;
            }
        }
        return null;
    }

    private List<Path> directories() throws IOException {
        if (!Files.isDirectory(data.aside())) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(data.aside())) {
            return files.sorted().toList();
        }
    }

    private void tellSize() throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.walk(data.aside())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                bytes += Files.size(file);
            }
        }
        LOG.warn(
                "{} holds {} MB in {} directories; remove what you do not need any more",
                data.aside(),
                bytes / 1_000_000,
                directories().size());
    }
}
