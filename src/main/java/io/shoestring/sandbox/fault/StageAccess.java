package io.shoestring.sandbox.fault;

import io.shoestring.model.Endpoint;
import io.shoestring.sandbox.bank.Audit;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;

/** The ways to the servers of a stage: through the listener, and past Shoestring to check. */
public final class StageAccess implements Audit.Members {
    /** The application's role, its password and its database. */
    private static final String APPLICATION = "app";

    private static final int CONNECT_SECONDS_MAX = 3;
    private static final int AUDIT_SECONDS = 20;
    private static final int LOCAL_SECONDS = 2;

    private final Stage stage;
    private final StageEngine engine;

    StageAccess(Stage stage, StageEngine engine) {
        this.stage = stage;
        this.engine = engine;
    }

    /** Makes the application's role and its database. */
    void makeApplication(String primary) throws SQLException {
        try (Connection connection = connect(primary, maintenance());
                Statement statement = connection.createStatement()) {
            engine.access().makeApplication(connection, APPLICATION, APPLICATION, APPLICATION);
            for (String right : engine.rights(APPLICATION)) {
                statement.execute(right);
            }
        }
    }

    /** The application's way to {@link Stage#listener}, from its machine. */
    public Connection listener(String application, int seconds) throws SQLException {
        return open(Stage.CLIENT, stage.listener(), asApplication(application, seconds));
    }

    /** The application's way to the address of the primary, from its machine. */
    Connection writer(String application, int seconds) throws SQLException {
        Endpoint writer = new Endpoint(Stage.ADDRESS, Stage.LISTENER_PORT);
        return open(Stage.CLIENT, writer, asApplication(application, seconds));
    }

    /** The superuser's way to a member itself, past Shoestring, from the application's machine. */
    @Override
    public Connection connect(String member, String database) throws SQLException {
        Login superuser =
                new Login(
                        engine.access().superuser(),
                        StageFiles.PASSWORD,
                        database,
                        "audit",
                        AUDIT_SECONDS);
        return open(Stage.CLIENT, stage.server(member), superuser);
    }

    @Override
    public String maintenance() {
        return engine.access().maintenance();
    }

    /** The superuser's way to the application's database on a member. */
    Connection member(String member) throws SQLException {
        return connect(member, APPLICATION);
    }

    /** The application's way to the member on a machine, from that same machine. */
    Connection onMachine(String machine) throws SQLException {
        return open(machine, stage.server(machine), asApplication("local", LOCAL_SECONDS));
    }

    private record Login(
            String user, String password, String database, String application, int seconds) {}

    private static Login asApplication(String name, int seconds) {
        return new Login(APPLICATION, APPLICATION, APPLICATION, name, seconds);
    }

    private Connection open(String from, Endpoint server, Login login) throws SQLException {
        Map<String, String> properties =
                Map.of(
                        "user", login.user(),
                        "password", login.password(),
                        "ApplicationName", login.application(),
                        "connectTimeout", "" + Math.min(login.seconds(), CONNECT_SECONDS_MAX),
                        "socketTimeout", "" + login.seconds());
        String url = engine.access().url(server, login.database());
        try {
            return stage.machine(from).call(() -> engine.access().connect(url, properties));
        } catch (SQLException e) {
            throw e;
        } catch (Exception e) {
            throw new SQLException("no way from " + from + ": " + e.getMessage(), e);
        }
    }
}
