package io.shoestring.database.postgresql;

import io.netty.buffer.ByteBuf;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Account;
import io.shoestring.database.server.DurableFile;
import io.shoestring.protocol.postgresql.BackendBodies;
import io.shoestring.protocol.postgresql.BackendType;
import io.shoestring.protocol.postgresql.ProtocolViolation;

import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * A base backup that we receive ourselves, where {@code pg_basebackup} is not installed: the
 * command {@code BASE_BACKUP} of the replication protocol, with the log that the copy needs to
 * start. Blocks until all is on the disk. Used once.
 *
 * <pre>
 *   before 15: a copy (CopyOut) for each tablespace, the data directory's last, one for the manifest
 *   from 15 on: one copy, in which 'n' begins an archive, 'm' the manifest, and 'd' is their data
 * </pre>
 */
final class StreamedBackup implements AutoCloseable {
    private static final int FIRST_WITH_ONE_COPY = 15;
    private static final int KILOBYTE = 1024;
    private static final String MANIFEST = "backup_manifest";

    /** The second result has a row for each tablespace. */
    private static final int TABLESPACES = 2;

    /** Is told how much has come. */
    interface Listener {
        void received(long kilobytes, long totalKilobytes);
    }

    private final ReplicationConnection connection;
    private final Path data;
    private final Account account;
    private final Map<Path, Path> places;
    private final Listener listener;

    /** Of each tablespace, where it is at the source; of the data directory, nothing. */
    private final List<Optional<Path>> archives = new ArrayList<>();

    private int results;
    private int copies;
    private long totalKilobytes;
    private long bytes;
    private @Nullable TarUnpacker archive;
    private @Nullable OutputStream manifest;

    /**
     * @param data an empty directory of the account
     * @param places the tablespaces' directories, which are empty, by where they are at the source
     */
    StreamedBackup(
            ReplicationConnection connection,
            Path data,
            Account account,
            Map<Path, Path> places,
            Listener listener) {
        this.connection = connection;
        this.data = data;
        this.account = account;
        this.places = places;
        this.listener = listener;
    }

    /**
     * Copies all.
     *
     * @param megabytesPerSecond at most
     * @param keepLog whether the source must be told to keep the log meanwhile: nobody else has
     * @throws DatabaseException what the server complained of, or that the connection was lost
     */
    void run(OptionalInt megabytesPerSecond, boolean keepLog)
            throws DatabaseException, IOException {
        try {
            if (keepLog) {
                say(
                        "CREATE_REPLICATION_SLOT \"shoestring_copy_%d\" TEMPORARY PHYSICAL RESERVE_WAL"
                                .formatted(connection.processId()));
                results = 0;
            }
            say(command(megabytesPerSecond));
        } catch (EOFException e) {
            throw new DatabaseException("The server ended the connection.", e);
        } catch (ProtocolViolation e) {
            throw new DatabaseException(
                    "What the server sent makes no sense: " + e.getMessage(), e);
        }
        flush();
    }

    private String command(OptionalInt megabytesPerSecond) {
        boolean named = connection.majorVersion() >= FIRST_WITH_ONE_COPY;
        List<String> options = new ArrayList<>();
        options.add("LABEL 'shoestring'");
        options.add("PROGRESS");
        options.add("WAL");
        options.add(named ? "CHECKPOINT 'fast'" : "FAST");
        options.add(named ? "WAIT false" : "NOWAIT");
        megabytesPerSecond.ifPresent(rate -> options.add("MAX_RATE " + rate * KILOBYTE));
        options.add("MANIFEST 'yes'");
        return named
                ? "BASE_BACKUP (" + String.join(", ", options) + ")"
                : "BASE_BACKUP " + String.join(" ", options);
    }

    private void say(String words) throws IOException, DatabaseException {
        connection.query(words);
        for (byte type = connection.next();
                type != BackendType.READY_FOR_QUERY;
                type = connection.next()) {
            ByteBuf body = connection.body();
            switch (type) {
                case BackendType.ROW_DESCRIPTION -> results++;
                case BackendType.DATA_ROW -> row(body);
                case BackendType.COPY_OUT_RESPONSE -> beginCopy();
                case BackendType.COPY_DATA -> data(body);
                case BackendType.COPY_DONE -> endOfPart();
                default -> {
                    // Tags and parameters say nothing that is not known.
                }
            }
        }
    }

