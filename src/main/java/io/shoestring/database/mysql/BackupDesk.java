package io.shoestring.database.mysql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Account;
import io.shoestring.database.server.Program;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Gives others the data of a member on this machine, while its server goes on. */
final class BackupDesk implements BackupSource, AutoCloseable {
    /** The programs of which a copy is made; both come with one package. */
    static final String BACKUP = "mariadb-backup";

    private static final int ANSWER_SECONDS = 2;
    private static final int VERSION_SECONDS = 10;
    private static final List<String> PLACES =
            List.of(
                    "innodb_data_home_dir",
                    "innodb_log_group_home_dir",
                    "innodb_undo_directory",
                    "aria_log_dir_path");
    private static final Pattern VERSION = Pattern.compile("server (\\d+\\.\\d+)\\.");

    private final MariaDbServer server;
    private Optional<BackupStream> running = Optional.empty();

    BackupDesk(MariaDbServer server) {
        this.server = server;
    }

    @Override
    public Offer offer() {
        try {
            return server.process().isEmpty()
                    ? Offer.none("Member " + server.name() + " does not run.")
                    : looked(version(server));
        } catch (DatabaseException e) {
            return Offer.none(e.sentence());
        }
    }

    private Offer looked(String version) throws DatabaseException {
        return server.ask(
                ANSWER_SECONDS,
                connection ->
                        new Offer(
                                elsewhere(server, connection),
                                version,
                                dataBytes(connection),
                                ReplicaStatus.read(connection).streams(),
                                one(connection, "gtid_binlog_state")));
    }

    /**
     * The version of the program, as {@code 10.11}.
     *
     * @throws DatabaseException if it is not installed; says how to get it
     */
    static String version(MariaDbServer server) throws DatabaseException {
        Program.Result said;
        try {
            said =
                    new Program(
                                    Account.ofProcess(),
                                    Path.of(server.program(BACKUP)),
                                    List.of("--version"),
                                    Map.of())
                            .run(VERSION_SECONDS);
        } catch (DatabaseException e) {
            throw new DatabaseException(
                    BACKUP
                            + " is not there on the machine of "
                            + server.name()
                            + " (apt-get install mariadb-backup)",
                    e);
        }
        Matcher version = VERSION.matcher(String.join("\n", said.lines()));
        if (!version.find()) {
            throw new DatabaseException(BACKUP + " does not tell its version: " + said.complaint());
        }
        return version.group(1);
    }

    @Override
    public synchronized long begin() throws IOException, DatabaseException {
        if (running.isPresent() && !running.get().isOver()) {
            throw new DatabaseException(
                    "Member " + server.name() + " is being copied by somebody else already.");
        }
        BackupStream stream =
                BackupStream.start(
                        ThreadLocalRandom.current().nextLong(1, Integer.MAX_VALUE), server);
        running = Optional.of(stream);
        return stream.number();
    }

    @Override
    public Piece read(long stream, long piece) throws InterruptedException, DatabaseException {
        return find(stream)
                .orElseThrow(
                        () ->
                                new DatabaseException(
                                        "The copy of "
                                                + server.name()
                                                + " was given up there; it begins anew."))
                .read(piece);
    }

    @Override
    public void end(long stream) {
        find(stream).ifPresent(BackupStream::end);
    }

    @Override
    public synchronized void close() {
        running.ifPresent(BackupStream::end);
    }

    private synchronized Optional<BackupStream> find(long stream) {
        return running.filter(it -> it.number() == stream);
    }

    private static String one(ServerConnection connection, String variable)
            throws IOException, MysqlException {
        return connection.ask("SELECT @@global." + variable).getFirst().getFirst();
    }

    /**
     * Why its files are no whole when its data directory is copied, as a sentence: a server whose
     * settings keep a part of them in another place would begin without that part.
     */
    static Optional<String> elsewhere(MariaDbServer server, ServerConnection connection)
            throws IOException, MysqlException {
        for (String variable : PLACES) {
            String place = one(connection, variable);
            Path resolved = server.data().resolve(place).normalize();
            if (!place.isEmpty() && !resolved.equals(server.data())) {
                return Optional.of(
                        "Member "
                                + server.name()
                                + " keeps a part of its data outside of its data directory ("
                                + variable
                                + " = "
                                + place
                                + ").");
            }
        }
        return Optional.empty();
    }

    /** Without the logs, which are not copied. */
    private long dataBytes(ServerConnection connection) throws IOException, MysqlException {
        return size(
                server.data(),
                List.of(
                        one(connection, "log_bin_basename"),
                        one(connection, "relay_log_basename")));
    }

    private static long size(Path directory, List<String> logs) throws IOException {
        long sum = 0;
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path each : entries) {
                if (Files.isDirectory(each)) {
                    sum += size(each, logs);
                } else if (logs.stream().noneMatch(log -> isOf(log, each))) {
                    sum += fileSize(each);
                }
            }
        }
        return sum;
    }

    private static boolean isOf(String log, Path file) {
        return !log.isEmpty() && file.toString().startsWith(log + ".");
    }

    /** A file that was deleted meanwhile is none. */
    private static long fileSize(Path file) {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class).size();
        } catch (IOException e) {
            return 0;
        }
    }
}
