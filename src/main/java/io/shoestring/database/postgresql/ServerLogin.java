package io.shoestring.database.postgresql;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.DatabaseConfig.Superuser;
import io.shoestring.config.ServerTls;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.FileProblem;
import io.shoestring.model.Endpoint;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Base64;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;

/** Connects as the superuser. Connections are in autocommit mode and never wait for replicas. */
public final class ServerLogin {
    /** Exists in every cluster that nobody dropped it from. */
    static final String MAINTENANCE_DATABASE = "postgres";

    private static final String RSA = "RSA";
    private static final int CONNECT_SECONDS = 5;

    private final Superuser superuser;

    /** Reads no file yet. */
    public ServerLogin(Superuser superuser) {
        this.superuser = requireNonNull(superuser, "superuser is null");
    }

    String user() {
        return superuser.name();
    }

    /**
     * The first line of the password file, read anew each time.
     *
     * @throws DatabaseException if the file cannot be read
     */
    String password() throws DatabaseException {
        try {
            return Files.readString(superuser.passwordFile()).lines().findFirst().orElse("");
        } catch (IOException e) {
            throw new DatabaseException(
                    "The password file "
                            + superuser.passwordFile()
                            + " of role "
                            + superuser.name()
                            + " cannot be read: "
                            + FileProblem.describe(e),
                    e);
        }
    }

    /**
     * A new connection to the first endpoint that answers.
     *
     * @param timeoutSeconds for the connection, and again for each answer; 0 for an answer: no
     *     limit
     */
    Connection connect(List<Endpoint> endpoints, int timeoutSeconds, int answerSeconds)
            throws SQLException, DatabaseException {
        return connect(endpoints, MAINTENANCE_DATABASE, timeoutSeconds, answerSeconds);
    }

    /** As {@link #connect(List, int, int)}, to a database of the server by this name. */
    Connection connect(
            List<Endpoint> endpoints, String database, int timeoutSeconds, int answerSeconds)
            throws SQLException, DatabaseException {
        String hosts = endpoints.stream().map(Endpoint::toString).collect(Collectors.joining(","));
        Properties properties = properties(timeoutSeconds, answerSeconds);
        properties.setProperty("prepareThreshold", "1");
        properties.setProperty("options", "-c synchronous_commit=local -c statement_timeout=0");
        Connection connection =
                DriverManager.getConnection(
                        "jdbc:postgresql://"
                                + hosts
                                + "/"
                                + URLEncoder.encode(database, StandardCharsets.UTF_8),
                        properties);
        if (answerSeconds == 0) {
            connection.setNetworkTimeout(Runnable::run, 0);
        }
        return connection;
    }

    /**
     * A new connection that speaks the replication protocol.
     *
     * @param application by which the server knows it
     */
    ReplicationConnection replicate(Endpoint endpoint, String application)
            throws DatabaseException {
        return ReplicationConnection.open(
                endpoint, properties(CONNECT_SECONDS, CONNECT_SECONDS), application);
    }

    /** In the driver's words, which are libpq's. */
    private static void encrypt(Properties properties, ServerTls tls) {
        properties.setProperty("sslmode", tls.mode().sslMode());
        tls.authorities().ifPresent(file -> properties.setProperty("sslrootcert", file.toString()));
        tls.certificate()
                .ifPresent(
                        ours -> {
                            properties.setProperty("sslcert", ours.file().toString());
                            properties.setProperty("sslkey", ours.key().toString());
                            // The driver takes RSA for granted.
                            properties.setProperty("pemKeyAlgorithm", algorithmOf(ours.key()));
                        });
    }

    /** Of a key in PKCS#8; what is none the driver will name. */
    private static String algorithmOf(Path key) {
        try {
            String text = Files.readString(key).replaceAll("(?m)^-----.*$", "");
            var encoded = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(text));
            for (String algorithm : List.of("EC", "Ed25519")) {
                if (isOf(algorithm, encoded)) {
                    return algorithm;
                }
            }
        } catch (IOException | IllegalArgumentException e) {
            return RSA;
        }
        return RSA;
    }

    private static boolean isOf(String algorithm, PKCS8EncodedKeySpec key) {
        try {
            KeyFactory.getInstance(algorithm).generatePrivate(key);
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /**
     * A new connection that changes nothing in the server, with the settings that the server gives
     * to everybody.
     *
     * @param database its name; {@code postgres} is there if nobody dropped it
     * @param timeoutSeconds for the connection, and again for each answer
     */
    public Connection connectToRead(Endpoint endpoint, String database, int timeoutSeconds)
            throws SQLException, DatabaseException {
        Connection connection =
                DriverManager.getConnection(
                        "jdbc:postgresql://"
                                + endpoint
                                + "/"
                                + URLEncoder.encode(database, StandardCharsets.UTF_8),
                        properties(timeoutSeconds, timeoutSeconds));
        Sql.run(connection, "SET default_transaction_read_only = on");
        return connection;
    }

    private Properties properties(int timeoutSeconds, int answerSeconds) throws DatabaseException {
        Properties properties = new Properties();
        properties.setProperty("user", superuser.name());
        properties.setProperty("password", password());
        properties.setProperty("connectTimeout", Integer.toString(timeoutSeconds));
        properties.setProperty(
                "socketTimeout", Integer.toString(Math.max(timeoutSeconds, answerSeconds)));
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("ApplicationName", "shoestring");
        properties.setProperty("assumeMinServerVersion", "13");
        superuser.tls().ifPresent(tls -> encrypt(properties, tls));
        return properties;
    }
}
