package io.shoestring.sandbox;

import io.shoestring.config.DatabaseConfig.Engine;
import io.shoestring.config.PoolConfig;
import io.shoestring.config.PostgresListenerConfig.Reads;
import io.shoestring.database.DatabaseException;
import io.shoestring.model.Endpoint;

import java.io.IOException;
import java.util.List;
import java.util.Set;

/** What differs between the engines in a sandbox. */
interface EngineKit extends EngineAccess {
    /** That of an engine. */
    static EngineKit of(Engine engine) {
        return switch (engine) {
            case POSTGRESQL -> new PostgresKit();
            case MARIADB -> new MariaDbKit();
        };
    }

    /** Its name for people. */
    String title();

    /** Who may own the data when we are root, the best first. */
    List<String> accounts();

    /** The names of the programs that work on data directories. */
    Set<String> programs();

    /** The signals that end a server cleanly, and at once but giving back what it shares. */
    Signals signals();

    /** By their names, without {@code SIG}. */
    record Signals(String fast, String immediate) {}

    /** Writes what a member needs before its server can be made. */
    void prepare(SandboxDirectory directory, String member) throws IOException;

    /** Makes the first primary, which does not run yet. */
    void create(SandboxDirectory directory, String member, int port, String password)
            throws DatabaseException, IOException;

    /** What its database has in the configuration, besides what all have: whole lines. */
    String databaseLines() throws DatabaseException;

    /**
     * What a member has in the configuration, besides what all have; begins with a comma.
     *
     * @param place among the members, from 0
     */
    String memberKeys(SandboxDirectory directory, String member, int place);

    /** What its listener has in the configuration, besides what all have: whole lines. */
    String listenerLines(Reads reads, PoolConfig.Mode pool);

    /** The command by which a person connects. */
    String command(Endpoint listener, String user, String password, String database);
}
