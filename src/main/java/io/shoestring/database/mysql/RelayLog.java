package io.shoestring.database.mysql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Account;
import io.shoestring.database.server.FileProblem;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a replica had received and not applied when it was stopped, or when it could not go on.
 * MariaDB throws that away at the next START SLAVE, also of the applying thread alone, if it
 * follows by GTID and both threads stood still; but it was acknowledged, and the primary it came
 * from may be gone by then. So it is applied from the files, under its own GTIDs.
 */
final class RelayLog {
    private static final Logger LOG = LoggerFactory.getLogger(RelayLog.class);
    private static final int ANSWER_SECONDS = 5;
    private static final long APPLY_SECONDS = 300;

    private final MariaDbServer server;

    RelayLog(MariaDbServer server) {
        this.server = server;
    }

    /**
     * Applies it; the server runs, and neither receives nor applies by itself. What a crash has
     * torn off its end was never acknowledged.
     *
     * @throws DatabaseException if it cannot be applied: the server must not follow then, nor be
     *     promoted
     */
    void apply() throws DatabaseException {
        List<Path> files = files();
        String before = position();
        if (BinaryLog.through(files).distance() <= distance(before)) {
            return;
        }
        List<String> read = new ArrayList<>(List.of(server.program("mariadb-binlog")));
        read.addAll(List.of("--no-defaults", "--start-position=" + before));
        // Not only the newest: the server began another one when it was started.
        for (Path file : files) {
            BinaryLog.cutTorn(file);
        }
        files.stream().map(Path::toString).forEach(read::add);
        Account account = Account.ownerOf(server.data());
        new Pipe(
                        List.of(
                                account.command(read),
                                account.command(new LocalClient(server).command())),
                        Map.of("MYSQL_PWD", server.password()),
                        server.clock())
                .run(APPLY_SECONDS, "The relay log of member " + server.name());
        String after = position();
        if (!after.equals(before)) {
            LOG.info(
                    "Member {} had received more than it had applied: {} after {}",
                    server.name(),
                    after,
                    before);
        }
        server.ask(
                ANSWER_SECONDS,
                connection -> {
                    if (!after.isEmpty()) {
                        connection.run(
                                "SET GLOBAL gtid_slave_pos = " + MariaDbServer.quoted(after));
                    }
                    return "";
                });
    }

    /** How far it goes. */
    GtidState received() throws DatabaseException {
        return BinaryLog.through(files());
    }

    /** Its log has also what was applied here before; but what it wrote itself is no part of it. */
    private String position() throws DatabaseException {
        return server.ask(
                ANSWER_SECONDS,
                connection -> {
                    List<String> row =
                            connection
                                    .ask(
                                            "SELECT @@global.gtid_binlog_pos,"
                                                    + " @@global.gtid_slave_pos,"
                                                    + " @@global.server_id")
                                    .getFirst();
                    String logged = row.get(0);
                    String applied = row.get(1);
                    boolean errant =
                            GtidState.parse(logged)
                                    .isWrittenBy(
                                            Long.parseLong(row.get(2)), GtidState.parse(applied));
                    return errant ? applied : logged;
                });
    }

    private static long distance(String position) throws DatabaseException {
        try {
            return GtidState.parse(position).distance();
        } catch (MysqlException e) {
            throw new DatabaseException(String.valueOf(e.getMessage()), e);
        }
    }

    private List<Path> files() throws DatabaseException {
        Path data = server.data();
        if (!Files.exists(data.resolve("relay-log.info"))) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(data)) {
            return all.filter(file -> file.toString().matches(".*relay-bin\\.\\d+"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new DatabaseException("Cannot read " + data + ": " + FileProblem.describe(e), e);
        }
    }
}
