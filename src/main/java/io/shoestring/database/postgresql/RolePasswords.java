package io.shoestring.database.postgresql;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.base.Published;
import io.shoestring.config.AuthQuery;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.config.DatabaseConfig.Superuser;
import io.shoestring.config.ServerTls;
import io.shoestring.database.DatabaseException;
import io.shoestring.model.DatabaseSpec;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Endpoint;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.Topology;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;

/**
 * What the database has stored as a role's password, so that a proxy can check a client's.
 *
 * <p>An answer is kept for ten seconds, so that a storm of log-ins costs one query. While no server
 * can be asked, an older answer is given instead, however old: a role that was dropped or got
 * another password meanwhile is let through to the proxy's session, but a server still decides for
 * itself when it is back. Blocks for a few seconds at most; may be called from any thread that may
 * block.
 */
public final class RolePasswords implements AutoCloseable {
    private static final int CONNECT_SECONDS = 1;
    private static final int ANSWER_SECONDS = 2;
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long FAILURE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int LARGEST_CACHE = 10_000;

    private static final String QUESTION =
            """
            SELECT rolpassword, rolcanlogin, coalesce(rolvaliduntil < now(), false)
            FROM pg_authid WHERE rolname = ?
            """;

    /** What was found. */
    public sealed interface Answer {
        /**
         * The role may log in by this password.
         *
         * @param storedPassword {@code SCRAM-SHA-256$…} or {@code md5…}: as good as the password
         *     itself for md5; not to be shown
         */
        record Found(String storedPassword) implements Answer {
            public Found {
                requireNonNull(storedPassword, "storedPassword is null");
            }

            @Override
            public String toString() {
                return "Found[storedPassword=***]";
            }
        }

        /** The role exists, but cannot log in by a password; the sentence is for our log. */
        record NoPassword(String sentence) implements Answer {
            public NoPassword {
                requireNonNull(sentence, "sentence is null");
            }
        }

        /** There is no such role. */
        record NoSuchRole() implements Answer {}

        /** No server could be asked, and nothing is remembered. */
        record Unavailable(String sentence) implements Answer {
            public Unavailable {
                requireNonNull(sentence, "sentence is null");
            }
        }
    }

    /**
     * What is asked, and by whom.
     *
     * @param database of the server
     * @param sql gives the password, whether the role may log in, and whether it has expired
     * @param roles how many parameters are to be the role
     */
    private record Question(ServerLogin login, String database, String sql, int roles) {
        static Question of(Superuser superuser) {
            return new Question(
                    new ServerLogin(superuser), ServerLogin.MAINTENANCE_DATABASE, QUESTION, 1);
        }

        static Question of(AuthQuery query, Optional<ServerTls> tls) {
            String[] parts =
                    query.sql()
                            .strip()
                            .replaceFirst(";$", "")
                            .replace("?", "??")
                            .split(Pattern.quote(AuthQuery.ROLE), -1);
            return new Question(
                    new ServerLogin(new Superuser(query.user(), query.passwordFile(), tls)),
                    query.database(),
                    "SELECT found.password::text, true, false FROM (%s) AS found(role, password)"
                            .formatted(String.join("?", parts)),
                    parts.length - 1);
        }
    }

    private record Remembered(Answer answer, long atNanos) {}

    private final DatabaseSpec database;
    private final Published<Topology> topology;
    private final Question question;
    private final Clock clock;
    private final ReentrantLock asking = new ReentrantLock();
    private final Map<String, Remembered> cache = boundedMap();

    // Guarded by the lock 'asking'.
    private @Nullable Connection connection;
    private @Nullable Endpoint connectedTo;
    private boolean failed;
    private long failedAtNanos;
    private String failure = "";

    /**
     * Connects when it is asked first.
     *
     * @param topology whose primary is asked first, then its replicas, then the other members
     */
    public RolePasswords(
            DatabaseSpec database, Published<Topology> topology, Superuser superuser, Clock clock) {
        this(database, topology, Question.of(superuser), clock);
    }

    private RolePasswords(
            DatabaseSpec database, Published<Topology> topology, Question question, Clock clock) {
        this.database = requireNonNull(database, "database is null");
        this.topology = requireNonNull(topology, "topology is null");
        this.question = requireNonNull(question, "question is null");
        this.clock = requireNonNull(clock, "clock is null");
    }

