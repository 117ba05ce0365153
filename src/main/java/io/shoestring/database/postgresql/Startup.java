package io.shoestring.database.postgresql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Account;
import io.shoestring.database.server.ErrorOutput;
import io.shoestring.database.server.FileProblem;
import io.shoestring.database.server.Pause;
import io.shoestring.database.server.ProcessExit;
import io.shoestring.database.server.Program;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Starts a server and waits until it takes connections. It runs in a session of its own, so that a
 * Ctrl-C for us does not reach it, and it goes on running when we end.
 */
final class Startup {
    private static final Logger LOG = LoggerFactory.getLogger(Startup.class);
    private static final long START_SECONDS = 60;
    private static final int LOOK_AGAIN_MILLIS = 10;

    private final Server server;
    private final ProcessExit exit;

    Startup(Server server, ProcessExit exit) {
        this.server = server;
        this.exit = exit;
    }

    /** The server ended by itself during its start; the message has what it complained of. */
    static final class EndedException extends Exception {
        private static final long serialVersionUID = 1L;
        private final boolean environment;

        EndedException(String message, boolean environment) {
            super(message);
            this.environment = environment;
        }

        /** Whether another data directory would not help: a port in use, a wrong setting. */
        boolean isEnvironment() {
            return environment;
        }
    }

    /**
     * Starts it with the settings that are written.
     *
     * @throws EndedException if it ended by itself
     * @throws DatabaseException if it cannot be started, or is still starting after a minute
     */
    void start() throws DatabaseException, EndedException {
        Path log = server.data().log();
        try {
            Account account = Account.ownerOf(server.data().path());
            long logged = new ErrorOutput(log).prepare(account);
            Process process = launch(account, log);
            exit.watch(process.pid());
            await(process, log, logged);
        } catch (IOException e) {
            throw new DatabaseException(
                    "Cannot start member " + server.name() + ": " + FileProblem.describe(e), e);
        }
    }

    private Process launch(Account account, Path log) throws DatabaseException, IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "setsid",
                                server.programs().resolve("postgres").toString(),
                                "-D",
                                server.data().toString()));
        command.addAll(server.mainFile().options());
        ProcessBuilder builder = Program.builder(account.command(command), Map.of());
        builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        builder.redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        LOG.info("Starting member {} in {}", server.name(), server.data());
        return builder.start();
    }

    private void await(Process process, Path log, long logged)
            throws DatabaseException, EndedException, IOException {
        long deadline = server.clock().nanos() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        String last = "it does not listen yet";
        while (server.clock().nanos() - deadline < 0) {
            if (!process.isAlive()) {
                throw ended(log, logged);
            }
            // Only the main process writes the file; another server may answer on the port.
            if (server.processes().postmaster().isPresent()) {
                try (Connection connection = server.connect(1, 2)) {
                    server.checkIdentity(connection);
                    return;
                } catch (SQLException e) {
                    last = String.valueOf(e.getMessage());
                }
            }
            Pause.millis(LOOK_AGAIN_MILLIS);
        }
        throw new DatabaseException(
                "Member "
                        + server.name()
                        + " is still starting after "
                        + START_SECONDS
                        + " s ("
                        + last
                        + "); see "
                        + log
                        + ".");
    }

    private EndedException ended(Path log, long logged) throws IOException {
        List<String> lines = new ErrorOutput(log).since(logged);
        String complaint =
                lines.reversed().stream()
                        .filter(line -> line.contains("FATAL:") || line.contains("PANIC:"))
                        .findFirst()
                        .or(() -> lines.reversed().stream().findFirst())
                        .orElse("it said nothing");
        return new EndedException(
                "Member "
                        + server.name()
                        + " ended during its start: "
                        + complaint
                        + " (see "
                        + log
                        + ")",
                StartupComplaint.isEnvironment(lines));
    }
}
