package io.shoestring.sandbox;

import io.shoestring.database.DatabaseException;

import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Properties;
import java.util.ServiceLoader;

/**
 * MariaDB's driver, for the applications that a sandbox plays. Shoestring does not carry it: its
 * licence is another. It is taken from the class path, else from where Debian's package puts it.
 */
final class MariaDbDriver {
    private static final Path DEBIAN = Path.of("/usr/share/java/mariadb-java-client.jar");
    private static final String URL_BEGIN = "jdbc:mariadb:";

    private Optional<Driver> found = Optional.empty();

    /**
     * Makes sure that it is there.
     *
     * @throws DatabaseException that says how to install it
     */
    void require() throws DatabaseException {
        try {
            driver();
        } catch (SQLException e) {
            throw new DatabaseException(String.valueOf(e.getMessage()), e);
        }
    }

    Connection connect(String url, Properties properties) throws SQLException {
        Connection connection = driver().connect(url, properties);
        if (connection == null) {
            throw new SQLException("MariaDB's driver does not know " + url);
        }
        return connection;
    }

    private synchronized Driver driver() throws SQLException {
        if (found.isEmpty()) {
            found = in(MariaDbDriver.class.getClassLoader());
        }
        if (found.isEmpty() && Files.exists(DEBIAN)) {
            found = in(new URLClassLoader(new URL[] {url()}, MariaDbDriver.class.getClassLoader()));
        }
        return found.orElseThrow(
                () ->
                        new SQLException(
                                "A sandbox with MariaDB needs MariaDB's JDBC driver, which is not"
                                        + " in "
                                        + DEBIAN
                                        + ": apt-get install mariadb-server libmariadb-java"));
    }

    private static URL url() {
        try {
            return DEBIAN.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Optional<Driver> in(ClassLoader loader) throws SQLException {
        for (Driver each : ServiceLoader.load(Driver.class, loader)) {
            if (each.acceptsURL(URL_BEGIN + "//127.0.0.1/")) {
                return Optional.of(each);
            }
        }
        return Optional.empty();
    }
}
