package io.shoestring.sandbox;

import io.shoestring.config.DatabaseConfig.Engine;
import io.shoestring.model.Endpoint;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;

/** How a program reaches the servers of an engine, and the listener in front of them. */
public interface EngineAccess {
    /** That of an engine. */
    static EngineAccess of(Engine engine) {
        return EngineKit.of(engine);
    }

    /** The role or user by which the agent works. */
    String superuser();

    /** A database that every server has. */
    String maintenance();

    /** The URL by which the driver reaches a server or the listener. */
    String url(Endpoint endpoint, String database);

    /**
     * Opens a connection; {@code properties} are those of PostgreSQL's driver, times in seconds.
     *
     * @throws SQLException if the server is not reached, or there is no driver
     */
    Connection connect(String url, Map<String, String> properties) throws SQLException;

    /** Makes the application's user and database, where they are not there yet. */
    void makeApplication(Connection connection, String user, String password, String database)
            throws SQLException;
}
