package io.shoestring.database.mysql;

import static java.util.Objects.requireNonNull;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Account;
import io.shoestring.database.server.Program;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A running {@code mariadb-backup} of a member on this machine, read piece by piece. It does no
 * more than a few pieces ahead of its reader, and ends when it has had none for a minute.
 */
final class BackupStream {
    private static final Logger LOG = LoggerFactory.getLogger(BackupStream.class);

    /** With its wrapping far below what a message between nodes may have. */
    private static final int PIECE_BYTES = 512 << 10;

    private static final int PIECES_AHEAD = 4;
    private static final long WAIT_SECONDS = 4;
    private static final long ABANDONED_SECONDS = 60;
    private static final byte[] NOTHING = {};

    private final long number;
    private final Process process;
    private final Path complaints;
    private final Path scratch;
    private final BlockingQueue<BackupSource.Piece> ahead = new ArrayBlockingQueue<>(PIECES_AHEAD);
    private final Thread reader;
    private long given = -1;
    private BackupSource.@Nullable Piece newest;

    private BackupStream(long number, Process process, Path complaints, Path scratch) {
        this.scratch = scratch;
        this.number = number;
        this.process = process;
        this.complaints = complaints;
        this.reader = Thread.ofVirtual().name("backup-stream").unstarted(this::readAll);
    }

    /** Begins one; the server runs. */
    static BackupStream start(long number, MariaDbServer server)
            throws DatabaseException, IOException {
        Account account = Account.ownerOf(server.data());
        Path scratch = server.beside(".backup");
        account.makeDirectory(scratch);
        Path complaints = Files.createTempFile("shoestring", ".err");
        Process process =
                Program.builder(
                                account.command(command(server, scratch)),
                                Map.of("MYSQL_PWD", server.password()))
                        .redirectError(complaints.toFile())
                        .start();
        BackupStream stream = new BackupStream(number, process, complaints, scratch);
        stream.reader.start();
        return stream;
    }

    /**
     * It finds out by itself, from the server, where the files are. The directory is named in
     * another way than it is elsewhere: a program that only reads must not be taken for one that
     * writes there, which would keep the member from being judged as stopped.
     */
    private static List<String> command(MariaDbServer server, Path scratch) {
        return List.of(
                server.program(BackupDesk.BACKUP),
                "--no-defaults",
                "--backup",
                "--stream=mbstream",
                "--target-dir=" + scratch,
                "--datadir=" + server.data() + "/",
                "--protocol=tcp",
                "--host=127.0.0.1",
                "--port=" + server.member().port(),
                "--user=" + server.database().superuser().name());
    }

    long number() {
        return number;
    }

    boolean isOver() {
        return !reader.isAlive() && ahead.isEmpty();
    }

    /** See {@link BackupSource#read}. */
    synchronized BackupSource.Piece read(long piece)
            throws InterruptedException, DatabaseException {
        if (piece == given) {
            return requireNonNull(newest, "nothing was given");
        }
        if (piece != given + 1) {
            throw new DatabaseException(
                    "Piece " + piece + " of a copy was asked for after piece " + given + ".");
        }
        BackupSource.Piece next = ahead.poll(WAIT_SECONDS, TimeUnit.SECONDS);
        if (next == null) {
            if (isOver()) {
                throw new DatabaseException(
                        "The copy was given up at its source, whose server may have ended.");
            }
            return new BackupSource.Piece(NOTHING, false, Optional.empty());
        }
        given = piece;
        newest = next;
        return next;
    }

    /** Ends it, wherever it is. */
    void end() {
        process.destroyForcibly();
        reader.interrupt();
    }

    private void readAll() {
        try (InputStream output = process.getInputStream()) {
            byte[] bytes = output.readNBytes(PIECE_BYTES);
            while (bytes.length > 0) {
                offer(new BackupSource.Piece(bytes, false, Optional.empty()));
                bytes = output.readNBytes(PIECE_BYTES);
            }
            offer(new BackupSource.Piece(NOTHING, true, failure(process.waitFor())));
        } catch (IOException e) {
            LOG.info("A copy was given up: {}", e.toString());
        } catch (InterruptedException e) {
            // Whoever ended it knows.
        } finally {
            process.destroyForcibly();
            forget();
        }
    }

    private void offer(BackupSource.Piece piece) throws InterruptedException, IOException {
        if (!ahead.offer(piece, ABANDONED_SECONDS, TimeUnit.SECONDS)) {
            throw new IOException("nobody has read it for " + ABANDONED_SECONDS + " s");
        }
    }

    private Optional<String> failure(int exitCode) throws IOException {
        if (exitCode == 0) {
            return Optional.empty();
        }
        List<String> lines = Files.readAllLines(complaints, StandardCharsets.UTF_8);
        return Optional.of(
                BackupDesk.BACKUP
                        + " ended with "
                        + exitCode
                        + ": "
                        + new Program.Result(exitCode, lines).complaint());
    }

    private void forget() {
        try {
            Files.deleteIfExists(complaints);
            Files.deleteIfExists(scratch);
        } catch (IOException e) {
            LOG.info("What a copy needed was not removed: {}", e.toString());
        }
    }
}
