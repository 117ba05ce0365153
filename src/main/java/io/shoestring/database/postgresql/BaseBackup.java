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
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Copies the primary's data into an empty directory: by {@code pg_basebackup}, or by ourselves
 * where that is not installed.
 */
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
     * @throws DatabaseException if the directory is not empty, or what {@code pg_basebackup}, or
     *     the source, complained of
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
            copy(account, source, replica, tablespaces);
            files.write(upstream.endpoint(), epoch);
            Files.delete(data.cloning());
            DurableFile.flush(data.path());
        } catch (IOException e) {
            throw new DatabaseException(
                    "Cannot clone into " + data + ": " + FileProblem.describe(e), e);
        }
    }

    private void copy(
            Account account, UpstreamServer source, boolean replica, Tablespaces tablespaces)
            throws DatabaseException, IOException {
        Map<Path, Path> places = tablespaces.prepare();
        progress.begin(source.name().value());
        try {
            if (Files.isExecutable(program())) {
                run(program(account, source, replica, places), source);
            } else {
                receive(account, source, replica, places);
            }
        } finally {
            progress.end();
        }
    }

    private Path program() throws DatabaseException {
        return server.programs().resolve("pg_basebackup");
    }

    private void run(Program program, UpstreamServer source) throws DatabaseException {
        Telling telling = new Telling();
        Program.Result result =
                program.run(
                        TIMEOUT_SECONDS,
                        line -> {
                            progress.line(line, server.clock().nanos());
                            telling.progressed();
                        });
        if (!result.succeeded()) {
            throw new DatabaseException(
                    "A base backup of "
                            + source.name()
                            + " into "
                            + server.data()
                            + " failed: "
                            + result.complaint());
        }
    }

    private void receive(
            Account account, UpstreamServer source, boolean replica, Map<Path, Path> places)
            throws DatabaseException, IOException {
        LOG.info("{} is not there: member {} receives its copy itself", program(), server.name());
        Telling telling = new Telling();
        try (ReplicationConnection connection = source.replicate(server.name());
                StreamedBackup backup =
                        new StreamedBackup(
                                connection,
                                server.data().path(),
                                account,
                                places,
                                (kilobytes, total) -> {
                                    progress.received(kilobytes, total, server.clock().nanos());
                                    telling.progressed();
                                })) {
            backup.run(server.cloneRate(), replica);
        }
    }

    /** Our slot is at the primary; at a replica the program makes one for as long as it runs. */
    private Program program(
            Account account, UpstreamServer source, boolean replica, Map<Path, Path> places)
            throws DatabaseException {
        List<String> arguments = new ArrayList<>();
        places.forEach(
                (there, here) -> {
                    if (!here.equals(there)) {
                        arguments.add("--tablespace-mapping=" + escape(there) + "=" + escape(here));
                    }
                });
        server.cloneRate().ifPresent(megabytes -> arguments.add("--max-rate=" + megabytes + "M"));
        arguments.addAll(
                List.of(
                        "--pgdata=" + server.data(),
                        "--dbname=" + source.connectionInfo(server.name()),
                        "--no-password",
                        "--wal-method=stream",
                        "--checkpoint=fast",
                        "--progress"));
        if (!places.isEmpty()) {
            // What it would leave in their directories could not be told from somebody else's.
            arguments.add("--no-clean");
        }
        if (!replica) {
            arguments.add("--slot=" + SlotName.of(server.name()));
        }
        return new Program(account, program(), arguments, source.environment());
    }

    private static String escape(Path path) {
        return path.toString().replace("\\", "\\\\").replace("=", "\\=");
    }

    /** Says in the log how far it is, now and then. */
    private final class Telling {
        private long saidAtNanos = server.clock().nanos();

        void progressed() {
            long now = server.clock().nanos();
            if (now - saidAtNanos > TELL_EVERY_NANOS) {
                saidAtNanos = now;
                progress.sentence().ifPresent(text -> LOG.info("{}: {}", server.name(), text));
            }
        }
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