    /** By the superuser, or as the configuration says; otherwise like the constructor. */
    public static RolePasswords of(
            DatabaseConfig config, DatabaseSpec spec, Published<Topology> topology, Clock clock) {
        Superuser superuser = config.superuser();
        Question question =
                config.authQuery()
                        .map(query -> Question.of(query, superuser.tls()))
                        .orElseGet(() -> Question.of(superuser));
        return new RolePasswords(spec, topology, question, clock);
    }

    /** The password of a role. */
    public Answer find(String role) {
        Remembered known = remembered(role);
        if (known != null && isFresh(known)) {
            return known.answer();
        }
        asking.lock();
        try {
            Remembered meanwhile = remembered(role);
            return meanwhile != null && isFresh(meanwhile)
                    ? meanwhile.answer()
                    : ask(role, meanwhile);
        } finally {
            asking.unlock();
        }
    }

    private boolean isFresh(Remembered known) {
        return clock.nanos() - known.atNanos() < FRESH_NANOS;
    }

    private Answer ask(String role, @Nullable Remembered stale) {
        if (!failed || clock.nanos() - failedAtNanos > FAILURE_NANOS) {
            try {
                Answer answer = askAnyServer(role);
                failed = false;
                remember(role, new Remembered(answer, clock.nanos()));
                return answer;
            } catch (SQLException | DatabaseException e) {
                failed = true;
                failedAtNanos = clock.nanos();
                failure = String.valueOf(e.getMessage());
            }
        }
        return stale != null
                ? stale.answer()
                : new Answer.Unavailable(
                        "No server of database "
                                + database.name()
                                + " can be asked for the password: "
                                + failure);
    }

    private Answer askAnyServer(String role) throws SQLException, DatabaseException {
        SQLException last = new SQLException("it has no members");
        for (Endpoint endpoint : candidates()) {
            try {
                return askServer(endpoint, role);
            } catch (SQLException e) {
                disconnect();
                last = e;
            }
        }
        throw last;
    }

    private Answer askServer(Endpoint endpoint, String role)
            throws SQLException, DatabaseException {
        try (PreparedStatement statement = connected(endpoint).prepareStatement(question.sql())) {
            for (int i = 1; i <= question.roles(); i++) {
                statement.setString(i, role);
            }
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? answer(role, row) : new Answer.NoSuchRole();
            }
        }
    }

    private static Answer answer(String role, ResultSet row) throws SQLException {
        String stored = row.getString(1);
        if (!row.getBoolean(2)) {
            return new Answer.NoPassword("Role " + role + " may not log in.");
        }
        if (stored == null) {
            return new Answer.NoPassword("Role " + role + " has no password.");
        }
        return row.getBoolean(3)
                ? new Answer.NoPassword("The password of role " + role + " has expired.")
                : new Answer.Found(stored);
    }

    /** A connection that broke while it lay idle is noticed by the next candidate's failure. */
    private Connection connected(Endpoint endpoint) throws SQLException, DatabaseException {
        Connection open = connection;
        if (open != null && endpoint.equals(connectedTo) && open.isValid(ANSWER_SECONDS)) {
            return open;
        }
        disconnect();
        Connection opened =
                question.login()
                        .connect(
                                List.of(endpoint),
                                question.database(),
                                CONNECT_SECONDS,
                                ANSWER_SECONDS);
        connection = opened;
        connectedTo = endpoint;
        return opened;
    }

    private Set<Endpoint> candidates() {
        DatabaseTopology now = topology.get().of(database.name());
        Set<Endpoint> candidates = new LinkedHashSet<>();
        now.primary().map(MemberSpec::endpoint).ifPresent(candidates::add);
        now.replicas().forEach(member -> candidates.add(member.endpoint()));
        database.members().forEach(member -> candidates.add(member.endpoint()));
        return candidates;
    }

    private @Nullable Remembered remembered(String role) {
        synchronized (cache) {
            return cache.get(role);
        }
    }

    private void remember(String role, Remembered answer) {
        synchronized (cache) {
            cache.put(role, answer);
        }
    }

    private static Map<String, Remembered> boundedMap() {
        return new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Remembered> eldest) {
                return size() > LARGEST_CACHE;
            }
        };
    }

    private void disconnect() {
        Server.closeQuietly(connection);
        connection = null;
        connectedTo = null;
    }

    @Override
    public void close() {
        asking.lock();
        try {
            disconnect();
        } finally {
            asking.unlock();
        }
    }
}
