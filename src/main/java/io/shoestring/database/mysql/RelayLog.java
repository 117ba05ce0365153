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
 * What a replica had received and not applied when it was stopped. MariaDB throws that away when it
 * begins to follow by GTID again; but it was acknowledged, and the primary it came from may be gone
 * by then. So it is applied first, under its own GTIDs.
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
     * Applies it; the server was just started and follows nobody yet.
     *
     * @throws DatabaseException if it cannot be applied: the server must not follow then
     */
    void apply() throws DatabaseException {
        List<Path> files = files();
        String before = position();
        if (BinaryLog.through(files).distance() <= distance(before)) {
            return;
        }
        List<String> read = new ArrayList<>(List.of(server.program("mariadb-binlog")));
        read.addAll(List.of("--no-defaults", "--start-position=" + before));
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

    private String position() throws DatabaseException {
        return server.ask(
                ANSWER_SECONDS,
                connection ->
                        connection.ask("SELECT @@global.gtid_binlog_pos").getFirst().getFirst());
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
