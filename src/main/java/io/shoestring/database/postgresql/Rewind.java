package io.shoestring.database.postgresql;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Takes a stopped, diverged member back to the fork and on to the primary's data. */
final class Rewind {
    private static final Logger LOG = LoggerFactory.getLogger(Rewind.class);
    private static final long TIMEOUT_SECONDS = TimeUnit.HOURS.toSeconds(24);

    private final Server server;
    private final ReplicaFiles files;

    Rewind(Server server, ReplicaFiles files) {
        this.server = server;
        this.files = files;
    }

    /**
     * Rewinds. A marker stands beside the directory while it is half written.
     *
     * @throws PostgresException what {@code pg_rewind} complained of: the directory must be cloned
     */
    void run(UpstreamServer upstream, long epoch) throws PostgresException, SQLException {
        upstream.checkpointOnItsTimeline();
        DataDirectory data = server.data();
        Account account = Account.ownerOf(data.path());
        try {
            DataDirectory.replace(data.rewinding(), "epoch " + epoch + "\n", account);
            new SettingsFile(data).write(Settings.ofRewound(server.name(), server.port(), epoch));
            Program.Result result = program(account, upstream).run(TIMEOUT_SECONDS, LOG::debug);
            if (!result.succeeded()) {
                throw new PostgresException(
                        "pg_rewind of " + data + " failed: " + result.complaint());
            }
            files.write(upstream.endpoint(), epoch);
            Files.delete(data.rewinding());
            DataDirectory.flush(data.path());
        } catch (IOException e) {
            throw new PostgresException(
                    "Cannot rewind " + data + ": " + FileProblem.describe(e), e);
        }
    }

    private Program program(Account account, UpstreamServer upstream) throws PostgresException {
        return new Program(
                account,
                server.programs().resolve("pg_rewind"),
                List.of(
                        "--target-pgdata=" + server.data(),
                        "--source-server=" + upstream.connectionInfo(server.name())),
                upstream.environment());
    }
}
