package io.shoestring.database.server;

import io.shoestring.base.WallClock;
import io.shoestring.database.DatabaseException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Keeps what may be nowhere else, before a rewind or a clone takes its place. Nothing in here is
 * ever removed by Shoestring: the operator decides.
 */
public final class Aside {
    private static final Logger LOG = LoggerFactory.getLogger(Aside.class);
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss-SSS", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);
    public static final String README = "README.txt";

    private final Path data;
    private final WallClock wallClock;

    /**
     * @param data the member's data directory; what is kept stands beside it
     */
    public Aside(Path data, WallClock wallClock) {
        this.data = data.toAbsolutePath().normalize();
        this.wallClock = wallClock;
    }

    /** Where it is kept. */
    public Path place() {
        return data.resolveSibling(data.getFileName() + ".aside");
    }

    /** Moves the whole data directory. */
    public Path keepData(long epoch, String why) throws DatabaseException {
        try {
            Account account = Account.ownerOf(data);
            Path directory = newDirectory(epoch);
            account.makeDirectory(directory);
            note(directory, account, why + "\n" + WHAT_DATA_IS);
            Files.move(data, directory.resolve("data"));
            DurableFile.flush(directory);
            tellSize();
            return directory;
        } catch (IOException e) {
            throw new DatabaseException(
                    "The data directory "
                            + data
                            + " cannot be moved to "
                            + place()
                            + " (it must be on the same file system, and not a mount point"
                            + " itself): "
                            + FileProblem.describe(e),
                    e);
        }
    }

    private static final String WHAT_DATA_IS =
            """
            The directory 'data' is the member's data directory as it was before. It was replaced by
            a copy of the primary's. Remove it when you are sure that you do not need it.
            """;

    /** The name of a directory for what is kept now. */
    public Path newDirectory(long epoch) {
        return place().resolve(STAMP.format(wallClock.now()) + "-epoch" + epoch);
    }

    /** The note is written last: a copy that has it is complete. */
    public static void note(Path directory, Account account, String text) throws IOException {
        DurableFile.replace(directory.resolve(README), text, account);
    }

    /** What is kept, oldest first. */
    public List<Path> directories() throws IOException {
        if (!Files.isDirectory(place())) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(place())) {
            return files.sorted().toList();
        }
    }

    /** Logs how much there is. */
    public void tellSize() throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.walk(place())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                bytes += Files.size(file);
            }
        }
        LOG.warn(
                "{} holds {} MB in {} directories; remove what you do not need any more",
                place(),
                bytes / 1_000_000,
                directories().size());
    }
}
