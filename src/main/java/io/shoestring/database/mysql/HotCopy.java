package io.shoestring.database.mysql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Account;
import io.shoestring.database.server.CopyProgress;
import io.shoestring.database.server.FileProblem;
import io.shoestring.database.server.Pause;
import io.shoestring.database.server.Program;
import io.shoestring.model.MemberName;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Fills an empty member with the files of another one's data ({@code mariadb-backup}), while that
 * one goes on: nobody's writes wait but for the moment in which the position in its log is read.
 *
 * <pre>
 *   mariadb-backup --backup, there ─► pieces ─► mbstream -x, here ─► mariadb-backup --prepare ─► start
 * </pre>
 */
final class HotCopy {
    private static final Logger LOG = LoggerFactory.getLogger(HotCopy.class);
    private static final String UNPACK = "mbstream";
    private static final int ANSWER_SECONDS = 5;
    private static final long PREPARE_SECONDS = TimeUnit.HOURS.toSeconds(12);
    private static final long UNPACKED_SECONDS = 60;
    private static final long LOST_SECONDS = 30;
    private static final int AGAIN_MILLIS = 500;
    private static final long TELL_EVERY_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int POSITION_COLUMN = 2;

    private final MariaDbServer server;
    private final MariaDbStartup startup;
    private final CopyProgress progress;

    HotCopy(MariaDbServer server, MariaDbStartup startup, CopyProgress progress) {
        this.server = server;
        this.startup = startup;
        this.progress = progress;
    }

    /** That it cannot be done in this way, as a sentence; another way may do. */
    static final class ImpossibleException extends Exception {
        private static final long serialVersionUID = 1;

        ImpossibleException(String sentence) {
            super(sentence);
        }

        String sentence() {
            return String.valueOf(getMessage());
        }
    }

