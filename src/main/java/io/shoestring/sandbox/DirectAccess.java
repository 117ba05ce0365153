package io.shoestring.sandbox;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.Endpoint;
import io.shoestring.sandbox.bank.Audit;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The superuser's way to the members themselves, past Shoestring: to set up, and to check. */
public final class DirectAccess implements Audit.Members {
    private final EngineKit kit;
    private final Map<String, Endpoint> endpoints;
    private final String password;

    DirectAccess(EngineKit kit, Map<String, Endpoint> endpoints, String password) {
        this.kit = kit;
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
        return kit.connect(
                kit.url(endpoint(member), database),
                Map.of(
                        "user",
                        kit.superuser(),
                        "password",
                        password,
                        "connectTimeout",
                        "2",
                        "socketTimeout",
                        "30",
                        "ApplicationName",
                        "sandbox"));
    }

    @Override
    public String maintenance() {
        return kit.maintenance();
    }

    /** Makes the application's role and database, where they are not there yet. */
    void makeApplication(String primary, String user, String userPassword, String database)
            throws SQLException {
        try (Connection connection = connect(primary, kit.maintenance())) {
            kit.makeApplication(connection, user, userPassword, database);
        }
    }
}
