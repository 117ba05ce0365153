package io.shoestring.sandbox.fault;

import io.shoestring.config.DatabaseConfig.Engine;
import io.shoestring.database.DatabaseException;
import io.shoestring.sandbox.EngineAccess;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What differs between the engines on a stage: how a server is made, and what is said to it. */
interface StageEngine {
    /** That of an engine, as it is installed here. */
    static StageEngine of(Engine engine) {
        return of(engine, Optional.empty());
    }

    /**
     * The same.
     *
     * @param programs the directory of PostgreSQL's programs; empty: those of the newest version
     *     that is installed
     */
    static StageEngine of(Engine engine, Optional<Path> programs) {
        return switch (engine) {
            case POSTGRESQL -> new PostgresStage(programs);
            case MARIADB -> new MariaDbStage();
        };
    }

    /** Its name in the configuration, and in results. */
    String name();

    /** The ways to its servers. */
    EngineAccess access();

    /** The account of the host that has the data, and runs the servers. */
    String account();

    /** Where its servers listen, on each machine. */
    int port();

    /** The name of the protocol of the listener in front of it. */
    String protocol();

    /** What a member has in the configuration before its port; ends with a comma and a blank. */
    String memberKeys();

    /** What the database has in the configuration besides, on one line; may be empty. */
    String databaseKeys();

    /** Whether a member that diverged can be rewound, with the programs that are there. */
    boolean rewinds();

    /** The file with the number of its server's process. */
    Path processFile(Path data);

    /**
     * Writes what a machine needs before a server can run there.
     *
     * @param home the machine's directory
     * @param data where the server's data will be
     * @param address the machine's own
     */
    void prepare(Path home, Path data, String address) throws IOException;

    /**
     * Makes the first server's data; it does not run yet.
     *
     * @param home the machine's directory
     * @param password of the superuser
     */
    void create(Path home, Path data, String password) throws IOException, DatabaseException;

    /** What gives up when somebody holds a lock for ten seconds: a statement. */
    String impatient();

    /** A query for what the clients' sessions do, one text for each. */
    String sessions();

    /**
     * What is said once to the primary, so that the application may say {@link #waitingForNobody}.
     */
    List<String> rights(String user);

    /** After this statement the session's writes wait for no replica. */
    String waitingForNobody();
}
