package io.shoestring.database.mysql;

import io.shoestring.database.DatabaseException;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * With which options a server is started: those of its own files, and on the command line, where
 * they count more, those that replication without loss needs. A server always comes up read-only
 * and following nobody: what it becomes is said to it afterwards.
 */
final class ServerOptions {
    private static final String LOG_NAME = "binlog";

    /** Milliseconds, of which the server counts no more: commits wait for ever. */
    private static final String FOR_EVER = "4294967295000";

    private final MariaDbServer server;

    ServerOptions(MariaDbServer server) {
        this.server = server;
    }

    /**
     * What a server does after a crash with the end of its log that its engine had not finished.
     */
    enum Tail {
        /** It is carried out: whoever committed may have been told so. */
        KEPT,
        /**
         * It is cut off the log and undone. Only for a former primary whose commits waited for the
         * one that it follows from now on: what was acknowledged is there, the rest was not.
         */
        CUT_OFF
    }

    /** The whole command line. */
    List<String> commandLine(Tail tail) throws DatabaseException {
        List<String> command = new ArrayList<>(List.of("setsid", server.program("mariadbd")));
        command.addAll(files());
        command.addAll(
                List.of(
                        "--datadir=" + server.data(),
                        "--port=" + server.member().port(),
                        "--server-id=" + server.serverId(),
                        "--read-only=ON",
                        "--skip-slave-start",
                        "--log-slave-updates",
                        "--gtid-strict-mode=ON",
                        "--sync-binlog=1",
                        "--innodb-flush-log-at-trx-commit=1",
                        "--rpl-semi-sync-master-enabled=OFF",
                        "--rpl-semi-sync-master-wait-point=AFTER_SYNC",
                        "--rpl-semi-sync-master-wait-no-slave=ON",
                        "--rpl-semi-sync-master-timeout=" + FOR_EVER,
                        "--rpl-semi-sync-slave-enabled=OFF",
                        "--init-rpl-role=" + (tail == Tail.CUT_OFF ? "SLAVE" : "MASTER")));
        if (server.isMutual()) {
            command.add("--auto-increment-increment=" + MariaDbServer.COUNTING_STEP);
            command.add("--auto-increment-offset=" + server.countingOffset());
        }
        if (logName().isEmpty()) {
            command.add("--log-bin=" + LOG_NAME);
        }
        return command;
    }

    /** The list of the binary log's files. */
    Path logIndex() throws DatabaseException {
        String name = logName().filter(each -> !each.isEmpty()).orElse(LOG_NAME);
        Path path = server.data().resolve(name);
        String file = String.valueOf(path.getFileName());
        int dot = file.lastIndexOf('.');
        return path.resolveSibling((dot < 0 ? file : file.substring(0, dot)) + ".index");
    }

    private List<String> files() {
        return server.member()
                .configFile()
                .map(file -> List.of("--defaults-file=" + file))
                .orElse(List.of());
    }

    /** How the settings files call the log; empty if they do not. */
    private Optional<String> logName() throws DatabaseException {
        return SettingsFiles.options(server.database().programs(), server.member().configFile())
                .stream()
                .flatMap(line -> logName(line).stream())
                .findFirst();
    }

    private static Optional<String> logName(String line) {
        int equals = line.indexOf('=');
        String key = (equals < 0 ? line : line.substring(0, equals)).replace('_', '-');
        if (!Set.of("--log-bin", "--log-basename").contains(key)) {
            return Optional.empty();
        }
        String value = equals < 0 ? "" : line.substring(equals + 1).strip();
        return Optional.of(key.equals("--log-bin") ? value : value + "-bin");
    }
}