    private void row(ByteBuf body) {
        if (results != TABLESPACES) {
            return;
        }
        List<Optional<String>> row = BackendBodies.dataRow(body, 0, body.readableBytes());
        if (row.size() < 3) {
            throw new ProtocolViolation("a tablespace of " + row.size() + " columns came");
        }
        archives.add(row.get(1).map(Path::of));
        totalKilobytes += row.get(2).map(Long::parseLong).orElse(0L);
    }

    private boolean isOneCopy() {
        return connection.majorVersion() >= FIRST_WITH_ONE_COPY;
    }

    private void beginCopy() throws IOException, DatabaseException {
        if (isOneCopy()) {
            return;
        }
        if (copies < archives.size()) {
            beginArchive(archives.get(copies));
        } else {
            beginManifest();
        }
        copies++;
    }

    private void data(ByteBuf body) throws IOException, DatabaseException {
        if (!isOneCopy()) {
            take(body, 0);
            return;
        }
        switch (body.getByte(0)) {
            case 'n' -> {
                endOfPart();
                beginArchive(location(body));
            }
            case 'm' -> {
                endOfPart();
                beginManifest();
            }
            case 'd' -> take(body, 1);
            default -> {
                // How far the server is: what has come says the same.
            }
        }
    }

    /** Behind the name of the archive: two texts, each with its end. */
    private static Optional<Path> location(ByteBuf body) {
        int end = body.indexOf(1, body.writerIndex(), (byte) 0);
        int second = end + 1;
        int length = body.indexOf(second, body.writerIndex(), (byte) 0) - second;
        if (end < 0 || length < 0) {
            throw new ProtocolViolation("an archive without a place came");
        }
        String text = body.toString(second, length, StandardCharsets.UTF_8);
        return text.isEmpty() ? Optional.empty() : Optional.of(Path.of(text));
    }

    private void beginArchive(Optional<Path> location) throws DatabaseException {
        Path into = data;
        if (location.isPresent()) {
            into = places.get(location.get());
            if (into == null) {
                throw new DatabaseException(
                        "A tablespace in "
                                + location.get()
                                + " was made while the copy began: it is made anew.");
            }
        }
        archive = new TarUnpacker(into, account, places);
    }

    /** It gets its name when all is on the disk: by that a whole copy is known. */
    private void beginManifest() throws IOException {
        Path file = data.resolve(MANIFEST + ".tmp");
        manifest = Files.newOutputStream(file);
        account.give(file);
    }

    private void take(ByteBuf body, int from) throws IOException, DatabaseException {
        int length = body.readableBytes() - from;
        TarUnpacker open = archive;
        OutputStream text = manifest;
        if (open != null) {
            open.write(body.array(), from, length);
            bytes += length;
            listener.received(bytes / KILOBYTE, totalKilobytes);
        } else if (text != null) {
            text.write(body.array(), from, length);
        } else {
            throw new ProtocolViolation("data came that belongs to nothing");
        }
    }

    private void endOfPart() throws IOException, DatabaseException {
        if (archive != null) {
            archive.finish();
        }
        close();
    }

    private void flush() throws IOException {
        List<Path> tops = new ArrayList<>(places.values());
        tops.add(data);
        for (Path top : tops) {
            try (Stream<Path> files = Files.walk(top)) {
                for (Path file : files.filter(each -> !Files.isSymbolicLink(each)).toList()) {
                    DurableFile.flush(file);
                }
            }
        }
        Path unnamed = data.resolve(MANIFEST + ".tmp");
        if (Files.exists(unnamed)) {
            Files.move(unnamed, data.resolve(MANIFEST), StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /** Closes the files; the connection is closed by whoever opened it. */
    @Override
    public void close() throws IOException {
        TarUnpacker open = archive;
        OutputStream text = manifest;
        archive = null;
        manifest = null;
        if (open != null) {
            open.close();
        }
        if (text != null) {
            text.close();
        }
    }
}
