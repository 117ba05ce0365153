package io.shoestring.doctor.facts;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.postgresql.ServerLogin;
import io.shoestring.doctor.facts.ServerFacts.Answers;
import io.shoestring.doctor.facts.ServerFacts.Kind;
import io.shoestring.doctor.facts.ServerFacts.Problem;
import io.shoestring.model.Endpoint;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/** Asks one server everything, over a connection that may only read. */
final class ServerSurvey {
    private static final Logger LOG = LoggerFactory.getLogger(ServerSurvey.class);
    private static final String MAINTENANCE_DATABASE = "postgres";
    private static final String LOOPBACK = "127.0.0.1";
    private static final int TIMEOUT_SECONDS = 10;

    private final DatabaseConfig database;
    private final DatabaseConfig.Member member;
    private final String address;
    private final boolean here;
    private final ServerLogin login;
    private final IdentitySurvey identity;

    /**
     * @param here whether it is on this machine
     */
    ServerSurvey(
            DatabaseConfig database,
            DatabaseConfig.Member member,
            String address,
            boolean here,
            Clock clock,
            WallClock wallClock) {
        this.database = database;
        this.member = member;
        this.address = address;
        this.here = here;
        this.login = new ServerLogin(database.superuser());
        this.identity = new IdentitySurvey(clock, wallClock);
    }

    /** Somebody to ask, and by which way. */
    private record Contact(
            Connection connection, Endpoint endpoint, Optional<String> addressProblem) {}

    ServerFacts ask(Optional<DiskFacts> disk) {
        try {
            Contact contact = contact();
            try (Connection connection = contact.connection()) {
                return ask(connection, contact, disk);
            }
        } catch (SQLException e) {
            LOG.debug("Member {} could not be asked", member.name(), e);
            return problem(disk, kind(String.valueOf(e.getSQLState())), e.getMessage());
        } catch (DatabaseException e) {
            return problem(disk, Kind.REFUSED, e.sentence());
        }
    }

    /** By its node's address, as all other machines reach it; else by the loopback. */
    private Contact contact() throws SQLException, DatabaseException {
        Endpoint first = new Endpoint(address, member.port());
        try {
            return new Contact(open(first, MAINTENANCE_DATABASE), first, Optional.empty());
        } catch (SQLException e) {
            Endpoint second = new Endpoint(LOOPBACK, member.port());
            if (!here || first.equals(second)) {
                throw e;
            }
            return new Contact(
                    open(second, MAINTENANCE_DATABASE),
                    second,
                    Optional.of(String.valueOf(e.getMessage())));
        }
    }

    private Connection open(Endpoint endpoint, String name) throws SQLException, DatabaseException {
        return login.connectToRead(endpoint, name, TIMEOUT_SECONDS);
    }

    private ServerFacts ask(Connection connection, Contact contact, Optional<DiskFacts> disk)
            throws SQLException {
        boolean rights =
                Rows.one(
                        connection,
                        "SELECT rolsuper FROM pg_roles WHERE rolname = current_user",
                        row -> row.getBoolean(1));
        if (!rights) {
            return problem(
                    disk,
                    Kind.NO_RIGHTS,
                    "The role " + database.superuser().name() + " is no superuser.");
        }
        IdentityFacts found =
                identity.ask(connection, contact.endpoint(), contact.addressProblem());
        if (here && !isSame(found.dataDirectory(), member.data())) {
            return problem(
                    disk,
                    Kind.ANOTHER,
                    "Port "
                            + member.port()
                            + " is answered by the server of "
                            + found.dataDirectory()
                            + ", not of "
                            + member.data()
                            + ".");
        }
        return facts(disk, Optional.of(answers(connection, contact, found)), Optional.empty());
    }

    private Answers answers(Connection connection, Contact contact, IdentityFacts found)
            throws SQLException {
        return new Answers(
                found,
                SettingSurvey.ask(connection),
                AccessSurvey.ask(connection),
                ReplicationSurvey.ask(connection),
                ContentSurvey.ask(
                        connection,
                        found.version(),
                        !found.replica(),
                        name -> inside(contact.endpoint(), name)),
                new KernelSurvey(connection).ask());
    }

    private Connection inside(Endpoint endpoint, String name) throws SQLException {
        try {
            return open(endpoint, name);
        } catch (DatabaseException e) {
            throw new SQLException(e.sentence(), e);
        }
    }

    private static boolean isSame(Path one, Path other) {
        try {
            return Files.isSameFile(one, other);
        } catch (IOException e) {
            return one.normalize().equals(other.toAbsolutePath().normalize());
        }
    }

    private ServerFacts problem(Optional<DiskFacts> disk, Kind kind, @Nullable String text) {
        return facts(disk, Optional.empty(), Optional.of(new Problem(kind, String.valueOf(text))));
    }

    private ServerFacts facts(
            Optional<DiskFacts> disk, Optional<Answers> answers, Optional<Problem> problem) {
        return new ServerFacts(member, address, answers, problem, disk);
    }

    /** SQLSTATE: class 28 is a refused log-in, 57P03 a server on its way, 42501 a right missing. */
    private static Kind kind(String state) {
        if (state.startsWith("28")) {
            return Kind.REFUSED;
        }
        return switch (state) {
            case "57P01", "57P02", "57P03" -> Kind.STARTING;
            case "42501" -> Kind.NO_RIGHTS;
            case "3D000" -> Kind.REFUSED;
            default -> Kind.SILENT;
        };
    }
}
