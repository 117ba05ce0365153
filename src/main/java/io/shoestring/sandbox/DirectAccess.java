package io.shoestring.sandbox;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.Endpoint;
import io.shoestring.sandbox.bank.Audit;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;

/** The superuser's way to the members themselves, past Shoestring: to set up, and to check. */
public final class DirectAccess implements Audit.Members {
    private final Map<String, Endpoint> endpoints;
    private final String password;

    DirectAccess(Map<String, Endpoint> endpoints, String password) {
        this.endpoints = Collections.unmodifiableMap(new LinkedHashMap<>(endpoints));
        this.password = password;
    }

    Map<String, Endpoint> endpoints() {
        return endpoints;
    }

    /** Where a member listens. */
    public Endpoint endpoint(String member) {
        return requireNonNull(endpoints.get(member), "no such member");
    }

    /** The superuser's password. */
    String password() {
        return password;
    }

    /**
     * Opens a connection to a member.
     *
     * @throws SQLException if the member does not take it within two seconds
     */
    @Override
    public Connection connect(String member, String database) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", SandboxConfiguration.SUPERUSER);
        properties.setProperty("password", password);
        properties.setProperty("connectTimeout", "2");
        properties.setProperty("socketTimeout", "30");
        properties.setProperty("sslmode", "disable");
        properties.setProperty("ApplicationName", "sandbox");
        return DriverManager.getConnection(
                "jdbc:postgresql://" + endpoint(member) + "/" + database, properties);
    }

    /** Makes the application's role and database, where they are not there yet. */
    void makeApplication(String primary, String user, String userPassword, String database)
            throws SQLException {
        try (Connection connection = connect(primary, "postgres");
                Statement statement = connection.createStatement()) {
            if (isMissing(statement, "pg_roles where rolname", user)) {
                statement.execute("create role " + user + " login password '" + userPassword + "'");
            }
            if (isMissing(statement, "pg_database where datname", database)) {
                statement.execute("create database " + database + " owner " + user);
            }
        }
    }

    private static boolean isMissing(Statement statement, String where, String name)
            throws SQLException {
        try (var rows = statement.executeQuery("select 1 from " + where + " = '" + name + "'")) {
            return !rows.next();
        }
    }
}