    /**
     * Makes the copy; the server runs afterwards, read-only, and follows nobody yet.
     *
     * @throws ImpossibleException if another way is to be taken
     * @throws DatabaseException if it did not succeed, and may if it is tried again
     */
    void run(MemberName from, BackupSource source, BackupSource.Offer offer)
            throws DatabaseException, ImpossibleException {
        CopyTarget target = new CopyTarget(server);
        progress.begin(from.value(), offer.bytes(), server.clock().nanos());
        try {
            Account account = target.begin();
            receive(account, source);
            progress.finish();
            LOG.info("{}: All files are here; they are made consistent", server.name());
            prepare(account);
            String position = position();
            removeNotes();
            start();
            checkPlaces();
            server.ask(
                    ANSWER_SECONDS,
                    connection -> {
                        target.takeOverHistory(connection, position);
                        return "";
                    });
            target.done();
        } catch (IOException e) {
            throw failed(FileProblem.describe(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed("interrupted; it begins anew", e);
        } finally {
            progress.end();
        }
    }

    private DatabaseException failed(String why, Exception e) {
        return new DatabaseException(
                "Member " + server.name() + " cannot be copied: " + why + ".", e);
    }

    private void receive(Account account, BackupSource source)
            throws IOException, InterruptedException, DatabaseException, ImpossibleException {
        Path complaints = Files.createTempFile("shoestring", ".err");
        try {
            long stream = source.begin();
            try {
                unpack(account, complaints, new Reading(source, stream));
            } finally {
                end(source, stream);
            }
        } finally {
            Files.deleteIfExists(complaints);
        }
    }

    /** If it is not heard there, nobody reads any more: it ends by itself. */
    private static void end(BackupSource source, long stream) {
        try {
            source.end(stream);
        } catch (IOException e) {
            LOG.info("A copy's end was not heard by its source: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void unpack(Account account, Path complaints, Reading reading)
            throws IOException, InterruptedException, DatabaseException, ImpossibleException {
        List<String> command =
                List.of(server.program(UNPACK), "-x", "-C", server.data().toString());
        Process process =
                Program.builder(account.command(command), Map.of())
                        .redirectError(complaints.toFile())
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try {
            try (OutputStream unpacking = process.getOutputStream()) {
                feed(reading, unpacking);
            } catch (IOException e) {
                throw process.isAlive() ? e : notUnpacked(complaints, e);
            }
            if (!process.waitFor(UNPACKED_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw notUnpacked(complaints, new IOException("it did not end well"));
            }
        } finally {
            process.destroyForcibly();
        }
    }

    private static IOException notUnpacked(Path complaints, IOException e) throws IOException {
        String said = Files.readString(complaints, StandardCharsets.UTF_8).strip();
        return new IOException(UNPACK + ": " + (said.isEmpty() ? e.getMessage() : said), e);
    }

    private void feed(Reading reading, OutputStream unpacking)
            throws IOException, InterruptedException, DatabaseException, ImpossibleException {
        Throttle throttle = new Throttle(server.database().cloneRate(), server.clock().nanos());
        long told = server.clock().nanos();
        BackupSource.Piece piece;
        do {
            piece = reading.next();
            unpacking.write(piece.bytes());
            long now = server.clock().nanos();
            progress.at(reading.bytes, now);
            if (now - told > TELL_EVERY_NANOS) {
                told = now;
                progress.sentence().ifPresent(text -> LOG.info("{}: {}", server.name(), text));
            }
            TimeUnit.NANOSECONDS.sleep(throttle.pauseNanos(reading.bytes, now));
        } while (!piece.last());
        if (piece.failure().isPresent()) {
            throw new ImpossibleException(piece.failure().get());
        }
    }

    /**
     * How long to wait so that a rate is kept.
     *
     * @param megabytesPerSecond of 2^20 bytes; empty for as fast as it can
     */
    record Throttle(OptionalInt megabytesPerSecond, long beganNanos) {
        long pauseNanos(long bytes, long nowNanos) {
            if (megabytesPerSecond.isEmpty()) {
                return 0;
            }
            double due = bytes * 1e9 / ((long) megabytesPerSecond.getAsInt() << 20);
            return Math.max(0, (long) due - (nowNanos - beganNanos));
        }
    }

    /** A stream, through interruptions of the way to it. */
    private final class Reading {
        private final BackupSource source;
        private final long stream;
        private long piece;
        private long bytes;

        Reading(BackupSource source, long stream) {
            this.source = source;
            this.stream = stream;
        }

        BackupSource.Piece next() throws IOException, InterruptedException, DatabaseException {
            BackupSource.Piece next = insistent();
            if (next.bytes().length > 0) {
                piece++;
                bytes += next.bytes().length;
            }
            return next;
        }

        /** The same piece may be asked for again, so a lost answer loses nothing. */
        private BackupSource.Piece insistent()
                throws IOException, InterruptedException, DatabaseException {
            long deadline = server.clock().nanos() + TimeUnit.SECONDS.toNanos(LOST_SECONDS);
            while (true) {
                try {
                    return source.read(stream, piece);
                } catch (DatabaseException e) {
                    throw new DatabaseException(
                            "Member " + server.name() + " cannot be copied: " + e.sentence(), e);
                } catch (IOException e) {
                    if (server.clock().nanos() - deadline > 0) {
                        throw e;
                    }
                    LOG.info("Copying {}: {}; it is tried again", server.name(), e.getMessage());
                    Pause.millis(AGAIN_MILLIS);
                }
            }
        }
    }

    private void prepare(Account account) throws DatabaseException, ImpossibleException {
        Program.Result result =
                new Program(
                                account,
                                Path.of(server.program(BackupDesk.BACKUP)),
                                List.of(
                                        "--no-defaults",
                                        "--prepare",
                                        "--target-dir=" + server.data()),
                                Map.of())
                        .run(PREPARE_SECONDS);
        if (!result.succeeded()) {
            throw new ImpossibleException(
                    BackupDesk.BACKUP + " --prepare: " + result.complaint() + ".");
        }
    }

    /** A file of one line: the file of the log, the place in it, and the GTIDs before it. */
    private String position() throws IOException, ImpossibleException {
        for (String name : List.of("mariadb_backup_binlog_info", "xtrabackup_binlog_info")) {
            Path file = server.data().resolve(name);
            if (Files.exists(file)) {
                String[] columns =
                        Files.readString(file, StandardCharsets.UTF_8).strip().split("\t", -1);
                return columns.length > POSITION_COLUMN ? columns[POSITION_COLUMN] : "";
            }
        }
        throw new ImpossibleException(BackupDesk.BACKUP + " did not write the log's position.");
    }

    private void removeNotes() throws IOException {
        try (Stream<Path> files = Files.list(server.data())) {
            for (Path each : files.filter(HotCopy::isNote).toList()) {
                Files.delete(each);
            }
        }
    }

    private static boolean isNote(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.equals("backup-my.cnf")
                || name.startsWith("xtrabackup_")
                || name.startsWith("mariadb_backup_");
    }

    private void checkPlaces() throws DatabaseException, ImpossibleException {
        Optional<String> elsewhere =
                server.ask(ANSWER_SECONDS, connection -> BackupDesk.elsewhere(server, connection));
        if (elsewhere.isPresent()) {
            throw new ImpossibleException(elsewhere.get());
        }
    }

    /** Its own settings may not fit to files that another server made: the size of pages. */
    private void start() throws ImpossibleException {
        try {
            startup.start(ServerOptions.Tail.KEPT);
        } catch (DatabaseException e) {
            throw new ImpossibleException(e.sentence());
        }
    }
}
