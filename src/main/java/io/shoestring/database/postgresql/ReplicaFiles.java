package io.shoestring.database.postgresql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Account;
import io.shoestring.database.server.DurableFile;
import io.shoestring.database.server.FileProblem;
import io.shoestring.model.Endpoint;

import java.io.IOException;
import java.nio.file.Files;

/** The files that make a data directory start as a replica of a primary. */
final class ReplicaFiles {
    private static final String PASSWORD_FILE = "shoestring.pgpass";

    private final Server server;

    ReplicaFiles(Server server) {
        this.server = server;
    }

    /** Settings and password; a running replica takes them at a reload. */
    void writeSettings(Endpoint upstream, long epoch) throws DatabaseException {
        ServerLogin login = server.login();
        DataDirectory data = server.data();
        try {
            DurableFile.replace(
                    data.file(PASSWORD_FILE),
                    "*:*:*:" + escape(login.user()) + ":" + escape(login.password()) + "\n",
                    Account.ownerOf(data.path()));
        } catch (IOException e) {
            throw new DatabaseException(
                    "Cannot write the password file in " + data + ": " + FileProblem.describe(e),
                    e);
        }
        Settings.Upstream followed =
                new Settings.Upstream(upstream, login.user(), data.file(PASSWORD_FILE).toString());
        new SettingsFile(server)
                .write(
                        Settings.ofReplica(
                                server.name(), server.port(), epoch, followed, server.delay()));
    }

    /** Settings, and the signal file. After this the directory cannot start as a primary. */
    void write(Endpoint upstream, long epoch) throws DatabaseException {
        writeSettings(upstream, epoch);
        DataDirectory data = server.data();
        try {
            DurableFile.replace(data.file("standby.signal"), "", Account.ownerOf(data.path()));
            Files.deleteIfExists(data.file("recovery.signal"));
        } catch (IOException e) {
            throw new DatabaseException(
                    "Cannot make " + data + " a replica's: " + FileProblem.describe(e), e);
        }
    }

    private static String escape(String value) {
        return value.replace("\\", "\\\\").replace(":", "\\:");
    }
}
