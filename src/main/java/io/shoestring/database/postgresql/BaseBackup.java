package io.shoestring.database.postgresql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Account;
import io.shoestring.database.server.DurableFile;
import io.shoestring.database.server.FileProblem;
import io.shoestring.database.server.Program;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Copies the primary's data into an empty directory. */
final class BaseBackup {
    private static final Logger LOG = LoggerFactory.getLogger(BaseBackup.class);
    private static final long TIMEOUT_SECONDS = TimeUnit.DAYS.toSeconds(7);
    private static final long TELL_EVERY_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Server server;
    private final ReplicaFiles files;
    private final CloneProgress progress;

    BaseBackup(Server server, ReplicaFiles files, CloneProgress progress) {
        this.server = server;
        this.files = files;
        this.progress = progress;
    }

    /**
     * Clones a server. A marker stands beside the directory until it is complete.
     *
     * @param source the primary, or a replica of it
     * @param upstream the primary, which is followed afterwards
     * @param tablespaces that the source has
     * @throws DatabaseException if the directory is not empty, or what {@code pg_basebackup}
     *     complained of
     */
    void run(UpstreamServer source, UpstreamServer upstream, Tablespaces tablespaces, long epoch)
            throws DatabaseException {
        DataDirectory data = server.data();
        try {
            clear(data);
            Account account = Account.ownerOf(data.path());
            DurableFile.replace(data.cloning(), "epoch " + epoch + "\n", account);
            account.makeDirectory(data.path());
            // One that somebody made before may be open to others, which PostgreSQL refuses.
            Files.setPosixFilePermissions(
                    data.path(), PosixFilePermissions.fromString("rwx------"));
            boolean replica = !source.name().equals(upstream.name());
            Program.Result result = copy(account, source, replica, tablespaces);
            if (!result.succeeded()) {
                throw new DatabaseException(
                        "A base backup of "
                                + source.name()
                                + " into "
                                + data
                                + " failed: "
                                + result.complaint());
            }
            files.write(upstream.endpoint(), epoch);
            Files.delete(data.cloning());
            DurableFile.flush(data.path());
        } catch (IOException e) {
            throw new DatabaseException(
                    "Cannot clone into " + data + ": " + FileProblem.describe(e), e);
        }
    }

    private Program.Result copy(
            Account account, UpstreamServer source, boolean replica, Tablespaces tablespaces)
            throws DatabaseException {
        progress.begin(source.name().value());
        try {
            return program(account, source, replica, tablespaces).run(TIMEOUT_SECONDS, listener());
        } finally {
            progress.end();
        }
    }

    /** Our slot is at the primary; at a replica the program makes one for as long as it runs. */
    private Program program(
            Account account, UpstreamServer source, boolean replica, Tablespaces tablespaces)
            throws DatabaseException {
        List<String> arguments = new ArrayList<>(tablespaces.prepare());
        server.cloneRate().ifPresent(megabytes -> arguments.add("--max-rate=" + megabytes + "M"));
        arguments.addAll(
                List.of(
                        "--pgdata=" + server.data(),
                        "--dbname=" + source.connectionInfo(server.name()),
                        "--no-password",
                        "--wal-method=stream",
                        "--checkpoint=fast",
                        "--progress"));
        if (!tablespaces.needs().isEmpty()) {
            // What it would leave in their directories could not be told from somebody else's.
            arguments.add("--no-clean");
        }
        if (!replica) {
            arguments.add("--slot=" + SlotName.of(server.name()));
        }
        return new Program(
                account,
                server.programs().resolve("pg_basebackup"),
                arguments,
                source.environment());
    }

    private Consumer<String> listener() {
        long[] next = {server.clock().nanos() + TELL_EVERY_NANOS};
        return line -> {
            long now = server.clock().nanos();
            progress.line(line, now);
            if (now - next[0] > 0) {
                next[0] = now + TELL_EVERY_NANOS;
                progress.sentence().ifPresent(text -> LOG.info("{}: {}", server.name(), text));
            }
        };
    }

    /** INVARIANT: only files of a clone of ours that never got its control file are removed. */
    private static void clear(DataDirectory data) throws IOException, DatabaseException {
        if (!data.hasFiles()) {
            return;
        }
        if (!data.isUnfinishedClone()) {
            throw new DatabaseException("The directory " + data + " is not empty.");
        }
        LOG.info("Removing the unfinished clone in {}", data);
        // Its tablespaces' directories were empty when it began.
        for (Path tablespace : Tablespaces.linkedFrom(data)) {
            Files.walkFileTree(tablespace, new Removal(tablespace));
        }
        Files.walkFileTree(data.path(), new Removal(data.path()));
    }

    /** Removes what is in a directory, but not the directory; follows no links. */
    private static final class Removal extends SimpleFileVisitor<Path> {
        private final Path top;

        Removal(Path top) {
            this.top = top;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException problem)
                throws IOException {
            if (problem != null) {
                throw problem;
            }
            if (!directory.equals(top)) {
                Files.delete(directory);
            }
            return FileVisitResult.CONTINUE;
        }
    }
}
